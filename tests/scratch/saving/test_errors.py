"""What is said about files that are something else, and about weights that do not fit."""

import gzip
import io
import os
import pickle

import h5py
import numpy as np
import pytest

from scratch import saving
from scratch.errors import DigitsError, FileFormatError
from scratch.layers import Conv2D, Dense, Flatten, Input
from scratch.models import Sequential, load_model
from tests.scratch.saving import dialects

pytestmark = pytest.mark.slow  # together they take more than a few seconds


def npy():
    stream = io.BytesIO()
    np.save(stream, np.zeros(3))
    return stream.getvalue()


SOMETHING_ELSE = {
    "empty.h5": (b"", ["is empty", "expected a Keras model"]),
    "text.h5": (b"hello, world\n" * 10, ["none of Keras's files", "hello", "expected a Keras model"]),
    "page.keras": (b"\n  <!DOCTYPE html>\n<html><body>404</body></html>", ["is a web page", "download"]),
    "pointer.h5": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1172032\n",
        ["Git LFS", "git lfs pull"],
    ),
    "pickle.h5": (pickle.dumps({"weights": [1, 2]}), ["is a pickle", "never"]),
    "old-torch.pt": (pickle.dumps(0x1950A86A20F9469CFC6C, 2), ["is a pickle", "PyTorch"]),
    "config.json": (b'{"class_name": "Sequential"}', ["is JSON text", "no weights"]),
    "model.tflite": (b"\x1c\0\0\0TFL3" + bytes(50), ["TensorFlow Lite"]),
    "saved_model.pb": (b"\x08\x01\x12\x05abc" + bytes(50), ["SavedModel"]),
    "model.onnx": (b"\x08\x08\x12\x07pytorch" + bytes(50), ["ONNX"]),
    "model.safetensors": (b"\x40\0\0\0\0\0\0\0" + b'{"a":{"dtype":"F32"}}', ["safetensors"]),
    "array.npy": (npy(), ["NumPy array"]),
    "model.h5.gz": (gzip.compress(b"x" * 100), ["packed with gzip", "unpack"]),
    "picture.h5": (b"\x89PNG\r\n\x1a\n" + bytes(50), ["picture"]),
    "empty.keras": (b"PK\x05\x06" + bytes(18), ["empty zip archive"]),
}


@pytest.mark.parametrize("name", SOMETHING_ELSE)
def test_a_file_that_is_something_else(name, written, assert_refused):
    content, words = SOMETHING_ELSE[name]
    assert_refused(written(content, name), *words)


def test_a_file_that_is_missing(tmp_path, assert_refused):
    assert_refused(tmp_path / "nowhere.h5", "there is no file", "check the name")


def test_folders(tmp_path, assert_refused):
    assert_refused(tmp_path, "is a folder")
    (tmp_path / "saved_model.pb").write_bytes(b"x")
    assert_refused(tmp_path, "SavedModel", "save it as .keras")
    (tmp_path / "saved_model.pb").unlink()
    (tmp_path / "config.json").write_bytes(b"x")
    assert_refused(tmp_path, "unpacked into a folder", "zip")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is allowed to root")
def test_a_file_that_may_not_be_read(written, assert_refused):
    path = written(dialects.content("keras-3"))
    path.chmod(0)
    assert_refused(path, "cannot be read", "Permission denied")


def test_a_suffix_is_no_matter(written):
    """What a file is, is seen in the file."""
    for name, suffix in (("keras-3", "h5"), ("keras-2.0", "keras")):
        assert load_model(written(dialects.content(name), f"model.{suffix}"), engine="reference").built


def test_an_error_is_one_for_the_person_at_the_keyboard(written):
    with pytest.raises(DigitsError):
        load_model(written(b""))
    with pytest.raises(ValueError, match="is empty"):
        load_model(str(written(b"")))


def test_weights_alone_are_no_model(dialect, assert_refused):
    for name in sorted(dialects.WEIGHTS_ALONE):
        assert_refused(dialect(name), "weights alone", "load_weights()")


def other(*layers):
    return Sequential([Input(dialects.SHAPE), *layers])


@pytest.mark.parametrize("name", ["keras-2-weights", "keras-3-weights", "keras-3", "keras-2.0"])
def test_weights_of_another_network(name, dialect, assert_refused):
    path = dialect(name)
    assert_refused(path, "4 layers", "expected those of 1", act=other(Flatten(), Dense(4)).load_weights)
    model = dialects.network()
    model.layers[4] = Dense(6, name="dense")
    model.layers[4].build((12,))
    before = model.get_weights()
    assert_refused(path, "'dense/kernel'", "(12, 5)", "expected (12, 6)", act=model.load_weights)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_weights_of_other_classes_of_layers(dialect, assert_refused):
    layers = [Conv2D(3, 2), Conv2D(3, 2, name="b"), Flatten(), Dense(4), Dense(4, name="d")]
    message = assert_refused(dialect("keras-3-weights"), "is it of another", act=other(*layers).load_weights)
    assert "layers/conv2d_1" in message
    assert "layers/batch_normalization" in message


def test_a_layer_without_its_bias(written, assert_refused):
    groups = {"conv2d": [("conv2d/kernel:0", dialects.weights()["conv2d"][0])]}
    rest = [(name, dialects.weights()[name]) for name in ("batch_normalization", "dense", "dense_1")]
    for name, arrays in rest:
        names = dialects.NAMES[name]
        groups[name] = [(f"{name}/{n}:0", a) for n, a in zip(names, arrays, strict=True)]
    whole = dialects.legacy(dialects.sequential("keras 2.3"), groups=groups)
    assert_refused(written(whole), "1 arrays of weights for layer 'conv2d'", "expected 2, kernel and bias")
    act = dialects.network().load_weights
    assert_refused(written(dialects.legacy(groups=groups)), "layer 'conv2d'", "expected 2", act=act)


def test_a_model_without_weights_takes_none(dialect, assert_refused):
    model = Sequential([Flatten(), Dense(4)])
    assert_refused(dialect("keras-3"), "no weights yet", "Input", act=model.load_weights)


def test_inputs_of_no_known_shape(written, assert_refused):
    config = dialects.sequential("tf.keras")
    del config["config"]["layers"][0]["config"]["batch_input_shape"]
    assert_refused(written(dialects.legacy(config)), "what shape its inputs have", "Input")


def test_images_of_any_size_are_taken_as_28x28(written):
    conv = {"name": "c", "filters": 2, "kernel_size": [3, 3], "batch_input_shape": [None, None, None, 1]}
    pool = {"class_name": "GlobalAveragePooling2D", "config": {"name": "p"}}
    layers = [{"class_name": "Conv2D", "config": conv}, pool]
    groups = {"c": [("k", np.ones((3, 3, 1, 2), "f4")), ("b", np.ones(2, "f4"))], "p": []}
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}
    with pytest.warns(UserWarning, match="open; taken as 28x28"):
        model = load_model(written(dialects.legacy(config, groups=groups)), engine="reference")
    assert model.input_shape == (28, 28, 1)


class TestWhereToWrite:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("model", "ends in .keras"),
            ("model.pkl", "ends in .keras"),
            ("model.weights.h5", "call save_weights()"),
            ("nowhere/model.keras", "there is no folder"),
            (".", "is a folder"),
        ],
    )
    def test_a_bad_place_for_a_model(self, name, words, tmp_path):
        with pytest.raises(FileFormatError) as caught:
            dialects.network().save(tmp_path / name)
        assert words in str(caught.value)
        assert list(tmp_path.iterdir()) == []

    def test_a_bad_name_for_weights(self, tmp_path):
        for name in ("w.h5", "w.keras", "w"):
            with pytest.raises(FileFormatError, match=r"ends in \.weights\.h5"):
                dialects.network().save_weights(tmp_path / name)

    def test_a_file_is_kept_where_that_is_wanted(self, tmp_path):
        path = tmp_path / "model.keras"
        path.write_bytes(b"old")
        with pytest.raises(FileFormatError, match="exists"):
            dialects.network().save(path, overwrite=False)
        assert path.read_bytes() == b"old"
        dialects.network().save(path)
        assert load_model(path).built

    def test_a_model_without_weights(self, tmp_path):
        for act, name in ((Sequential.save, "m.keras"), (Sequential.save_weights, "m.weights.h5")):
            with pytest.raises(FileFormatError, match="no weights to save yet"):
                act(Sequential([Dense(3)]), tmp_path / name)

    def test_a_layer_of_ones_own(self, tmp_path):
        class Mine(Flatten):
            pass

        model = Sequential([Input((2, 2)), Mine()])
        with pytest.raises(FileFormatError, match="layer 'mine' is of a class of its own, Mine"):
            model.save(tmp_path / "m.keras")
        assert list(tmp_path.iterdir()) == []


def test_a_file_that_another_program_has_open(tmp_path):
    """HDF5 locks files; ours is read all the same."""
    path = tmp_path / "model.h5"
    path.write_bytes(dialects.content("keras-2.3"))
    with h5py.File(path, "r+") as file:
        file.flush()
        assert saving.read(path).chain.name == "sequential_1"
