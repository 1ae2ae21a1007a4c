"""How training went: the curves of one run, and the results of several."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from scratch.figures.style import DOTS, LINES, MUTED, look, new_figure, percent_axis, side_legend

MOST_LABELLED_EPOCHS = 12
# A dot on every epoch hides the line once there are more of them.
MOST_MARKERS = 15


@look()
def training_curves(histories, title):
    """Draw loss and accuracy of every epoch, on the training and on the validation images.

    Args:
        histories: {side: history} of at most two sides; a history is {"loss", "accuracy", "val_loss",
            "val_accuracy"}, each a list with one number an epoch (accuracy from 0 to 1). Where the sides have
            no validation numbers, only the training panels are drawn.
        title: the text above the picture.

    Returns:
        A Figure with a row for the loss and one for the accuracy; panels in a row share their y axis.
    """
    columns = {"Training images": "", "Validation images": "val_"}
    if not any(history.get("val_loss") for history in histories.values()):
        columns.pop("Validation images")
    figure = new_figure(title, 10, 6.5)
    panels = figure.subplots(2, len(columns), sharex=True, sharey="row", squeeze=False)
    for column, (name, prefix) in enumerate(columns.items()):
        curve_panel(panels[0, column], histories, f"{prefix}loss")
        curve_panel(panels[1, column], histories, f"{prefix}accuracy")
        panels[0, column].set_title(name)
        panels[1, column].set_xlabel("Epoch")
    panels[0, 0].set_ylabel("Loss (cross-entropy, nats)")
    percent_axis(panels[1, 0], "Accuracy (% of the images)")
    epochs = max(len(history["loss"]) for history in histories.values())
    panels[0, 0].set_xticks(epoch_ticks(epochs))
    panels[0, 0].set_xlim(1 - 0.03 * epochs - 0.1, epochs + 0.03 * epochs + 0.1)
    side_legend(figure, panels[0, 0].get_lines())
    return figure


def curve_panel(axes, histories, key):
    """Draw `key` of every side over the epochs, the second side on top of the first."""
    for (name, history), line in zip(histories.items(), LINES, strict=False):
        values = history.get(key, [])
        every = -(-len(values) // MOST_MARKERS) or 1
        axes.plot(range(1, len(values) + 1), values, label=name, markevery=every, **line)


def epoch_ticks(epochs):
    """Return the epochs to label: all of a few, else 1 and round numbers."""
    if epochs <= MOST_LABELLED_EPOCHS:
        return list(range(1, epochs + 1))
    steps = (step * 10**power for power in range(9) for step in (1, 2, 5))
    step = next(step for step in steps if step * MOST_LABELLED_EPOCHS >= epochs)
    return [1, *range(step, epochs + 1, step)]


@look()
def seeds(accuracies, title, numbers=None, deviations=None):
    """Draw each seed's test accuracy on both sides as joined dots; beside several, how they spread.

    Args:
        accuracies: {side: accuracies} of two sides, each a list with one number (0 to 1) a seed.
        title: the text above the picture.
        numbers: the seeds themselves (default: 0, 1, 2, ...).
        deviations: {side: standard deviation} (default: the sample's, n - 1 in the denominator).
    """
    count = len(next(iter(accuracies.values())))
    numbers = range(count) if numbers is None else numbers
    figure = new_figure(title, 10, 4.5)
    axes = figure.subplots()
    axes.vlines(range(count), *accuracies.values(), color=MUTED, linewidth=1.5, zorder=1)
    handles = []
    for (name, values), dot, shift in zip(accuracies.items(), DOTS, (-0.15, 0.15), strict=True):
        handles += axes.plot(range(count), values, label=name, **dot)
        if count > 1:
            deviation = np.std(values, ddof=1) if deviations is None else deviations[name]
            place = count + 0.3 + shift
            axes.errorbar(place, np.mean(values), yerr=deviation, capsize=6, ecolor=MUTED, **dot)
    seed_axis(axes, list(map(str, numbers)))
    percent_axis(axes, "Test accuracy (% of the images)")
    axes.yaxis.set_major_locator(MaxNLocator(6))
    side_legend(figure, handles)
    return figure


def seed_axis(axes, names):
    """Label the x axis with the seeds' names and, where there are several, the place of their mean."""
    count = len(names)
    places, right = list(range(count)), count - 0.4
    if count > 1:
        axes.axvline(right, color=MUTED, linewidth=0.8, linestyle=":")
        places, names, right = [*places, count + 0.3], [*names, "mean ± standard\ndeviation"], count + 1
    axes.set_xticks(places, names)
    axes.set_xlim(-0.6, right)
    axes.grid(axis="x", visible=False)
    axes.set_xlabel("Seed")
