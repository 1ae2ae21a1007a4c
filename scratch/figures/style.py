"""One look for all pictures, legible for the colour-blind and when printed in grey.

The two sides of a comparison differ in lightness, line style, width and marker as well as in colour. The
first is pale and broad, the second dark and thin: it shows on top of the first where the two coincide.
"""

import io
import textwrap
import warnings
from contextlib import contextmanager

import matplotlib.style
from matplotlib.figure import Figure

INK, MUTED, FAINT = "#1d2733", "#5b6775", "#d9dee4"
PALE, DARK = "#f2ad45", "#123f6b"
DPI = 150
LEAST_SPAN = 0.005
TITLE_WIDTH = 90  # characters that fit in one line above a picture 10 inches wide

LINES = (
    {
        "color": PALE,
        "linestyle": "-",
        "linewidth": 5,
        "marker": "o",
        "markersize": 9,
        "solid_capstyle": "round",
    },
    {"color": DARK, "linestyle": (0, (4, 2)), "linewidth": 1.5, "marker": "D", "markersize": 4},
)
DOTS = (
    {"color": PALE, "linestyle": "none", "marker": "o", "markersize": 12, "markeredgecolor": INK},
    {"color": DARK, "linestyle": "none", "marker": "D", "markersize": 6, "markeredgecolor": DARK},
)

SETTINGS = {
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "figure.titlesize": 13,
    "figure.titleweight": "bold",
}


@contextmanager
def look():
    """Apply the project's look inside a `with` block, or as a decorator, to a figure drawn there.

    matplotlib's settings are what they were before once the block is left, whatever happens in it.
    """
    with matplotlib.style.context(["default", SETTINGS]):
        yield


def new_figure(title, width, height):
    """Return an empty Figure of `width` x `height` inches under `title`, which is printed as it stands."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    lines = textwrap.fill(str(title), round(TITLE_WIDTH * width / 10))
    figure.suptitle(lines, parse_math=False)
    return figure


def side_legend(figure, handles):
    """Put one legend for the whole figure below its panels."""
    look = {"handlelength": 1 if handles[0].get_linestyle() == "None" else 4, "fontsize": 11}
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), **look)


def percent_axis(axes, label):
    """Show the y axis, whose values lie between 0 and 1, in percent; `axes` must hold its data already.

    The axis spans at least half a percentage point, so that one image more does not look like a result.
    """
    axes.set_ylabel(label)
    axes.yaxis.set_major_formatter(lambda value, position: f"{100 * value:.6g}%")
    limits = [panel.dataLim.intervaly for panel in axes.get_shared_y_axes().get_siblings(axes)]
    low, high = min(low for low, _ in limits), max(high for _, high in limits)
    if high - low < LEAST_SPAN:
        middle = (low + high) / 2
        axes.set_ylim(middle - LEAST_SPAN / 2, min(middle + LEAST_SPAN / 2, 1 + LEAST_SPAN / 10))


@look()
def png(figure):
    """Return `figure` as the bytes of a PNG file, 150 dots an inch on white."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A data set's title may use a script that no installed font has: it is drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format="png", dpi=DPI)
    return buffer.getvalue()
