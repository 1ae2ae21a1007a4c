"""Models that other people trained and saved, one a dialect: they reach their accuracy on MNIST.

The files are not part of the project. KERAS_FILES_DIR names the folder that they are in; without it these
tests are skipped.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from scratch import saving
from scratch.models import load_model

FOLDER = Path(os.environ.get("KERAS_FILES_DIR", ""))
pytestmark = [
    pytest.mark.mnist,
    pytest.mark.skipif("KERAS_FILES_DIR" not in os.environ, reason="KERAS_FILES_DIR is not set"),
    # Keras 2.0.4 wrote Adadelta's state without names; what a model answers does not depend on it
    pytest.mark.filterwarnings("ignore:.*its optimizer's state has no names:UserWarning"),
]

# Name, what wrote it, by what pixels are divided, and how many of the first 1,000 test images it gets right.
FILES = [
    ("01110001_mnist_cnn.h5", "whole model, legacy HDF5, Keras 2.14.0", 255, 991),
    ("AbdoJohanen_mnist_cnn.keras", "whole model, Keras 3 archive, Keras 3.10.0", 255, 998),
    ("RyeCatcher_lenet.h5", "whole model, legacy HDF5, Keras 2.3.1", 1, 972),
    ("EN10_dense.h5", "whole model, legacy HDF5, Keras 2.0.4", 255, 914),
]
IN_KERAS = FILES[:2]  # Keras 3 refuses the other two


def images(mnist, scale):
    _, (x, y) = mnist
    return x[:1000, ..., None].astype(np.float32) / scale, y[:1000]


@pytest.mark.parametrize(("name", "dialect", "scale", "right"), FILES)
def test_a_real_file_reaches_its_accuracy(name, dialect, scale, right, mnist):
    assert saving.read(FOLDER / name).dialect == dialect
    model = load_model(FOLDER / name, engine="reference")
    x, y = images(mnist, scale)
    assert int((model.predict(x, 250, verbose=0).argmax(axis=1) == y).sum()) == right


@pytest.mark.keras
@pytest.mark.parametrize(("name", "dialect", "scale", "right"), IN_KERAS)
def test_a_real_file_says_what_keras_says(name, dialect, scale, right, mnist, keras):
    x, _ = images(mnist, scale)
    theirs = keras.models.load_model(FOLDER / name).predict(x, verbose=0)
    ours = load_model(FOLDER / name, engine="reference").predict(x, 250, verbose=0)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


@pytest.mark.keras
@pytest.mark.parametrize(("name", "dialect", "scale", "right"), FILES)
def test_a_real_file_written_anew_loads_in_keras(name, dialect, scale, right, mnist, keras, tmp_path):
    model = saving.convert(FOLDER / name, tmp_path / "new.keras")
    x, _ = images(mnist, scale)
    theirs = keras.models.load_model(tmp_path / "new.keras").predict(x[:200], verbose=0)
    np.testing.assert_allclose(model.predict(x[:200], verbose=0), theirs, rtol=0, atol=1e-5)
