"""The data: MNIST, found, downloaded and checked, or real digits from scikit-learn where that cannot be.

Commands and lessons call `load`. What it returns carries its own name and title, so that no table or figure
can call one data set by the name of the other.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from scratch.console import err
from scratch.datasets import checks, digits, mnist
from scratch.errors import DataError

DIGITS_TITLE = "scikit-learn's 8x8 digits (offline)"
DIGITS_SOURCE = "scikit-learn (sklearn.datasets.load_digits)"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels to learn from and to be tested on, and what to call them.

    `name` is "mnist" only for the original MNIST, byte for byte, and "digits" only for the offline digits.
    `title` is for headings. `source` says where the data came from. Images are (N, 28, 28) uint8, 0 paper to
    255 ink; labels are (N,) uint8, 0 to 9.
    """

    name: str
    title: str
    source: str
    x_train: np.ndarray = field(repr=False)
    y_train: np.ndarray = field(repr=False)
    x_test: np.ndarray = field(repr=False)
    y_test: np.ndarray = field(repr=False)


def load(path=None):
    """Return the Dataset to work with.

    Arguments: path, a folder with the four idx files (.gz or not) or mnist.npz, or the npz itself; "digits"
    for the offline digits, and "mnist" for the original MNIST or an error (unless there is a file or folder
    of that name). Without a path: MNIST wherever it is found or can be downloaded, else the offline digits,
    after a banner on standard error that says so.
    Raises DataError, naming the file and the remedy, if the data are damaged or missing.
    """
    word, path = _word_or_path(path)
    if word == "digits":
        return _offline_digits()
    try:
        data = _read(mnist.find(path))
    except mnist.NotFoundError as error:
        if word == "mnist":
            raise
        data = _offline_digits()
        _print_banner(data, error.reason)
        return data
    if word == "mnist" and data.name != "mnist":
        problem = f"MNIST was asked for, but what was found, {data.source}, is not the original MNIST."
        raise DataError(f"{problem}\nUnset MNIST_DIR, delete it, or use --data with the right path.")
    return data


def places(path=None):
    """Return the places (see `mnist.Place`) that `load(path)` looks at, in order; none for "digits"."""
    word, path = _word_or_path(path)
    return [] if word == "digits" else mnist.places(path)


def _word_or_path(path):
    """Return (`path`, None) if it names a data set, else (None, `path`). Real files come before names."""
    if str(path) in ("digits", "mnist") and not Path(path).exists():
        return str(path), None
    return None, path


def _read(place):
    """Return the Dataset at `place`, a Path, named after its contents and its path."""
    arrays = mnist.read(place)
    canonical = mnist.canonical_parts(arrays) == set(arrays)
    name, title = ("mnist", "MNIST") if canonical else _names_of(place)
    return Dataset(name, title, checks.shown(place.resolve()), **arrays)


def _names_of(place):
    """Return the (name, title) of data that are not the original MNIST, from their path."""
    full = place.resolve()
    stem = checks.shown(full.stem if full.is_file() else full.name) or "data"
    title = f"{stem} ({checks.shown(place)})"
    if stem.lower() == "mnist":
        return f"other-{stem}", f"{title}, not the original MNIST"
    if stem.lower() == "digits":
        return f"other-{stem}", f"{title}, not the offline digits"
    return stem, title


def _offline_digits():
    """Return the Dataset of the offline digits."""
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    return Dataset("digits", DIGITS_TITLE, DIGITS_SOURCE, x_train, y_train, x_test, y_test)


def _print_banner(data, reason):
    """Say on standard error, unmissably, that `data` are not MNIST, why, and how to get MNIST."""
    from rich.panel import Panel
    from rich.text import Text

    text = Text()
    text.append(f"These are {data.title}: {len(data.x_train)} images to learn from, {len(data.x_test)} to ")
    text.append("be tested on. No number that follows compares with MNIST's.\n\n")
    text.append(f"Why: MNIST was not found.\n{reason}\n\n")
    text.append("To get MNIST: with a network, run `digits data --download`. Without one, put its four ")
    text.append("files into a folder and set MNIST_DIR to it (`digits data` shows where they are).")
    style = "bold black on yellow"
    err.print(Panel(text, title="THIS IS NOT MNIST", style=style, border_style="bold red on yellow"))
