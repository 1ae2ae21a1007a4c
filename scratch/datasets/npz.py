"""Reads mnist.npz, the single file in which Keras keeps MNIST, without trusting it.

An npz is a zip archive with one member for each array, and a member is a small header (its dtype, its shape)
before the array's bytes. `np.load` would do, but it allocates what a header claims. Here the header is held
against the size of the member first. Pickled objects, which can run code when they are read, are refused.
"""

import math
import zipfile

import numpy as np

from scratch.datasets import checks

KEYS = ("x_train", "y_train", "x_test", "y_test")
DIMENSIONS = {"x": 3, "y": 1}
HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npz(path):
    """Return the four arrays in the npz at `path` (a Path), by key.

    Returns a dict: x_train and x_test (N, 28, 28) uint8, y_train and y_test (N,) uint8. Other integer dtypes
    are converted if every value fits. Raises DataError, naming the file, if it cannot be read, is damaged,
    lacks a key, or holds pickled objects, other dtypes or other shapes.
    """
    where = checks.named(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_keys(where, archive)
            return {key: _read_array(archive, key, f"{key} of {where}") for key in KEYS}
    except checks.DataError:
        raise
    except OSError as error:
        raise checks.unreadable(path, error) from None
    except (
        Exception
    ) as error:  # over damaged bytes, zipfile and NumPy raise a dozen kinds, TokenError among them
        raise _broken(path, where, error) from None


def _broken(path, where, error):
    """Return the DataError for a file that is no sound zip archive, guessing what it is instead."""
    with open(path, "rb") as file:
        start = file.read(4)
    if not start:
        return checks.damaged(where, "is empty.")
    if start[:2] == b"\x1f\x8b" or start[:2] == b"\x00\x00":
        remedy = "Name the folder that holds all four files instead."
        return checks.damaged(where, "is no npz; it looks like one of MNIST's four idx files.", remedy)
    if start[:2] == b"PK":
        return checks.damaged(where, f"is truncated or corrupt: {_first_line(error)}.")
    return checks.damaged(where, "is no npz: it does not begin as a zip archive does.")


def _first_line(error):
    """Return the first line of what an exception says, without its full stop, or its type."""
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")


def _check_keys(where, archive):
    """Raise DataError unless `archive` has all four arrays."""
    names = archive.namelist()
    missing = [key for key in KEYS if f"{key}.npy" not in names]
    if missing:
        raise checks.damaged(
            where,
            f"lacks {' and '.join(missing)}: a set in this format has the arrays {', '.join(KEYS)}.",
            "Rename the arrays, or use another file.",
        )


def _read_array(archive, key, where):
    """Return the array `key` of `archive` as uint8, after every check."""
    member = archive.getinfo(f"{key}.npy")
    with archive.open(member) as stream:
        shape, fortran, dtype = _read_header(stream, where)
        _check_header(where, key, shape, dtype)
        size = math.prod(shape) * dtype.itemsize
        _check_size(where, shape, size, member)
        data = checks.read_up_to(stream, size)
        if len(data) < size or stream.read(1):
            raise checks.damaged(
                where, f"does not hold the {checks.size_in_words(shape)} that its header announces."
            )
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    return _as_bytes(where, key, array)


def _read_header(stream, where):
    """Return (shape, whether the order is Fortran's, dtype) from the start of a member."""
    version = np.lib.format.read_magic(stream)
    if version not in HEADER_READERS:
        raise checks.damaged(where, f"is in version {version} of NumPy's format, which images never need.")
    shape, fortran, dtype = HEADER_READERS[version](stream)
    return shape, fortran, dtype


def _check_header(where, key, shape, dtype):
    """Raise DataError unless `shape` and `dtype` are those of images or labels."""
    if dtype.hasobject:
        raise checks.damaged(where, "holds pickled Python objects, which can run code and are never read.")
    if dtype.kind not in "iu":
        remedy = "Pixels are whole numbers from 0 to 255 and labels from 0 to 9: save them as uint8."
        raise checks.damaged(where, f"has the dtype {dtype}, but uint8 was expected.", remedy)
    if len(shape) != DIMENSIONS[key[0]]:
        expected = "(N, 28, 28)" if key[0] == "x" else "(N,)"
        remedy = f"Save it with the shape {expected}."
        raise checks.damaged(where, f"has the shape {shape}, but {expected} was expected.", remedy)
    checks.check_shape(where, shape)


def _check_size(where, shape, size, member):
    """Raise DataError unless the zip `member` has room for the `size` bytes that its header announces."""
    if member.file_size <= size:
        announced = f"its header announces {checks.size_in_words(shape)}"
        raise checks.damaged(
            where, f"is damaged: {announced}, {size} bytes, but it has {member.file_size} bytes."
        )
    checks.check_ratio(where, shape, size, member.compress_size)


def _as_bytes(where, key, array):
    """Return `array` as uint8 in C order; raise DataError if a value is out of range or all are 0."""
    if key[0] == "y":
        checks.check_labels(where, array)
    elif array.min() < 0 or array.max() > 255:
        remedy = "Scale the pixels to whole numbers from 0 to 255."
        raise checks.damaged(where, f"holds pixels from {array.min()} to {array.max()}.", remedy)
    else:
        checks.check_images(where, array)
    return np.ascontiguousarray(array, np.uint8)
