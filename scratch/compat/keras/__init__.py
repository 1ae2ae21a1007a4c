"""keras: the names that stand at its top."""

from scratch.compat.keras.layers import Input, InputLayer, Layer
from scratch.compat.keras.metrics import Metric
from scratch.compat.keras.optimizers import Optimizer
from scratch.compat.sequential import Sequential

__version__ = "3.15.1"  # whose names and arguments these are


def version():
    """Return the version of Keras that this reads like."""
    return __version__


__all__ = [
    "Input",
    "InputLayer",
    "Layer",
    "Metric",
    "Optimizer",
    "Sequential",
    "version",
]
