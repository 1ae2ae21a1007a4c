"""How far two networks that train in lock-step are apart, step by step."""

import numpy as np
from matplotlib.ticker import MaxNLocator, NullLocator

from scratch.figures.style import DARK, INK, MUTED, PALE, look, new_figure

# Colours that the colour-blind can tell apart and that differ in grey, each with a line style of its own.
GAP_LINES = {
    "weights": ("Weights", {"color": DARK, "linewidth": 3, "linestyle": "-"}),
    "state": ("Optimizer's state", {"color": "#8a5a83", "linewidth": 1.8, "linestyle": (0, (5, 2))}),
    "gradients": ("Gradients", {"color": "#c2472f", "linewidth": 1.8, "linestyle": "-"}),
    "activations": ("Activations", {"color": "#2f8f9d", "linewidth": 1.8, "linestyle": (0, (1, 1))}),
    # dots: it is exactly 0 every other step
    "loss": ("Loss", {"color": MUTED, "linestyle": "none", "marker": "o", "markersize": 4}),
    "same_weights": ("Gradients, given the same weights", {"color": PALE, "linewidth": 3, "linestyle": "-"}),
}
MOST_TICKS = 12


@look()
def gap_growth(gaps, title, tolerance, first_difference=None):
    """Draw the largest absolute difference of each kind of tensor after each step, on a logarithmic axis.

    A difference of exactly 0, which that axis does not have, is drawn on a line of its own at the bottom.

    Args:
        gaps: a list with a dict for each step: `step`, and a float for each key of GAP_LINES; None, where a
            number was not finite, leaves a hole in the line.
        title: the text above the picture.
        tolerance: above this, a difference counts; a line across.
        first_difference: None, or a dict with the `step` and the `tensor` that differed first.
    """
    figure = new_figure(title, 10, 5.5)
    axes = figure.subplots()
    steps = [gap["step"] for gap in gaps]
    values = {kind: np.array([gap[kind] for gap in gaps], float) for kind in GAP_LINES}
    floor = zero_level(np.concatenate([*values.values(), [tolerance]]))
    for kind, (label, line) in GAP_LINES.items():
        line = line if len(steps) > 1 else line | {"marker": "o"}
        axes.plot(steps, np.where(values[kind] == 0, floor, values[kind]), label=label, **line)
    axes.axhline(tolerance, color=INK, linewidth=1, linestyle=":", label=f"Tolerance, {tolerance:g}")
    logarithmic(axes, floor)
    if first_difference:
        mark_step(axes, first_difference, middle=(steps[0] + steps[-1]) / 2)
    axes.set_xlabel("Training step")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlim(min(0.5, steps[0] - 0.02 * len(steps)), steps[-1] + max(0.5, 0.02 * len(steps)))
    figure.legend(loc="outside lower center", ncols=4, fontsize=10, handlelength=3.5)
    return figure


def zero_level(values):
    """Return where a difference of 0 is drawn: a power of ten well below all others."""
    return 10 ** (np.floor(np.log10(values[values > 0].min())) - 1)


def mark_step(axes, first_difference, middle):
    """Say which tensor was the first beyond the tolerance, and at which step."""
    step = first_difference["step"]
    axes.axvline(step, color=INK, linewidth=1)
    axes.annotate(
        f"Step {step}: {first_difference['tensor']}\nis the first beyond the tolerance",
        (step, 1), (6 if step <= middle else -6, -4), xycoords=("data", "axes fraction"),
        textcoords="offset points", ha="left" if step <= middle else "right", va="top", fontsize=9,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2},
    )  # fmt: skip


def logarithmic(axes, floor):
    """Make the y axis logarithmic, with a 0 at `floor`."""
    axes.set_yscale("log")
    axes.set_ylim(floor / 2, 30 * axes.dataLim.y1)  # room at the top, for words
    lowest, highest = round(np.log10(floor)) + 1, int(np.log10(axes.get_ylim()[1]) // 1)
    powers = range(lowest, highest + 1, -(-(highest + 1 - lowest) // MOST_TICKS))
    axes.set_yticks([floor, *(10.0**k for k in powers)], ["0", *(f"$10^{{{k}}}$" for k in powers)])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.axhline(floor, color=MUTED, linewidth=0.8, zorder=0)
    axes.set_ylabel("Largest absolute difference\nbetween scratch and Keras")
