# %% [markdown]
# # Lesson 3: The chain rule
#
# **Goal.** Work a gradient backwards through a network with pencil and paper, see that code does the same
# steps in the same order, and derive p - y.
#
# **Time:** 35 minutes. **Assumes:** lesson 2, derivatives of sums, products and exp, and a sheet of paper.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.workshop import load, show
from scratch.layers import Dense, Input
from scratch.models import Sequential
from scratch.reference import (
    dense_backward,
    dense_forward,
    relu_backward,
    relu_forward,
    softmax_cross_entropy_backward,
    softmax_cross_entropy_forward,
)

# %% [markdown]
# ## One rule
#
# If $L$ depends on $u$, and $u$ on $x$, then $\dfrac{dL}{dx} = \dfrac{dL}{du} \cdot \dfrac{du}{dx}$. If $x$
# reaches $L$ by several ways, add up the ways:
#
# $$\frac{\partial L}{\partial x} = \sum_i \frac{\partial L}{\partial u_i} \frac{\partial u_i}{\partial x}$$
#
# That is all of backpropagation. The rest is bookkeeping: start at the loss, whose gradient with respect to
# itself is 1, and go back step by step. Each step needs just two things: the gradient of what it *returned*
# (from the step after it) and what it *saw* on the way forward. Throughout this project $dv$ stands for
# $\partial L / \partial v$: it has $v$'s shape, always.
#
# ## A network that fits on paper
#
# Two inputs, two hidden units with ReLU, two classes. Take a pen:
#
# $$h = x W_1 + b_1, \qquad a = \max(0, h), \qquad z = a W_2 + b_2, \qquad p = \mathrm{softmax}(z), \qquad
#   L = -\log p_y$$
#
# **Predict:** compute $h$, $a$ and $z$ by hand before you run the next cell.

# %%
x, y = np.array([[1.0, 2.0]]), 0
W1, b1 = np.array([[1.0, -1.0], [0.5, 0.25]]), np.array([0.0, 0.0])
W2, b2 = np.array([[1.0, -1.0], [2.0, 3.0]]), np.array([-1.0, 3.0])

h = x @ W1 + b1
a = np.maximum(0, h)
z = a @ W2 + b2
p = np.exp(z) / np.exp(z).sum()
L = -np.log(p[0, y])
for name, value in {"h": h, "a": a, "z": z, "p": p.round(4)}.items():
    print(f"{name} = {value[0].tolist()}")
print(f"L = {L:.4f} = log 2")
assert h.tolist() == [[2.0, -0.5]]
assert a.tolist() == [[2.0, 0.0]], "the second unit is closed"
assert z.tolist() == [[1.0, 1.0]]
assert np.isclose(L, np.log(2))

# %% [markdown]
# ## Backwards, the last step first: why p - y
#
# With $L = -\log p_y = -z_y + \log \sum_j e^{z_j}$, differentiate with respect to one logit $z_k$:
#
# $$\frac{\partial L}{\partial z_k} = -[k = y] + \frac{e^{z_k}}{\sum_j e^{z_j}} = p_k - [k = y]$$
#
# where $[k = y]$ is 1 for the right class and 0 for the others. The softmax and the logarithm, ugly each by
# itself, cancel to a subtraction: what the network said, minus what it should have said.
#
# **Predict:** with $p = (\tfrac12, \tfrac12)$ and $y = 0$, what is $dz$? What do its entries add up to?

# %%
dz = p.copy()
dz[0, y] -= 1
print(f"dz = {dz[0].tolist()}")
assert dz.tolist() == [[-0.5, 0.5]]
assert np.isclose(dz.sum(), 0), "probabilities add up to 1, so what one class gains the others lose"

# %% [markdown]
# ## Through a dense layer
#
# $z_k = \sum_i a_i W_{ik} + b_k$. Three questions, one answer each:
#
# - $b_k$ reaches $L$ only by way of $z_k$, with slope 1: $db_k = dz_k$.
# - $W_{ik}$ reaches it only by way of $z_k$, with slope $a_i$: $dW_{ik} = a_i\, dz_k$, so $dW = a^\top dz$.
# - $a_i$ reaches it by way of *every* $z_k$, with slope $W_{ik}$: $da_i = \sum_k dz_k W_{ik}$, so
#   $da = dz\, W^\top$.
#
# You need not remember where the transposes go: only one way of writing it has the right shapes.
#
# **Predict:** which column or row of $dW_2$ will be zero, and why?

# %%
dW2, db2, da = a.T @ dz, dz.sum(axis=0), dz @ W2.T
print(f"dW2 = {dW2.tolist()}, db2 = {db2.tolist()}, da = {da.tolist()}")
assert dW2.tolist() == [[-1.0, 1.0], [0.0, 0.0]], "the closed unit gave 0: its weights changed nothing"
assert da.tolist() == [[-1.0, 0.5]]

# %% [markdown]
# ## Through ReLU
#
# Where $h > 0$ the slope is 1, and where $h < 0$ it is 0: the gradient passes or it is stopped. At exactly 0
# there is no slope; we take 0, as TensorFlow does. (This is the first *kink*: lesson 4 comes back to it.)
#
# **Predict:** which entries of $dW_1$ and of $dx$ will be 0?

# %%
dh = da * (h > 0)
dW1, db1, dx = x.T @ dh, dh.sum(axis=0), dh @ W1.T
print(f"dh = {dh.tolist()}, dW1 = {dW1.tolist()}, dx = {dx.tolist()}")
assert dh.tolist() == [[-1.0, 0.0]]
assert dW1.tolist() == [[-1.0, 0.0], [-2.0, 0.0]]
assert dx.tolist() == [[-1.0, -0.5]]

# %% [markdown]
# ## Was it right? Wiggle
#
# As in lesson 2: move each number a little, look at the loss, and compare. **Predict:** how many numbers has
# this network, inputs included?


# %%
def loss(parameters):
    W1, b1, W2, b2, x = parameters
    z = np.maximum(0, x @ W1 + b1) @ W2 + b2
    return -z[0, y] + np.log(np.exp(z).sum())


parameters, by_hand = [W1, b1, W2, b2, x], [dW1, db1, dW2, db2, dx]
step, worst = 1e-5, 0.0
for values, gradient in zip(parameters, by_hand, strict=True):
    for index in np.ndindex(values.shape):
        kept = values[index]
        values[index] = kept + step
        above = loss(parameters)
        values[index] = kept - step
        below = loss(parameters)
        values[index] = kept
        worst = max(worst, abs((above - below) / (2 * step) - gradient[index]))
checked = sum(gradient.size for gradient in by_hand)
print(f"{checked} gradients by hand; the largest difference from wiggling is {worst:.1e}")
assert worst < 1e-9

# %% [markdown]
# ## The same in the project's words
#
# `scratch/reference.py` has a pair of functions for each operation. `forward` returns its result and a
# `cache`, what it saw; `backward` takes the gradient of the result and that cache. A network is a list of
# forwards, and training is the same list backwards. Open the file beside this lesson: each line is one you
# have just written.

# %%
h_, cache_1 = dense_forward(x, W1, b1)
a_, cache_relu = relu_forward(h_)
z_, cache_2 = dense_forward(a_, W2, b2)
L_, cache_loss = softmax_cross_entropy_forward(z_, np.eye(2)[[y]])

dz_ = softmax_cross_entropy_backward(cache_loss)
da_, dW2_, db2_ = dense_backward(dz_, cache_2)
dh_ = relu_backward(da_, cache_relu)
dx_, dW1_, db1_ = dense_backward(dh_, cache_1)
assert np.isclose(L_, L)
for ours, theirs in zip(by_hand, [dW1_, db1_, dW2_, db2_, dx_], strict=True):
    assert ours.shape == theirs.shape
    assert np.allclose(ours, theirs, rtol=1e-14, atol=0)
print("the project's functions return the gradients that you found by hand")

# %% [markdown]
# ## More images: add up, and divide
#
# The loss of a batch is the mean, so $dz = (p - Y) / N$. A weight reaches the loss by way of *every* image,
# so its gradients add up: the matrix product $x^\top dz$ and the sum in $db$ do that by themselves.
#
# **Predict:** a batch that holds the same image three times. How does its gradient compare with the image's
# own?

# %%
model = Sequential(
    [Input((2,)), Dense(2, activation="relu"), Dense(2, activation="softmax")], dtype="float64"
)
model.compile(loss="sparse_categorical_crossentropy", engine="reference")
model.set_weights([W1, b1, W2, b2])
once, thrice = model.loss_and_grads(x, [y])[1], model.loss_and_grads(np.tile(x, (3, 1)), [y] * 3)[1]
assert list(once) == ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
for name in once:
    assert np.allclose(once[name], thrice[name], rtol=1e-14), "the mean over equal images is each one's own"
print(f"gradient of the first kernel, one image: {once['dense/kernel'].tolist()}; three times it: the same")

# %% [markdown]
# ## What flows back in a real image
#
# The gradient of the *input* says which pixels the loss depends on. Training does not need it for the first
# layer (nobody changes the image), but every layer above hands its own down in this way.
#
# **Predict:** does a network that has learned nothing look at the ink, or at the paper, too?

# %%
data = load()
image, label = data.x_train[:1] / 255, data.y_train[:1].astype(int)
rng = np.random.default_rng(0)
W, b = rng.normal(0, 0.05, (image[0].size, 10)), np.zeros(10)
z, cache = dense_forward(image.reshape(1, -1), W, b)
_, cache_loss = softmax_cross_entropy_forward(z, np.eye(10)[label])
dx, _, _ = dense_backward(softmax_cross_entropy_backward(cache_loss), cache)
limit = abs(dx).max()
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
left.imshow(image[0], cmap="gray_r")
left.set_title(f"x: a {label[0]}")
shown = right.imshow(dx.reshape(image.shape[1:]), cmap="PuOr", vmin=-limit, vmax=limit)
right.set_title("dx of an untrained layer")
figure.colorbar(shown, ax=right, label="dL / dx")
for axes in (left, right):
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
show(figure, "Untrained weights care about every pixel, ink or paper. Lesson 15 asks a trained network.")
assert dx.reshape(image.shape).shape == image.shape, "a gradient has the shape of what it belongs to"

# %% [markdown]
# ## To remember
#
# 1. A step backwards needs the gradient of what it returned and what it saw, and nothing else.
# 2. $dW = x^\top dy$, $dx = dy\, W^\top$, $db = \sum dy$; ReLU passes or stops; the loss starts it with $p
#    - y$.
# 3. Where ways meet, gradients add up: over images, over outputs, and wherever a value is used twice.
#
# ## Exercises
#
# In `lessons/exercises/03_chain_rule.py`; `digits check 3` grades them:
#
# 1. `dense_backward`: the gradients of a dense layer, for any number of images.
# 2. `sigmoid_backward`: derive and write the backward of the sigmoid, $\sigma(x) = 1 / (1 + e^{-x})$.
#
# **Next:** lesson 4 makes wiggling into an instrument that can be trusted.
