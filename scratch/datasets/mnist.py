"""MNIST, found wherever it may already be, checked, and downloaded only if it is nowhere.

60,000 images to learn from and 10,000 to be tested on, 28x28 pixels each (Y. LeCun, C. Cortes, C. J. C.
Burges, "The MNIST database of handwritten digits", 1998). Other sets in the same format, such as
Fashion-MNIST, are read too.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from scratch import cache
from scratch.datasets import checks, download, idx, npz
from scratch.errors import DataError

# Keras's name for each array, and the name of the idx file that it is published in.
FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
# The sha256 of each array's bytes, row by row, in the original MNIST.
CANONICAL = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}


class NotFoundError(DataError):
    """MNIST is in none of the places where it could be, and cannot be downloaded; `reason` lists why."""

    def __init__(self, message, reason):
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Place:
    """A place where MNIST may be: what it is called, its path if it has one, and whether it is to be read."""

    label: str
    path: Path | None
    used: bool  # something is there, or somebody said that there is
    state: str  # in words, for `digits data`


def load_data(path=None):
    """Return MNIST as `keras.datasets.mnist.load_data` does: `((x_train, y_train), (x_test, y_test))`.

    Arguments: path, a folder with the four idx files (.gz or not) or mnist.npz, or the npz itself. Without
    it, these places are looked at in turn: MNIST_DIR, Keras's cache, our own cache; then MNIST is downloaded.
    Returns x (60000, 28, 28) and (10000, 28, 28) uint8, 0 paper to 255 ink; y (60000,) and
    (10000,) uint8, 0 to 9.
    Raises DataError, naming the file and the remedy, if the data are damaged, or nowhere. A path that was
    named, by the argument or by MNIST_DIR, is never replaced by another.
    """
    return _in_pairs(read(find(path)))


def _in_pairs(arrays):
    """Return the four `arrays` (a dict) in the form of Keras's `load_data`."""
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def places(path=None):
    """Return every Place where MNIST may be, in the order in which they are looked at."""
    return [
        _named_place("the path given", path),
        _named_place("MNIST_DIR", os.environ.get("MNIST_DIR") or None),
        _quiet_place("Keras's cache", keras_cache()),
        _quiet_place("our own cache", cache.folder()),
    ]


def find(path=None):
    """Return the Path of the data that `load_data(path)` reads, downloading MNIST if it is nowhere.

    Raises NotFoundError if it cannot be downloaded either.
    """
    looked_at = places(path)
    for place in looked_at:
        if place.used:
            return place.path
    try:
        return download.fetch()
    except download.DownloadError as error:
        reasons = [f"{place.label}: {place.state}" for place in looked_at[1:]] + [f"download: {error}"]
        message = (
            f"MNIST was not found ({'; '.join(reasons)}).\n"
            "With a network, run `digits data --download`. Without one, put its four files into a folder\n"
            "and set MNIST_DIR to it (`digits data --help` shows where they are)."
        )
        raise NotFoundError(message, "\n".join(f"  {reason}" for reason in reasons)) from None


def keras_cache():
    """Return the Path at which Keras keeps its mnist.npz."""
    home = os.environ.get("KERAS_HOME") or Path("~", ".keras")
    return Path(home).expanduser() / "datasets" / "mnist.npz"


def _named_place(label, path):
    """Return the Place for a path that somebody named: used as it is, so that a mistake is an error."""
    if path is None:
        return Place(label, None, False, "not set")
    if not str(path).strip():
        raise DataError(
            f"{label} is empty.\nGive a folder with the four idx files or mnist.npz, or the npz itself."
        )
    path = Path(path).expanduser()
    return Place(label, path, True, f"set to {checks.shown(path)}")


def _quiet_place(label, path):
    """Return the Place for a folder or file that nobody named: used only if the data are there in full."""
    try:
        files_at(path)
    except DataError as error:
        return Place(label, path, False, str(error).splitlines()[0].rstrip("."))
    return Place(label, path, True, f"found at {checks.shown(path)}")


def files_at(path):
    """Return the files that hold the data at `path`, a folder or an npz, without reading them.

    Returns a dict: a Path for each of x_train, y_train, x_test and y_test, or the one Path of an npz under
    "npz".
    Raises DataError if nothing is there, or only some of the files.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(
            f"{checks.shown(path)} does not exist.\n"
            "Check the spelling: it should be a folder with the four idx files or mnist.npz, or the npz."
        ) from None
    except OSError as error:
        raise checks.unreadable(path, error) from None
    if stat.S_ISDIR(mode):
        return _files_in(path)
    if stat.S_ISREG(mode):
        return {"npz": path}
    raise DataError(f"{checks.shown(path)} is neither a folder nor an ordinary file.\nGive one of the two.")


def _files_in(folder):
    """Return the files in `folder`, as `files_at` does."""
    try:
        there = {entry for entry in os.listdir(folder) if (folder / entry).is_file()}
    except OSError as error:
        raise checks.unreadable(folder, error) from None
    found = {part: folder / name for part in FILES if (name := _name_of(part, there))}
    if len(found) == len(FILES):
        return found
    if "mnist.npz" in there:
        return {"npz": folder / "mnist.npz"}
    if not found:
        raise DataError(
            f"{checks.shown(folder)} has neither MNIST's four idx files nor mnist.npz.\n"
            f"Their names are {FILES['x_train']} and so on, with or without .gz (`digits data --help`)."
        )
    missing = " and ".join(f"{name}.gz" for part, name in FILES.items() if part not in found)
    raise DataError(
        f"{checks.shown(folder)} lacks {missing} (or the same without .gz).\n"
        "Put the missing file there (`digits data --help` shows where to get it)."
    )


def _name_of(part, there):
    """Return which of the names `there` holds the array `part`: also as other sites spell it, with a dot."""
    name = FILES[part]
    dotted = name.replace("-idx", ".idx")
    return next((form for form in (name, f"{name}.gz", dotted, f"{dotted}.gz") if form in there), None)


def read(path):
    """Return the four arrays at `path` (a Path: a folder or an npz), as a dict with Keras's names for them.

    The arrays are as `load_data` returns them. Raises DataError if anything about them is not as it should
    be.
    """
    files = files_at(path)
    if "npz" in files:
        arrays = npz.read_npz(files["npz"])
        where = {part: f"{part} of {checks.named(files['npz'])}" for part in FILES}
    else:
        arrays = {part: _read_idx(part, file) for part, file in files.items()}
        where = {part: checks.named(file) for part, file in files.items()}
    for x, y in (("x_train", "y_train"), ("x_test", "y_test")):
        checks.check_pair(where[x], arrays[x], where[y], arrays[y])
    return arrays


def _read_idx(part, file):
    """Return the array `part` from its idx `file`."""
    return idx.read_images(file) if part.startswith("x") else idx.read_labels(file)


def canonical_parts(arrays):
    """Return the names of those of the four `arrays` (a dict) that are the original MNIST's, as a set."""
    return {part for part, array in arrays.items() if hashlib.sha256(array).hexdigest() == CANONICAL[part]}
