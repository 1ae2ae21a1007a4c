# %% [markdown]
# # Lesson 15: What it learned
#
# **Goal.** Look into a trained network: its filters and maps, the pixels that its answer hangs on, how it
# arranges the digits, where it is wrong and sure of it, and how little it takes to fool it.
#
# **Time:** 35 minutes. **Assumes:** lessons 3 and 9.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.workshop import COLORS, load, show, size, up_to
from scratch import architectures
from scratch.figures import image_grid
from scratch.reference import softmax_forward
from scratch.trained import trained

data = load()
learned, n = trained("cnn", data, epochs=size(None, 10)), up_to(1000, 350)
x, y = data.x_test[:n, :, :, None] / 255, data.y_test[:n].astype(int)  # (N, H, W, C), C = 1

# The same weights in float64 and in the textbook's engine, whose layers we can stop at and go back through.
model = architectures.build("cnn", dtype="float64")
model.set_weights(learned.get_weights())
p = model(x)
print(f"{100 * np.mean(p.argmax(axis=1) == y):.1f}% of {n} test images right")
assert np.allclose(p, learned(x), atol=1e-3)

# %% [markdown]
# ## Filters and feature maps
#
# The first convolution has 32 kernels of 3 x 3 (lesson 6): nobody told them what to look for.
#
# **Predict:** will there be kernels that look like the edge filters of lesson 6? Will all 32 be of use?

# %%
first = model.layers[0]
kernels = first.params["kernel"][:, :, 0]  # (3, 3, F)
image = x[np.flatnonzero((y == 5) & (p.argmax(axis=1) == 5))[0]]
maps = first.forward(image[None])[0]  # (26, 26, F), behind its ReLU
limit = abs(kernels).max()
figure, panels = plt.subplots(4, 16, figsize=(11, 3.6), layout="constrained")
for f in range(32):
    above, below = panels[2 * (f // 16), f % 16], panels[2 * (f // 16) + 1, f % 16]
    above.imshow(kernels[:, :, f], cmap="PuOr", vmin=-limit, vmax=limit)
    below.imshow(maps[:, :, f], cmap="gray_r", vmin=0, vmax=maps.max())
for axes in panels.flat:
    axes.set_axis_off()
figure.suptitle("The 32 kernels (orange below 0, violet above), and below each, what it sees in a 5")
show(figure, "Kernels with a light and a dark side answer to edges of one direction.")

# A kernel's main direction: where its weights rise. A blob that is all of one sign has hardly any.
r, c = np.mgrid[-1:2, -1:2]
rise = np.hypot((kernels * r[..., None]).sum(axis=(0, 1)), (kernels * c[..., None]).sum(axis=(0, 1)))
edges = (rise > abs(kernels.sum(axis=(0, 1)))).sum()
silent = (first.forward(x).max(axis=(0, 1, 2)) == 0).sum()
print(f"{edges} of 32 kernels rise across more than they add up to: edges; {silent} are silent on all images")
assert edges >= 4, "nobody asked for them"

# %% [markdown]
# ## Which pixels count? Saliency
#
# Go back one layer further than training does: to the image. With $z_k$ for the logit of the answer $k$, the
# *saliency* of a pixel is $\left| \partial z_k / \partial x_{ij} \right|$ (Simonyan et al., 2014).
# **Predict:** is it largest on the ink, or on the paper beside it? (The next figure shows it.)


# %%
def logits(x):
    for layer in model.layers[:-1]:
        x = layer.forward(x)
    return model.layers[-1].forward_to_logits(x)


def input_gradient(x, dz):  # of sum(dz * z), with respect to the images x
    logits(x)
    dx = model.layers[-1].backward_from_logits(dz)
    for layer in reversed(model.layers[:-1]):
        dx = layer.backward(dx)
    return dx


k = int(logits(image[None]).argmax())
one_hot = np.eye(10)[[k]]
gradient = input_gradient(image[None], one_hot)[0, :, :, 0]
# To check it, a little noise: where ink is saturated, pixels tie, and a pool has a kink (lesson 8).
uneven = image + 1e-3 * np.random.default_rng(0).random(image.shape)
slopes = input_gradient(uneven[None], one_hot)[0, :, :, 0]
h, worst = 1e-7, 0.0
for i, j in np.argwhere(image[:, :, 0] > 0)[::10]:
    step = np.zeros_like(image)
    step[i, j] = h
    slope = (logits((uneven + step)[None])[0, k] - logits((uneven - step)[None])[0, k]) / (2 * h)
    worst = max(worst, abs(slope - slopes[i, j]))
print(f"it is read as a {k}; wiggling pixels agrees with the gradient to {worst:.0e}")
assert worst < 1e-5 * max(1, abs(slopes).max())

# %% [markdown]
# ## The blunt way: cover a part
#
# A gradient tells what a tiny change would do. *Occlusion* (Zeiler and Fergus, ECCV 2014) makes a large one:
# lay a patch of paper on the image, and see how much probability the answer loses.
#
# **Predict:** where does a 5 stop being a 5?


# %%
def occlusion_map(image, k, side=5):
    covered = np.repeat(image[None], 28 * 28, axis=0)
    for m, (i, j) in enumerate(np.ndindex(28, 28)):
        covered[m, max(0, i - side // 2) : i + side // 2 + 1, max(0, j - side // 2) : j + side // 2 + 1] = 0
    q = softmax_forward(logits(covered))[0]
    return (softmax_forward(logits(image[None]))[0][0, k] - q[:, k]).reshape(28, 28), q.argmax(axis=1)


drop, becomes = occlusion_map(image, k)
figure, panels = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
limit = abs(drop).max()
pictures = (
    ("the image", image[:, :, 0], {"cmap": "gray_r"}, "ink"),
    ("saliency", abs(gradient), {"cmap": "Greys"}, "size of the logit's slope"),
    ("occlusion by 5 x 5", drop, {"cmap": "PuOr", "vmin": -limit, "vmax": limit}, "lost probability"),
)
for axes, (title, pixels, look, label) in zip(panels, pictures, strict=True):
    figure.colorbar(axes.imshow(pixels, **look), ax=axes, shrink=0.8, label=label)
    axes.set(title=title, xticks=[], yticks=[])
    axes.grid(False)
show(figure, "Left, the image; in the middle, where a little ink matters; right, where a patch hurts.")
i, j = np.unravel_index(drop.argmax(), drop.shape)
print(f"worst at row {i}, column {j}: {drop[i, j]:.2f} of probability lost; read as {becomes[28 * i + j]}")
assert abs(drop[0, 0]) < 1e-9 < drop.max(), "in the corner there is nothing to cover"

# %% [markdown]
# ## How it arranges the digits
#
# The last hidden layer turns an image into 128 numbers. *Principal components* are the directions in which
# these vary most: with the centred numbers in the rows of $A = U S V^\top$ (the singular value decomposition)
# they are the rows of $V^\top$, and the shadows of the images on them the columns of $US$.
#
# **Predict:** will digits of one kind lie together? More so than for the raw pixels?


# %%
def two_components(a):
    a = a - a.mean(axis=0)
    u, s, _ = np.linalg.svd(a, full_matrices=False)
    return u[:, :2] * s[:2], (s[:2] ** 2).sum() / (s**2).sum()


def nearest_centre(points):  # the share of points that lie nearest to the mean of their own digit
    centres = np.stack([points[y == digit].mean(axis=0) for digit in range(10)])
    return np.mean(((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1) == y)


hidden = x  # becomes (N, 128)
for layer in model.layers[:-1]:
    hidden = layer.forward(hidden)
figure, panels = plt.subplots(1, 2, figsize=(10.5, 4.8), layout="constrained")
together, spaces = {}, {"pixels": x.reshape(n, -1), "last hidden layer": hidden}
for axes, (name, a) in zip(panels, spaces.items(), strict=True):
    points, share = two_components(a)
    together[name] = nearest_centre(points)
    for digit, place in zip(y[:400], points, strict=False):
        axes.text(*place, str(digit), color=COLORS[digit % len(COLORS)], fontsize=8, ha="center", va="center")
    axes.plot(*points.T, alpha=0)  # makes room for all
    title = f"{name}: {100 * share:.0f}% of the variance"
    axes.set(title=title, xlabel="first component", ylabel="second component")
    print(f"{name}: {100 * together[name]:.0f}% lie nearest to the middle of their own digit")
show(figure, "Each numeral is an image, placed by two of its many dimensions.")
assert together["last hidden layer"] > together["pixels"]

# %% [markdown]
# ## Wrong, and sure of it
#
# **Predict:** is the network less sure when it is wrong? Can you read its worst mistakes yourself?

# %%
all_x, all_y = data.x_test[:, :, :, None] / np.float32(255), data.y_test.astype(int)
all_p = learned.predict(all_x, verbose=0)
answer, sure = all_p.argmax(axis=1), all_p.max(axis=1)
wrong = np.flatnonzero(answer != all_y)
worst_first = wrong[np.argsort(-sure[wrong])][:16]
captions = [f"{answer[m]} ({sure[m]:.0%}), is {all_y[m]}" for m in worst_first]
figure = image_grid(all_x[worst_first], captions, "The mistakes that it is most sure of")
show(figure, "Its answer, how sure it is, and what the person who wrote it meant.")
unsure, right = sure[wrong].mean(), sure[answer == all_y].mean()
print(f"{len(wrong)} mistakes; its mean probability where wrong {unsure:.2f}, where right {right:.2f}")
assert unsure < right

# %% [markdown]
# ## An adversarial digit
#
# The gradient of the loss with respect to the image says how to change it so that it is misread. Goodfellow
# et al. (ICLR 2015) take one step of the same size in every pixel, the *fast gradient sign method*:
#
# $$x' = \mathrm{clip}\big(x + \varepsilon \, \mathrm{sign}(\nabla_x L),\; 0,\; 1\big), \qquad
#   \nabla_z L = p - t \qquad \text{(lesson 3; } t \text{ is 1 at the label, else 0)}$$
#
# **Predict:** at $\varepsilon = 0.15$, a light grey, how many digits are still read right? And at random?

# %%
m = up_to(300, 100)
clean, t = x[:m], np.eye(10)[y[:m]]
sign = np.sign(input_gradient(clean, p[:m] - t))
random_sign, steps = np.random.default_rng(15).choice([-1, 1], clean.shape), (0, 0.05, 0.1, 0.15, 0.2, 0.3)
accuracy = {"along the gradient's sign": [], "at random": []}
for epsilon in steps:
    for name, direction in zip(accuracy, (sign, random_sign), strict=True):
        changed = np.clip(clean + epsilon * direction, 0, 1)
        accuracy[name].append(np.mean(logits(changed).argmax(axis=1) == y[:m]))
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
for (name, values), style in zip(accuracy.items(), ("o-", "s--"), strict=True):
    axes.plot(steps, 100 * np.array(values), style, lw=2.5, label=name)
    print(f"{name}: " + ", ".join(f"{e} {100 * a:.0f}%" for e, a in zip(steps, values, strict=True)))
axes.set(title="Every pixel changed by the same amount", xlabel=r"$\varepsilon$ (0 paper, 1 ink)")
axes.set(ylabel="read right (%)", ylim=(-3, 105))
axes.legend()
show(figure, "Noise does little. The same amount of change in the worst direction does a lot.")
aimed, chance = accuracy.values()
assert aimed[-1] < min(chance[-1], aimed[0]) - 0.2

# %%
epsilon = 0.15
attacked = np.clip(clean + epsilon * sign, 0, 1)
before, after = p[:m], softmax_forward(logits(attacked))[0]
fooled = np.flatnonzero((before.argmax(axis=1) == y[:m]) & (after.argmax(axis=1) != y[:m]))[:8]
captions = [f"{q[i].argmax()} ({q[i].max():.0%})" for q in (before, after) for i in fooled]
pairs = np.concatenate([clean[fooled], attacked[fooled]])
figure = image_grid(pairs, captions, "Before the step, and after", columns=len(fooled))
show(figure, "Above, the images and the answers; below, after one step. You still read what you read before.")

# %% [markdown]
# That is no bug of ours: in high dimensions, many small changes that all pull in one direction add up, and a
# network that is nearly linear has nothing to set against that.
#
# ## To remember
#
# 1. A gradient can be taken with respect to anything: weights to learn, pixels to ask or to deceive.
# 2. Saliency, occlusion and components are three different questions. None is the one explanation.
# 3. Sure is not right; and what no camera would send may fool a network that is right on every test image.
#
# ## Exercises
#
# In `lessons/exercises/15_what_it_learned.py`; `digits check 15` grades them:
#
# 1. `occlusion_map`: for any function that returns a probability for each of many images.
# 2. `fgsm`: one step that leaves no pixel below 0 or above 1.
#
# **Next:** lesson 16 makes all of this fast.
