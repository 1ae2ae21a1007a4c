"""Models that other people trained and saved, one a dialect: they reach their accuracy on MNIST.

The files are not part of the project. KERAS_FILES_DIR names the folder that they are in; without it these
tests are skipped.
"""

import json
import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from scratch import saving
from scratch.models import load_model

FOLDER = Path(os.environ.get("KERAS_FILES_DIR", ""))
pytestmark = [
    pytest.mark.slow,  # together they take more than a few seconds
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


@pytest.mark.filterwarnings("ignore:.*it was turned:UserWarning", "ignore:.*is not turned:UserWarning")
@pytest.mark.parametrize("flatten_first", [False, True])
def test_a_real_file_made_channels_first_says_the_same(flatten_first, mnist, tmp_path):
    """The file as Keras would have written it in the other order: its Flatten lays out (16, 5, 5)."""
    name, _, scale, right = FILES[2]
    shutil.copyfile(FOLDER / name, tmp_path / name)
    with h5py.File(tmp_path / name, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"][:5]:
            layer["config"]["data_format"] = "channels_first"
        config["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 1, 28, 28]
        if not flatten_first:
            config["config"]["layers"][4]["config"]["data_format"] = "channels_last"
            kernel = file["model_weights/dense_1/dense_1/kernel:0"]
            kernel[...] = kernel[...].reshape(5, 5, 16, 120).transpose(2, 0, 1, 3).reshape(400, 120)
        file.attrs["model_config"] = json.dumps(config).encode()
    model = load_model(tmp_path / name, engine="reference")
    x, y = images(mnist, scale)
    said = model.predict(x, 250, verbose=0)
    assert int((said.argmax(axis=1) == y).sum()) == right
    expected = load_model(FOLDER / name, engine="reference").predict(x, 250, verbose=0)
    np.testing.assert_array_equal(said, expected)


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
