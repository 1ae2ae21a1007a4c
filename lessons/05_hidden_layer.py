# %% [markdown]
# # Lesson 5: A hidden layer
#
# **Goal.** See why a network needs something non-linear between its layers, why ReLU replaced the sigmoid,
# and why the numbers it starts from decide whether it learns at all.
#
# **Time:** 35 minutes. **Assumes:** lessons 2 and 3.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.workshop import load, show, up_to
from scratch import initializers
from scratch.layers import Dense, Input
from scratch.models import Sequential
from scratch.reference import relu_backward, relu_forward, sigmoid_backward, sigmoid_forward

data = load()
n, n_test = up_to(10_000, 1_400), up_to(2_000, 350)
x, y = data.x_train[:n].reshape(n, -1) / 255, data.y_train[:n]
x_test, y_test = data.x_test[:n_test].reshape(n_test, -1) / 255, data.y_test[:n_test]
D = x.shape[1]

# %% [markdown]
# ## Two layers without anything in between are one layer
#
# $$(x W_1 + b_1) W_2 + b_2 = x\,(W_1 W_2) + (b_1 W_2 + b_2)$$
#
# **Predict:** can the left side ever compute something that the right side cannot?

# %%
rng = np.random.default_rng(0)
W1, b1 = rng.normal(size=(D, 50)), rng.normal(size=50)
W2, b2 = rng.normal(size=(50, 10)), rng.normal(size=10)
two = (x[:5] @ W1 + b1) @ W2 + b2
one = x[:5] @ (W1 @ W2) + (b1 @ W2 + b2)
print(f"largest difference between two layers and their product: {abs(two - one).max():.1e}")
assert np.allclose(two, one)

# %% [markdown]
# ## What no single layer can learn
#
# Exclusive or: the answer is 1 where exactly one of two inputs is 1. The four points cannot be parted by one
# straight line (Minsky and Papert, *Perceptrons*, 1969). With a hidden layer of eight ReLU units they can.
# **Predict:** what does a single layer answer that tries all the same?

# %%
points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float64)
answers = np.array([0, 1, 1, 0])


def trained_on_xor(hidden):
    layers = [Input((2,)), *hidden, Dense(2, activation="softmax")]
    model = Sequential(layers, dtype="float64", rng=np.random.default_rng(2))
    model.compile("adam", loss="sparse_categorical_crossentropy", engine="reference")
    model.optimizer.learning_rate = 0.05
    for _step in range(300):
        model.train_on_batch(points, answers)
    return model


line, bent = trained_on_xor([]), trained_on_xor([Dense(8, activation="relu")])
grid = np.stack(np.meshgrid(np.linspace(-0.5, 1.5, 80), np.linspace(-0.5, 1.5, 80)), axis=-1)
figure, panels = plt.subplots(1, 2, figsize=(8.5, 3.8), sharey=True, layout="constrained")
for axes, model, title in zip(panels, (line, bent), ("one layer", "a hidden layer of 8 ReLUs"), strict=True):
    probability = model(grid.reshape(-1, 2))[:, 1].reshape(80, 80)
    shown = axes.contourf(grid[..., 0], grid[..., 1], probability, levels=np.linspace(0, 1, 11), cmap="PuOr")
    for k, color, edge, shape in ((0, "white", "black", "o"), (1, "black", "white", "s")):
        axes.scatter(*points[answers == k].T, 90, color, marker=shape, edgecolors=edge, label=f"answer {k}")
    axes.set(title=title, xlabel="first input")
panels[0].set_ylabel("second input")
panels[1].legend(loc="upper right", frameon=True)
figure.colorbar(shown, ax=panels, label="probability of answer 1")
show(figure, "One layer shrugs at 0.5 everywhere; with a bend in between, the plane can be folded.")
assert (bent(points).argmax(axis=1) == answers).all()
assert abs(line(points) - 0.5).max() < 0.1

# %% [markdown]
# ## Sigmoid against ReLU
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}, \qquad \sigma'(x) = \sigma(x)(1 - \sigma(x)) \le \tfrac14, \qquad
#   \mathrm{relu}(x) = \max(0, x), \quad \mathrm{relu}'(x) \in \{0, 1\}$$
#
# **Predict:** a gradient passes ten sigmoids on its way back. What share of it can they leave at most?

# %%
t = np.linspace(-6, 6, 401)  # the x of the formulas
figure, (values, slopes) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
pairs = {
    "sigmoid": (sigmoid_forward, sigmoid_backward, "#f2ad45", "-"),
    "ReLU": (relu_forward, relu_backward, "#123f6b", "--"),
}
largest = {}
for name, (forward, backward, color, style) in pairs.items():
    value, cache = forward(t)
    slope = backward(np.ones_like(t), cache)
    largest[name] = float(slope.max())
    values.plot(t, value, style, color=color, lw=2.5, label=name)
    assert np.allclose(value, {"sigmoid": 1 / (1 + np.exp(-t)), "ReLU": np.maximum(0, t)}[name])
    slopes.plot(t, slope, style, color=color, lw=2.5)
values.set(title="value", xlabel="x", ylim=(-0.1, 2.1))
slopes.set(title="slope: what reaches the layer below", xlabel="x")
values.legend()
show(figure, "Away from 0 the sigmoid is flat: it is saturated, and hardly anything flows back.")
print(f"largest slopes: {largest}; ten sigmoids leave at most {0.25**10:.1e} of a gradient")
assert np.isclose(largest["sigmoid"], 0.25)

# %% [markdown]
# The same in a real network: ten hidden layers of 100 units each, freshly initialised. **Predict:** how large
# is the gradient of the first layer's weights, as a share of the last layer's?


# %%
def deep(activation, initializer, depth=10):
    hidden = [Dense(100, activation=activation, kernel_initializer=initializer) for _ in range(depth)]
    model = Sequential([Input((D,)), *hidden, Dense(10, activation="softmax")], rng=np.random.default_rng(0))
    model.compile("sgd", loss="sparse_categorical_crossentropy", engine="reference")
    return model


def gradient_sizes(model):
    _, grads = model.loss_and_grads(x[:200], y[:200])
    return [np.sqrt(np.mean(g**2)) for name, g in grads.items() if name.endswith("kernel")]


models = {"sigmoid": deep("sigmoid", "glorot_uniform"), "ReLU": deep("relu", "he_uniform")}
sizes = {name: gradient_sizes(model) for name, model in models.items()}
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
for (name, each), (_, _, color, style) in zip(sizes.items(), pairs.values(), strict=True):
    axes.semilogy(range(1, len(each) + 1), each, style, marker="o", color=color, lw=2.5, label=name)
axes.set(title="How much gradient reaches each layer", xlabel="layer (1 is next to the image)")
axes.set_ylabel("root mean square of dW")
axes.legend()
show(figure, "Behind ten sigmoids the first layers hear next to nothing. It stalled deep networks for years.")
ratio = {name: each[0] / each[-1] for name, each in sizes.items()}
for name, value in ratio.items():
    print(f"{name}: the first layer's gradient is {value:.1e} times the last layer's")
assert ratio["sigmoid"] < 1e-4 < 1e-2 < ratio["ReLU"]

# %% [markdown]
# ## Dead units
#
# A ReLU whose sum is negative for *every* image returns 0, gets gradient 0, and never changes again. One step
# that is too large can do that: here the bias is pushed down on purpose. **Predict** the gradients.

# %%
model = Sequential(
    [Input((D,)), Dense(100, activation="relu"), Dense(10, activation="softmax")],
    rng=np.random.default_rng(0),
)
model.compile("sgd", loss="sparse_categorical_crossentropy", engine="reference")
params = model.named_params()
params["dense/bias"][:50] = -100.0  # half of the units are dead now
_, grads = model.loss_and_grads(x[:500], y[:500])
dead, alive = abs(grads["dense/kernel"][:, :50]).max(), abs(grads["dense/kernel"][:, 50:]).max()
print(f"largest gradient of the dead half: {dead}; of the other: {alive:.4f}")
assert dead == 0
assert alive > 0

# %% [markdown]
# ## Where to start
#
# **All zeros:** every hidden unit computes the same, gets the same gradient and stays the same as all others.
#
# **Too large:** the sums grow from layer to layer. **Too small:** they fade. To keep their variance, a
# layer with $n_\text{in}$ inputs needs weights of variance about $1 / n_\text{in}$; the way back asks for
# $1 / n_\text{out}$.
#
# $$\text{Glorot: } w \sim U[-g, g], \quad g = \sqrt{\frac{6}{n_\text{in} + n_\text{out}}} \qquad
#   \text{He: } w \sim U[-h, h], \quad h = \sqrt{\frac{6}{n_\text{in}}}$$
#
# Glorot and Bengio (AISTATS 2010) chose the compromise; He et al. (ICCV 2015) double the variance, because
# ReLU throws half of it away.
#
# **Predict:** which of the four curves stays level?


# %%
def spread_by_layer(initializer, layers=20):
    rng, a, spreads = np.random.default_rng(1), x[:300].astype(np.float32), []
    for _ in range(layers):
        a, _ = relu_forward(a @ initializer((a.shape[1], 200), "float32", rng))
        spreads.append(float(a.std()))
    return spreads


starts = {
    "too small, deviation 0.01": initializers.RandomNormal(stddev=0.01),
    "too large, deviation 0.2": initializers.RandomNormal(stddev=0.2),
    "Glorot": initializers.get("glorot_uniform"),
    "He": initializers.get("he_uniform"),
}
n_in, n_out = D, 200
g, h = np.sqrt(6 / (n_in + n_out)), np.sqrt(6 / n_in)
for name, bound in {"Glorot": g, "He": h}.items():
    assert 0.99 * bound < abs(starts[name]((n_in, n_out), "float64", rng)).max() <= bound
spreads = {name: spread_by_layer(initializer) for name, initializer in starts.items()}
figure, axes = plt.subplots(figsize=(8, 3.8), layout="constrained")
for (name, each), style, marker in zip(spreads.items(), (":", "-.", "--", "-"), "sv^o", strict=True):
    axes.semilogy(range(1, 21), each, style, marker=marker, markersize=4, lw=2, label=name)
axes.set(title="Twenty ReLU layers, four ways to start", xlabel="layer", xticks=range(1, 21))
axes.set(ylabel="standard deviation of its output")
axes.legend()
show(figure, "Only weights of the right size keep what flows through a deep network at its size.")
assert spreads["too small, deviation 0.01"][-1] < 1e-8
assert spreads["too large, deviation 0.2"][-1] > 1e2
assert 0.25 < spreads["He"][-1] / spreads["He"][0] < 4, "level"
assert spreads["Glorot"][-1] < spreads["He"][-1]

# %% [markdown]
# ## And now train
#
# **Predict:** zeros, Glorot, He: which start reads well after three epochs, with one hidden layer only?

# %%
results = {}
for name, kernel_initializer in {"zeros": "zeros", "Glorot": "glorot_uniform", "He": "he_uniform"}.items():
    hidden = Dense(100, activation="relu", kernel_initializer=kernel_initializer)
    last = Dense(10, activation="softmax", kernel_initializer=kernel_initializer)
    model = Sequential([Input((D,)), hidden, last], rng=np.random.default_rng(0))
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=50, epochs=3, verbose=0)
    results[name] = model.evaluate(x_test, y_test, verbose=0)[1]
    print(f"{name:>7}: {100 * results[name]:.1f}% of the test images")
    if name == "zeros":
        assert (hidden.params["kernel"] == 0).all(), "no gradient ever reached it"
assert results["zeros"] < 0.2
assert min(results["Glorot"], results["He"]) > 0.8

# %% [markdown]
# With zeros, the hidden units return 0, so the second layer's weights get gradient $a^\top dz = 0$, so
# nothing flows back to the first: only the last bias learns, which is the lazy answer of lesson 1.
#
# ## To remember
#
# 1. Without a bend between them, ten layers are one.
# 2. ReLU passes gradients on undiminished or not at all; sigmoids lose at least three quarters each.
# 3. Start with random weights of variance $2 / n_\text{in}$ before ReLU (He), $2 / (n_\text{in} +
#    n_\text{out})$ otherwise (Glorot), and zeros for biases only.
#
# ## Exercises
#
# In `lessons/exercises/05_hidden_layer.py`; `digits check 5` grades them:
#
# 1. `relu_backward`: mind the gradient at 0.
# 2. `he_uniform`: He's initializer for a kernel of any shape.
#
# **Next:** lesson 6 stops treating an image as a list of unrelated pixels.
