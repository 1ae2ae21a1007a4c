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


def answers(images):
    """The digits that the network reads in images (N, 28, 28), bytes."""
    return model(images[..., None] / np.float32(255)).argmax(axis=1)


on_test = np.mean(answers(data.x_test[:2000]) == data.y_test[:2000])
print(f"on its own test images: {100 * on_test:.1f}% right")
assert on_test > 0.85

# %% [markdown]
# ## Photos whose answers are known
#
# To measure, we need many photos. So code draws them: `draw_digit` moves a pen through the points of a digit,
# each a little displaced, with another slant each time. Then come paper, uneven light and the camera's grain.


# %%
def photo_of(drawing, rng, side=160):
    """A grey photo, (side, side) from 0 to 1: dark ink somewhere on paper, the light falls from one side."""
    ink = np.zeros((side, side))
    h, w = drawing.shape
    top, left = rng.integers(4, side - h - 4), rng.integers(4, side - w - 4)
    ink[top : top + h, left : left + w] = drawing
    across, down = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side))
    light = 1 - 0.5 * (across if rng.random() < 0.5 else down)
    grain = rng.normal(0, 0.01, (side, side))
    return np.clip(light * (0.8 - 0.55 * ink) + grain, 0, 1)


rng = np.random.default_rng(10)
N = size(300, 100)
labels = np.arange(N) % 10
drawings = [draw_digit(k, rng, int(rng.integers(50, 100)), pen=0.05, jitter=0.06) for k in labels]
photos = [photo_of(drawing, rng) for drawing in drawings]


def shrunk(grey):
    """Any grey image from 0 to 1, squeezed into (28, 28) bytes."""
    whole = Image.fromarray(np.uint8(255 * np.clip(grey, 0, 1)))
    return np.asarray(whole.resize((28, 28), Image.Resampling.BOX))


pairs = np.concatenate([data.x_train[:8], np.stack([shrunk(photo) for photo in photos[:8]])])
captions = [f"from the data: {k}" for k in data.y_train[:8]] + [f"a photo: {k}" for k in labels[:8]]
figure = figures.image_grid(pairs, captions, "What it learned from, and what a camera sends")
show(figure, "Above, images to learn from; below, photos squeezed into 28 x 28. Black is 1, white is 0.")

# %% [markdown]
# **Predict:** how many of the photos in the lower row would the network read right, if they were simply
# squeezed into 28 x 28? (Guessing gets one in ten.)

# %%
naive = np.mean(answers(np.stack([shrunk(photo) for photo in photos])) == labels)
print(f"photos as they are: {100 * naive:.0f}% right")
assert naive < 0.5, "far below what it can do"

# %% [markdown]
# ## How MNIST was made
#
# The network has only ever seen images that went through LeCun's recipe: ink is bright, paper is exactly 0;
# the ink is scaled into 20 x 20 pixels, keeping its proportions; then its *centre of mass* is moved to the
# middle of 28 x 28. With $x_{rc}$ for the ink in row $r$, column $c$,
#
# $$\bar r = \frac{\sum_{r, c} r \, x_{rc}}{\sum_{r, c} x_{rc}}, \qquad
#   \bar c = \frac{\sum_{r, c} c \, x_{rc}}{\sum_{r, c} x_{rc}}$$
#
# **Predict:** which share of the training images has any ink in the outermost ring of pixels?

# %%
x = data.x_train[:1000].astype(float)
r, c = np.mgrid[:28, :28]
r_bar = (r * x).sum(axis=(1, 2)) / x.sum(axis=(1, 2))
c_bar = (c * x).sum(axis=(1, 2)) / x.sum(axis=(1, 2))
ring = (x[:, [0, -1]].any(axis=(1, 2)) | x[:, :, [0, -1]].any(axis=(1, 2))).mean()
print(f"centre of mass: row {r_bar.mean():.2f} +- {r_bar.std():.2f}, column {c_bar.mean():.2f} "
      f"+- {c_bar.std():.2f}; ink in the outermost ring: {100 * ring:.1f}%")  # fmt: skip
assert abs(r_bar.mean() - 14) < 0.5
assert abs(c_bar.mean() - 14) < 0.5
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
shown = np.concatenate([images[name][[2, 14, 15]] for name in stages])
order = [3 * column + row for row in range(3) for column in range(len(stages))]
captions = [f"{name}\nread as {answers(images[name][[k]])[0]}" for k in (2, 14, 15) for name in stages]
figure = figures.image_grid(shown[order], captions, "A 2, a 4 and a 5 on their way", columns=6)
show(figure, "From left to right, each stage works on what the one before it made.")

# %% [markdown]
# **Predict:** which single stage will gain the most right answers?

# %%
accuracy = {name: np.mean(answers(images[name]) == labels) for name in stages}
gains = np.diff(list(accuracy.values()))
for name, a in accuracy.items():
    print(f"{name:>14}: {100 * a:5.1f}% +- {100 * np.sqrt(a * (1 - a) / N):.1f}")
best = list(stages)[1 + int(gains.argmax())]
print(f"most was gained by stage '{best}': {100 * gains.max():.0f} percentage points")
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
a = np.array(list(accuracy.values()))
error = np.sqrt(a * (1 - a) / N)
axes.bar(list(stages), 100 * a, yerr=100 * error, color="#123f6b", ecolor="#e69f00", capsize=4)
axes.axhline(10, color="#5b6775", ls=":")
axes.set(title="The same network, the same photos", ylabel="read right (%)", ylim=(0, 105))
axes.tick_params(axis="x", labelsize=9)
show(figure, "Accuracy with the stages up to each, with its standard error; dotted, guessing.")
assert accuracy["5 thickened"] > naive + 0.3
assert accuracy["5 thickened"] >= max(a) - 0.06, "no stage before it is better by more than chance"
assert gains.max() > 0.1

# %% [markdown]
# Not one weight of the network was changed. What it learned is right; it was asked about something else.
#
# ## Where a 1 ends and a 7 begins
#
# MNIST was written in the USA, where a 1 is mostly a bare stroke. In much of the world it has an upstroke
# (also in Istanbul, where the offline digits come from), and the 7 a bar to keep the two apart. A network
# puts the border where its data put it; your hand may put it elsewhere.
#
# **Predict:** with an upstroke that reaches down further and further, which digits will a 1 be taken for?

# %%
lengths, M = np.array([0.0, 0.1, 0.2, 0.35, 0.5, 0.65]), size(60, 30)
shares = []
for length in lengths:
    upstroke = [(0.6 - 0.7 * min(1, 2 * length), length + 0.01), (0.6, 0.0)]
    drawings = [draw_strokes([upstroke, [(0.6, 0.0), (0.55, 1.0)]], rng, pen=0.09) for _ in range(M)]
    read = answers(np.stack([to_mnist_form(drawing) for drawing in drawings]))
    shares.append(np.bincount(read, minlength=10) / M)
shares = np.array(shares)  # (lengths, 10)
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
often = [k for k in range(10) if shares[:, k].max() >= 0.1]
for k, style, marker in zip(often, ("-", "--", ":", "-.") * 3, "o^sDvPX*<>", strict=False):
    axes.plot(100 * lengths, 100 * shares[:, k], style, marker=marker, lw=2.5, label=f"read as {k}")
axes.set(title="A 1 with a broad upstroke", xlabel="how far down it reaches (% of the height)")
axes.set(ylabel="drawings (%)", ylim=(-3, 105))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(figure, "Drawings that a person would call a 1 throughout.")
print("read as a 1: " + ", ".join(f"{v:.0%}" for v in shares[:, 1]))
assert shares[0, 1] > 0.8, "a bare stroke is a 1"
assert shares[:, 1].min() < shares[0, 1]

# %% [markdown]
# So `digits predict` also learns from some digits drawn by code, in styles from elsewhere
# (`with_other_styles`). We shall use this network from here on.

# %%
model = trained("cnn", with_other_styles(data), epochs=size(None, 10))

# %% [markdown]
# ## A whole page
#
# On a page, the digits must first be found. The project's `scratch.handwriting` does it in small files, one
# a stage: connected strokes are *signs*; a low piece near a sign joins it; what is much too low, too wide or
# filled is set aside; neighbours make rows. Here is a page with ruled lines, a shadow, and a scribble.

# %%
page = np.zeros((420, 700), np.float32)
written = [[1, 9, 5, 6], [2, 8, 0, 7, 3]]
for row, digits in enumerate(written):
    for place, digit in enumerate(digits):
        drawing = draw_digit(digit, rng, height=90, pen=0.08)
        top, left = 50 + 180 * row + int(rng.integers(-8, 8)), 40 + 125 * place
        page[top : top + drawing.shape[0], left : left + drawing.shape[1]] = drawing
scribble, columns = Image.fromarray(page), np.arange(530, 690)
ImageDraw.Draw(scribble).line([(c, 95 + 25 * np.sin(c / 7)) for c in columns], fill=1.0, width=7)
page = np.asarray(scribble)
down, across = np.mgrid[:420, :700]
light = 1 - 0.4 * ndimage.gaussian_filter((across + 0.4 * down > 480).astype(float), 4)
paper = np.where(down % 40 == 39, 0.6, 0.8)  # ruled lines
photo = light * np.where(page > 0.2, 0.8 - 0.55 * page, paper) + rng.normal(0, 0.01, page.shape)
file = Image.fromarray(np.uint8(255 * np.clip(photo, 0, 1)))
reading = read_page(find_digits(photo_from(file, "the page")), model)
figure = figures.handwriting_stages(reading, "From a page to digits")
show(figure, "All stages, as `digits predict --stages` draws them.")
print(f"written {[''.join(map(str, digits)) for digits in written]}, read {reading.rows}")
assert [len(row) for row in reading.rows] == [len(digits) for digits in written], "all found, in order"
assert reading.set_aside, "and the scribble was not taken for a digit"

# %% [markdown]
# All this was drawn by the pen that also drew some of what the network learned from: only handwriting of real
# people says what that is worth. So:
#
# ## Now yours
#
# Write some digits on paper, a finger's breadth apart, with a pen that leaves a mark; take a photo in
# daylight, or draw in any program. Then type
#
# ```
# digits predict my_photo.jpg --stages
# ```
#
# and look at `out/predict/my_photo_stages.png`: where a digit is read wrong, the first stage that looks wrong
# is the culprit. Or put your file's name here:

# %%
mine = Path("my_photo.jpg")
if mine.exists():
    reading = read_page(find_digits(read_photo(mine)), model)
    show(figures.answers_on_photo(reading, mine.name), "Your digits.")
else:
    print(f"{mine} is not here: `digits predict` reads any file.")

# %% [markdown]
# ## To remember
#
# 1. A network reads what looks like its training data. Bring the photo to the data, or the data to the photo.
# 2. Look at the very pixels that the network is given; most failures can be seen there.
# 3. Switch stages on one by one and measure: that is an ablation, and it says what is worth its code.
#
# ## Exercises
#
# 1. `lessons/exercises/10_handwriting.py`, part 1: `centre_of_mass_shift(image)`, the whole rows and columns
#    by which (28, 28) ink has to move for its centre of mass to come to (14, 14).
# 2. Part 2: `fit_into(image, size)`, the crop to the ink, scaled so that its longer side has `size` pixels.
#
# `digits check 10` tells you whether you got them right.
#
# **Next:** lesson 11 puts the network beside its twin in Keras, number by number.
