"""What all tests share: surroundings of their own, MNIST if it is there, and a word on that at the end."""

import os
import sys
import tempfile
from pathlib import Path

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # the plain kernels; counts only before TensorFlow is imported
os.environ["MPLBACKEND"] = "Agg"
assert "tensorflow" not in sys.modules

import numpy as np  # noqa: E402
import pytest  # noqa: E402

from scratch.datasets import digits as offline_digits  # noqa: E402
from scratch.datasets import download  # noqa: E402
from scratch.datasets import mnist as mnist_data  # noqa: E402
from scratch.errors import DataError  # noqa: E402
from tests.peers.counts import write_counts  # noqa: E402


def pytest_configure(config):
    """Find MNIST, and then cut the tests off from the user's folders and from the network."""
    try:
        config.mnist_path = where_mnist_is(config)
        config.mnist = config.mnist_path and mnist_data.load_data(config.mnist_path)
    except DataError as error:
        raise pytest.UsageError(f"MNIST: {error}") from None
    folder = tempfile.TemporaryDirectory(prefix="digits-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    os.environ.pop("MNIST_DIR", None)
    os.environ["DIGITS_CACHE"] = str(Path(folder.name, "digits"))
    os.environ["KERAS_HOME"] = str(Path(folder.name, "keras"))
    download.remember_no_network()


def where_mnist_is(config):
    """Return MNIST's path, or None; the processes that pytest-xdist starts are told it by the first one."""
    if hasattr(config, "workerinput"):
        return config.workerinput["mnist_path"]
    return next((place.path for place in mnist_data.places() if place.used), None)


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's
def pytest_configure_node(node):
    """Tell a further process where MNIST is: its surroundings are cut off already."""
    path = node.config.mnist_path
    node.workerinput["mnist_path"] = path and str(path)


def pytest_collection_modifyitems(config, items):
    """Skip the tests that need MNIST where it is not."""
    for item in items:
        if item.get_closest_marker("mnist") and config.mnist is None:
            item.add_marker(pytest.mark.skip(reason="MNIST: not found (set MNIST_DIR, see `digits data`)"))


def pytest_terminal_summary(terminalreporter, config):
    """Say how many of other people's tests have run, and whether the tests have seen MNIST."""
    write_counts(terminalreporter)
    skipped = sum("MNIST" in str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    found = "found" if config.mnist else f"not found, {skipped} tests skipped"
    terminalreporter.write_line(f"MNIST: {found}")


@pytest.fixture(scope="session")
def mnist(pytestconfig):
    """Return MNIST, ((x_train, y_train), (x_test, y_test)), uint8; for tests marked `mnist`."""
    return pytestconfig.mnist


@pytest.fixture(scope="session")
def mnist_path(pytestconfig):
    """Return the path that MNIST was read from; for tests marked `mnist`."""
    return pytestconfig.mnist_path


@pytest.fixture(scope="session")
def digits():
    """Return the offline digits in the form of `mnist`."""
    return offline_digits.load_data()


@pytest.fixture
def rng():
    """Return a random generator, the same for every test."""
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def keras():
    """Return the module keras, whose import takes some seconds."""
    from keras_ref.backend import load_keras

    return load_keras()
