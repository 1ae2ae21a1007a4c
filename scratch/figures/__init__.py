"""Every picture that more than one place draws; one look throughout.

Each function returns a `matplotlib.figure.Figure` that belongs to its caller alone: pyplot is not
involved, so no window opens, no figure stays open, no backend is chosen, and the caller's own matplotlib
settings are left as they are. `png(figure)` makes a file's bytes of it.

matplotlib and seaborn take a second to import: import this package inside the function that draws.
"""

from scratch.figures.answers import accuracy_per_digit, confusion_matrices
from scratch.figures.handwriting import answers_on_photo, handwriting_stages
from scratch.figures.images import answers_on_images, image_grid
from scratch.figures.lockstep import gap_growth
from scratch.figures.speed import speed_growth, speed_ladder, speed_ratios
from scratch.figures.style import look, png
from scratch.figures.training import seeds, training_curves

__all__ = [
    "accuracy_per_digit",
    "answers_on_images",
    "answers_on_photo",
    "confusion_matrices",
    "gap_growth",
    "handwriting_stages",
    "image_grid",
    "look",
    "png",
    "seeds",
    "speed_growth",
    "speed_ladder",
    "speed_ratios",
    "training_curves",
]
