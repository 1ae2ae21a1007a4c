"""What each contestant can be asked to do, and where the code is that does it."""

from importlib import import_module
from importlib.util import find_spec

from scratch.errors import DigitsError

# A contestant's name, the module that it lives in, and the package that it needs beside our own.
CONTESTANTS = {
    "fast": ("in_scratch", "numba"),
    "reference": ("in_scratch", "numpy"),
    "keras": ("in_keras", "tensorflow"),
    "torch": ("in_pytorch", "torch"),
    "jax": ("in_jax", "jax"),
    "sgemm": ("in_blas", "numpy"),
    "ladder": ("in_ladder", "numba"),
}
PEERS = ("keras", "torch", "jax")  # those that have to be asked for, because not everybody has them


class Contestant:
    """One library's way to train a network and to ask it; the subclass of each is named `Library`.

    task: a keras_ref.bench.task.Task, or None for who works on something else; name: that of the contestant,
    in CONTESTANTS.
    settings: ways to do the work, by name, of which the fastest is to be measured; the first is the default,
    and works everywhere.
    """

    settings = ("default",)

    def __init__(self, task, name):
        self.task = task

    def train(self, setting, x, y, batch_size, steps):
        """Train for one epoch, in a new random order, with Adam as Keras has it; count loss and accuracy.

        x: (N, 28, 28, 1) and y: (N,), as the task has them. The epoch ends after `steps` batches.
        Returns the seconds that it took, without what precedes it, such as turning arrays into tensors.
        """
        raise NotImplementedError

    def predict(self, setting, x, batch_size):
        """Return the probabilities of all classes for x: (N, 28, 28, 1), a NumPy array (N, 10)."""
        raise NotImplementedError

    def one_image(self, how):
        """Return a function without arguments that asks for one image and returns when the answer is there.

        how: "call", the shortest way that the library's users know; only Keras has another, "predict".
        """
        raise NotImplementedError


def installed(name):
    """Tell whether the package that a contestant needs is installed, without importing it."""
    return find_spec(CONTESTANTS[name][1]) is not None


def make(name, task):
    """Return the contestant of that name, ready to work on `task`. Raises DigitsError for another name."""
    if name not in CONTESTANTS:
        raise DigitsError(f"there is no contestant {name!r}: expected one of {', '.join(CONTESTANTS)}")
    return import_module(f"keras_ref.bench.{CONTESTANTS[name][0]}").Library(task, name)
