# %% [markdown]
# # Lesson 6: Convolution
#
# **Goal.** Write a convolution with nothing but loops, see what small kernels do to a real digit, and learn
# why it needs so much fewer weights than a dense layer.
#
# **Time:** 30 minutes. **Assumes:** lesson 2.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.workshop import load, show
from scratch.layers import Conv2D, Dense
from scratch.reference import conv2d_forward

data = load()
image = data.x_train[0] / 255  # (H, W)

# %% [markdown]
# ## A window slides over the image
#
# Lay a small *kernel* $w$ over a corner of the image, multiply what lies on top of each other, add it all up:
# that is one pixel of the result. Slide it along by one, and do it again.
#
# $$y_{ij} = \sum_{p=0}^{K_H - 1} \sum_{q=0}^{K_W - 1} x_{i+p,\, j+q}\; w_{pq} + b$$
#
# (A mathematician calls this cross-correlation, and turns the kernel round for a convolution. Every framework
# leaves it as it is, since the kernel is learned anyway. It matters when you compare: exercise 1.)
#
# **Predict:** the image has 28 rows, the kernel 3. How many rows has the result?


# %%
def convolve(x, w, b=0.0):
    H, W = x.shape
    KH, KW = w.shape
    y = np.zeros((H - KH + 1, W - KW + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            for p in range(KH):
                for q in range(KW):
                    y[i, j] += x[i + p, j + q] * w[p, q]
            y[i, j] += b
    return y


mean = np.full((3, 3), 1 / 9)
blurred = convolve(image, mean)
print(f"{image.shape} under a 3x3 kernel: {blurred.shape}")
assert blurred.shape == (26, 26)
assert np.isclose(blurred[10, 12], image[10:13, 12:15].mean()), "this kernel takes the mean of its window"

# %% [markdown]
# ## What kernels see
#
# A kernel is a pattern, and the result is large where the image looks like it.
#
# **Predict:** where is the answer of the vertical-edge kernel large, and where is it zero?

# %%
kernels = {
    "blur": mean,
    "vertical edge": np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]) / 4,  # Sobel's
    "horizontal edge": np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]) / 4,
    "spot": np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]) / 4,  # Laplace's
}
figure, panels = plt.subplots(2, 5, figsize=(11, 4.8), layout="constrained")
panels[0, 0].imshow(image, cmap="gray_r")
panels[0, 0].set_title("the image")
panels[1, 0].set_visible(False)
for column, (name, kernel) in enumerate(kernels.items(), start=1):
    y = convolve(image, kernel)
    shown = panels[0, column].imshow(y, cmap="PuOr", vmin=-1, vmax=1)
    panels[0, column].set_title(name)
    panels[1, column].imshow(kernel, cmap="PuOr", vmin=-1, vmax=1)
    for (p, q), weight in np.ndenumerate(kernel):
        shade = "white" if abs(weight) > 0.6 else "black"
        panels[1, column].text(q, p, f"{weight:.2f}", ha="center", va="center", fontsize=8, color=shade)
for axes in panels.flat:
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
figure.colorbar(shown, ax=panels, label="value", shrink=0.7)
show(
    figure,
    "Above, what each kernel makes of the digit; below, the kernel. Violet is positive, orange negative.",
)
flat = convolve(np.ones((8, 8)), kernels["vertical edge"])
assert np.allclose(flat, 0), "an edge kernel's weights add up to 0: an even surface gives 0, black or white"

# %% [markdown]
# ## Turned round, shifted, mixed
#
# Convolution is *linear*, and moves along with the image: shift the digit, and its answer shifts. That is why
# one kernel can look for its pattern everywhere.
#
# **Predict:** turn the vertical-edge kernel by 180 degrees. What becomes of its answer?

# %%
shifted = np.roll(image, (2, 3), axis=(0, 1))
a, b = convolve(image, kernels["spot"]), convolve(shifted, kernels["spot"])
assert np.allclose(a[:-2, :-3], b[2:, 3:]), "two down and three to the right, and so is the answer"
both = convolve(image, 2 * kernels["spot"] + 3 * mean)
assert np.allclose(both, 2 * a + 3 * blurred)
sobel = kernels["vertical edge"]
edges, flipped = convolve(image, sobel), convolve(image, sobel[::-1, ::-1])
print(f"turning the edge kernel round changes its answer by up to {abs(flipped - edges).max():.2f}")
assert np.allclose(flipped, -edges), "this one changes its sign"

# %% [markdown]
# ## Stride and padding
#
# With *stride* $s$ the window moves by $s$ pixels; with *padding* a margin of zeros is laid around the
# image. For $n$ pixels, a kernel of $k$ and a margin of $m$ zeros in all,
#
# $$n_\text{out} = \left\lfloor \frac{n + m - k}{s} \right\rfloor + 1$$
#
# Keras has two margins: "valid" is $m = 0$; "same" makes $n_\text{out} = \lceil n / s \rceil$, and where
# $m$ is odd the extra zero comes *after*.
#
# **Predict:** the sizes of the four results below.

# %%
x = image[None, :, :, None]  # (N, H, W, C): one image, one channel
w = kernels["spot"][:, :, None, None]  # (KH, KW, C, F): one filter
for strides, padding in (((1, 1), "valid"), ((1, 1), "same"), ((2, 2), "valid"), ((3, 3), "same")):
    y, _ = conv2d_forward(x, w, None, strides, padding)
    print(f"strides {strides}, padding {padding!r}: {y.shape[1:3]}")
    expected = -(-28 // strides[0]) if padding == "same" else (28 - 3) // strides[0] + 1
    assert y.shape[1:3] == (expected, expected)

row = np.arange(1.0, 7.0).reshape(1, 1, 6, 1)  # six pixels in a row
y, _ = conv2d_forward(row, np.ones((1, 3, 1, 1)), None, (1, 2), "same")
print(f"1 to 6 under three ones, stride 2, 'same': {y.ravel().tolist()}")
assert y.ravel().tolist() == [6.0, 12.0, 11.0], "the last window is 5 + 6 + 0: the zero came after"

# %% [markdown]
# ## Many channels, many filters
#
# A colour image has $C = 3$ channels, and what a layer returns has as many as it has kernels. Each of the $F$
# filters looks at all $C$ channels at once:
#
# $$y_{ijf} = \sum_{p, q, c} x_{i+p,\, j+q,\, c}\; w_{pqcf} + b_f$$
#
# The project's `conv2d_forward` writes this as one matrix product: each window becomes a row of $K_H K_W C$
# numbers, and the kernel a matrix with a column for each filter. It is the same sum in another order.
#
# **Predict:** the shape of what four filters of 3 x 2 make of two images of 7 x 6 pixels and three channels.

# %%
rng = np.random.default_rng(0)
x, w, b = rng.normal(size=(2, 7, 6, 3)), rng.normal(size=(3, 2, 3, 4)), rng.normal(size=4)
y, _ = conv2d_forward(x, w, b)
by_loops = np.zeros_like(y)
for n in range(2):
    for f in range(4):
        by_loops[n, :, :, f] = sum(convolve(x[n, :, :, c], w[:, :, c, f]) for c in range(3)) + b[f]
print(
    f"{x.shape} under {w.shape}: {y.shape}; loops and matrix product differ by {abs(y - by_loops).max():.1e}"
)
assert y.shape == (2, 5, 5, 4)
assert np.allclose(y, by_loops, rtol=1e-13, atol=1e-13)

# %% [markdown]
# ## Why not a dense layer?
#
# **Predict:** a dense layer that returns as many numbers as this convolution, 26 x 26 x 32, from a 28 x 28
# image: how many times as many parameters does it have?

# %%
conv, dense = Conv2D(32, 3), Dense(26 * 26 * 32)
conv.build((28, 28, 1))
in_dense = 28 * 28 * dense.units + dense.units  # counted, not made: so many numbers only fill the memory
print(f"Conv2D(32, 3): {conv.count_params():,} parameters; a dense layer with as many outputs: {in_dense:,},")
print(f"{in_dense / conv.count_params():,.0f} times as many")
assert conv.count_params() == 3 * 3 * 1 * 32 + 32
assert in_dense > 50_000 * conv.count_params()

# %% [markdown]
# A convolution *is* a dense layer, one whose weights are mostly 0 and otherwise shared. Here is the matrix
# for a 3x3 kernel on a 6x6 image: the same nine numbers in every row, shifted. **Predict:** how many rows and
# columns has it?

# %%
small = 6
matrix = np.zeros((16, small * small))
for column, unit in enumerate(np.eye(small * small)):
    matrix[:, column] = convolve(unit.reshape(small, small), kernels["vertical edge"]).ravel()
figure, axes = plt.subplots(figsize=(8, 3.8), layout="constrained")
shown = axes.imshow(matrix, cmap="PuOr", vmin=-1, vmax=1)
axes.set(
    title="A convolution as a matrix",
    xlabel="pixel of the image (6 x 6)",
    ylabel="pixel of the result (4 x 4)",
)
axes.grid(False)
figure.colorbar(shown, label="weight")
show(figure, "The structure is the knowledge: what is near matters, and the same everywhere.")
picture = rng.normal(size=(small, small))
assert np.allclose(matrix @ picture.ravel(), convolve(picture, kernels["vertical edge"]).ravel())
assert np.count_nonzero(matrix) == 16 * np.count_nonzero(kernels["vertical edge"])

# %% [markdown]
# ## To remember
#
# 1. A convolution is a small weighted sum, repeated at every place with the same weights.
# 2. $n_\text{out} = \lfloor (n + m - k) / s \rfloor + 1$; Keras's "same" puts the odd zero after.
# 3. It is a dense layer with most weights 0 and the rest shared: tens of thousands of times fewer to learn.
#
# ## Exercises
#
# In `lessons/exercises/06_convolution.py`; `digits check 6` grades them:
#
# 1. `conv2d`: a convolution with channels and filters, the kernel not turned.
# 2. `same_padding`: Keras's "same" for any size, kernel and stride.
#
# **Next:** lesson 7 sends gradients back through these windows.
