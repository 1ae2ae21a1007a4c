"""keras.utils: labels, seeds, and the base of one's own sequences of batches."""

import atexit
import shutil
import tempfile
from pathlib import Path

import numpy as np

from scratch.compat.keras.datasets import mnist
from scratch.compat.offering import REQUIRED, NotHereError, bound, note
from scratch.compat.seeding import set_random_seed

ONE_HOT = {"x": REQUIRED, "num_classes": None, "dtype": "float32"}


def to_categorical(*arguments, **options):
    """Return one-hot rows (..., num_classes) of whole numbers x (...), or (..., 1).

    Raises ValueError for a class beyond num_classes.
    """
    older = {"y": "x", "nb_classes": "num_classes"}
    given = ONE_HOT | bound("keras.utils.to_categorical", ONE_HOT, set(ONE_HOT), arguments, options, older)
    return one_hot(**given)


def one_hot(x, num_classes, dtype):
    """See to_categorical."""
    labels = np.asarray(x, dtype="int64")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels.reshape(labels.shape[:-1])
    classes = int(labels.max()) + 1 if num_classes is None else int(num_classes)
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise ValueError(
            f"to_categorical: expected classes from 0 to {classes - 1}, received {labels.min()} to "
            f"{labels.max()}"
        )
    return np.eye(classes, dtype=dtype)[labels]


def get_file(fname=None, origin=None, **options):
    """Return the path of a mnist.npz with the project's data; no other file is fetched."""
    name = Path(fname or origin or "").name
    if name != "mnist.npz":
        raise NotHereError(f"keras.utils.get_file: {name!r} is not here: expected 'mnist.npz'")
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    np.savez(folder / name, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return str(folder / name)


def normalize(x, axis=-1, order=2):
    """Return x divided by its norms along an axis, as keras.utils.normalize."""
    x = np.asarray(x)
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)


class PyDataset:
    """A sequence of batches of one's own: `__len__` and `__getitem__` are the script's."""

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        if workers != 1 or use_multiprocessing:
            note(
                "PyDataset: workers and use_multiprocessing change nothing here, one batch is made at a time."
            )

    def __getitem__(self, index):
        raise NotImplementedError

    def __len__(self):
        raise NotImplementedError

    def on_epoch_end(self):
        """After each epoch."""

    @property
    def num_batches(self):
        """The number of batches."""
        return len(self)


Sequence = PyDataset


__all__ = [
    "PyDataset",
    "Sequence",
    "get_file",
    "normalize",
    "set_random_seed",
    "to_categorical",
]
