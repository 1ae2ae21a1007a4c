# %% [markdown]
# # Lesson 7: Convolution backwards
#
# **Goal.** Derive the three gradients of a convolution, write them as loops, check every number, and see that
# Keras's Conv2D agrees.
#
# **Time:** 35 minutes. **Assumes:** lessons 3 and 6.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.workshop import show
from scratch.reference import conv2d_backward, conv2d_forward

rng = np.random.default_rng(7)

# %% [markdown]
# ## Who touched whom
#
# Take one channel and one filter first. In the forward pass
#
# $$y_{ij} = \sum_{p, q} x_{i+p,\, j+q}\; w_{pq} + b$$
#
# Suppose $dy_{ij} = \partial L / \partial y_{ij}$ is known. As in lesson 3, ask of each number which
# $y_{ij}$ it took part in, and with what slope.
#
# - $b$ is in every one, with slope 1: $\displaystyle db = \sum_{i, j} dy_{ij}$.
# - $w_{pq}$ is in every one, with slope $x_{i+p,\, j+q}$: $\displaystyle dw_{pq} = \sum_{i, j} x_{i+p,\,
#   j+q}\, dy_{ij}$.
# - $x_{uv}$ is in those $y_{ij}$ whose window covers it, $i = u - p$ and $j = v - q$, with slope $w_{pq}$:
#   $\displaystyle dx_{uv} = \sum_{p, q} dy_{u-p,\, v-q}\; w_{pq}$.
#
# **Predict:** look at the second line. What would you call the operation that makes $dw$ of $x$ and $dy$?


# %%
def backward(x, w, dy):
    KH, KW = w.shape
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i, j in np.ndindex(dy.shape):
        for p, q in np.ndindex(KH, KW):
            dw[p, q] += x[i + p, j + q] * dy[i, j]
            dx[i + p, j + q] += w[p, q] * dy[i, j]  # each window adds to what it saw
    return dx, dw, dy.sum()


x, w = rng.normal(size=(5, 6)), rng.normal(size=(3, 2))
dy = rng.normal(size=(3, 5))
dx, dw, db = backward(x, w, dy)


def convolve(x, w):
    y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))
    for i, j in np.ndindex(y.shape):
        y[i, j] = (x[i : i + w.shape[0], j : j + w.shape[1]] * w).sum()
    return y


assert np.allclose(dw, convolve(x, dy)), "dw is a convolution of x, with dy as the kernel"
padded = np.pad(dy, ((2, 2), (1, 1)))
assert np.allclose(dx, convolve(padded, w[::-1, ::-1])), (
    "dx is one of dy in a margin of zeros, w turned round"
)
print("dw = x convolved with dy;  dx = padded dy convolved with the turned kernel")

# %% [markdown]
# ## Is it right? Wiggle every number
#
# The loss here is $L = \sum_{ij} dy_{ij}\, y_{ij}$: its gradient with respect to $y$ is $dy$, whatever we
# choose. **Predict:** it is linear in each single number, so which error of a central difference is left?


# %%
def numeric(f, at, h=1e-6):
    gradient = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        kept = at[index]
        at[index] = kept + h
        above = f()
        at[index] = kept - h
        gradient[index] = (above - f()) / (2 * h)
        at[index] = kept
    return gradient


def loss():
    return (dy * convolve(x, w)).sum()


worst = max(abs(numeric(loss, x) - dx).max(), abs(numeric(loss, w) - dw).max())
print(f"{x.size + w.size} gradients; the largest difference is {worst:.1e}")
assert worst < 1e-8

# %% [markdown]
# ## A test without any differences
#
# A convolution without its bias is linear in $x$: $y = A x$ for some matrix $A$ (lesson 6 drew one). Then
# $dx$ must be $A^\top dy$, and for *any* two vectors $\langle A x, dy \rangle = \langle x, A^\top dy
# \rangle$. Both sides are one number, and they agree to rounding, not just to the accuracy of a difference.
#
# **Predict:** to how many digits?

# %%
left, right = (convolve(x, w) * dy).sum(), (x * dx).sum()
print(f"<Ax, dy> = {left:.15f}\n<x, A'dy> = {right:.15f}")
assert np.isclose(left, right, rtol=1e-13)

# %% [markdown]
# ## Stride: pixels that nobody looked at
#
# With stride $s$ the window of $y_{ij}$ starts at $(s i, s j)$. Where the stride is larger than the kernel,
# or the last rows do not fill a window, some pixels are in no window at all.
#
# **Predict:** an 8x8 image, a 3x3 kernel, stride 2. Which rows of $dx$ are zero?

# %%
x4, w4 = rng.normal(size=(1, 8, 8, 1)), rng.normal(size=(3, 3, 1, 1))
y4, cache = conv2d_forward(x4, w4, None, (2, 2))
dx4, dw4, _ = conv2d_backward(np.ones_like(y4), cache)
untouched = np.flatnonzero((dx4[0, :, :, 0] == 0).all(axis=1))
print(f"y has shape {y4.shape[1:3]}; rows of dx that are zero: {untouched.tolist()}")
assert untouched.tolist() == [7], "three windows of 3, two apart, reach rows 0 to 6"
assert dx4.shape == x4.shape, "the shape of dx is x's, whether or not all of x was seen"

seen = np.zeros((8, 8))
for i, j in np.ndindex(3, 3):
    seen[2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += 1
figure, (left_axes, right_axes) = plt.subplots(1, 2, figsize=(8.5, 3.6), layout="constrained")
left_axes.imshow(seen, cmap="Blues")
for (row, column), count in np.ndenumerate(seen):
    shade = "white" if count > 2 else "black"
    left_axes.text(column, row, f"{count:.0f}", ha="center", va="center", color=shade)
left_axes.set_title("in how many windows each pixel is")
limit = abs(dx4).max()
shown = right_axes.imshow(dx4[0, :, :, 0], cmap="PuOr", vmin=-limit, vmax=limit)
right_axes.set_title("dx for dy = 1 everywhere")
for axes in (left_axes, right_axes):
    axes.set(xlabel="column (pixels)", ylabel="row (pixels)")
    axes.grid(False)
figure.colorbar(shown, ax=right_axes, label="dx")
show(
    figure, "Where windows overlap, contributions add up. A backward that assigns instead loses all but one."
)

# %% [markdown]
# ## All channels, all filters, all images
#
# Nothing new: sum over what was summed over. The project's own pair does it for any shape, stride, padding
# and dilation; here it is against our loops.
#
# **Predict:** the shapes of $dx$, $dw$ and $db$ for two images of 6 x 5 x 3 and four filters of 3 x 3.

# %%
x, w = rng.normal(size=(2, 6, 5, 3)), rng.normal(size=(3, 3, 3, 4))
y, cache = conv2d_forward(x, w, np.zeros(4))
dy = rng.normal(size=y.shape)
dx, dw, db = conv2d_backward(dy, cache)
dx_loops, dw_loops = np.zeros_like(x), np.zeros_like(w)
for n, c, f in np.ndindex(2, 3, 4):
    dx_one, dw_one, _ = backward(x[n, :, :, c], w[:, :, c, f], dy[n, :, :, f])
    dx_loops[n, :, :, c] += dx_one  # every filter sends something back to this channel
    dw_loops[:, :, c, f] += dw_one  # and every image to this weight
assert np.allclose(dx, dx_loops, atol=1e-12)
assert np.allclose(dw, dw_loops, atol=1e-12)
assert np.allclose(db, dy.sum(axis=(0, 1, 2)))
print(f"dx {dx.shape}, dw {dw.shape}, db {db.shape}: as by loops")

# %% [markdown]
# ## And Keras?
#
# Keras has TensorFlow find these gradients by itself. Same input, same kernel, same $dy$.
#
# **Predict:** to how many digits will it agree in float64?

# %%
from keras_ref.backend import load_keras

keras = load_keras()
import tensorflow as tf

layer = keras.layers.Conv2D(4, 3, dtype="float64")
layer.build(x.shape)
layer.set_weights([w, np.zeros(4)])
with tf.GradientTape() as tape:
    theirs = tf.convert_to_tensor(x)
    tape.watch(theirs)
    y_keras = layer(theirs)
    dx_keras, (dw_keras, db_keras) = tape.gradient(
        y_keras, [theirs, layer.trainable_weights], output_gradients=dy
    )
differences = {
    "y": abs(y - y_keras.numpy()).max(),
    "dx": abs(dx - dx_keras.numpy()).max(),
    "dw": abs(dw - dw_keras.numpy()).max(),
    "db": abs(db - db_keras.numpy()).max(),
}
for name, difference in differences.items():
    print(f"{name}: the largest difference from Keras is {difference:.1e}")
    assert difference < 1e-12

# %% [markdown]
# ## To remember
#
# 1. $db$ sums, $dw$ convolves $x$ with $dy$, $dx$ convolves the padded $dy$ with the kernel turned round.
# 2. Windows overlap, so their contributions to $dx$ are added, never assigned.
# 3. What is linear can be tested without differences: $\langle Ax, dy \rangle = \langle x, A^\top dy
#    \rangle$.
#
# ## Exercises
#
# In `lessons/exercises/07_convolution_backwards.py`; `digits check 7` grades them:
#
# 1. `kernel_gradients`: $dw$ and $db$ for images with channels.
# 2. `input_gradient`: $dx$, with a stride.
#
# **Next:** lesson 8, max-pooling, whose gradient goes to one pixel in four.
