# %% [markdown]
# # Lesson 1: The digits
#
# **Goal.** Know the data before any network does: what an image is to a program, how many there are of each
# digit, how they are scaled, and why some of them are locked away until the end.
#
# **Time:** 20 minutes. **Assumes:** Python, and that you have seen a NumPy array before.
#
# MNIST was put together by Yann LeCun, Corinna Cortes and Christopher Burges from forms that employees of
# the US Census Bureau and high-school students had filled in by hand (LeCun et al., "Gradient-based learning
# applied to document recognition", Proceedings of the IEEE 86, 1998). It is small enough for an evening and
# hard enough to need every idea of these lessons.

# %%
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

from lessons.workshop import load, show, up_to
from scratch.layers import Dense, Input
from scratch.models import Sequential

data = load()

# %% [markdown]
# ## An image is an array of numbers
#
# Write $N$ for the number of images, $H$ and $W$ for their height and width in pixels. All training images
# together are one array of shape $(N, H, W)$, and each pixel is one byte: 0 is paper, 255 is ink.
#
# **Predict:** what is the shape of one image, and how many numbers does it hold?

# %%
N, H, W = data.x_train.shape
image, label = data.x_train[0], data.y_train[0]
print(f"one image: shape {image.shape}, {image.size} numbers of type {image.dtype}; it shows a {label}")
assert image.shape == (28, 28)
assert image.dtype == np.uint8

# %% [markdown]
# Here is the middle of that image as the program sees it, and beside it the whole image as you do.

# %%
rows, columns = slice(8, 20), slice(8, 20)
figure, (numbers, picture) = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
for axes, pixels in ((numbers, image[rows, columns]), (picture, image)):
    axes.imshow(pixels, cmap="gray_r", vmin=0, vmax=255)
    axes.grid(False)
    axes.set(xlabel="column (pixels)", ylabel="row (pixels)")
for (row, column), value in np.ndenumerate(image[rows, columns]):
    shade = "white" if value > 128 else "black"
    numbers.text(column, row, str(value), ha="center", va="center", fontsize=7, color=shade)
numbers.set(title="Rows and columns 8 to 19, as numbers", xticks=range(12), yticks=range(12))
numbers.set_xticklabels(range(8, 20))
numbers.set_yticklabels(range(8, 20))
picture.set_title(f"The whole image: a {label}")
show(figure, "The same image twice. A network never sees the right-hand side.")

# %% [markdown]
# ## Which digits, and how many of each?
#
# A network that always answers with the most frequent digit is right as often as that digit occurs. Anything
# we build has to beat that share.
#
# **Predict:** are there equally many of each digit? Which share would that lazy answer reach?

# %%
counts = np.bincount(data.y_train, minlength=10)
lazy = counts.max() / N
print(f"counts per digit: {counts.tolist()}")
print(f"always answering {counts.argmax()} is right for {100 * lazy:.1f}% of the training images")
assert counts.sum() == N
assert 0.1 <= lazy < 0.13, "nearly balanced, but not quite"

figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
sns.countplot(x=data.y_train, color="#123f6b", ax=axes)
axes.bar_label(axes.containers[0], padding=2, fontsize=9)
axes.set(title=f"{data.title}: training images of each digit", xlabel="digit", ylabel="images")
show(figure, "Nearly, but not exactly, equally many. Accuracy is a fair measure here.")

# %% [markdown]
# ## How different can the same digit be?
#
# Ten samples of each digit, and below them the mean of *all* images of that digit: the average of each pixel,
# $\bar x^{(d)}_{ij} = \frac{1}{N_d} \sum_{n} x_{nij}$ over the $N_d$ images $n$ that show digit $d$.
#
# **Predict:** of which digit will the mean be the sharpest, and of which the most blurred?

# %%
rng = np.random.default_rng(0)
figure, grid = plt.subplots(11, 10, figsize=(7.5, 8.4), layout="constrained")
for digit in range(10):
    of_digit = data.x_train[data.y_train == digit]
    mean = of_digit.mean(axis=0)  # (H, W)
    column = [*of_digit[rng.choice(len(of_digit), 10, replace=False)], mean]
    for axes, pixels in zip(grid[:, digit], column, strict=True):
        axes.imshow(pixels, cmap="gray_r", vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
        axes.grid(False)
    grid[0, digit].set_title(str(digit))
grid[10, 0].set_ylabel("mean", rotation=0, ha="right", va="center")
figure.suptitle("Ten of each digit, and the mean of all")
show(figure, "Where a mean is dark, everybody puts ink; where it is grey, people differ.")

# %% [markdown]
# The means are already a classifier: answer with the digit whose mean is nearest, by the distance
# $\lVert x - \bar x^{(d)} \rVert^2 = \sum_{ij} (x_{ij} - \bar x^{(d)}_{ij})^2$.
#
# **Predict:** better or worse than the lazy answer? By how much?

# %%
x, y = data.x_test[: up_to(10_000, 300)].astype(float), data.y_test[: up_to(10_000, 300)]
means = np.stack([data.x_train[data.y_train == digit].mean(axis=0) for digit in range(10)])  # (10, H, W)
squared = np.stack([((x - mean) ** 2).sum(axis=(1, 2)) for mean in means], axis=1)  # (N, 10)
by_mean = np.mean(squared.argmin(axis=1) == y)
print(f"the nearest mean is right for {100 * by_mean:.1f}% of the test images")
assert by_mean > 5 * lazy

# %% [markdown]
# That is the bar for lesson 2: ten pictures and a distance, nothing learned step by step.
#
# ## Pixel values, and why they are scaled
#
# Bytes run from 0 to 255. Networks are fed numbers of about 1 instead, here $x / 255$, which lies in
# $[0, 1]$. The reason shows in what a freshly initialised layer returns: its weights are drawn for inputs of
# that size (lesson 5 derives it), so inputs 255 times as large give outputs 255 times as large, and a softmax
# of such outputs is certain of nonsense before it has learned anything.
#
# **Predict:** with ten classes, how sure is a layer that has learned nothing? And if nobody scaled the bytes?

# %%
ink = data.x_train.reshape(N, -1)
print(f"pixels that are exactly 0: {100 * np.mean(ink == 0):.0f}%; mean of all: {ink.mean():.1f} of 255")

layer = Sequential([Input((H * W,)), Dense(10, activation="softmax")], rng=np.random.default_rng(1))
raw = layer(ink[:100]).max(axis=1).mean()
scaled = layer(ink[:100] / 255).max(axis=1).mean()
print(f"an untrained layer's largest probability: {raw:.2f} on raw bytes, {scaled:.2f} on x / 255")
assert raw > 0.9, "certain, though it knows nothing"
assert scaled < 0.5, "undecided, as it should be"

figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
sns.histplot(ink[:: up_to(60, 3)].ravel() / 255, bins=32, color="#123f6b", ax=axes)
axes.set_yscale("log")
axes.set(title="Pixel values after scaling", xlabel="x / 255 (0 paper, 1 ink)", ylabel="pixels (log scale)")
paper, solid = np.mean(ink < 0.05 * 255), np.mean(ink > 0.95 * 255)
between = f"{paper:.0%} of the pixels are paper, {solid:.0%} solid ink, {1 - paper - solid:.0%} in between"
show(figure, f"Within 5%, {between}: the edges of the strokes.")

# %% [markdown]
# ## Why bytes must become floats *first*
#
# **Predict:** what is 200 + 100 in an array of bytes?

# %%
a, b = np.array([200], np.uint8), np.array([100], np.uint8)
print(f"200 + 100 = {(a + b)[0]} in bytes: the carry is lost, and nothing warns you")
assert (a + b)[0] == (200 + 100) % 256
assert (a.astype(np.float32) + b)[0] == 300

# %% [markdown]
# ## Training, validation, test
#
# What a network has learned by heart tells nothing about digits that it has not seen. So the images are
# split:
#
# - **training**: it learns from these,
# - **validation**: taken off the end of the training images; *you* look at them to choose between networks,
# - **test**: looked at once, at the end. Choose by the test set, and it becomes a validation set.
#
# `fit(..., validation_split=0.1)` does what the next cell does by hand.
#
# **Predict:** is each digit as frequent in all three parts? By how much may its share differ by chance?

# %%
n = int(N * (1 - 0.1))
parts = {"training": data.y_train[:n], "validation": data.y_train[n:], "test": data.y_test}
for name, labels in parts.items():
    print(f"{name:>10}: {len(labels):6,} images")
assert n + len(parts["validation"]) == N
for name, labels in parts.items():
    shares = np.bincount(labels, minlength=10) / len(labels)
    chance = np.sqrt(0.1 * 0.9 / len(labels))  # by how much a share of 0.1 varies by chance (its deviation)
    distance = abs(shares - counts / N).max()
    print(f"{name:>10}: no digit's share is off by more than {distance:.3f}; by chance alone {chance:.3f}")
    assert distance < 6 * chance, "the parts are alike"

# %% [markdown]
# ## To remember
#
# 1. An image is an array of bytes, (28, 28): 0 is paper, 255 is ink. Make it float before you calculate.
# 2. Scale the inputs as the network expects them, in training and for ever after.
# 3. Three sets: learn from one, choose by the second, and look at the third once.
#
# ## Exercises
#
# In `lessons/exercises/01_digits.py`; `digits check 1` grades them:
#
# 1. `scale_and_flatten`: a batch of images as a network takes it.
# 2. `split`: the last images split off for validation, without shuffling.
#
# **Next:** lesson 2, the smallest network that learns, and what its weights look like.
