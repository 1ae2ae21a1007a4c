"""keras.datasets.mnist: the project's data, in MNIST's numbers."""

from pathlib import Path

from scratch import datasets
from scratch.compat.offering import note
from scratch.compat.settings import settings

TRAIN, TEST = 60_000, 10_000
_loaded = {}


def load_data(path="mnist.npz"):
    """Return ((x_train, y_train), (x_test, y_test)), as Keras does; see scratch.datasets.load.

    path: a file that exists is read; else the name is Keras's for what is in its cache. Without MNIST, the
    offline digits are repeated until they are as many as MNIST's images: scripts count on 60,000.
    """
    chosen = str(path) if Path(path).expanduser().is_file() else settings.data
    if chosen not in _loaded:
        _loaded[chosen] = datasets.load(chosen)
    data = _loaded[chosen]
    train, test = (data.x_train, data.y_train), (data.x_test, data.y_test)
    if data.name == "digits":
        note(
            f"the {len(data.x_train):,} images to learn from and {len(data.x_test):,} to be tested on are "
            f"repeated until they are {TRAIN:,} and {TEST:,}, as many as MNIST's, which scripts count on."
        )
        train, test = repeated(train, TRAIN), repeated(test, TEST)
    return tuple(array.copy() for array in train), tuple(array.copy() for array in test)


def repeated(arrays, count):
    """Return arrays (N, ...) as (count, ...), begun anew where they end."""
    return tuple(array[[i % len(array) for i in range(count)]] for array in arrays)


__all__ = [
    "load_data",
]
