"""Handwriting that was read: the answers on the photo, and the stages from the photo to 28x28."""

import numpy as np
from matplotlib.patches import Rectangle

from scratch.figures.images import image_panel
from scratch.figures.style import DARK, FAINT, INK, MUTED, look, new_figure

WIDTH = 10  # inches
FOUND, ASIDE = "#d55e00", "#56b4e9"  # Okabe and Ito's vermilion and sky blue
SURE = 0.9
MOST_SHOWN = 8  # digits whose stages are drawn


@look()
def answers_on_photo(reading, title):
    """Draw the photo with a box around each digit that was read and the answer above it.

    reading: a scratch.handwriting.Reading. What was set aside has a dashed box, with the reason by number.
    """
    photo = reading.page.photo
    ratio = photo.size[0] / photo.size[1]
    reasons = sorted({reason for _, reason in reading.set_aside})
    figure = new_figure(title, WIDTH, float(np.clip(WIDTH * ratio, 2.5, 12)) + 0.5 + 0.22 * len(reasons))
    axes = figure.subplots()
    show_photo(axes, photo)
    size = float(
        np.clip(500 * np.median([box_height(a.box) for a in reading.answers]) / max(photo.size), 8, 22)
    )
    for answer in reading.answers:
        draw_box(axes, answer.box, FOUND)
        label(axes, answer.box, f"{answer.digit}{'?' * (answer.probability < SURE)}", FOUND, size)
    for box, reason in reading.set_aside:
        draw_box(axes, box, ASIDE, linestyle="--")
        label(axes, box, str(reasons.index(reason) + 1), DARK, 8)
    unsure = sum(answer.probability < SURE for answer in reading.answers)
    lines = [f"?  less than {SURE:.0%} sure"] * (unsure > 0)
    lines += [f"{i}  dashed, not read: {reason}" for i, reason in enumerate(reasons, 1)]
    axes.set_xlabel("\n".join(lines), loc="left", color=INK)
    return figure


@look()
def handwriting_stages(reading, title):
    """Draw what every stage made of the photo, and for up to 8 digits, how each became 28x28."""
    from scratch.handwriting import form

    page, shown = reading.page, min(len(reading.shapes), MOST_SHOWN)
    photo = page.photo
    ratio = float(np.clip(photo.size[0] / photo.size[1], 0.3, 2.0))
    above, below = 5 * ratio * 2 + 0.9, 3 * 1.35
    figure = new_figure(title, WIDTH, above + below + 0.8)
    upper, lower = figure.subfigures(2, 1, height_ratios=(above, below))
    panels = upper.subplots(2, 2).ravel()
    show_photo(panels[0], photo)
    panels[0].set_title("1  the photo, upright")
    for axes, pixels, name in (
        (panels[1], page.ink, "2  contrast with the paper around it"),
        (panels[2], page.mask, "3  strokes: contrast near the darkest around"),
    ):
        axes.imshow(pixels, cmap="gray_r", vmin=0, vmax=float(pixels.max()) or 1, extent=extent(photo))
        bare(axes, name)
    panels[3].imshow(page.mask, cmap="gray_r", alpha=0.35, extent=extent(photo))
    bare(panels[3], "4  signs: boxed what is read, dashed what is not")
    for answer in reading.answers:
        draw_box(panels[3], answer.box, FOUND)
    for box, _ in reading.set_aside:
        draw_box(panels[3], box, ASIDE, linestyle="--")
    cells = lower.subplots(3, shown, squeeze=False)
    for column in range(shown):
        ink = form.enlarged(reading.shapes[column])
        mended = form.with_usual_strokes(ink)
        answer = reading.answers[column]
        image_panel(cells[0, column], ink.astype(float), "")
        image_panel(cells[1, column], mended.astype(float), "")
        image_panel(cells[2, column], reading.images[column], f"{answer.digit} ({answer.probability:.0%})")
    for row, name in enumerate(("5  cut out", "6  strokes\nas MNIST's", "7  28 x 28,\ncentred by mass")):
        cells[row, 0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9, fontweight="bold")
    if shown < len(reading.shapes):
        lower.supxlabel(f"the first {shown} of {len(reading.shapes)} digits", fontsize=9, color=MUTED)
    return figure


def extent(photo):
    """Return imshow's extent, so that pixels count as in the file, whatever was scaled down."""
    height, width = photo.size
    return 0, width, height, 0


def show_photo(axes, photo):
    """Draw the photo, its axes in the file's pixels."""
    axes.imshow(photo.rgb, extent=extent(photo))
    bare(axes, "")


def bare(axes, name):
    """Give the panel a title and no ticks."""
    axes.set(xticks=[], yticks=[])
    axes.set_title(name, fontsize=10)
    axes.grid(False)
    axes.spines[:].set(visible=True, color=FAINT)


def box_height(box):
    """Return how high a box is."""
    return box[2] - box[0]


def draw_box(axes, box, color, linestyle="-"):
    """Draw a box (top, left, bottom, right)."""
    top, left, bottom, right = box
    axes.add_patch(
        Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=color, lw=1.5, ls=linestyle)
    )


def label(axes, box, text, color, size):
    """Write above a box, legible on any photo."""
    paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
    axes.annotate(
        text, (box[1], box[0]), (0, 2), textcoords="offset points", color=color, fontsize=size,
        fontweight="bold", ha="left", va="bottom", bbox=paper,
    )  # fmt: skip
