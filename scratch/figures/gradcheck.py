"""Gradient checks: how far differences are from the analytic gradient, against the size of the step."""

import numpy as np
from matplotlib.ticker import LogLocator

from scratch.figures.style import INK, MUTED, look, new_figure

EPS = 2.0**-52
SMALLEST_SHOWN = 1e-17  # of an exact difference, which has no place on a logarithmic axis
# From light to dark, so that they differ when printed in grey; each with a marker of its own.
COLORS = ("#f2ad45", "#e07b39", "#56b4e9", "#8fae3f", "#009e73", "#c04f87", "#0072b2", "#7a3b9a", "#123f6b")
MARKERS = "oDs^vPXph"
VERDICTS = {"right": "", "wrong": ": wrong", "cannot tell": ": cannot tell"}


@look()
def error_against_step(findings, title):
    """Draw the error of each tensor's differences against the step, both logarithmic.

    A right gradient gives a V: on the left rounding, 1 / h, on the right truncation, h**2, as the two guide
    lines have it, or a jump, where larger steps cross kinks. A wrong gradient gives a level line: no step
    brings the two together.

    Args:
        findings: objects with `name`, `verdict`, `scale` (the largest entry), `step` (the best one, or None),
            and `steps` and `errors`, both (K,); those without steps are left out.
        title: the text above the picture.

    Returns:
        A Figure. Errors are shares of the tensor's largest entry; a ring marks the best step.
    """
    shown = [f for f in findings if f.steps is not None and f.scale > 0]
    figure = new_figure(title, 10, 6)
    axes = figure.subplots()
    axes.set(xscale="log", yscale="log")
    for number, finding in enumerate(shown):
        tensor_line(axes, finding, COLORS[number % len(COLORS)], MARKERS[number % len(MARKERS)])
    axes.set_xlabel("Step size h")
    axes.set_ylabel("|central difference − analytic gradient|\nas a share of the largest entry")
    axes.yaxis.set_major_locator(LogLocator(numticks=12))
    if shown:
        axes.xaxis.set_major_locator(LogLocator(numticks=12))
        guide_lines(axes, shown)
        axes.plot(
            [], [], "o", markersize=14, markerfacecolor="none", markeredgecolor=MUTED, label="the step taken"
        )
        axes.minorticks_off()
        figure.legend(loc="outside lower center", handlelength=3, ncols=min(len(shown) + 1, 5))
    else:
        axes.text(0.5, 0.5, "No tensor was compared.", ha="center", transform=axes.transAxes, color=MUTED)
    return figure


def tensor_line(axes, finding, color, marker):
    """Draw one tensor's errors, and a ring at its best step."""
    errors = np.maximum(finding.errors / finding.scale, SMALLEST_SHOWN)
    look = {"linewidth": 3, "linestyle": (0, (5, 1.5))} if finding.verdict != "right" else {"linewidth": 1.5}
    look |= {
        "color": color,
        "marker": marker,
        "markersize": 6,
        "markeredgecolor": INK,
        "markeredgewidth": 0.5,
    }
    axes.plot(finding.steps, errors, label=f"{finding.name}{VERDICTS[finding.verdict]}", **look)
    if finding.step is not None:
        at = np.abs(np.log(finding.steps / finding.step)).argmin()
        axes.plot(
            finding.steps[at], errors[at], "o", markersize=14, markerfacecolor="none", markeredgecolor=color
        )


def guide_lines(axes, shown):
    """Draw what truncation and rounding look like, h**2 and eps / h, over the steps, and name them."""
    steps = np.sort(np.concatenate([f.steps for f in shown]))
    steps = steps[[0, -1]]
    bottom, top = axes.get_ylim()
    look = {"color": MUTED, "linestyle": ":", "linewidth": 1.5, "zorder": 1}
    axes.plot(steps, steps**2, **look)
    axes.plot(steps, EPS / steps, **look)
    axes.set_ylim(min(bottom, EPS), max(top, steps[1] ** 2 * 3))
    words = {
        "color": MUTED,
        "fontsize": 10,
        "va": "center",
        "zorder": 1,
    }
    small, large = np.sqrt(EPS) * 5, steps[1] / 10
    axes.text(small * 1.5, small**2, "$h^2$, as truncation", ha="left", **words)
    axes.text(large / 1.5, EPS / large / 1.5, r"$\epsilon / h$, as rounding", ha="right", **words)
