"""mnist.npz: other dtypes and orders are read, damage and pickles are refused."""

import io
import struct
import zipfile

import numpy as np
import pytest

from scratch.datasets import npz
from scratch.errors import DataError


def save(path, arrays, compressed=True):
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return path


@pytest.mark.parametrize("compressed", [True, False])
def test_reads_what_was_written(tmp_path, small, compressed):
    arrays = npz.read_npz(save(tmp_path / "mnist.npz", small, compressed))
    for part, array in arrays.items():
        assert array.dtype == np.uint8
        assert array.flags.writeable
        np.testing.assert_array_equal(array, small[part])


def test_other_integers_and_fortran_order_become_plain_bytes(tmp_path, small):
    stored = dict(
        small,
        x_train=np.asfortranarray(small["x_train"]),
        x_test=small["x_test"].astype(">i4"),
        y_train=small["y_train"].astype(np.int64),
    )
    arrays = npz.read_npz(save(tmp_path / "mnist.npz", stored))
    for part, array in arrays.items():
        assert array.dtype == np.uint8
        assert array.flags.c_contiguous
        np.testing.assert_array_equal(array, small[part])


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        ("x_train", lambda x: x / 255, ["dtype float64", "uint8"]),
        ("x_train", lambda x: x > 100, ["dtype bool", "uint8"]),
        ("x_train", lambda x: x.astype(int) * 2, ["pixels from 0 to 510"]),
        ("x_train", lambda x: x.reshape(20, 784), ["shape (20, 784)", "(N, 28, 28)"]),
        ("x_train", lambda x: x[..., None], ["shape (20, 28, 28, 1)", "(N, 28, 28)"]),
        ("x_train", lambda x: x[:, :14], ["14x28", "28x28"]),
        ("x_train", lambda x: x[:0], ["no images at all"]),
        ("x_train", lambda x: x * 0, ["zeros", "black"]),
        ("x_train", lambda x: x.astype(object), ["pickled"]),
        ("y_test", lambda y: y.astype(object), ["pickled"]),
        ("y_test", lambda y: y + 1.0, ["dtype float64"]),
        ("y_test", lambda y: np.full(10, 10, np.uint8), ["the label 10"]),
        ("y_test", lambda y: np.full(10, -1), ["the label -1"]),
        ("y_test", lambda y: np.full(10, 256 + 3), ["the label 259"]),
        ("y_test", lambda y: np.eye(10, dtype=np.uint8), ["shape (10, 10)", "(N,)"]),
    ],
)
def test_wrong_arrays_are_named(tmp_path, small, part, change, words, assert_short_error):
    file = save(tmp_path / "my set.npz", dict(small, **{part: change(small[part])}))
    with pytest.raises(DataError) as caught:
        npz.read_npz(file)
    assert_short_error(caught, f"{part} of my set.npz in {tmp_path}", *words)


def test_missing_keys_are_named(tmp_path, small, assert_short_error):
    del small["x_test"], small["y_test"]
    with pytest.raises(DataError) as caught:
        npz.read_npz(save(tmp_path / "mnist.npz", small))
    assert_short_error(caught, "mnist.npz", "lacks x_test and y_test")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["is empty"]),
        (b"hello, world", ["is no npz"]),
        (b"\x1f\x8b\x08\x00rest", ["four idx files", "folder"]),
        (b"\0\0\x08\x03rest", ["four idx files", "folder"]),
    ],
)
def test_files_that_are_no_npz(tmp_path, content, words, assert_short_error):
    file = tmp_path / "mnist.npz"
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        npz.read_npz(file)
    assert_short_error(caught, "mnist.npz in", *words)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:invalid escape")  # Python itself, on a damaged header
@pytest.mark.parametrize("compressed", [True, False])
def test_no_damage_escapes_as_another_exception(tmp_path, small, compressed):
    whole = save(tmp_path / "whole.npz", small, compressed).read_bytes()
    file = tmp_path / "mnist.npz"
    refused = 0
    for kept in [1, 4, 30, 100, 5000, len(whole) // 2, len(whole) - 1]:
        file.write_bytes(whole[:kept])
        with pytest.raises(DataError, match=r"mnist\.npz"):
            npz.read_npz(file)
    rng = np.random.default_rng(0)
    places = [*range(150), *rng.integers(0, len(whole), 100), *range(len(whole) - 400, len(whole))]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= rng.integers(1, 256)
        file.write_bytes(damaged)
        try:
            arrays = npz.read_npz(file)
        except DataError:
            refused += 1
        else:  # a date or a flag that matters to nobody: the arrays must be right
            for part, array in arrays.items():
                np.testing.assert_array_equal(array, small[part])
    assert refused > 150


def member(header, data):
    """Return an npy file's bytes with this header, whatever it claims."""
    text = repr(header).encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


@pytest.mark.parametrize(
    ("claimed", "words"),
    [
        (999_999, ["999999 images of 28x28", "783999216 bytes"]),
        (10**15, ["at most 1000000"]),
        (19, ["does not hold the 19 images"]),
    ],
)
def test_a_members_header_is_held_against_its_size(tmp_path, small, claimed, words, assert_short_error):
    file = tmp_path / "mnist.npz"
    with zipfile.ZipFile(file, "w") as archive:
        header = {"descr": "|u1", "fortran_order": False, "shape": (claimed, 28, 28)}
        archive.writestr("x_train.npy", member(header, small["x_train"].tobytes()))
        for part in ("y_train", "x_test", "y_test"):
            stream = io.BytesIO()
            np.save(stream, small[part])
            archive.writestr(f"{part}.npy", stream.getvalue())
    with pytest.raises(DataError) as caught:
        npz.read_npz(file)
    assert_short_error(caught, "x_train of mnist.npz", *words)
