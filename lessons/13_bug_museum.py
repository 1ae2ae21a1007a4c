# %% [markdown]
# # Lesson 13: The bug museum
#
# **Goal.** Plant bugs that real networks have had, see that they learn all the same, find out which check
# catches which, and then find a bug by its symptoms yourself.
#
# **Time:** 35 minutes. **Assumes:** lessons 4, 7, 9 and 12.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.museum import collection, find, mathematics, planted
from lessons.museum.checks import CHECKS
from lessons.workshop import SMOKE, load, show, size, up_to
from scratch.figures.bugs import bugs_and_checks

data = load()
n, n_test = up_to(2_000, size(1_400, 600)), up_to(2_000, 350)
x, y = data.x_train[:n, :, :, None] / np.float32(255), data.y_train[:n].astype(int)
x_test, y_test = data.x_test[:n_test, :, :, None] / np.float32(255), data.y_test[:n_test].astype(int)

# %% [markdown]
# ## The collection
#
# Each exhibit was somebody's code: most come from the issues of a public repository, where somebody else,
# much later, asked why the results looked odd. `lessons/museum/bugs.toml` has them as patches to *this*
# project. `planted(bug)` imports our packages anew with one of them; at the block's end it is gone.

# %%
for bug in collection():
    print(f"{bug}  ({bug.seen})")

# %% [markdown]
# ## It learns all the same
#
# A small network, two epochs with Adam; the imports stand inside the functions so that each call gets the
# code as it is at that moment, sound or not. Several seeds of the sound code tell what chance does.
#
# **Predict:** in exhibit 1, only the first window of each image hands its gradient back through the pool. In
# exhibit 12, Adam forgets all it knew after every batch. How much worse than sound code do they read?


# %%
def network(dtype="float32", seed=0):
    from scratch.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
    from scratch.models import Sequential

    body = [Conv2D(8, 3, activation="relu"), MaxPooling2D(2), Flatten(), Dense(10, activation="softmax")]
    model = Sequential([Input(x.shape[1:]), *body], dtype=dtype, rng=np.random.default_rng(seed))
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"], engine="reference")
    return model


def accuracy(seed=0):
    from scratch.batches import Batches

    model = network(seed=seed)
    model.fit(Batches(x, y, 32, seed=seed), epochs=2, verbose=0)
    return model.evaluate(x_test, y_test, 500, verbose=0)[1]


numbers = (1, 8, 12, 17, 18) if SMOKE else (1, 2, 8, 10, 11, 12, 14, 17, 18, 21)
sound = [accuracy(seed) for seed in range(size(5, 3))]
sick = {}
for number in numbers:
    with planted(find(number)):
        sick[number] = accuracy()
titles = [str(find(number)) for number in numbers]
figure, axes = plt.subplots(figsize=(9, 1.6 + 0.28 * len(sick)), layout="constrained")
axes.axvspan(min(sound), max(sound), color="#56b4e9", alpha=0.4, label="sound code, several seeds")
axes.plot(list(sick.values()), titles, "D", color="#123f6b", label="with the bug")
axes.invert_yaxis()
axes.set(title="What the accuracy says", xlabel="share of the test images read right", xlim=(0, 1))
axes.legend(loc="lower left")
show(figure, "A network that learns proves that something is right, not that all is.")
print(
    f"sound: {min(sound):.1%} to {max(sound):.1%}; with a bug: {', '.join(f'{a:.1%}' for a in sick.values())}"
)
middle, spread = np.mean(sound), np.std(sound, ddof=1)
seen_in_accuracy = {number: bool(a < middle - 3 * spread) for number, a in sick.items()}
assert sum(seen_in_accuracy.values()) <= len(sick) / 2, "most go unnoticed"
assert min(sick.values()) > 0.3, "and none stops it from learning"
assert sick.get(10, 1) > max(sound), "one even helps"

# %% [markdown]
# A bug can even help: on MNIST 10 does, because it makes Adam's first steps too long, which is what two short
# epochs need. Whoever judges by accuracy keeps it.
#
# ## Which check catches which?
#
# Two checks need nobody else: differences (lesson 4), and $\langle Ax, dy \rangle = \langle x, A^\top dy
# \rangle$ for what is linear (lesson 7). A third one asks somebody else: it takes the same steps as
# another program and compares all numbers (lesson 11 has Keras; here the sound code plays its part).
#
# **Predict:** a kernel that is flipped in the forward *and* in the backward. Which of the three sees it? And
# which sees Adam's forgetting?


# %%
def steps():
    model = network("float64")
    few, few_y = x[:16].astype(float), y[:16]
    facts = {"forward": model(few)} | model.loss_and_grads(few, few_y)[1]
    for t in (1, 2, 3):
        model.train_on_batch(few, few_y)
        facts |= {f"{name} after step {t}": p.copy() for name, p in model.named_params().items()}
    return facts


def first_difference(facts):  # <= is False for NaN, too
    return next((k for k in facts if not abs(facts[k] - sound_steps[k]).max() <= 1e-12), None)


def states():
    found = [report for _, report in mathematics.reports()]  # of layers with strides, margins and overlaps
    wrong = any(finding.verdict == "wrong" for report in found for finding in report.findings.values())
    failed = any(not result.passed for report in found for result in report.adjoint)
    return [wrong, failed, first_difference(steps()) is not None]


sound_steps = steps()
assert states() == [False, False, False], "no check finds fault with the sound code"
caught = {}
for number in numbers:
    with planted(find(number)):
        caught[number] = [seen_in_accuracy[number], *states()]
words = {True: "caught", False: "let through"}
checks = ["accuracy", "gradient check", "adjoint test", "same steps as sound code"]
table = [[words[state] for state in caught[number]] for number in numbers]
show(
    bugs_and_checks(titles, checks, table, "Which check catches which bug"),
    f"What one lets through, another may catch. `digits bugs` puts all bugs before {len(CHECKS)} checks.",
)
for number in numbers:
    assert caught[number][1] == ("gradients" in find(number).caught_by), "as `digits bugs` has it"
totals = np.sum(list(caught.values()), axis=0)
print(dict(zip(checks, totals.tolist(), strict=True)), "of", len(numbers))
print("let through by all four:", [number for number in numbers if not any(caught[number])])
assert totals[0] < totals[3]
for number in (8, 17):
    assert not any(caught.get(number, ())), "see below"

# %% [markdown]
# Some pass all four: a softmax that subtracts the batch's maximum (8), as long as rows are near each other;
# batches that are shuffled while their images are not (17). Such bugs need tests of their own. And a check
# sees only what it is shown. Exhibit 2 writes over gradients where windows overlap:

# %%
with planted(find(2)):
    from scratch.gradcheck import check_layer
    from scratch.layers import MaxPooling2D

    for stride in (3, 2, 1):
        verdict = check_layer(MaxPooling2D(3, strides=stride), (7, 7, 1), engine="reference").verdict
        print(f"a pool of 3 with a stride of {stride}: {verdict}")
        assert verdict == ("right" if stride == 3 else "wrong"), "with stride 3 no two windows overlap"

# %% [markdown]
# ## A quiz: which bug has which patient?
#
# Some small experiments. Each patient has one of these bugs; the first column is the sound code.


# %%
def examine():
    from scratch import optimizers, reference
    from scratch.gradcheck import check_layer
    from scratch.layers import Conv2D, MaxPooling2D

    sheet = {}
    for name, layer in (("convolution", Conv2D(2, 3)), ("pool that overlaps", MaxPooling2D(3, strides=1))):
        sheet[f"gradient check of a {name}"] = check_layer(layer, (5, 4, 2), engine="reference").verdict
    corner = np.array([[1.0, 0], [0, 0]]).reshape(2, 2, 1, 1)
    picked, _ = reference.conv2d_forward(np.array([[1.0, 2], [3, 4]]).reshape(1, 2, 2, 1), corner)
    sheet["kernel (1 0 / 0 0) on image (1 2 / 3 4)"] = f"{picked.item():.0f}"
    p, _ = reference.softmax_forward(np.array([[0.0, 0], [2000, 0]]))
    sheet["softmax of (0, 0), (2000, 0) below it"] = f"{p[0, 0]:.2f}"
    once, thrice = (network("float64").loss_and_grads(x[:1].repeat(k, 0), y[:1].repeat(k))[1] for k in (1, 3))
    ratio = abs(thrice["dense/bias"]).max() / abs(once["dense/bias"]).max()
    sheet["gradient of an image three times over / once"] = f"{ratio:.1f}"
    adam, w, other = optimizers.Adam(0.1), np.zeros(1), np.zeros(1)
    adam.apply([np.ones(1), np.zeros(1)], [w, other])
    sheet["first step of Adam, in units of its rate"] = f"{abs(w.item()) / 0.1:.1f}"
    sheet["a weight with gradient 0 beside it moves"] = "no" if other == 0 else "yes"
    before = w.copy()
    adam.apply([np.zeros(1), np.zeros(1)], [w, other])
    sheet["second step, with gradient 0: it rolls on"] = "yes" if abs(w - before) > 1e-3 else "no"
    return sheet


candidates = (2, 8, 10, 13, 18) if SMOKE else (2, 8, 10, 12, 13, 14, 18)
order = np.random.default_rng(13).permutation(candidates)
sheets = {"sound": examine()}
for letter, number in zip("ABCDEFG", order, strict=False):
    with planted(find(int(number))), np.errstate(all="ignore"):
        sheets[letter] = examine()
print("candidates:", *(f"\n  {find(number)}" for number in candidates))
print(f"\n{'':46}" + "".join(f"{name:>7}" for name in sheets))
for symptom in sheets["sound"]:
    print(f"{symptom:46}" + "".join(f"{sheet[symptom]:>7}" for sheet in sheets.values()))

# %% [markdown]
# **Predict:** write a number under each letter before you run the next cell.

# %%
for letter, number in zip("ABCDEFG", order, strict=False):
    odd = [symptom for symptom in sheets["sound"] if sheets[letter][symptom] != sheets["sound"][symptom]]
    print(f"{letter} is {find(int(number))}. Odd: {'; '.join(odd)}")
    assert odd, "each experiment would be worth nothing otherwise"
assert len({tuple(sheet.values()) for sheet in sheets.values()}) == len(sheets), "no two have the same sheet"

# %% [markdown]
# Note what the experiments have in common: tiny inputs, an answer known beforehand, and one question each.
# They would have taken their authors a minute.
#
# At the keyboard: `digits bugs --bug 8` shows a patch and what every check says of it, and `digits bugs` does
# so for all, in a table; that takes some minutes.
#
# ## To remember
#
# 1. That a network learns proves little: with most of these bugs it learns, too.
# 2. Differences find a wrong backward, another program a wrong forward, equal steps a wrong optimizer; and
#    each only on inputs where the bug shows: overlaps, remainders, rectangles, rows far apart.
# 3. A bug is found by its symptoms: make the input so small that you know the answer.
#
# ## Exercises
#
# In `lessons/exercises/13_bug_museum.py`; `digits check 13` grades them:
#
# 1. `batches`: all images, shuffled, in batches (exhibit 17 did not).
# 2. `adjoint_gap`: the adjoint test, for any linear function and its backward.
#
# **Next:** lesson 14 leaves bugs behind: what helps a sound network with images it has never seen?
