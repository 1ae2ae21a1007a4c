# %% [markdown]
# # Lesson 2: A linear classifier
#
# **Goal.** Build the smallest network that learns, one dense layer and a softmax, understand each of its
# formulas, train it by hand-written gradient descent, and look at what it has learned.
#
# **Time:** 30 minutes. **Assumes:** lesson 1, and what a matrix product is.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.workshop import load, show, up_to
from scratch.reference import softmax_cross_entropy_backward, softmax_cross_entropy_forward

data = load()
n_train, n_test = up_to(20_000, 1_000), up_to(5_000, 300)
x = data.x_train[:n_train].reshape(n_train, -1) / 255  # (N, D), float64
y = data.y_train[:n_train].astype(np.int64)  # (N,)
x_test = data.x_test[:n_test].reshape(-1, x.shape[1]) / 255
y_test = data.y_test[:n_test].astype(np.int64)
N, D = x.shape
K = 10  # classes

# %% [markdown]
# ## One score for each class
#
# A dense layer gives each image $x \in \mathbb{R}^D$ one score a class, by a weighted sum of its pixels:
#
# $$z = x W + b, \qquad W \in \mathbb{R}^{D \times K}, \quad b \in \mathbb{R}^K$$
#
# The scores $z$ are called *logits*. Column $k$ of $W$ has one weight for each pixel: it is a picture, a
# *template* for class $k$, and $z_k$ says how well the image agrees with it.
#
# **Predict:** how many numbers does this network learn?

# %%
W, b = np.zeros((D, K)), np.zeros(K)


def dense(x, W, b):
    return x @ W + b  # (N, D) @ (D, K) + (K,) -> (N, K)


print(f"{D} x {K} weights and {K} biases: {W.size + b.size:,} numbers")
assert W.size + b.size == 7850

# %% [markdown]
# ## Softmax: from scores to probabilities
#
# $$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$$
#
# Each $p_k$ is positive and they add up to 1. Written just so, it fails: $e^{1000}$ overflows. But a number
# that is subtracted from *all* scores cancels out, so we subtract the largest, and no exponent is above 0.
#
# **Predict:** what do the two versions return for scores of 1000, 1001 and 1002?


# %%
def naive_softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))  # the row's own maximum: rows may lie far apart
    return e / e.sum(axis=-1, keepdims=True)


scores = np.array([[1.0, 2.0, 1.0], [1000.0, 1001.0, 1002.0]])
with np.errstate(over="ignore", invalid="ignore"):
    naive = naive_softmax(scores)
print(f"naive:  {naive.round(3).tolist()}\nstable: {softmax(scores).round(3).tolist()}")
assert np.allclose(softmax(scores)[0], [0.21194157, 0.5761169, 0.21194157])
assert np.isnan(naive[1]).all()
assert np.allclose(softmax(scores).sum(axis=1), 1)
assert np.allclose(softmax(scores), softmax(scores + 123)), "only differences between scores count"

# %% [markdown]
# Divide the scores by a *temperature* $T$ first, and the same scores become more decided ($T < 1$) or less
# ($T > 1$). The order of the classes never changes. **Predict:** at which $T$ are all four nearly equal?

# %%
z, temperatures = np.array([2.0, 1.0, 0.2, -1.0]), (0.25, 1, 4)
figure, panels = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True, layout="constrained")
for T, axes in zip(temperatures, panels, strict=True):
    axes.bar(range(len(z)), softmax(z / T), color="#123f6b")
    axes.set(title=f"T = {T}", xlabel="class", xticks=range(len(z)))
panels[0].set_ylabel("probability")
figure.suptitle(f"softmax(z / T) of z = {z.tolist()}")
show(figure, "A low temperature exaggerates differences, a high one levels them.")
assert all(softmax(z / T).argmax() == z.argmax() for T in temperatures)

# %% [markdown]
# ## Cross-entropy: how surprised are we by the truth?
#
# $$L = -\frac{1}{N} \sum_{n=1}^{N} \log p_{n, y_n}$$
#
# where $y_n$ is the right class of image $n$. Certain and right costs 0, certain and wrong costs without
# limit. Inserting the softmax gives $\log p_k = z_k - \log \sum_j e^{z_j}$, which needs no division and never
# takes the logarithm of 0.
#
# **Predict:** our weights are all zero, so all $K$ classes are equally likely. What is the loss?


# %%
def cross_entropy(z, y):
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (N, K)
    return -log_p[np.arange(len(y)), y].mean()


start = cross_entropy(dense(x, W, b), y)
print(f"loss with zero weights: {start:.4f};  log({K}) = {np.log(K):.4f}")
assert np.isclose(start, np.log(K)), "an untrained network that starts elsewhere has a bug"

# %% [markdown]
# ## The gradient, by wiggling
#
# To learn is to change each weight so that the loss falls. Which way? Try: move one weight by a small step
# $h$ to either side and see what the loss does.
#
# $$\frac{\partial L}{\partial w} \approx \frac{L(w + h) - L(w - h)}{2h}$$


# %%
def wiggle(W, index, h=1e-5):
    up, down = W.copy(), W.copy()
    up[index] += h
    down[index] -= h
    return (cross_entropy(dense(few, up, b), few_y) - cross_entropy(dense(few, down, b), few_y)) / (2 * h)


few, few_y = x[:50], y[:50]
pixel = int(few.mean(axis=0).argmax())  # one that is often inked
by_wiggling = np.array([wiggle(W, (pixel, k)) for k in range(K)])
print(f"dL/dW for pixel {pixel} and each class: {by_wiggling.round(3).tolist()}")

# %% [markdown]
# It works, but each number costs two passes over the data. There is a formula that gives them all at once
# (lesson 3 derives it): with $Y$ the right answers as rows of zeros and a one,
#
# $$\frac{\partial L}{\partial z} = \frac{1}{N} (p - Y), \qquad
#   \frac{\partial L}{\partial W} = x^\top \frac{\partial L}{\partial z}, \qquad
#   \frac{\partial L}{\partial b} = \sum_n \frac{\partial L}{\partial z_n}$$
#
# **Predict:** to how many digits will the formula and the wiggling agree?


# %%
def gradients(x, y, W, b):
    z = dense(x, W, b)
    dz = softmax(z)  # p, and then (p - Y) / N
    dz[np.arange(len(y)), y] -= 1
    dz /= len(y)
    return x.T @ dz, dz.sum(axis=0)  # dW: (D, K), db: (K,)


dW, db = gradients(few, few_y, W, b)
difference = abs(dW[pixel] - by_wiggling).max()
print(f"largest difference between formula and wiggling: {difference:.1e}")
assert difference < 1e-9

# The project's own operation returns the same.
Y = np.eye(K)[few_y]  # (N, K)
loss, cache = softmax_cross_entropy_forward(dense(few, W, b), Y)
assert np.isclose(loss, cross_entropy(dense(few, W, b), few_y))
assert np.allclose(few.T @ softmax_cross_entropy_backward(cache), dW)

# %% [markdown]
# ## Stochastic gradient descent
#
# A step against the gradient lowers the loss: $W \leftarrow W - \eta\, \partial L / \partial W$, with the
# *learning rate* $\eta$. The gradient of a *batch* of some images points roughly the same way as that of all,
# and costs a fraction: that is the S in SGD (Robbins and Monro, Annals of Mathematical Statistics 22, 1951).
# **Predict:** by how much will it beat the nearest mean of lesson 1?

# %%
rng, eta, batch_size, epochs, history = np.random.default_rng(0), 0.5, 100, 5, []
for _epoch in range(epochs):
    order = rng.permutation(N)  # new in each epoch
    for first in range(0, N, batch_size):
        batch = order[first : first + batch_size]
        dW, db = gradients(x[batch], y[batch], W, b)
        W -= eta * dW
        b -= eta * db
    history.append(float(cross_entropy(dense(x, W, b), y)))
accuracy = np.mean(dense(x_test, W, b).argmax(axis=1) == y_test)
print(f"loss after each epoch: {np.round(history, 3).tolist()}; test accuracy: {100 * accuracy:.1f}%")
assert history[-1] < history[0] < start
assert accuracy > 0.85

# %% [markdown]
# ## What it has learned
#
# Each column of $W$, shown as a picture: violet pixels speak *for* the class, orange ones *against* it.
# **Predict:** where is the template of the 0 orange? And what has become of pixels that were never inked?

# %%
side, limit = int(np.sqrt(D)), abs(W).max()
figure, panels = plt.subplots(2, 5, figsize=(9, 4), layout="constrained")
for k, axes in enumerate(panels.flat):
    shown = axes.imshow(W[:, k].reshape(side, side), cmap="PuOr", vmin=-limit, vmax=limit)
    axes.set(title=str(k), xticks=[], yticks=[])
    axes.grid(False)
figure.colorbar(shown, ax=panels, label="weight", shrink=0.8)
figure.suptitle("The ten templates")
show(figure, "A 0 may have no ink in its middle; the edge pixels, always paper, have learned nothing.")
unused = x.max(axis=0) == 0  # pixels that are paper in every image
assert (W[unused] == 0).all(), "no ink, no gradient: dW = x.T @ dz"

# %% [markdown]
# ## Where it fails
#
# One template a class must fit a 7 with a bar and a 7 without. That is the limit of anything linear, and why
# lesson 5 puts a layer in between.

# %%
predicted = dense(x_test, W, b).argmax(axis=1)
confusion = np.zeros((K, K), int)
np.add.at(confusion, (y_test, predicted), 1)
assert np.isclose(confusion.trace() / n_test, accuracy)
mistakes = confusion - np.diag(confusion.diagonal())
true, answered = np.unravel_index(mistakes.argmax(), mistakes.shape)
print(f"its most frequent mistake: {true} taken for {answered}, {mistakes.max()} times")

wrong = np.flatnonzero(predicted != y_test)[:10]
figure, panels = plt.subplots(1, len(wrong), figsize=(10, 1.5), layout="constrained")
for axes, index in zip(panels, wrong, strict=True):
    axes.imshow(x_test[index].reshape(side, side), cmap="gray_r")
    axes.set(xticks=[], yticks=[])
    axes.set_title(f"{predicted[index]}, not {y_test[index]}", fontsize=9)
    axes.grid(False)
show(figure, "Some of its mistakes. How many of these would you have read?")

# %% [markdown]
# ## To remember
#
# 1. Logits, softmax, cross-entropy: subtract each row's maximum first, and prefer logits to probabilities.
# 2. The gradient of all three together is $(p - Y) / N$, and wiggling proves it.
# 3. An untrained network's loss is $\log K$. If yours is not, look for the bug before you train.
#
# ## Exercises
#
# In `lessons/exercises/02_linear_classifier.py`; `digits check 2` grades them:
#
# 1. `softmax`: the stable softmax, with a temperature.
# 2. `cross_entropy_gradient`: its gradient with respect to the logits, with a temperature, too.
#
# **Next:** lesson 3 derives these gradients, and everybody else's, from one rule.
