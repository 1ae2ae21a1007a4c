# %% [markdown]
# # Lesson 10: Your own handwriting
#
# **Goal.** Give the network a photo, see why it fails, and measure what each stage on the way from a photo to
# 28 x 28 pixels mends.
#
# **Time:** 35 minutes. **Assumes:** lesson 9.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from lessons.workshop import load, show, size
from scratch import figures
from scratch.datasets.digits import centre_by_mass, crop_to_ink, scale_to_box
from scratch.handwriting import find_digits, read_page, read_photo, to_mnist_form
from scratch.handwriting.drawing import draw_digit, draw_strokes, with_other_styles
from scratch.handwriting.files import photo_from
from scratch.trained import trained

data = load()
model = trained("cnn", data, epochs=size(None, 10))


def answers(images):  # (N, 28, 28), bytes
    return model(images[..., None] / np.float32(255)).argmax(axis=1)


on_test = np.mean(answers(data.x_test[:2000]) == data.y_test[:2000])
print(f"on its own test images: {100 * on_test:.1f}% right")

# %% [markdown]
# ## Photos whose answers are known
#
# So that we can measure, code draws the photos: `draw_digit` moves a pen through the points of a digit, each
# a little displaced, with another slant each time. Then come paper, uneven light and the camera's grain.


# %%
def photo_of(drawing, rng, side=160):  # (side, side) from 0 to 1: dark ink, light from one side
    ink = np.zeros((side, side))
    h, w = drawing.shape
    top, left = rng.integers(4, side - h - 4), rng.integers(4, side - w - 4)
    ink[top : top + h, left : left + w] = drawing
    across, down = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side))
    light = 1 - 0.5 * (across if rng.random() < 0.5 else down)
    return np.clip(light * (0.8 - 0.55 * ink) + rng.normal(0, 0.01, ink.shape), 0, 1)


rng, N = np.random.default_rng(10), size(300, 100)
labels = np.arange(N) % 10
drawings = [draw_digit(k, rng, int(rng.integers(50, 100)), pen=0.05, jitter=0.06) for k in labels]
photos = [photo_of(drawing, rng) for drawing in drawings]


def shrunk(grey):  # from 0 to 1, of any size, to (28, 28) bytes
    whole = Image.fromarray(np.uint8(255 * np.clip(grey, 0, 1)))
    return np.asarray(whole.resize((28, 28), Image.Resampling.BOX))


pairs = np.concatenate([data.x_train[:8], np.stack([shrunk(photo) for photo in photos[:8]])])
captions = [f"from the data: {k}" for k in data.y_train[:8]] + [f"a photo: {k}" for k in labels[:8]]
figure = figures.image_grid(pairs, captions, "What it learned from, and what a camera sends")
show(figure, "Above, images to learn from; below, photos in 28 x 28. Black is 1: bright paper looks dark.")

# %% [markdown]
# **Predict:** how many of these does the network read right?

# %%
naive = np.mean(answers(np.stack([shrunk(photo) for photo in photos])) == labels)
print(f"photos as they are: {100 * naive:.0f}% right")
assert naive < 0.5 < 0.85 < on_test, "far below what it can do"

# %% [markdown]
# ## How MNIST was made
#
# All its images went through LeCun's recipe: ink is bright, paper exactly 0; the ink is scaled into 20 x 20
# pixels, then its *centre of mass* moved to the middle of 28 x 28. For ink $x_{rc}$ in row $r$, column $c$,
#
# $$\bar r = \frac{\sum_{r, c} r \, x_{rc}}{\sum_{r, c} x_{rc}}, \qquad
#   \bar c = \frac{\sum_{r, c} c \, x_{rc}}{\sum_{r, c} x_{rc}}$$
#
# **Predict:** which share of the training images has any ink in the outermost ring of pixels?

# %%
x, (r, c) = data.x_train[:1000].astype(float), np.mgrid[:28, :28]
r_bar = (r * x).sum(axis=(1, 2)) / x.sum(axis=(1, 2))
c_bar = (c * x).sum(axis=(1, 2)) / x.sum(axis=(1, 2))
ring = (x[:, [0, -1]].any(axis=(1, 2)) | x[:, :, [0, -1]].any(axis=(1, 2))).mean()
print(f"centre of mass: row {r_bar.mean():.2f} +- {r_bar.std():.2f}, column {c_bar.mean():.2f} "
      f"+- {c_bar.std():.2f}; ink in the outermost ring: {100 * ring:.1f}%")  # fmt: skip
assert max(abs(r_bar.mean() - 14), abs(c_bar.mean() - 14)) < 0.5
assert ring < 0.05

# %% [markdown]
# ## Stage by stage
#
# 1. **Turn it over:** ink bright, paper dark.
# 2. **Take the paper away.** A *closing* puts the brightest pixel of a window in place of each, then the
#    darkest of these: strokes thinner than the window vanish, light and shadow stay. The difference is ink.
# 3. **Scale the ink** into 20 x 20, keeping its proportions.
# 4. **Centre it** by its mass.
# 5. **Thicken the strokes** to what is usual in MNIST: scaled down, a thin pen leaves a grey thread.


# %%
def ink_of(photo):
    ink = ndimage.grey_closing(ndimage.gaussian_filter(photo, 1), size=(25, 25)) - photo
    ink = np.clip(ink / np.percentile(ink, 99.5), 0, 1)
    return np.where(ink > 0.4, ink, 0)  # below this, it is the paper's grain


def scaled(photo):
    return scale_to_box(crop_to_ink(np.uint8(255 * ink_of(photo))))


def in_the_middle(ink):
    return np.pad(ink, [((28 - side) // 2, (29 - side) // 2) for side in ink.shape])


stages = {
    "as it is": shrunk,
    "1 turned over": lambda photo: shrunk(1 - photo),
    "2 paper away": lambda photo: shrunk(ink_of(photo)),
    "3 scaled": lambda photo: in_the_middle(scaled(photo)),
    "4 centred": lambda photo: centre_by_mass(scaled(photo)),
    "5 thickened": lambda photo: to_mnist_form(ink_of(photo)),
}
images = {name: np.stack([stage(photo) for photo in photos]) for name, stage in stages.items()}
shown = np.stack([images[name][k] for k in (2, 14, 15) for name in stages])
captions = [f"{name}\nread as {answers(images[name][[k]])[0]}" for k in (2, 14, 15) for name in stages]
figure = figures.image_grid(shown, captions, "A 2, a 4 and a 5 on their way", columns=6)
show(figure, "From left to right, each stage works on what the one before it made.")

# %% [markdown]
# **Predict:** which single stage will gain the most right answers?

# %%
accuracy = {name: np.mean(answers(images[name]) == labels) for name in stages}
gains = np.diff(list(accuracy.values()))
for name, a in accuracy.items():
    print(f"{name:>14}: {100 * a:5.1f}% +- {100 * np.sqrt(a * (1 - a) / N):.1f}")
print(f"most was gained by '{list(stages)[1 + gains.argmax()]}': {100 * gains.max():.0f} percentage points")
assert gains.max() > 0.1
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
a = np.array(list(accuracy.values()))
axes.bar(list(stages), 100 * a, yerr=100 * np.sqrt(a * (1 - a) / N), color="#123f6b", ecolor="#e69f00")
axes.axhline(10, color="#5b6775", ls=":")
axes.set(title="The same network, the same photos", ylabel="read right (%)", ylim=(0, 105))
show(figure, "Accuracy with the stages up to each, with its standard error; dotted, guessing.")
assert accuracy["5 thickened"] >= max(naive + 0.3, max(a) - 0.06), "none before is better but by chance"

# %% [markdown]
# Not one weight was changed: what it learned is right; it was asked about something else.
#
# ## Where a 1 ends
#
# MNIST was written in the USA, where a 1 is mostly a bare stroke. In much of the world it has an upstroke,
# and the 7 a bar to keep the two apart. A network puts the border where its data put it.
#
# **Predict:** with an upstroke that reaches down further and further, which digits will a 1 be taken for?

# %%
forms, M = {}, size(60, 30)
for length in (0, 0.1, 0.2, 0.35, 0.5, 0.65):
    upstroke = [(0.6 - 0.7 * min(1, 2 * length), length + 0.01), (0.6, 0.0)]
    drawings = [draw_strokes([upstroke, [(0.6, 0.0), (0.55, 1.0)]], rng, pen=0.09) for _ in range(M)]
    forms[100 * length] = np.stack([to_mnist_form(drawing) for drawing in drawings])
shares = np.array([np.bincount(answers(form), minlength=10) / M for form in forms.values()])  # (lengths, 10)
figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
for percent, form in forms.items():
    axes.imshow(form[0], cmap="gray_r", extent=(percent - 4, percent + 4, 106, 136), aspect="auto", zorder=2)
often = [k for k in range(10) if shares[:, k].max() >= 0.1]
for k, style, marker in zip(often, ("-", "--", ":", "-.") * 3, "o^sDvPX*<>", strict=False):
    axes.plot(list(forms), 100 * shares[:, k], style, marker=marker, lw=2.5, label=f"read as {k}")
axes.set(title="A 1 with a broad upstroke", xlabel="how far down it reaches (% of the height)")
axes.set(ylabel="drawings (%)", xlim=(-5, 70), ylim=(-3, 138), yticks=range(0, 101, 20))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(figure, "Above, a drawing of each kind: a person would call all of them a 1.")
print("read as a 1: " + ", ".join(f"{v:.0%}" for v in shares[:, 1]))
assert shares[:, 1].max() > 0.8, "such a 1 it knows,"
assert shares[:, 1].min() < shares[:, 1].max() - 0.1, "and there is one that it knows less"

# %% [markdown]
# So `digits predict` also learns from digits drawn by code, in other styles, and so do we from here on.
#
# ## A whole page
#
# On a page, the digits must first be found. `scratch.handwriting` does it in small files, one a stage:
# connected strokes are *signs*; a low piece near a sign joins it; what is much too low, too wide or filled is
# set aside; neighbours make rows. Here is a page with ruled lines, a shadow, and a scribble.

# %%
model = trained("cnn", with_other_styles(data), epochs=size(None, 10))
page = np.zeros((420, 700), np.float32)
written = [[1, 9, 5, 6], [2, 8, 0, 7, 3]]
for row, digits in enumerate(written):
    for place, digit in enumerate(digits):
        drawing = draw_digit(digit, rng, height=90, pen=0.08)
        top, left = 50 + 180 * row + int(rng.integers(-8, 8)), 40 + 125 * place
        page[top : top + drawing.shape[0], left : left + drawing.shape[1]] = drawing
scribble = Image.fromarray(page)
ImageDraw.Draw(scribble).line([(c, 95 + 25 * np.sin(c / 7)) for c in range(530, 690)], fill=1.0, width=7)
down, across = np.mgrid[:420, :700]
light = 1 - 0.4 * ndimage.gaussian_filter((across + 0.4 * down > 480).astype(float), 4)
paper = np.where(down % 40 == 39, 0.6, 0.8)  # ruled lines
ink = np.asarray(scribble)
photo = light * np.where(ink > 0.2, 0.8 - 0.55 * ink, paper) + rng.normal(0, 0.01, ink.shape)
file = Image.fromarray(np.uint8(255 * np.clip(photo, 0, 1)))
reading = read_page(find_digits(photo_from(file, "the page")), model)
show(figures.handwriting_stages(reading, "From a page to digits"), "As `digits predict --stages` draws it.")
print(f"written {[''.join(map(str, digits)) for digits in written]}, read {reading.rows}")
assert [len(row) for row in reading.rows] == [len(digits) for digits in written], "all found, in order"
assert reading.set_aside, "and the scribble was not taken for a digit"

# %% [markdown]
# ## Now yours
#
# All this was drawn by the pen that also drew some of what the network learned from; what it is worth, only
# handwriting of real people says. Write some digits on paper, a finger's breadth apart, and take a photo in
# daylight. `digits predict my_photo.jpg --stages` draws all stages: where a digit is read wrong, the first
# that looks wrong is the culprit. Or put your file's name here:

# %%
mine = Path("my_photo.jpg")
if mine.exists():
    reading = read_page(find_digits(read_photo(mine)), model)
    show(figures.answers_on_photo(reading, mine.name), "Your digits.")

# %% [markdown]
# ## To remember
#
# 1. A network reads what looks like its training data. Bring the photo to the data, or the data to the photo.
# 2. Look at the very pixels that the network is given; most failures can be seen there.
# 3. Switch stages on one by one and measure: that is an ablation, and it says what is worth its code.
#
# ## Exercises
#
# In `lessons/exercises/10_handwriting.py`; `digits check 10` grades them:
#
# 1. `centre_of_mass_shift`: the whole rows and columns that bring the centre of mass to (14, 14).
# 2. `fit_into`: the crop to the ink, scaled so that its longer side has `size` pixels.
#
# **Next:** lesson 11 puts the network beside its twin in Keras, number by number.
