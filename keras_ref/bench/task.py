"""What all contestants are given, as files that each process reads: the same images and initial weights."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

BATCH_SIZE = 128
TRAIN_IMAGES, TEST_IMAGES = 60_000, 10_000  # MNIST's
STEPS_AN_EPOCH = TRAIN_IMAGES / BATCH_SIZE
LOSS, METRICS = "sparse_categorical_crossentropy", ["accuracy"]


@dataclass(frozen=True, eq=False)
class Task:
    """A network to train and to ask, and with what.

    model: its name in scratch.architectures; weights: its initial ones, a list in Keras's order; x_train,
    x_test: (N, 28, 28, 1) float32 from 0 to 1; y_train: (N,) int64; threads: how many to use (None: all).
    """

    model: str
    weights: list
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    threads: int | None = None


def write_images(folder, dataset):
    """Write a scratch.datasets.Dataset's images into `folder`, repeated up to MNIST's size where it is
    smaller.
    """
    arrays = {
        "x_train": np.resize(dataset.x_train, (TRAIN_IMAGES, 28, 28)),
        "y_train": np.resize(dataset.y_train, TRAIN_IMAGES),
        "x_test": np.resize(dataset.x_test, (TEST_IMAGES, 28, 28)),
    }
    for name, array in arrays.items():
        np.save(Path(folder, f"{name}.npy"), array)


def write_weights(folder, model):
    """Write the initial weights of a built scratch model into `folder`, under the model's name."""
    np.savez(Path(folder, f"{model.name}.npz"), *model.get_weights())


def read(folder, model, images, threads=None):
    """Return the Task of training the network named `model` on the first `images` images in `folder`."""
    with np.load(Path(folder, f"{model}.npz")) as file:
        weights = [file[name] for name in file.files]  # in the order in which they were written
    x_train, y_train, x_test = (
        np.load(Path(folder, f"{name}.npy"), mmap_mode="r") for name in ("x_train", "y_train", "x_test")
    )
    labels = y_train[:images].astype(np.int64)
    return Task(model, weights, scaled(x_train[:images]), labels, scaled(x_test), threads)


def scaled(images):
    """Return uint8 images (N, 28, 28) as float32 (N, 28, 28, 1), from 0 for black to 1 for white.

    In place: a second copy of all images would be the peak of the memory that is to be measured.
    """
    scaled_images = images[..., None].astype(np.float32)
    scaled_images /= 255
    return scaled_images
