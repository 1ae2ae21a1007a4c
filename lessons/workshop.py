"""What every lesson begins with: the data, and a way to show a figure with its caption.

    from lessons.workshop import load, show, size, up_to

Nothing of the mathematics is in here. DIGITS_SMOKE=1 in the environment makes all lessons short: the tests
run them so, on the offline digits.
"""

import os
import sys
from pathlib import Path

import matplotlib.pyplot as plt
from cycler import cycler

from scratch import datasets
from scratch.figures.style import FAINT, SETTINGS, png

SMOKE = os.environ.get("DIGITS_SMOKE", "0") not in ("", "0")
# Okabe and Ito's colours, told apart by the colour-blind (jfly.uni-koeln.de/color), the darkest first.
COLORS = ["#123f6b", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"]
plt.rcParams.update(SETTINGS | {"axes.prop_cycle": cycler(color=COLORS)})
MANY = 60_000, 10_000  # MNIST's images to learn from and to be tested on
_shown, _few = 0, SMOKE


def load():
    """Return the Dataset to work with (see scratch.datasets), and say which it is.

    MNIST where it is found or can be fetched, else the offline digits; these in any case where lessons are
    made short.
    """
    global _few
    data = datasets.load("digits" if SMOKE else None)
    _few = SMOKE or len(data.x_train) < MANY[0] or len(data.x_test) < MANY[1]
    print(f"{data.title}: {len(data.x_train):,} images to learn from, {len(data.x_test):,} to be tested on")
    return data


def size(full, short):
    """Return `full`, or `short` where lessons are made short: numbers of steps, epochs, seeds."""
    return short if SMOKE else full


def up_to(full, few):
    """Return `full`, numbers of images, or `few` where there are not so many: on the offline digits."""
    return few if _few else full


def show(figure, caption):
    """Show a matplotlib Figure and its caption: in a notebook below the cell, in a script as a file.

    A script's figures go to out/lessons/NAME/1.png, 2.png, ... in the current folder.
    """
    global _shown
    plt.close(figure)
    for axes in figure.axes:
        if axes.images and not (len(axes.get_xticks()) or len(axes.get_yticks())):
            axes.spines[:].set(visible=True, color=FAINT)  # a picture gets a frame all round
    if in_notebook():
        from IPython.display import Image, Markdown, display

        display(Image(png(figure)), Markdown(f"*{caption}*"))
        return
    _shown += 1
    script = Path(getattr(sys.modules["__main__"], "__file__", "lesson"))
    path = Path("out", "lessons", script.stem, f"{_shown}.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(figure))
    print(f"Figure {_shown}, {path}: {caption}")


def in_notebook():
    """Say whether a notebook's kernel runs this, Jupyter's or an editor's."""
    from importlib.util import find_spec

    if "IPython" not in sys.modules or find_spec("ipykernel") is None:
        return False
    from IPython import get_ipython

    return type(get_ipython()).__name__ == "ZMQInteractiveShell"
