# %% [markdown]
# # Lesson 14: Generalising
#
# **Goal.** Make a network good at digits that it has never seen, and find out honestly how good it is: what
# more data, augmentation, dropout and batch normalisation bring, what luck brings, and how sure it may be.
#
# **Time:** 40 minutes. **Assumes:** lessons 2, 5 and 9.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.workshop import load, show, size, up_to
from scratch.figures import image_grid
from scratch.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from scratch.models import Sequential

data = load()
most, n_val, n_test = up_to(10_000, 1_000), up_to(2_000, 438), up_to(4_000, 359)
x, y = data.x_train[: most + n_val, :, :, None] / np.float32(255), data.y_train[: most + n_val].astype(int)
x_val, y_val = x[most:], y[most:]  # to choose by
x_test, y_test = data.x_test[:n_test, :, :, None] / np.float32(255), data.y_test[:n_test].astype(int)

# %% [markdown]
# ## The gap
#
# A network half as wide as lesson 9's takes the same number of steps with few images and with many, so that
# only the images differ. Its error on those very images, and on others: the distance between the two is what
# *generalising* has to close.
#
# **Predict:** ten times as many images. Does a half of the mistakes remain, a third, a tenth?


# %%
def network(seed, extra=()):
    layers = [Input(x.shape[1:]), Conv2D(16, 3, activation="relu"), MaxPooling2D(2)]
    layers += [Conv2D(32, 3, activation="relu"), MaxPooling2D(2), Flatten(), *extra]
    layers += [Dense(64, activation="relu"), Dense(10, activation="softmax")]
    model = Sequential(layers, rng=np.random.default_rng(seed))
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model


def train(model, n, seed, change=None):
    rng = np.random.default_rng(seed)  # change: a function (images, rng) that every batch goes through
    for _step in range(size(300, 60)):
        batch = rng.choice(n, min(n, 64), replace=False)
        model.train_on_batch(x[batch] if change is None else change(x[batch], rng), y[batch])
    return model


def hits(model, images, labels):
    return model.predict(images, batch_size=128, verbose=0).argmax(axis=1) == labels


sizes = up_to([100, 300, 1_000, 3_000, 10_000], [20, 150, 1_000])
models = [train(network(0), n, 0) for n in sizes]
seen = np.array([1 - hits(model, x[:n], y[:n]).mean() for model, n in zip(models, sizes, strict=True)])
unseen = np.array([1 - hits(model, x_val, y_val).mean() for model in models])
slope = np.polyfit(np.log10(sizes), np.log10(unseen), 1)[0]
print(f"ten times the images: {10**slope:.0%} of the mistakes remain")
assert unseen[-1] < unseen[0] / 2, "more images, fewer mistakes"
assert unseen[0] - seen[0] > unseen[-1] - seen[-1], "and a smaller gap"
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
names = [f"{n:,}" for n in sizes]
axes.plot(names, 100 * unseen, "D-", lw=2.5, label=f"on {n_val:,} other images")
axes.plot(names, 100 * seen, "o--", lw=2.5, label="on the images it learned from")
axes.fill_between(names, 100 * seen, 100 * unseen, color="#d9dee4", label="the gap")
axes.set(title="What more images bring", xlabel="training images", ylabel="error (%)")
axes.legend()
show(figure, "Few images are soon known by heart, and little is learned from them.")

# %% [markdown]
# ## More images for nothing: augmentation
#
# Nobody gives us more images, but a 7 moved by two pixels is still a 7. So every batch is moved anew.
#
# **Predict:** which of these leave every digit what it is: turning by 10 degrees, by 180, mirroring?


# %%
def moved(images, rng, most=2):
    """Move each image by up to `most` pixels in both directions; what comes in is paper."""
    N, H, W, _ = images.shape
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)))
    rows = rng.integers(0, 2 * most + 1, (N, 1)) + np.arange(H)  # (N, H): which rows of padded to take
    columns = rng.integers(0, 2 * most + 1, (N, 1)) + np.arange(W)
    return padded[np.arange(N)[:, None, None], rows[:, :, None], columns[:, None, :]]


eight = moved(np.repeat(x[:1], 8, axis=0), np.random.default_rng(0))
grid = image_grid(eight, [f"still a {y[0]}"] * 8, "One image, moved eight times")
show(grid, "Turning by 10 degrees would do, too. Turned by 180, a 6 is a 9; in a mirror, a 2 is no digit.")
assert np.allclose(eight.sum(axis=(1, 2, 3)), x[0].sum()), "no ink is lost: there is room around the digit"

# %% [markdown]
# ## Dropout and batch normalisation
#
# *Dropout*: in training, each value is set to 0 with probability $r$; the others are scaled up, so that the
# next layer gets what it is used to (Srivastava et al., JMLR 15, 2014). Nothing can rely on any one unit.
#
# $$y = \frac{m}{1 - r}\, x, \qquad P(m = 1) = 1 - r, \quad P(m = 0) = r \qquad\Rightarrow\quad E[y] = x$$
#
# *Batch normalisation*: each channel is brought to mean 0 and variance 1 over the batch, then scaled and
# shifted as is learned (Ioffe and Szegedy, ICML 2015). After training, $\mu$ and $\sigma$ are averages.
#
# $$\hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad y = \gamma \hat x + \beta$$
#
# **Predict:** what is the mean of $y$ where dropout gets 100,000 ones? And in training, does the answer of
# batch normalisation for an image depend on which others are in its batch?

# %%
r, ones = 0.2, np.ones(100_000)
m = np.random.default_rng(0).random(100_000) >= r
dropped = m / (1 - r) * ones
print(f"dropout: values {np.unique(dropped)}, mean {dropped.mean():.4f}")
assert abs(dropped.mean() - 1) < 5 * np.sqrt(r / (1 - r) / ones.size), "within five standard errors"

batch, epsilon = np.random.default_rng(0).normal(5, 3, (32, 4)), 1e-3  # 32 images, 4 channels
mu, sigma2, gamma, beta = batch.mean(axis=0), batch.var(axis=0), np.ones(4), np.zeros(4)
y_bn = gamma * (batch - mu) / np.sqrt(sigma2 + epsilon) + beta
assert np.allclose(y_bn, BatchNormalization()(batch, training=True)), "as the layer does it"
alone = BatchNormalization()(batch[:8], training=True)[0]
print(f"batch norm: image 0 among 32 {y_bn[0].round(2)}, among the first 8 {alone.round(2)}")
assert abs(y_bn[0] - alone).max() > 0.01, "in training, the neighbours matter"

# %% [markdown]
# ## What each brings, and what luck brings
#
# A training run is a throw of dice: other initial weights, another order, another result. So each remedy gets
# $k$ runs with $k$ seeds. Of their accuracies $a_i$ we report mean, spread, and the mean's standard error:
#
# $$\bar a = \frac{1}{k} \sum_i a_i, \qquad s = \sqrt{\frac{1}{k - 1} \sum_i (a_i - \bar a)^2}, \qquad
#   \frac{s}{\sqrt{k}}$$
#
# **Predict:** which remedy helps most on ordinary images? And on images that somebody has moved?

# %%
remedies = {  # layers in front of the dense ones, and what is done to the images
    "none": (lambda: [], None),
    "dropout": (lambda: [Dropout(0.5)], None),
    "batch norm": (lambda: [BatchNormalization(momentum=0.9)], None),
    "moved images": (lambda: [], moved),
    "all three": (lambda: [BatchNormalization(momentum=0.9), Dropout(0.5)], moved),
}
n, k, x_moved = up_to(1_000, 300), size(4, 2), moved(x_val, np.random.default_rng(5))
ordinary, on_moved, right = {}, {}, []  # right: which test images each network reads; to be looked at below
for name, (extra, change) in remedies.items():
    trained = [train(network(seed, extra()), n, seed, change) for seed in range(k)]
    a = ordinary[name] = np.array([hits(model, x_val, y_val).mean() for model in trained])
    on_moved[name] = np.array([hits(model, x_moved, y_val).mean() for model in trained])
    right += [hits(model, x_test, y_test) for model in trained]
    error = np.sqrt((a.var(ddof=1) + ordinary["none"].var(ddof=1)) / k)  # of the difference of two means
    gain = f"; against none {100 * (a.mean() - ordinary['none'].mean()):+.1f} +- {100 * error:.1f}"
    print(f"{name:>12}: {a.mean():.1%}, s = {100 * a.std(ddof=1):.1f} points{gain if name != 'none' else ''}")
print("a difference of less than about two of its standard errors (behind +-) may well be luck")
assert on_moved["moved images"].mean() > on_moved["none"].mean() + 0.03, "it learned what it was shown"

figure, panels = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True, layout="constrained")
both = {"validation images": ordinary, "the same, moved by up to 2 pixels": on_moved}
for axes, (title, results) in zip(panels, both.items(), strict=True):
    for place, a in enumerate(100 * np.array(list(results.values()))):
        axes.plot(a, np.full(k, place), "o", mfc="none", color="#123f6b")
        axes.errorbar(a.mean(), place, xerr=a.std(ddof=1), fmt="D", capsize=5, color="#e69f00")
    axes.set(title=title, xlabel="accuracy (%)")
panels[0].set_yticks(range(len(remedies)), remedies)
panels[0].invert_yaxis()
show(figure, f"Circles: single runs with {n:,} training images; diamond and bar: their mean and spread s.")

# %% [markdown]
# ## Choosing on the test set flatters
#
# Of all these networks, somebody takes the one that reads $m$ test images best, and reports that share.
#
# **Predict:** on the other test images, is the same network as good, better, or worse?

# %%
right, rng = np.array(right), np.random.default_rng(14)  # (networks, test images)
ms = up_to([50, 100, 200, 500, 1_000, 2_000], [30, 60, 120, 240])
draws = np.zeros((len(ms), 300, 2))
for index in np.ndindex(draws.shape[:2]):
    chosen_by, the_others = np.split(rng.permutation(n_test), [ms[index[0]]])
    best = right[:, chosen_by].mean(axis=1).argmax()
    draws[index] = right[best, chosen_by].mean(), right[best, the_others].mean()
claimed, honest = 100 * draws.mean(axis=1).T
for m, claim, truth in zip(ms, claimed, honest, strict=True):
    print(f"the best of {len(right)} on {m:>5,} images: {claim:.1f}% of these, {truth:.1f}% of the others")
flattery = claimed - honest
assert flattery[0] > max(0, flattery[-1]), "the luckiest looks better than it is, most of all on few images"

# %% [markdown]
# ## Is it as sure as it is right?
#
# Of the answers given with 90% certainty, nine in ten should be right: then a network is *calibrated*. Sort
# its $N$ answers into bins by their certainty; in bin $b$ are $n_b$, of mean certainty $c_b$, and a share
# $a_b$ of them is right (Guo et al., "On calibration of modern neural networks", ICML 2017). The remedy is
# lesson 2's temperature, $p^{1/T}$ scaled to sum 1, with the $T$ that makes the validation loss least.
#
# $$\mathrm{ECE} = \sum_b \frac{n_b}{N} \left| a_b - c_b \right|$$
#
# **Predict:** what does $T$ do to the accuracy?


# %%
def reliability(p, labels, bins=10):
    c, a = p.max(axis=1), p.argmax(axis=1) == labels
    _, b, n_b = np.unique(np.ceil(bins * c), return_inverse=True, return_counts=True)
    a_b, c_b = (np.bincount(b, values) / n_b for values in (a, c))
    return a_b, c_b, n_b, np.sum(n_b / len(p) * abs(a_b - c_b))


def at(T, p):
    q = np.maximum(p, 1e-30) ** (1 / T)
    return q / q.sum(axis=1, keepdims=True)


p_val, p = (models[0].predict(images, verbose=0).astype(float) for images in (x_val, x_test))
cross_entropy = models[0].loss
T = min(np.geomspace(0.5, 8, 100), key=lambda T: cross_entropy(y_val, at(T, p_val)))
figure, panels = plt.subplots(1, 2, figsize=(9.5, 4), sharey=True, layout="constrained")
for axes, q, title in zip(panels, (p, at(T, p)), ("as trained", f"with T = {T:.2f}"), strict=True):
    a_b, c_b, n_b, ece = reliability(q, y_test)
    axes.plot([0, 100], [0, 100], ":", color="#5b6775")
    axes.plot(100 * c_b, 100 * a_b, "o-", lw=2, color="#123f6b")
    axes.scatter(100 * c_b, 100 * a_b, 1500 * n_b / len(q), color="#e69f00", alpha=0.5)
    axes.set(title=f"{title}: ECE {100 * ece:.1f} points", xlabel="how sure it was (%, mean of a bin)")
    print(f"{title}: {q.max(axis=1).mean():.1%} sure, {np.mean(q.argmax(axis=1) == y_test):.1%} right")
panels[0].set_ylabel("how often it was right (%)")
show(figure, f"The network of {sizes[0]} images. Dotted: calibrated. The area of a disc: how many answers.")
assert T > 1, "it was too sure of itself, as networks that have learned by heart are"
assert cross_entropy(y_test, at(T, p)) < cross_entropy(y_test, p), "on images that T was not chosen by"
assert (at(T, p).argmax(axis=1) == p.argmax(axis=1)).all(), "T changes no answer"

# %% [markdown]
# ## To remember
#
# 1. What counts is the error on images that had no say: neither in training nor in any choice.
# 2. More data first, then data that you can make, then dropout and batch normalisation; measure each.
# 3. Report mean and spread over seeds; a difference below two standard errors may be luck.
#
# ## Exercises
#
# In `lessons/exercises/14_generalising.py`; `digits check 14` grades them:
#
# 1. `dropout`: its forward, so that the mean stays.
# 2. `shift`: images moved by any number of pixels; nothing comes back on the other side.
#
# **Next:** lesson 15 opens the network and looks at what it has learned.
