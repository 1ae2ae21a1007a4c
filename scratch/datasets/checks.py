"""Checks that every image and label array passes, whatever file it came from.

A damaged copy of MNIST that loads without complaint trains a network to 10% accuracy and leaves a person
looking for the mistake in the wrong place. So nothing is repaired here and nothing is guessed: an array is
what it should be, or a DataError names the file and what to do.
"""

import errno

from scratch.errors import DataError

SIDE = 28  # an image has 28 rows of 28 pixels
CLASSES = 10
# Files are read a mebibyte at a time, so that memory follows the bytes present, not a header's claim.
CHUNK = 1 << 20
MOST_IMAGES = 1_000_000  # 784 MB; no set in MNIST's format with ten classes comes near
REPLACE_IT = "Delete it and download it again (`digits data --help` shows where from)."


def shown(path):
    """Return `path` as text that any terminal can print (bytes that are no character become '?')."""
    return str(path).encode("utf-8", "replace").decode("utf-8")


def named(path):
    """Return how a message names a file: 'mnist.npz in /data'."""
    return shown(f"{path.name} in {path.parent}")


def damaged(where, problem, remedy=REPLACE_IT):
    """Return the DataError that says what is wrong with the data at `where`, and the remedy."""
    return DataError(f"{where} {problem}\n{remedy}")


def unreadable(path, error):
    """Return the DataError for an OSError met when opening or reading `path`."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return damaged(
            named(path), "cannot be read: permission denied.", "Give yourself the right to read it."
        )
    reason = error.strerror or type(error).__name__
    return damaged(named(path), f"cannot be read: {reason}.", "Check the path and the disk.")


def read_up_to(stream, size):
    """Return the next `size` bytes of `stream`, or as many as there are; memory grows as they come."""
    data = bytearray()
    while len(data) < size and (chunk := stream.read(min(CHUNK, size - len(data)))):
        data += chunk
    return data


def size_in_words(shape):
    """Return '20 images of 28x28' for (20, 28, 28), and '20 labels' for (20,)."""
    count, *image = shape
    return f"{count} images of {'x'.join(map(str, image))}" if image else f"{count} labels"


def check_shape(where, shape):
    """Raise DataError unless `shape`, which the data at `where` announce, is one that this project reads.

    Arguments: where, the file's name in words; shape, (N, rows, columns) for images and (N,) for labels.
    """
    if tuple(shape[1:]) not in ((), (SIDE, SIDE)):
        remedy = f"This project reads images of {SIDE}x{SIDE} pixels: resize them, or use another data set."
        raise damaged(where, f"holds {size_in_words(shape)} pixels.", remedy)
    if shape[0] == 0:
        raise damaged(where, f"holds no {'images' if shape[1:] else 'labels'} at all.")
    if shape[0] > MOST_IMAGES:
        raise damaged(where, f"announces {size_in_words(shape)}, and at most {MOST_IMAGES} are read.")


def check_ratio(where, shape, announced, compressed):
    """Raise DataError if `compressed` bytes cannot hold `announced` ones: deflate packs 1032:1 at most."""
    if announced > 1032 * compressed + CHUNK:
        raise damaged(
            where, f"announces {size_in_words(shape)}, but holds only {compressed} compressed bytes."
        )


def check_images(where, images):
    """Raise DataError if `images`, (N, 28, 28) uint8, show nothing at all."""
    if not images.any():
        raise damaged(where, "holds nothing but zeros: all its images are black, so it is a corrupted copy.")


def check_labels(where, labels):
    """Raise DataError unless `labels`, (N,) integers, all lie between 0 and 9."""
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= CLASSES:
        wrong = lowest if lowest < 0 else highest
        raise damaged(
            where,
            f"holds the label {wrong}, but labels are the digits 0 to {CLASSES - 1}.",
            "It is damaged, or a set with other classes, which this project cannot learn.",
        )


def check_pair(where_images, images, where_labels, labels):
    """Raise DataError unless there are as many `labels` as `images`."""
    if len(images) != len(labels):
        raise DataError(
            f"{where_images} holds {len(images)} images, but {where_labels} holds {len(labels)} labels.\n"
            "They do not belong together: take both files from one place."
        )
