# %% [markdown]
# # Lesson 4: Checking a gradient
#
# **Goal.** Make the wiggling of lessons 2 and 3 an instrument that can be trusted: choose its step, know its
# error, see where it fails, and learn to read what the project's own checker says.
#
# **Time:** 35 minutes. **Assumes:** lesson 3, and Taylor's formula.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.workshop import load, show
from scratch import reference
from scratch.figures.gradcheck import error_against_step
from scratch.gradcheck import check, check_layer, check_operation
from scratch.layers import Conv2D
from scratch.reference import relu_backward, relu_forward

# %% [markdown]
# ## How large a step?
#
# Two ways to wiggle, and by Taylor's formula what they leave out, the *truncation*:
#
# $$\frac{f(x + h) - f(x)}{h} = f'(x) + \frac{h}{2} f''(x) + \dots \qquad
#   \frac{f(x + h) - f(x - h)}{2h} = f'(x) + \frac{h^2}{6} f'''(x) + \dots$$
#
# So take $h$ tiny? But a computer rounds: each value of $f$ is off by up to $\frac{\epsilon}{2} |f|$, and
# that error is *divided by* $h$. The two pull in opposite directions; for the central difference
#
# $$E(h) \approx a h^2 + \frac{b}{h}, \qquad a = \frac{|f'''(x)|}{6}, \quad b = \frac{\epsilon}{2} |f(x)|,
#   \qquad E'(h) = 0 \;\text{ at }\; h^* = \sqrt[3]{\frac{b}{2a}}$$
#
# where $\epsilon$ is $2^{-52}$ in float64 and $2^{-23}$ in float32 (Nocedal and Wright, *Numerical
# Optimization*, section 8.1).
#
# **Predict:** of $h = 10^{-2}, 10^{-5}, 10^{-8}, 10^{-12}$, which is best in float64? How many digits of
# $f'$ are right then, and how many can float32 ever give?


# %%
def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / h


def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


f, x, slope = np.exp, 1.0, np.exp(1.0)  # all derivatives of exp are exp
figure, panels = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
ways = {"forward": (forward_difference, "#e69f00", "o"), "central": (central_difference, "#123f6b", "D")}
h_star, E_star = {}, {}
for axes, dtype in zip(panels, (np.float64, np.float32), strict=True):
    epsilon, name = float(np.finfo(dtype).eps), dtype.__name__
    h = np.logspace(np.log10(epsilon) + 0.5, -0.5, 80).astype(dtype)
    for way, (difference, color, marker) in ways.items():
        error = abs(difference(f, dtype(x), h).astype(float) - slope) / slope
        axes.loglog(h, np.maximum(error, 1e-13), marker, color=color, ms=4, label=f"{way} difference")
    a, b, h = slope / 6, epsilon / 2 * slope, h.astype(float)
    h_star[name] = (b / (2 * a)) ** (1 / 3)
    E_star[name] = (a * h_star[name] ** 2 + b / h_star[name]) / slope
    axes.loglog(h, (a * h**2 + b / h) / slope, color="#5b6775", lw=1.5, label="E(h) = ah² + b/h")
    axes.axvline(h_star[name], 0, 0.8, color="#5b6775", ls=":", label=f"h* = {h_star[name]:.0e}")
    axes.set(title=name, xlabel="step h", ylim=(1e-13, 1e3))
    axes.legend(loc="upper center", ncols=2, fontsize=9)
panels[0].set_ylabel("relative error of the slope of exp at 1")
show(figure, "Large steps: truncation, a curve taken for a line. Small ones: rounding, digits lost.")
for name in h_star:
    print(f"{name}: h* = {h_star[name]:.0e}, and an error of {E_star[name]:.0e} is to be expected there")
assert E_star["float64"] < 1e-10 < 1e-5 < E_star["float32"], "ten digits are right; not even five are"
error = {way: abs(ways[way][0](f, x, h_star["float64"]) - slope) / slope for way in ways}
assert error["central"] < 2 * E_star["float64"] < 1e-3 * error["forward"]

# %% [markdown]
# Two consequences. Take the central difference: its error shrinks with the square of the step. And check in
# float64: dots below the curve are lucky, and in float32 even a plain exp keeps less than five digits.
#
# ## All entries of an array
#
# A loss depends on arrays. Wiggle one entry, put it back, go on. And since entries near 0 have large relative
# errors by rounding alone, measure the difference of two gradients as a share of the *largest* entry:
#
# $$\text{error}(a, b) = \frac{\max_i |a_i - b_i|}{\max(\max_i |a_i|, \max_i |b_i|)}$$


# %%
def numerical_gradient(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        below = f(x)
        x[index] = kept  # not x[index] += h: that would round
        gradient[index] = (above - below) / (2 * h)
    return gradient


def relative_error(a, b):
    return abs(a - b).max() / max(abs(a).max(), abs(b).max())


# %% [markdown]
# ## What mistakes look like
#
# Random numbers do better than images here: no two are equal, and none is 0. A hidden layer, its backward,
# and two mistakes that people do make.
#
# **Predict:** plot what the backward says against what wiggling says, one dot an entry of $dW_1$. Where are
# the dots if all is right? If the division by $N$ is missing? If ReLU was forgotten on the way back?

# %%
rng = np.random.default_rng(4)
N, D, U, K = 5, 7, 6, 4  # images, features, hidden units, classes
x, Y = rng.normal(size=(N, D)), np.eye(K)[rng.integers(0, K, N)]
W1, W2 = rng.normal(size=(D, U)), rng.normal(size=(U, K))


def loss(W1):
    a, _ = relu_forward(x @ W1)
    return reference.softmax_cross_entropy_forward(a @ W2, Y)[0]


def backward(mistake):
    h, cache_1 = reference.dense_forward(x, W1)
    a, cache_relu = relu_forward(h)
    z, cache_2 = reference.dense_forward(a, W2)
    dz = reference.softmax_cross_entropy_backward(reference.softmax_cross_entropy_forward(z, Y)[1])
    if mistake == "not divided by N":
        dz = N * dz
    da, _, _ = reference.dense_backward(dz, cache_2)
    dh = da if mistake == "ReLU forgotten" else relu_backward(da, cache_relu)
    return reference.dense_backward(dh, cache_1)[1]


mistakes = ("right", "not divided by N", "ReLU forgotten")
numeric, errors = numerical_gradient(loss, W1), {}
figure, panels = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
for axes, mistake in zip(panels, mistakes, strict=True):
    dW1 = backward(mistake)
    errors[mistake] = relative_error(dW1, numeric)
    axes.axline((0, 0), slope=1, color="#5b6775", lw=1, ls="--")
    axes.plot(numeric.ravel(), dW1.ravel(), "o", color="#123f6b", ms=4)
    axes.set(title=mistake, xlabel="by wiggling")
    print(f"{mistake}: error {errors[mistake]:.2g}")
panels[0].set_ylabel("by the backward")
show(figure, "Dots on the dashed line agree. A factor turns the line, a wrong formula scatters the dots.")
assert errors["right"] < 1e-8 < 1e-2 < min(errors["not divided by N"], errors["ReLU forgotten"])
assert np.allclose(backward("not divided by N") / numeric, N), "the ratio names the mistake"

# %% [markdown]
# Between right and wrong lie many orders of magnitude. So the limit is no matter of taste: it is a few times
# what $E(h)$ allows, and not $10^{-2}$ because "gradients are never exact". (The notes of Stanford's CS231n,
# "Neural networks part 3", give a scale for the error: above $10^{-2}$ is wrong, below $10^{-7}$ is good.)
#
# ## Kinks
#
# The derivation needs a derivative. ReLU has none at 0, and a difference whose two points lie on either side
# of 0 returns something in between. **Predict:** what, at exactly 0?

# %%
t = np.linspace(-0.3, 0.3, 601)
figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
for h, color, style in ((0.1, "#e69f00", "-"), (0.02, "#009e73", "--")):
    difference = central_difference(lambda t: relu_forward(t)[0], t, h)
    axes.plot(t, difference, style, color=color, lw=2.5, label=f"difference, h = {h}")
axes.plot(t, relu_backward(np.ones_like(t), t), color="#123f6b", lw=1.5, label="relu_backward")
axes.set(title="The slope of ReLU near its kink", xlabel="x", ylabel="slope")
axes.legend()
show(figure, "Within h of the kink the two disagree, and it is the difference that is wrong.")
assert central_difference(lambda t: relu_forward(t)[0], 0.0, 1e-5) == 0.5 != relu_backward(1.0, 0.0)

# %% [markdown]
# How often does that happen? With random numbers and a small $h$, hardly ever. With real images and biases of
# 0, all the time: wherever a window is all paper, a convolution returns *exactly* 0. **Predict:** how often?

# %%
images = load().x_train[:3, :, :, None] / 255
w = rng.normal(size=(3, 3, 1, 4))


def summed(b):
    return relu_forward(reference.conv2d_forward(images, w, b)[0])[0].sum()


for name, b in {"b = 0": np.zeros(4), "b drawn": rng.uniform(-0.1, 0.1, 4)}.items():
    y, cache = reference.conv2d_forward(images, w, b)  # (N, OH, OW, F)
    _, _, db = reference.conv2d_backward(relu_backward(np.ones_like(y), y), cache)
    by_wiggling = numerical_gradient(summed, b.copy(), 1e-6)
    print(f"{name}: {(y == 0).mean():.0%} on the kink; db[0] is {db[0]:.1f}, wiggling: {by_wiggling[0]:.1f}")
    assert np.allclose(by_wiggling - db, (y == 0).sum(axis=(0, 1, 2)) / 2, atol=1e-3), "half a slope each"

# %% [markdown]
# The backward is right both times: of several slopes it takes one, as Keras does. So choose a point without
# kinks (draw the biases, add a little noise to the images), or have a checker that sees the kink. To believe
# the difference and "mend" the backward is bug 24 of the museum in lesson 13.
#
# Two passes an entry are too many for a large layer. Instead, move all its weights at once, along a random
# direction $r$ of length 1: two passes, and the slope must be $\langle dW, r \rangle$. It tells whether an
# entry is wrong, if by enough to show, but not which.
#
# ## The project's checker
#
# `scratch.gradcheck` does all of the above: it sweeps $h$ from $10^{-2}$ to $10^{-9}$, fits $a$ and $b$ of
# $E(h)$, takes the best step, allows ten times $E$ there, looks closer at entries that disagree, knows kinks,
# and names the likely mistake. Its verdicts: *right*, *wrong*, *cannot tell*. **Predict** the six below.

# %%
findings = []
for mistake in mistakes:
    name = "W1" if mistake == "right" else f"W1, {mistake}"
    report = check(loss, W1, backward(mistake), name, batch_size=N)
    print(report)
    findings += report.findings.values()
    assert report.verdict == ("right" if mistake == "right" else "wrong")
show(
    error_against_step(findings, "The hidden layer from above, and its mistakes"),
    "What is right makes a V. What is wrong is level: no step brings the two together.",
)

# %%
layer = check_layer(Conv2D(4, 3), (6, 6, 2))
at_zero = check_operation(relu_forward, relu_backward, np.array([-1.0, 0.0, 2.0]))
asleep = check_operation(relu_forward, relu_backward, np.array([-1.0, -2.0]))
print(layer, at_zero, asleep, sep="\n")
assert [each.verdict for each in (layer, at_zero, asleep)] == ["right", "cannot tell", "cannot tell"]

# %% [markdown]
# The last one is worth a thought. Where nothing depends on anything, all gradients are 0, and a backward that
# returns nothing would pass. And no check of this kind sees a *forward* that is wrong, as long as the
# backward belongs to it: a flipped kernel, say. For that one needs somebody else's answer (lesson 11).
#
# At the keyboard: `digits gradcheck --model cnn` for a network, `digits gradcheck --layer "Conv2D(4, 3)"`.
#
# ## To remember
#
# 1. Central differences, in float64, with $h \approx \sqrt[3]{\epsilon}$: truncation above, rounding below.
# 2. The limit comes from $E(h)$; the ratio and the pattern of what is wrong name the mistake.
# 3. At a kink the difference is wrong, not the gradient; where all is 0 the check proves nothing.
#
# ## Exercises
#
# In `lessons/exercises/04_checking_a_gradient.py`; `digits check 4` grades them:
#
# 1. `numerical_gradient`: of any function f at x, with step h; x stays as it was.
# 2. `relative_error`: of two arrays; it is 0 where both are 0.
#
# **Next:** lesson 5 puts a hidden layer between image and answer, and asks what it is for.
