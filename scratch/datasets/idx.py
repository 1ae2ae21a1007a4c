"""Reads one idx file, the format that MNIST is published in, compressed by gzip or not.

The format is described on Yann LeCun's MNIST page (http://yann.lecun.com/exdb/mnist/, "File formats for the
MNIST database"). All numbers in the header are 32 bits, most significant byte first:

    images   2051 (0x00000803)   N   rows   columns   then N * rows * columns bytes, a pixel each, row by row
    labels   2049 (0x00000801)   N                    then N bytes, a label each

In the first number, 08 says "unsigned bytes" and the last digit says how many dimensions follow. Nothing in
the file guards against damage, so the header is held against the bytes that are really there.
"""

import gzip
import math
import struct
import zlib

import numpy as np

from scratch.datasets import checks

GZIP_START = b"\x1f\x8b"
IMAGES, LABELS = 2051, 2049
DIMENSIONS = {IMAGES: 3, LABELS: 1}
KIND = {IMAGES: "images", LABELS: "labels"}


def read_images(path):
    """Return the images in the idx file at `path` (a Path): (N, 28, 28) uint8, 0 paper to 255 ink.

    Raises DataError, naming the file and the remedy, if it cannot be read, is damaged or cut short, or holds
    something other than images of 28x28.
    """
    images = _read(path, IMAGES)
    checks.check_images(checks.named(path), images)
    return images


def read_labels(path):
    """Return the labels in the idx file at `path`: (N,) uint8, 0 to 9. Raises as `read_images` does."""
    labels = _read(path, LABELS)
    checks.check_labels(checks.named(path), labels)
    return labels


def _read(path, magic):
    """Return the array in the idx file at `path`, which must begin with `magic`."""
    where = checks.named(path)
    try:
        compressed = _starts_with_gzip(path)
        with (gzip.open if compressed else open)(path, "rb") as stream:
            shape = _read_header(stream, where, magic)
            if compressed:
                checks.check_ratio(where, shape, math.prod(shape), path.stat().st_size)
            data = _read_data(stream, where, shape)
    except EOFError:
        raise checks.damaged(where, "is truncated: its gzip data stop within the header.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise checks.damaged(where, f"is corrupt: gzip cannot decompress it ({error}).") from None
    except OSError as error:
        raise checks.unreadable(path, error) from None
    return np.frombuffer(data, np.uint8).reshape(shape)


def _starts_with_gzip(path):
    """Say whether gzip made the file at `path`. Its name may lie: browsers unpack files and keep the .gz."""
    with open(path, "rb") as file:
        return file.read(len(GZIP_START)) == GZIP_START


def _read_header(stream, where, magic):
    """Return the shape that the header announces, after checking the header."""
    length = 4 * (1 + DIMENSIONS[magic])
    header = stream.read(length)
    if not header:
        raise checks.damaged(where, "is empty.")
    if len(header) >= 4:
        _check_magic(where, header[:4], magic)
    if len(header) < length:
        raise checks.damaged(where, f"is truncated: it ends within its header, after {len(header)} bytes.")
    shape = struct.unpack(f">{DIMENSIONS[magic]}I", header[4:])
    checks.check_shape(where, shape)
    return shape


def _check_magic(where, start, magic):
    """Raise DataError unless the file's first four bytes, `start`, are the number `magic`."""
    number = int.from_bytes(start, "big")
    if number == magic:
        return
    if number in KIND:
        problem, remedy = (
            f"is an idx file of {KIND[number]}, not of {KIND[magic]}.",
            "Were two files swapped?",
        )
    elif start.lstrip().startswith(b"<"):
        problem = "is no idx file: it begins with '<', as a web page does (an error page, perhaps)."
        remedy = checks.REPLACE_IT
    else:
        problem = (
            f"is no idx file: it begins with the number {number}, where one of {KIND[magic]} has {magic}."
        )
        remedy = checks.REPLACE_IT
    raise checks.damaged(where, problem, remedy)


def _read_data(stream, where, shape):
    """Return the bytes after the header, exactly as many as `shape` asks for; reads one more at most."""
    size = math.prod(shape)
    announced = f"its header announces {checks.size_in_words(shape)}"
    try:
        data = checks.read_up_to(stream, size)
        more = stream.read(1)
    except EOFError:
        raise checks.damaged(where, f"is truncated: {announced}, but its gzip data stop too soon.") from None
    if len(data) < size:
        raise checks.damaged(where, f"is truncated: {announced}, but the data end after {len(data)} bytes.")
    if more:
        raise checks.damaged(where, f"is too long: {announced}, {size} bytes, but more data follow.")
    return data
