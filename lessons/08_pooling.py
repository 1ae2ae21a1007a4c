# %% [markdown]
# # Lesson 8: Pooling
#
# **Goal.** See what max-pooling keeps of an image and what it throws away, and follow its gradient to the one
# pixel that gets it, also where pixels tie and where windows overlap.
#
# **Time:** 25 minutes. **Assumes:** lessons 3 and 6.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.workshop import load, show
from scratch import reference
from scratch.reference import max_pool2d_backward, max_pool2d_forward

data = load()
images = data.x_train[:100] / 255  # (N, H, W)

# %% [markdown]
# ## The largest of each window
#
# A pool slides a window over the image, as a convolution does, but it has no weights: it returns the largest
# value that it sees. With a window of $k \times k$ pixels and stride $s$,
#
# $$y_{ij} = \max_{0 \le p, q < k} \; x_{si + p,\, sj + q}$$
#
# By default $s = k$: the windows lie side by side, and $n$ pixels become $\lfloor n / k \rfloor$. The code
# also notes *where* the largest value stood, since the way back needs it.
#
# **Predict:** a 13 x 13 image under a 2 x 2 pool. What is the size of the result, and what becomes of row 12?


# %%
def max_pool(x, k=2, s=None):
    s = s or k
    y = np.zeros(((x.shape[0] - k) // s + 1, (x.shape[1] - k) // s + 1))
    winner = np.zeros((*y.shape, 2), int)  # the row and the column of each window's largest pixel
    for i, j in np.ndindex(y.shape):
        best = -np.inf
        for p, q in np.ndindex(k, k):  # row-major: along the first row, then along the second, ...
            if x[s * i + p, s * j + q] > best:  # > and not >=: of equals, the first one stays
                best = x[s * i + p, s * j + q]
                winner[i, j] = s * i + p, s * j + q
        y[i, j] = best
    return y, winner


rng = np.random.default_rng(8)
y, winner = max_pool(rng.normal(size=(13, 13)))
print(f"(13, 13) under a 2x2 pool: {y.shape}")
assert y.shape == (6, 6)
assert winner.max() < 12, "no window reaches row 12 or column 12: they are dropped"

# %% [markdown]
# ## What it keeps
#
# Here are the vertical edges of lesson 6 in a digit, behind a ReLU, and what two pools make of them.
# **Predict:** how many numbers are left behind each?

# %%
sobel = np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]) / 4


def edges(images):
    y, _ = reference.conv2d_forward(images[..., None], sobel[:, :, None, None])
    return reference.relu_forward(y)  # (N, H - 2, W - 2, 1), and the cache


map_0 = edges(images[:1])[0][0, :, :, 0]
map_1, map_2 = max_pool(map_0)[0], max_pool(max_pool(map_0)[0])[0]
figure, panels = plt.subplots(1, 4, figsize=(10, 3), layout="constrained")
titled = {"the image": images[0], "its edges": map_0, "pooled": map_1, "pooled again": map_2}
for axes, (title, pixels) in zip(panels, titled.items(), strict=True):
    axes.imshow(pixels, cmap="gray_r", vmin=0, vmax=1)
    axes.set(title=f"{title}: {len(pixels)} x {len(pixels)}", xticks=[], yticks=[])
    axes.grid(False)
show(figure, "White is 0, black 1. That there is an edge survives, and roughly where; the pixel does not.")
print(f"{map_0.size} numbers, then {map_1.size}, then {map_2.size}: less for the next layer to do")

# %% [markdown]
# ## Small shifts
#
# People do not write in the middle of a grid. How much does a map change if the digit moves? With $f$ for all
# that happens to the image, and $x'$ for the image moved to the right, look at
# $\lVert f(x') - f(x) \rVert \,/\, \lVert f(x) \rVert$.
#
# **Predict:** which map changes least when the digit moves by one pixel? Does one of them stay as it is?


# %%
def change(pool, shift):
    maps = edges(images)[0], edges(np.roll(images, shift, axis=2))[0]
    a, b = (max_pool2d_forward(each, (pool, pool))[0] for each in maps)  # a 1 x 1 pool does nothing
    return np.linalg.norm(b - a) / np.linalg.norm(a)


shifts, pools = range(5), {1: "no pool", 2: "2 x 2 pool", 4: "4 x 4 pool"}
changes = {pool: [change(pool, shift) for shift in shifts] for pool in pools}
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
for (pool, name), style, marker in zip(pools.items(), (":", "--", "-"), "s^o", strict=True):
    axes.plot(shifts, changes[pool], style, marker=marker, lw=2.5, label=name)
axes.set(title="How the edges of a digit change when it moves", xlabel="shift to the right (pixels)")
axes.set(ylabel="relative change", xticks=shifts)
axes.legend()
show(figure, "The larger the pool, the less a small shift matters. None of them is indifferent to it.")
print(f"relative change for one pixel: {[round(float(changes[pool][1]), 2) for pool in pools]}")
assert 0.05 < changes[4][1] < changes[2][1] < changes[1][1], "less, but not nothing"

# %% [markdown]
# Why not nothing? Take a single bright pixel. As long as it moves *within* its window, the result stays the
# same; when it crosses the border, the result moves by a whole cell. So the answer depends on where the grid
# of windows happens to lie (Zhang, "Making convolutional networks shift-invariant again", ICML 2019).
# **Predict:** a bright pixel in column 0, 1, 2, ..., 7. In which of the four cells is it found?

# %%
row = np.pad(np.eye(8)[:, None], ((0, 0), (0, 1), (0, 0)))  # eight images of 2 x 8, a bright pixel in each
cells = [int(max_pool(image)[0].argmax()) for image in row]
print(f"a pixel in column {list(range(8))} is found in cell {cells}")
assert cells == [0, 0, 1, 1, 2, 2, 3, 3]

# %% [markdown]
# ## Where the gradient goes
#
# Wiggle a pixel that is not the largest of its window: nothing happens, so its gradient is 0. Wiggle the
# winner: the result moves along with it, with slope 1. Hence
#
# $$dx_{uv} = \sum_{i, j \,:\, (u, v) \text{ won window } (i, j)} dy_{ij}$$
#
# **Predict:** for a 2 x 2 pool, which share of the pixels gets any gradient?


# %%
def max_pool_backward(dy, winner, shape):
    dx = np.zeros(shape)
    for i, j in np.ndindex(dy.shape):
        dx[tuple(winner[i, j])] += dy[i, j]  # add: where windows overlap, a pixel can win more than one
    return dx


x = rng.permutation(np.arange(64.0)).reshape(8, 8) / 10  # no two are equal, so wiggling meets no tie
y, winner = max_pool(x)
dy = rng.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], y.shape)
dx = max_pool_backward(dy, winner, x.shape)
h, worst, step = 1e-4, 0.0, np.zeros_like(x)
for u, v in np.ndindex(x.shape):
    step[...], step[u, v] = 0, h
    slope = (dy * (max_pool(x + step)[0] - max_pool(x - step)[0])).sum() / (2 * h)
    worst = max(worst, abs(slope - dx[u, v]))
print(f"{np.count_nonzero(dx)} of {x.size} pixels get a gradient; wiggling differs by at most {worst:.1e}")
assert np.count_nonzero(dx) * 4 == x.size
assert worst < 1e-9
assert np.isclose(dx.sum(), dy.sum()), "it is handed on, never split and never lost"

figure, panels = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
for axes, values, title in zip(panels, (x, dy, dx), ("x", "dy", "dx"), strict=True):
    colors = {"cmap": "Greys"} if title == "x" else {"cmap": "PuOr", "vmin": -3, "vmax": 3}
    figure.colorbar(axes.imshow(values, **colors), ax=axes, shrink=0.8)
    axes.set(title=f"{title}: {len(values)} x {len(values)}", xticks=[], yticks=[])
    axes.grid(False)
    borders = np.arange(1, 4) * len(values) / 4 - 0.5
    axes.hlines(borders, -0.5, len(values) - 0.5, color="#5b6775", lw=1)
    axes.vlines(borders, -0.5, len(values) - 0.5, color="#5b6775", lw=1)
for u, v in winner.reshape(-1, 2):
    panels[0].add_patch(plt.Rectangle((v - 0.5, u - 0.5), 1, 1, fill=False, edgecolor="#e69f00", lw=2))
show(figure, "Left, the winner of each window, framed. Right, the gradient: the winner takes it all.")

# %% [markdown]
# ## Ties
#
# Behind a ReLU most of a map is 0, so equal pixels are no rarity. At a tie the maximum has a kink (lesson 4):
# no slope is *the* right one. We do as TensorFlow does: the first of equals, in row-major order, takes all.
#
# **Predict:** a 2 x 2 image of four equal pixels, $dy = 1$. What is $dx$, and what would wiggling say?

# %%
equal = np.full((2, 2), 0.5)
_, winner = max_pool(equal)
first_takes_all = max_pool_backward(np.ones((1, 1)), winner, (2, 2))
step = np.array([[h, 0], [0, 0]])
slope = (max_pool(equal + step)[0] - max_pool(equal - step)[0]).item() / (2 * h)
print(f"dx = {first_takes_all.tolist()}; wiggling the first pixel says {slope:.2f}")
assert first_takes_all.tolist() == [[1.0, 0.0], [0.0, 0.0]]
assert np.isclose(slope, 0.5), "the mean of 1, when it rises and wins, and 0, when it falls"

z, cache_relu = edges(images)
y, cache_pool = max_pool2d_forward(z)
tied = (z.reshape(100, 13, 2, 13, 2) == y.reshape(100, 13, 1, 13, 1)).sum(axis=(2, 4)) > 1  # (N, 13, 13)
share = 100 * (y[..., 0] == 0)[tied].mean()
print(f"{100 * tied.mean():.0f}% of the windows have a tie, and {share:.0f}% of these are ties of zeros")
dz = max_pool2d_backward(np.where(y == 0, 1.0, 0.0), cache_pool)
assert dz.any(), "the pool does hand a gradient to zeros,"
assert not reference.relu_backward(dz, cache_relu).any(), "but ReLU, which made them, stops it: no harm done"

# %% [markdown]
# ## Overlap, and the margin
#
# With $s < k$ windows overlap, as in the network that made deep learning famous (Krizhevsky et al., NIPS
# 2012: $k = 3$, $s = 2$). A pixel may win several windows, and its gradients *add up*.
#
# "same" padding lays a margin around the image. A margin of 0 would beat every negative pixel, so a pool pads
# with $-\infty$, which never wins.
#
# **Predict:** 5 x 5 pixels with one peak in the centre, $k = 3$, $s = 2$, all $dy = 1$. What is $dx$ there?

# %%
peak = np.pad([[1.0]], 2)
y, winner = max_pool(peak, k=3, s=2)
dx = max_pool_backward(np.ones_like(y), winner, peak.shape)
print(f"the peak won {y.size} windows and gets {dx[2, 2]:.0f}")
assert dx[2, 2] == dx.sum() == 4

negative = -np.arange(1.0, 17.0).reshape(1, 4, 4, 1)
y, _ = max_pool2d_forward(negative, (3, 3), (2, 2), "same")
print(f"-1 to -16 under a 3x3 pool, stride 2, 'same': {y[0, :, :, 0].tolist()}")
assert y[0, :, :, 0].tolist() == [[-1.0, -3.0], [-9.0, -11.0]], "a margin of 0 would have returned 0s"

# %% [markdown]
# ## All images, all channels
#
# Each channel is pooled by itself. The project's pair of functions against our loops, for windows side by
# side, overlapping, and with gaps; the values are rounded, so that many are equal.

# %%
x = rng.normal(size=(2, 13, 11, 3)).round(0)
for k, s in ((2, 2), (3, 2), (2, 3)):
    y, cache = max_pool2d_forward(x, (k, k), (s, s))
    dy = rng.normal(size=y.shape)
    dx = max_pool2d_backward(dy, cache)
    for n, c in np.ndindex(2, 3):
        y_loops, winner = max_pool(x[n, :, :, c], k, s)
        assert (y[n, :, :, c] == y_loops).all()
        assert np.allclose(dx[n, :, :, c], max_pool_backward(dy[n, :, :, c], winner, (13, 11)), atol=1e-14)
    print(f"k = {k}, s = {s}: {x.shape} -> {y.shape}, as by loops, forward and backward")

# %% [markdown]
# ## To remember
#
# 1. A max-pool keeps *that* something is there, and gives up *where* exactly; it has nothing to learn.
# 2. The winner takes the whole gradient: the first of equals, and the sum where it wins several windows.
# 3. What fills no window is dropped (13 becomes 6) and gets gradient 0; the margin is $-\infty$, not 0.
#
# ## Exercises
#
# In `lessons/exercises/08_pooling.py`; `digits check 8` grades them:
#
# 1. `max_pool`: the forward for many images and channels, with the first of equals as the winner.
# 2. `max_pool_backward`: the backward, for windows that overlap, too.
#
# **Next:** lesson 9 puts all of this together and reads MNIST.
