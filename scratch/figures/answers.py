"""What the two networks answer: which digits they take for which, and how often they are right about each."""

import numpy as np
import seaborn
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from scratch.figures.style import DOTS, FAINT, INK, MUTED, look, new_figure, percent_axis, side_legend

CLASSES = 10
# From nearly white to dark, always darker: the order survives a grey print.
MISTAKES = LinearSegmentedColormap.from_list("mistakes", ["#fff6e5", "#f2ad45", "#c2571a", "#5c1a1b"])
DARK_FROM = 0.6  # of the scale: from there on, white numbers are easier to read than dark ones


def confusion_counts(labels, predictions):
    """Return (10, 10) counts: how often digit `row` was taken for digit `column`."""
    labels, predictions = np.asarray(labels, np.int64), np.asarray(predictions, np.int64)
    return np.bincount(CLASSES * labels + predictions, minlength=CLASSES**2).reshape(CLASSES, CLASSES)


@look()
def confusion_matrices(labels, predictions, title):
    """Draw which digit was taken for which, one panel a side.

    Only mistakes are coloured, on one scale for both panels; the diagonal (right answers) is grey, and a dot
    stands for 0.

    Args:
        labels: (N,) ints, the true digits 0..9.
        predictions: {side: (N,) ints}.
        title: the text above the picture.
    """
    counts = {name: confusion_counts(labels, answers) for name, answers in predictions.items()}
    most = max(1, *(without_diagonal(table).max() for table in counts.values()))
    figure = new_figure(title, 5.3 * len(counts), 6.2)
    panels = figure.subplots(1, len(counts), squeeze=False)[0]
    for axes, (name, table) in zip(panels, counts.items(), strict=True):
        confusion_panel(axes, table, most)
        mistakes = without_diagonal(table).sum()
        axes.set_title(f"{name}: {mistakes:,} mistake{'s' * int(mistakes != 1)} in {table.sum():,}")
    bar = figure.colorbar(
        panels[0].collections[0],
        ax=panels,
        location="bottom",
        shrink=0.5,
        aspect=40,
        ticks=MaxNLocator(5, integer=True),
    )
    bar.set_label(
        "Mistakes (number of images; the grey diagonal counts right answers and is not on this scale)"
    )
    bar.outline.set_visible(False)
    return figure


def without_diagonal(table):
    """Return the (10, 10) counts with 0 for the right answers."""
    return table - np.diag(np.diag(table))


def confusion_panel(axes, table, most):
    """Draw one (10, 10) table of counts; `most` mistakes have the darkest colour."""
    texts = np.where(table == 0, "·", table.astype(str))
    seaborn.heatmap(
        without_diagonal(table), vmin=0, vmax=most, cmap=MISTAKES, square=True, cbar=False, ax=axes,
        annot=texts, fmt="", annot_kws={"fontsize": 9}, linewidths=1, linecolor="white",
    )  # fmt: skip
    for text, count in zip(axes.texts, table.ravel(), strict=True):
        text.set_color(MUTED if count == 0 else "white" if count > DARK_FROM * most else INK)
    for digit in range(CLASSES):
        axes.add_patch(Rectangle((digit, digit), 1, 1, facecolor=FAINT, edgecolor="white"))
        axes.texts[digit * (CLASSES + 1)].set(color=INK, fontweight="bold")
    axes.set(xlabel="Predicted digit", ylabel="True digit")
    axes.tick_params(length=0, labelrotation=0)


@look()
def accuracy_per_digit(labels, predictions, title):
    """Draw for each digit the share of its images that each side reads correctly.

    Dots and not bars, so that the axis need not start at 0 to be honest. A digit without images says so.

    Args:
        labels: (N,) ints, the true digits 0..9.
        predictions: {side: (N,) ints} of at most two sides.
        title: the text above the picture.
    """
    labels = np.asarray(labels, np.int64)
    images = np.bincount(labels, minlength=CLASSES)
    present = np.flatnonzero(images)
    figure = new_figure(title, 10, 4.5)
    axes = figure.subplots()
    for (name, answers), dot, shift in zip(predictions.items(), DOTS, (-0.13, 0.13), strict=False):
        right = np.bincount(labels[labels == answers], minlength=CLASSES)
        axes.plot(present + shift, right[present] / images[present], label=name, **dot)
    for digit in np.flatnonzero(images == 0):
        axes.text(
            digit,
            0.5,
            "no images",
            rotation=90,
            ha="center",
            va="center",
            color=MUTED,
            transform=axes.get_xaxis_transform(),
        )
    axes.set_xticks(range(CLASSES), [f"{digit}\n{count:,}" for digit, count in enumerate(images)])
    axes.set_xlim(-0.5, CLASSES - 0.5)
    axes.set_xticks(np.arange(CLASSES + 1) - 0.5, minor=True)
    axes.tick_params(axis="x", which="both", length=0)
    axes.grid(axis="x", visible=False)
    axes.grid(axis="x", which="minor", visible=True)
    axes.set_xlabel("True digit, and below it its number of test images")
    percent_axis(axes, "Accuracy (% of the digit's images)")
    side_legend(figure, axes.get_lines())
    return figure
