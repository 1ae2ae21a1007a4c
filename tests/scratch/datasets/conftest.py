"""Small data sets in MNIST's format for these tests, and an environment in which nothing is found."""

import gzip
import struct

import numpy as np
import pytest

NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


@pytest.fixture(autouse=True)
def nowhere(tmp_path_factory, monkeypatch):
    """Nothing set, nothing cached: every place that is looked at is empty."""
    monkeypatch.delenv("MNIST_DIR", raising=False)
    monkeypatch.setenv("DIGITS_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))


@pytest.fixture
def no_network():
    from scratch.datasets import download

    download.remember_no_network()


@pytest.fixture
def small():
    """Four arrays, 20 images to learn from and 10 for the test."""
    rng = np.random.default_rng(1)
    return {
        "x_train": rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "y_train": rng.integers(0, 10, 20, dtype=np.uint8),
        "x_test": rng.integers(0, 256, (10, 28, 28), dtype=np.uint8),
        "y_test": rng.integers(0, 10, 10, dtype=np.uint8),
    }


@pytest.fixture
def idx_bytes():
    """A function that returns an array as an idx file's bytes."""

    def to_bytes(array):
        magic = 0x0800 + array.ndim
        return struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.tobytes()

    return to_bytes


@pytest.fixture
def write_idx(idx_bytes):
    """A function that writes arrays as idx files into a folder and returns the folder."""

    def write(folder, arrays, compressed=True):
        folder.mkdir(parents=True, exist_ok=True)
        for part, array in arrays.items():
            data = idx_bytes(array)
            name = NAMES[part] + (".gz" if compressed else "")
            (folder / name).write_bytes(gzip.compress(data, 1) if compressed else data)
        return folder

    return write


@pytest.fixture
def assert_short_error():
    """A function that checks a DataError: at most three lines, and it holds all the given words."""

    def check(caught, *words):
        message = str(caught.value)
        assert len(message.splitlines()) <= 3
        for word in words:
            assert word in message

    return check
