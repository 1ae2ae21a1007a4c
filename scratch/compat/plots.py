"""A matplotlib backend for where there is no display: what a script shows is saved, and its name said.

It is chosen by the environment variable MPLBACKEND (see running), so that the script itself need not know.
"""

import sys
from pathlib import Path

from matplotlib import _pylab_helpers
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from scratch import console

_saved = []


class FigureCanvas(FigureCanvasAgg):
    """Draws as Agg does, and remembers whether its figure has been saved."""

    was_saved = False

    def print_figure(self, *arguments, **options):
        """Save the figure."""
        self.was_saved = True
        return super().print_figure(*arguments, **options)


class FigureManager(FigureManagerBase):
    """Shows a figure by saving it."""

    def show(self):
        """Save the figure under a name that is free."""
        save(self)

    @classmethod
    def pyplot_show(cls, *, block=None):
        """Save all figures and close them, as closing their windows does."""
        from matplotlib import pyplot

        show_all()
        pyplot.close("all")


FigureCanvas.manager_class = FigureManager


def save(manager):
    """Save a figure beside where the script was started, as SCRIPT-1.png, and say so."""
    stem = Path(sys.argv[0]).stem or "figure"
    path = Path(f"{stem}-{len(_saved) + 1}.png")
    _saved.append(path)
    manager.canvas.print_figure(path)
    console.err.print(f"A figure that the script shows was saved: {path}", soft_wrap=True, markup=False)


def show_all():
    """Save all figures that are open."""
    for manager in _pylab_helpers.Gcf.get_all_fig_managers():
        save(manager)


def save_forgotten():
    """Save what a script has drawn and neither shown nor saved, as a notebook would show it."""
    for manager in _pylab_helpers.Gcf.get_all_fig_managers():
        canvas = manager.canvas
        if isinstance(canvas, FigureCanvas) and canvas.figure.axes and not canvas.was_saved:
            save(manager)
