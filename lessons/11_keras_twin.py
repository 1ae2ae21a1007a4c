# %% [markdown]
# # Lesson 11: The Keras twin
#
# **Goal.** Give the same network in Keras the same weights, compare the two layer by layer, gradient by
# gradient and step by step, and understand why float32 lets them drift apart although both are right.
#
# **Time:** 35 minutes. **Assumes:** lessons 4, 7 and 9.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

from keras_ref import architectures as keras_architectures
from keras_ref import twin
from keras_ref.backend import use_plain_kernels
from keras_ref.compare import split_data, train_twins
from keras_ref.lockstep import Settings, compare_steps, twins
from lessons.workshop import SMOKE, load, show, size
from scratch import architectures, console
from scratch.batches import Batches
from scratch.figures.training import seeds as seeds_figure

use_plain_kernels()  # TensorFlow's textbook, as it were; `digits compare` lets it use its fast kernels
name = "small" if SMOKE else "cnn"
data = load()
x, y = data.x_train[:5_000, :, :, None] / np.float32(255), data.y_train[:5_000].astype(int)  # (N, H, W, C)

# %% [markdown]
# ## The same weights
#
# A gradient check compares a backward with its own forward; if both are wrong in the same way, it is content
# (lesson 13 has such bugs). So ask somebody else. `scratch/architectures.py` and `keras_ref/architectures.py`
# build the same network; weights go from one to the other as they are, since both keep kernels as height x
# width x channels x filters. (PyTorch keeps filters x channels x height x width, and its flatten goes channel
# by channel: then a dense kernel's *rows* must change places, and no shape tells if one forgets.)
#
# **Predict:** to how many digits do the two agree in float64? In float32? In the first layer or in the last?


# %%
def pair_of(dtype):
    model = architectures.build(name, dtype, np.random.default_rng(11))
    model.compile("adam", loss="sparse_categorical_crossentropy")
    keras_model = keras_architectures.build(name, dtype)
    twin.copy_to_keras(model, keras_model)
    return model, keras_model


figure, panels = plt.subplots(1, 2, figsize=(10.5, 4.6), sharex=True, layout="constrained")
worst = {}
for dtype, color, marker in (("float64", "#123f6b", "D"), ("float32", "#e69f00", "o")):
    model, keras_model = pair_of(dtype)
    compared = (
        twin.activations(model, keras_model, x[:50]),
        twin.gradients(model, keras_model, x[:50], y[:50]),
    )
    for axes, pairs in zip(panels, compared, strict=True):
        share = [pair.difference / abs(pair.keras).max() for pair in pairs]
        axes.semilogx(
            np.maximum(share, 1e-18), [pair.name for pair in pairs], marker, color=color, label=dtype
        )
        axes.axvline(
            np.finfo(dtype).eps, color=color, ls=":", label=f"its epsilon, {np.finfo(dtype).eps:.0e}"
        )
        worst[dtype] = max(worst.get(dtype, 0), *share)
for axes, title in zip(
    panels, ("what each layer returns", "gradients: of what layers return, of weights"), strict=True
):
    axes.set(title=title, xlabel="largest difference, as a share of the largest number")
    axes.invert_yaxis()
panels[0].legend(loc="center", fontsize=9)
show(figure, "Two programs, one function, but for roundings. A mark at the left edge: equal to the bit.")
print("worst share: " + ", ".join(f"{dtype} {share:.0e}" for dtype, share in worst.items()))
assert worst["float64"] < 1e-13
assert worst["float32"] < 1e-4

# %% [markdown]
# ## Why are they not equal to the bit?
#
# Rounded addition is not associative: $\mathrm{fl}(\mathrm{fl}(a + b) + c) \neq \mathrm{fl}(a + \mathrm{fl}(b
# + c))$. Each sum of $n$ numbers makes $n - 1$ roundings of at most $u = \epsilon / 2$ of what has been added
# up, and their order is up to the program: which loop is inside, how wide the processor's vectors are, how
# many threads share the work. The error is at most about $n u \sum |a_i|$; since roundings go both ways, it
# is typically below $\sqrt n \, u \sum |a_i|$ (Higham, "The accuracy of floating point summation", 1993).
#
# **Predict:** the same thousand float32 numbers, added up in a thousand orders. How many different sums?

# %%
rng = np.random.default_rng(11)
numbers = rng.normal(size=1_000).astype(np.float32)
exact = math.fsum(numbers)
sums = np.array([np.cumsum(rng.permutation(numbers))[-1] for _ in range(1_000)])  # one after the other
assert sums.dtype == np.float32
u, total = np.finfo(np.float32).eps / 2, float(abs(numbers).sum())
off = max(abs(sums - exact))
print(
    f"{len(np.unique(sums))} different sums of the same numbers, up to {off:.0e} from the exact {exact:.6f}"
)
figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
grid = np.spacing(sums[0])  # float32 has no numbers in between
edges = np.arange(sums.min() - grid / 2, sums.max() + 1.5 * grid, grid, dtype=np.float64)
axes.hist((sums - exact) * 1e6, bins=(edges - exact) * 1e6, color="#123f6b")
axes.set(
    title="The same thousand numbers in a thousand orders",
    xlabel="error of the sum (millionths)",
    ylabel="orders",
)
show(figure, "All of these are right answers: float32 does not promise more.")
assert len(np.unique(sums)) > 20
assert off < np.sqrt(len(numbers)) * u * total < len(numbers) * u * total

# %% [markdown]
# ## In lock-step
#
# Now train: the same batches, the same optimizer on both sides, and compare everything after each step. A
# third curve is a control: our network against *itself*, one weight of which was moved to the next number
# that float32 has.
#
# **Predict:** draw the three curves. Does the gap to Keras grow faster than the gap to ourselves?

# %%
steps, batch_size = size(150, 6), 32
gaps = {}
for dtype in ("float64", "float32"):
    model, keras_model = twins(Settings(model=name, dtype=dtype))
    batches = Batches(x.astype(dtype), y, batch_size)
    report = compare_steps(model, keras_model, batches, steps, tolerance=1e-12)
    gaps[f"{dtype}, scratch against Keras"] = [gap["weights"] for gap in report["gaps"]]
    print(
        f"{dtype}: first difference above 1e-12: {(report['first_difference'] or {}).get('tensor', 'none')}"
    )
    assert (report["verdict"] == "same") == (dtype == "float64")

ours, nudged = (
    twins(Settings(model=name, dtype="float32"))[0],
    twins(Settings(model=name, dtype="float32"))[0],
)
kernel = nudged.named_params()["conv2d/kernel"]
kernel[1, 1, 0, 0] = np.nextafter(kernel[1, 1, 0, 0], np.float32(1))
control = []
for step in range(steps):
    batch = batches.batch(*divmod(step, len(batches)))
    for model in (ours, nudged):
        model.train_on_batch(*batch)
    both = zip(ours.get_weights(), nudged.get_weights(), strict=True)
    control.append(max(float(abs(a - b).max()) for a, b in both))
gaps["float32, scratch against itself, one weight nudged"] = control

figure, axes = plt.subplots(figsize=(9, 4.2), layout="constrained")
for (label, gap), style, color in zip(
    gaps.items(), ("-", "--", ":"), ("#123f6b", "#e69f00", "#009e73"), strict=True
):
    axes.semilogy(range(1, steps + 1), np.maximum(gap, 1e-18), style, lw=2.5, color=color, label=label)
axes.set(
    title="How far apart two networks drift",
    xlabel="training step",
    ylabel="largest difference of two weights",
)
axes.legend()
show(figure, "Level as long as no rounding decides anything; where one does, whoever made it, the gap jumps.")
keras_gap, own_gap = gaps["float32, scratch against Keras"], control
print(f"float32 after {steps} steps: {keras_gap[-1]:.0e} from Keras, {own_gap[-1]:.0e} from ourselves")
assert max(gaps["float64, scratch against Keras"]) < 1e-12
assert min(keras_gap[-1], own_gap[-1]) > 1e4 * gaps["float64, scratch against Keras"][-1]
assert SMOKE or own_gap[-1] > 10 * own_gap[0], "of one weight, moved by its last digit"

# %% [markdown]
# Three things make a rounding grow: Adam divides by $\sqrt v$, so a weight whose gradient is nearly 0 takes
# steps as long as all others, in a direction that noise decides; a ReLU or a pool near its kink chooses
# another branch; and each step starts where the last one ended. Keras rounds nearly every number otherwise:
# it comes to such a place sooner than a single weight that was nudged. In float64 the same happens, from
# $10^{-16}$ on.
#
# ## What a mistake looks like
#
# **Predict:** we forget that Keras's Adam has $\varepsilon = 10^{-7}$, and take $10^{-8}$ from the paper. Who
# notices: accuracy, the gradients, the weights? In which step?

# %%
model, keras_model = twins(Settings(model=name))
model.optimizer.epsilon = 1e-8
report = compare_steps(model, keras_model, Batches(x.astype(float), y, batch_size), 3, tolerance=1e-12)
first = report["first_difference"]
print(f"step {first['step']}: {first['tensor']} differs by {first['difference']:.1e}")
assert report["verdict"] == "different"
assert first["step"] == 1
assert "gradient" not in first["tensor"]
assert first["difference"] > 1e5 * 1e-12

# %% [markdown]
# In float64 a mistake stands out by many orders of magnitude, in the first step, at the tensor where it is
# made. So: look for mistakes in float64, and use float32 to train.
#
# ## Does the drift matter?
#
# Train both to the end, for several seeds, and look at what counts.
#
# **Predict:** which is larger: the difference between scratch and Keras, or the one between two seeds?

# %%
console.err.quiet = True  # no progress bars in a lesson
split = split_data(data, limit=size(6_000, 400))
runs = [train_twins(split, name, 1, size(64, 32), "adam", seed) for seed in range(size(3, 2))]
console.err.quiet = False
accuracies = {
    "scratch": [run.scratch.test_accuracy for run in runs],
    "Keras": [run.keras.test_accuracy for run in runs],
}
show(
    seeds_figure(accuracies, f"{data.title}, one epoch of {len(split.x_train):,} images"),
    "Joined dots: scratch and Keras from the same first weights.",
)
apart = max(abs(a - b) for a, b in zip(*accuracies.values(), strict=True))
error = max(np.sqrt(a * (1 - a) / len(split.y_test)) for a in accuracies["scratch"])  # as in lesson 9
print(f"scratch and Keras: {100 * apart:.2f} points apart or less, their weights up to", end=" ")
print(f"{runs[0].max_weight_difference:.0e}; seeds {100 * np.ptp(accuracies['scratch']):.2f} points apart")
print(f"standard error of one accuracy: {100 * error:.2f} points")
assert apart < 3 * error, "less than chance in the choice of test images may do"
assert min(run.agreement for run in runs) > 0.9

# %% [markdown]
# ## To remember
#
# 1. The same weights, the same input: in float64 two right programs agree to 13 digits, layer by layer.
# 2. float32 sums depend on their order; training lets such roundings grow, between programs and within one.
# 3. Look for mistakes in float64 and in the first step; judge trained networks by more than one seed.
#
# ## Exercises
#
# In `lessons/exercises/11_keras_twin.py`; `digits check 11` grades them:
#
# 1. `ulp_gap`: the largest difference of two arrays in units in the last place of their largest number.
# 2. `to_keras_order`: a dense kernel whose rows go channel by channel, for Keras.
#
# `digits lockstep` and `digits compare --seeds 5` do the above for more steps and more seeds.
#
# **Next:** lesson 12 looks at the other half of training: where to step, given a gradient.
