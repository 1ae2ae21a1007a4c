"""Which check catches which bug: a table of dots."""

import textwrap

from scratch.figures.style import DARK, FAINT, INK, MUTED, PALE, look, new_figure

CELL, ROW, TITLES = 1.02, 0.31, 5.6  # inches: a column's width, a row's height, the width of the bugs' titles
MARKS = {
    "caught": {"marker": "s", "markersize": 13, "color": DARK, "label": "caught"},
    "let through": {
        "marker": "o", "markersize": 7, "markerfacecolor": "white", "markeredgecolor": PALE,
        "markeredgewidth": 2, "label": "let through",
    },
    "not run": {"marker": "x", "markersize": 6, "color": MUTED, "label": "not run"},
}  # fmt: skip


@look()
def bugs_and_checks(bugs, checks, states, title):
    """Draw a row for each bug, a column for each check, and a mark for what became of the two.

    Args:
        bugs: titles, a list of strings.
        checks: titles, a list of strings.
        states: a list for each bug of "caught", "let through" or "not run" for each check.
        title: the text above the picture.

    Returns:
        A Figure. The number of bugs that a check has caught stands under its column.
    """
    figure = new_figure(title, TITLES + CELL * len(checks), 1.9 + ROW * len(bugs))
    axes = figure.subplots()
    for name, mark in MARKS.items():
        places = [(j, i) for i, row in enumerate(states) for j, state in enumerate(row) if state == name]
        if places:
            axes.plot(*zip(*places, strict=True), linestyle="none", **mark)
    caught = [sum(row[j] == "caught" for row in states) for j in range(len(checks))]
    headings = [textwrap.fill(check, 13) for check in checks]
    axes.set_xticks(range(len(checks)), headings, fontsize=9)
    axes.set_yticks(range(len(bugs)), bugs, ha="left")
    axes.tick_params(axis="x", labeltop=True, labelbottom=False, length=0)
    axes.tick_params(axis="y", length=0, pad=TITLES * 72 - 35)
    for j, count in enumerate(caught):
        axes.text(
            j,
            len(bugs) - 0.35,
            f"{count} of {len(bugs)}",
            ha="center",
            va="top",
            color=INK,
            fontweight="bold",
        )
    axes.set(xlim=(-0.5, len(checks) - 0.5), ylim=(len(bugs) + 0.1, -0.5))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.hlines(
        [i + 0.5 for i in range(-1, len(bugs))], *axes.get_xlim(), color=FAINT, linewidth=0.8, zorder=0
    )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=11)
    return figure
