# %% [markdown]
# # Lesson 9: The whole CNN
#
# **Goal.** Put the layers of lessons 2 to 8 together, check the network before it is trained, train it, and
# read what the curves, the confusion matrix and the mistakes say.
#
# **Time:** 35 minutes. **Assumes:** lessons 2, 3, 5, 6 and 8.

# %%
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

from lessons.workshop import load, show, size
from scratch import architectures, reference
from scratch.callbacks import Callback
from scratch.figures import image_grid

data = load()
n = size(len(data.x_train), 700)
x, y = data.x_train[:n, :, :, None] / np.float32(255), data.y_train[:n].astype(int)  # (N, H, W, C), C = 1
x_test, y_test = data.x_test[:, :, :, None] / np.float32(255), data.y_test.astype(int)


def fresh(name="cnn"):
    model = architectures.build(name, rng=np.random.default_rng(9))
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% [markdown]
# ## Assembled
#
# Two stages of convolution, ReLU and pooling find what there is and roughly where; two dense layers decide.
# It is the plan of LeNet-5 (LeCun et al., 1998) with today's parts. A convolution of $F$ filters has
# $K_H K_W C F + F$ parameters, a dense layer of $F$ units $D F + F$; everything else has none.
#
# **Predict:** write down the shape behind each layer, and which layer has the most parameters.

# %%
model = fresh()
layers = []  # (name, the shape of what it returns, the number of its parameters)
for layer in model.layers:
    shape, (*seen, F) = layer.output_shape, getattr(layer.params.get("kernel"), "shape", (0,))
    parameters = int(np.prod(seen)) * F + F  # a filter sees K_H K_W C numbers, a dense unit D
    layers.append((layer.name, shape, parameters))
    print(f"{layer.name:>16}: {shape!s:>12} {parameters:8,} parameters")
total = sum(parameters for _, _, parameters in layers)
print(f"{total:,} numbers to learn")
assert [shape for _, shape, _ in layers[:5]] == [
    (26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64), (1600,)
]  # fmt: skip
assert total == model.count_params()
assert total < fresh("small").count_params(), "two stages leave less to the dense layer than one does"

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True, layout="constrained")
names = [name for name, _, _ in layers]
for axes, values in ((left, [np.prod(s) for _, s, _ in layers]), (right, [p for _, _, p in layers])):
    axes.barh(names, values, color="#123f6b")
    axes.bar_label(axes.containers[0], [f"{value:,}" for value in values], padding=3, fontsize=8)
    axes.set_xlim(0, 1.2 * max(values))
left.invert_yaxis()
left.set(title="what flows through", xlabel="numbers for one image")
right.set(title="what is learned", xlabel="parameters")
show(figure, "Convolutions make many numbers of few parameters; dense layers do the opposite.")

# %% [markdown]
# The network is nothing but the functions of the lessons before, one after the other.
# **Predict:** by how much do the lines below and the model differ?

# %%
conv, conv_1, dense, dense_1 = (model.layers[i].params for i in (0, 2, 5, 6))
a, _ = reference.relu_forward(reference.conv2d_forward(x[:5], conv["kernel"], conv["bias"])[0])
a, _ = reference.max_pool2d_forward(a)
a, _ = reference.relu_forward(reference.conv2d_forward(a, conv_1["kernel"], conv_1["bias"])[0])
a, _ = reference.max_pool2d_forward(a)
a = a.reshape(5, -1)  # flatten: row by row, pixel by pixel, channel by channel
a, _ = reference.relu_forward(reference.dense_forward(a, dense["kernel"], dense["bias"])[0])
p, _ = reference.softmax_forward(reference.dense_forward(a, dense_1["kernel"], dense_1["bias"])[0])
print(f"by hand and by the model: they differ by at most {abs(p - model(x[:5])).max():.0e}")
assert np.allclose(p, model(x[:5]), atol=1e-6), "but for float32's roundings"

# %% [markdown]
# ## First check: the loss before training
#
# A network that knows nothing should find all $K = 10$ classes about equally likely, which costs
# $-\ln \frac{1}{K} = \ln 10$ (lesson 2). Much more, and it starts out sure of nonsense: look at the scale of
# the inputs, the initial weights, the loss. Much less, and it has seen the answers.

# %%
loss, accuracy = model.evaluate(x[:500], y[:500], verbose=0)
print(f"untrained: loss {loss:.3f}, ln 10 = {np.log(10):.3f}, accuracy {100 * accuracy:.0f}%")
assert abs(loss - np.log(10)) < 0.2
raw_loss = model.evaluate(255 * x[:500], y[:500], verbose=0)[0]
print(f"the same on bytes, which somebody forgot to scale: {raw_loss:.1f}")
assert raw_loss > 3 * loss

# %% [markdown]
# ## Second check: learn 32 images by heart
#
# Before you spend an hour on all images, try a handful. A network with so many parameters must get them all
# right; if it doesn't, there is a bug, and it is found in seconds (Karpathy, "A recipe for training neural
# networks", 2019).
#
# **Predict:** now draw the 32 labels at random. Can it learn these, too?

# %%
few, few_y = x[:32], y[:32]
random_y = np.random.default_rng(0).integers(0, 10, 32)
losses = {}
for name, labels in {"true labels": few_y, "random labels": random_y}.items():
    model = fresh()
    losses[name] = [model.train_on_batch(few, labels) for _step in range(100)]
    right_now = int((model(few).argmax(axis=1) == labels).sum())
    print(f"{name}: {right_now} of 32 right, loss {losses[name][-1]:.4f}")
    assert right_now == 32
assert sum(losses["random labels"]) > sum(losses["true labels"]), "random labels take longer"
figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
for (name, values), style in zip(losses.items(), ("-", "--"), strict=True):
    axes.semilogy(range(1, 101), values, style, lw=2.5, label=name)
axes.axhline(np.log(10), color="#5b6775", ls=":", label="ln 10: knows nothing")
axes.set(title="32 images, learned by heart", xlabel="step", ylabel="loss (log scale)")
axes.legend()
show(figure, "Random labels take longer, but they are learned as well. This test says nothing about reading.")

# %% [markdown]
# That it learns random labels, too (Zhang et al., "Understanding deep learning requires rethinking
# generalization", ICLR 2017), tells you what this check is worth: forward, backward and optimizer work
# together. Whether anything was *understood* only unseen images can say.
#
# ## Training
#
# The last tenth of the training images is kept for validation. A callback writes down each step's loss.


# %%
class StepLosses(Callback):
    def __init__(self):
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        seen = min(batch_size * (batch + 1), n_train)  # images of this epoch
        total = logs["loss"] * seen  # logs hold the epoch's mean so far
        before = self.total if batch else 0.0
        self.losses.append((total - before) / (seen - batch_size * batch))
        self.total = total


model, steps, n_train, batch_size = fresh(), StepLosses(), int(0.9 * n), 128
options = {"batch_size": batch_size, "validation_split": 0.1, "callbacks": steps, "verbose": 0}
epochs = 3 if data.name == "mnist" else 8  # the offline digits are few
history = model.fit(x, y, epochs=1, **options).history
after_one = model.evaluate(x[:n_train], y[:n_train], verbose=0)[1]
rest = model.fit(x, y, epochs=epochs, initial_epoch=1, **options).history
history = {key: values + rest[key] for key, values in history.items()}
for epoch in range(epochs):
    print(f"epoch {epoch + 1}: " + ", ".join(f"{key} {history[key][epoch]:.3f}" for key in history))

# %% [markdown]
# **Predict:** in the first epoch, accuracy on the training images is lower than on the validation images.
# Does the network read unseen images better than those it learned from?

# %%
print(f"epoch 1: accuracy {100 * history['accuracy'][0]:.1f}%; after it, same images: {100 * after_one:.1f}%")
assert history["accuracy"][0] < history["val_accuracy"][0], "the question is a fair one, but:"
assert history["accuracy"][0] < after_one, "the first is a mean over an epoch in which it was still learning"

per_epoch = len(steps.losses) // epochs
ends = per_epoch * np.arange(1, epochs + 1)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
left.semilogy(range(1, len(steps.losses) + 1), steps.losses, color="#56b4e9", lw=0.8, label="each batch")
left.semilogy(ends, history["val_loss"], "D--", color="#123f6b", lw=2, label="validation")
left.set(title="loss", xlabel="step", ylabel="cross-entropy (log scale)")
numbers = range(1, epochs + 1)
right.plot(numbers, history["accuracy"], "o-", color="#e69f00", lw=2, label="training, the epoch's mean")
right.plot(numbers, history["val_accuracy"], "D--", color="#123f6b", lw=2, label="validation")
right.set(title="accuracy", xlabel="epoch", ylabel="share of images", xticks=numbers)
for axes in (left, right):
    axes.legend()
show(figure, "Single batches jump about; what counts is whether the validation still gets better.")

# %% [markdown]
# ## The test, once
#
# Of $N$ images a share $a$ is read right. Had other images been drawn, $a$ would differ by about
# $\sqrt{a (1 - a) / N}$, its standard error: smaller differences mean nothing.

# %%
p = model.predict(x_test, verbose=0)  # (N, K)
predicted, N = p.argmax(axis=1), len(y_test)
a = np.mean(predicted == y_test)
error = np.sqrt(a * (1 - a) / N)
print(f"test accuracy: {100 * a:.2f}% +- {100 * error:.2f} ({(predicted != y_test).sum()} mistakes in {N:,})")
assert a > 0.85
assert np.isclose(a, model.evaluate(x_test, y_test, verbose=0)[1])

# %% [markdown]
# ## Which digit is taken for which?
#
# Row $i$, column $j$ of the *confusion matrix* counts the images of an $i$ that were called a $j$.
#
# **Predict:** which pair of digits is confused most often?

# %%
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (y_test, predicted), 1)
mistakes = confusion - np.diag(confusion.diagonal())
assert confusion.trace() == (predicted == y_test).sum()
assert (confusion.sum(axis=1) == np.bincount(y_test, minlength=10)).all(), "a row holds all images of a digit"
ticks = np.unique(np.linspace(0, mistakes.max(), 6).astype(int))
figure, axes = plt.subplots(figsize=(7, 5.8), layout="constrained")
sns.heatmap(
    mistakes, annot=confusion, fmt="d", cmap="Oranges", square=True, linewidths=1, ax=axes,
    cbar_kws={"label": "mistakes (right answers, on the diagonal, are not coloured)", "ticks": ticks},
)  # fmt: skip
axes.set(title="Which digit was taken for which", xlabel="answer", ylabel="true digit")
axes.tick_params(length=0, labelrotation=0)
show(figure, "Read along a row: what became of all images of that digit.")
true, answered = np.unravel_index(mistakes.argmax(), mistakes.shape)
print(f"its most frequent mistake: {true} taken for {answered}, {mistakes.max()} times")

# %%
wrong = np.flatnonzero(predicted != y_test)
wrong = wrong[np.argsort(p[wrong, y_test[wrong]])]  # those that it finds the truth least likely of, first
captions = [f"{predicted[i]} ({p[i].max():.0%}), is {y_test[i]}" for i in wrong[:16]]
grid = image_grid(x_test[wrong[:16]], captions, "Its worst mistakes")
show(grid, "Its answer, how sure it was, and the truth.")

# %% [markdown]
# ## And Keras?
#
# `digits compare --model cnn --epochs 3` trains this network twice, from scratch and in Keras, from the same
# weights on the same batches, and puts curves, confusion and mistakes of both side by side. Lesson 11 looks
# at how far the two agree, and why not for ever.
#
# ## To remember
#
# 1. Shapes and parameter counts first, on paper: most bugs are a shape that you did not expect.
# 2. Before training: the loss is $\ln 10$; 32 images can be learned by heart. Then all of them.
# 3. Choose by the validation, test once, give the standard error, and look at the mistakes.
#
# ## Exercises
#
# In `lessons/exercises/09_whole_cnn.py`; `digits check 9` grades them:
#
# 1. `describe`: shapes and parameter counts of any stack of layers.
# 2. `confusion_matrix`: without a loop.
#
# **Next:** lesson 10 gives this network something that it was not made for: your own handwriting.
