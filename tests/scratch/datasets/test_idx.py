"""One idx file: what is read, and every way in which it can be damaged."""

import builtins
import gzip
import struct

import numpy as np
import pytest

from scratch.datasets import idx
from scratch.errors import DataError

COMPRESSION = [gzip.compress, bytes]


@pytest.fixture
def image_bytes(small, idx_bytes):
    return idx_bytes(small["x_train"])


@pytest.mark.parametrize("compress", COMPRESSION, ids=["gz", "raw"])
@pytest.mark.parametrize("name", ["images", "images.gz", "Zahlen für später.gz"])
def test_reads_what_was_written_whatever_the_name_says(tmp_path, small, idx_bytes, compress, name):
    for part, read in (("x_train", idx.read_images), ("y_train", idx.read_labels)):
        file = tmp_path / name
        file.write_bytes(compress(idx_bytes(small[part])))
        array = read(file)
        assert array.dtype == np.uint8
        assert array.flags.writeable
        assert array.flags.c_contiguous
        np.testing.assert_array_equal(array, small[part])


@pytest.mark.parametrize("compress", COMPRESSION, ids=["gz", "raw"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: b"", ["is empty"]),
        (lambda data: data[:3], ["truncated", "header", "3 bytes"]),
        (lambda data: data[:15], ["truncated", "header", "15 bytes"]),
        (lambda data: data[:1000], ["truncated", "announces 20 images of 28x28", "end after 984 bytes"]),
        (lambda data: data[:-1], ["truncated", "end after 15679 bytes"]),
        (lambda data: data + b"\0", ["too long", "announces 20 images of 28x28", "15680 bytes"]),
        (lambda data: b"\0\0\x08\x01" + data[4:], ["idx file of labels, not of images"]),
        (lambda data: b"\1\2\3\4" + data[4:], ["no idx file", "16909060", "2051"]),
        (lambda data: b"<html>403 Forbidden</html>", ["no idx file", "web page"]),
        (lambda data: struct.pack(">4I", 2051, 20, 32, 32) + bytes(20 * 32 * 32), ["32x32", "28x28"]),
        (lambda data: struct.pack(">4I", 2051, 0, 28, 28), ["no images at all"]),
        (
            lambda data: struct.pack(">4I", 2051, 2**32 - 1, 28, 28) + data[16:],
            ["4294967295 images", "at most"],
        ),
        (lambda data: struct.pack(">4I", 2051, 999_999, 28, 28) + data[16:], ["999999 images", "bytes"]),
        (lambda data: data[:16] + bytes(len(data) - 16), ["zeros", "black"]),
    ],
)
def test_damage_is_named(tmp_path, image_bytes, compress, change, words, assert_short_error):
    file = tmp_path / "train-images-idx3-ubyte.gz"
    file.write_bytes(compress(change(image_bytes)))
    with pytest.raises(DataError) as caught:
        idx.read_images(file)
    assert_short_error(caught, "train-images-idx3-ubyte.gz", str(tmp_path), *words)


def test_a_label_over_9_is_an_error(tmp_path, idx_bytes, assert_short_error):
    file = tmp_path / "labels"
    file.write_bytes(idx_bytes(np.array([3, 10, 4], np.uint8)))
    with pytest.raises(DataError) as caught:
        idx.read_labels(file)
    assert_short_error(caught, "labels in", "the label 10", "0 to 9")


@pytest.mark.parametrize(
    ("kept", "words"),
    [(12, "header"), (500, "20 images of 28x28"), (-1, "20 images of 28x28"), (-8, "20 images of 28x28")],
)
def test_truncated_gzip(tmp_path, image_bytes, kept, words, assert_short_error):
    file = tmp_path / "images.gz"
    file.write_bytes(gzip.compress(image_bytes)[:kept])
    with pytest.raises(DataError) as caught:
        idx.read_images(file)
    assert_short_error(caught, "images.gz", "truncated", words)


@pytest.mark.parametrize("place", [2, 5000, -5])
def test_corrupt_gzip(tmp_path, image_bytes, place, assert_short_error):
    data = bytearray(gzip.compress(image_bytes))
    data[place] ^= 0xFF
    file = tmp_path / "images.gz"
    file.write_bytes(data)
    with pytest.raises(DataError) as caught:
        idx.read_images(file)
    assert_short_error(caught, "images.gz", "Delete it")


def test_a_gzip_bomb_is_read_no_further_than_the_header_announces(tmp_path, idx_bytes, small, monkeypatch):
    file = tmp_path / "images.gz"
    file.write_bytes(gzip.compress(idx_bytes(small["x_train"]) + bytes(50_000_000), 1))
    taken = []
    read = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda self, size=-1: taken.append(size) or read(self, size))
    with pytest.raises(DataError, match="too long"):
        idx.read_images(file)
    assert sum(taken) == 16 + 15680 + 1


def test_a_header_that_claims_more_than_gzip_can_pack_is_refused_at_once(tmp_path):
    file = tmp_path / "images.gz"
    file.write_bytes(gzip.compress(struct.pack(">4I", 2051, 900_000, 28, 28)))
    with pytest.raises(DataError, match="900000 images of 28x28, but holds only"):
        idx.read_images(file)


def test_permission_denied(tmp_path, monkeypatch, assert_short_error):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "images.gz"
    file.write_bytes(b"")
    monkeypatch.setattr(builtins, "open", refuse)  # a real refusal would not stop root, who may run the tests
    with pytest.raises(DataError) as caught:
        idx.read_images(file)
    assert_short_error(caught, "images.gz", "permission denied")
