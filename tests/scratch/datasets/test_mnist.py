"""MNIST is looked for in the right order, sets are checked whole, and a named path is never replaced."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from scratch import cache
from scratch.datasets import checks, mnist
from scratch.errors import DataError


def assert_same(loaded, arrays):
    (x_train, y_train), (x_test, y_test) = loaded
    named = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    for part, array in named.items():
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, arrays[part])


@pytest.fixture
def shifted(small):
    """A function that returns the small set with its labels moved on by `n`, to tell sets apart."""
    return lambda n: dict(small, y_train=(small["y_train"] + n) % 10)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("name", ["set", "Ziffern von früher (日本)"])
@pytest.mark.parametrize("kind", [str, Path])
def test_a_folder_of_idx_files(tmp_path, small, write_idx, compressed, name, kind):
    folder = write_idx(tmp_path / name, small, compressed)
    assert_same(mnist.load_data(kind(folder)), small)


def test_compressed_plain_and_dotted_names_may_be_mixed(tmp_path, small, write_idx, idx_bytes):
    write_idx(tmp_path, {"x_train": small["x_train"], "y_test": small["y_test"]}, compressed=True)
    write_idx(tmp_path, {"y_train": small["y_train"]}, compressed=False)
    (tmp_path / "t10k-images.idx3-ubyte").write_bytes(idx_bytes(small["x_test"]))
    assert_same(mnist.load_data(tmp_path), small)


def test_an_npz_by_its_folder_and_by_itself(tmp_path, small):
    np.savez_compressed(tmp_path / "mnist.npz", **small)
    assert_same(mnist.load_data(tmp_path), small)
    assert_same(mnist.load_data(tmp_path / "mnist.npz"), small)


def test_the_order_of_the_places(tmp_path, shifted, write_idx, monkeypatch, no_network):
    with pytest.raises(mnist.NotFoundError):
        mnist.load_data()
    write_idx(cache.folder(), shifted(4))
    assert_same(mnist.load_data(), shifted(4))
    mnist.keras_cache().parent.mkdir(parents=True)
    np.savez(mnist.keras_cache(), **shifted(3))
    assert_same(mnist.load_data(), shifted(3))
    monkeypatch.setenv("MNIST_DIR", str(write_idx(tmp_path / "env", shifted(2))))
    assert_same(mnist.load_data(), shifted(2))
    assert_same(mnist.load_data(write_idx(tmp_path / "argument", shifted(1))), shifted(1))


def test_kerass_cache_is_in_the_home_folder_unless_keras_home_is_set(monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    assert mnist.keras_cache() == Path.home() / ".keras" / "datasets" / "mnist.npz"
    monkeypatch.setenv("KERAS_HOME", "elsewhere")
    assert mnist.keras_cache() == Path("elsewhere", "datasets", "mnist.npz")


def test_an_incomplete_cache_of_our_own_does_not_count(small, write_idx, no_network):
    write_idx(cache.folder(), {part: small[part] for part in ("x_train", "y_train", "x_test")})
    with pytest.raises(mnist.NotFoundError, match=r"lacks t10k-labels-idx1-ubyte\.gz"):
        mnist.load_data()


def test_nothing_found_says_where_and_what_to_do(no_network, assert_short_error):
    with pytest.raises(mnist.NotFoundError) as caught:
        mnist.load_data()
    words = ["MNIST_DIR: not set", str(mnist.keras_cache()), str(cache.folder()), "no network", "--download"]
    assert_short_error(caught, *words)


@pytest.mark.parametrize("way", ["argument", "MNIST_DIR"])
@pytest.mark.parametrize("missing", ["x_train", "y_test"])
def test_a_named_path_with_a_missing_file_is_never_replaced(
    tmp_path, small, write_idx, monkeypatch, way, missing, assert_short_error
):
    write_idx(cache.folder(), small)
    whole = write_idx(tmp_path / "whole", small)
    del small[missing]
    partial = write_idx(tmp_path / "partial", small)
    monkeypatch.setenv("MNIST_DIR", str(whole if way == "argument" else partial))
    with pytest.raises(DataError) as caught:
        mnist.load_data(partial if way == "argument" else None)
    assert_short_error(caught, str(partial), f"lacks {mnist.FILES[missing]}.gz")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), ["neither MNIST's four idx files nor mnist.npz"]),
        (lambda path: None, ["does not exist"]),
        (lambda path: path.write_bytes(b""), ["is empty"]),
    ],
)
def test_a_named_path_with_nothing_in_it(tmp_path, small, write_idx, make, words, assert_short_error):
    write_idx(cache.folder(), small)
    path = tmp_path / "here"
    make(path)
    with pytest.raises(DataError) as caught:
        mnist.load_data(path)
    assert_short_error(caught, "here", str(tmp_path), *words)


def test_an_empty_path_is_an_error_and_an_empty_mnist_dir_is_not_set(small, write_idx, monkeypatch):
    write_idx(cache.folder(), small)
    with pytest.raises(DataError, match="empty"):
        mnist.load_data("")
    monkeypatch.setenv("MNIST_DIR", "")
    assert_same(mnist.load_data(), small)


def test_a_tilde_is_the_home_folder(tmp_path, small, write_idx, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write_idx(tmp_path / "set", small)
    assert_same(mnist.load_data("~/set"), small)


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="Windows has no device files")
def test_a_device_is_not_read():
    with pytest.raises(DataError, match="neither a folder nor an ordinary file"):
        mnist.load_data("/dev/zero")


def test_a_folder_that_may_not_be_read(tmp_path, monkeypatch, assert_short_error):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(
        mnist.os, "listdir", refuse
    )  # a real refusal would not stop root, who may run the tests
    with pytest.raises(DataError) as caught:
        mnist.load_data(tmp_path)
    assert_short_error(caught, tmp_path.name, "permission denied")


@pytest.mark.parametrize("form", ["idx", "npz"])
@pytest.mark.parametrize(("x", "y"), [("x_train", "y_train"), ("x_test", "y_test")])
def test_images_and_labels_must_be_equally_many(tmp_path, small, write_idx, form, x, y, assert_short_error):
    small[y] = small[y][:-1]
    if form == "idx":
        write_idx(tmp_path, small)
        names = [mnist.FILES[x], mnist.FILES[y]]
    else:
        np.savez(tmp_path / "mnist.npz", **small)
        names = [f"{x} of mnist.npz", f"{y} of mnist.npz"]
    with pytest.raises(DataError) as caught:
        mnist.load_data(tmp_path)
    assert_short_error(caught, *names, f"{len(small[x])} images", f"{len(small[y])} labels")


def test_a_damaged_file_in_a_cache_is_an_error_not_a_reason_to_look_elsewhere(small, write_idx, monkeypatch):
    write_idx(cache.folder(), small)
    mnist.keras_cache().parent.mkdir(parents=True)
    mnist.keras_cache().write_bytes(b"PK\3\4 cut short")
    with pytest.raises(DataError, match=r"mnist\.npz in .* is truncated"):
        mnist.load_data()


def test_a_corrupted_copy_full_of_zeros_is_not_loaded(tmp_path, small, write_idx):
    small["x_test"] = np.zeros_like(small["x_test"])
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz in .* holds nothing but zeros"):
        mnist.load_data(write_idx(tmp_path, small))


def test_a_path_that_is_not_text_can_still_be_shown():
    assert checks.shown("a\udcff") == "a?"


@pytest.mark.mnist
def test_the_original_is_recognised_in_every_wrapping(mnist, tmp_path):
    from scratch.datasets import mnist as module

    (x_train, y_train), (x_test, y_test) = mnist
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    assert module.canonical_parts(arrays) == set(arrays)
    np.savez(tmp_path / "mnist.npz", **arrays)
    loaded = module.load_data(tmp_path)
    assert [array.shape for pair in loaded for array in pair] == [
        (60000, 28, 28),
        (60000,),
        (10000, 28, 28),
        (10000,),
    ]
    assert module.canonical_parts(module.read(tmp_path)) == set(arrays)
    x_test = x_test.copy()
    x_test[0, 0, 0] ^= 1
    assert module.canonical_parts(dict(arrays, x_test=x_test)) == set(arrays) - {"x_test"}


def test_a_single_idx_file_is_not_a_data_set(tmp_path, small, idx_bytes, assert_short_error):
    file = tmp_path / "train-images-idx3-ubyte.gz"
    file.write_bytes(gzip.compress(idx_bytes(small["x_train"])))
    with pytest.raises(DataError) as caught:
        mnist.load_data(file)
    assert_short_error(caught, "four idx files", "folder")
