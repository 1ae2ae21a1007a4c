"""`load` finds the data and calls them by their right name."""

import subprocess
import sys

import numpy as np
import pytest

from scratch import cache, datasets
from scratch.datasets import mnist
from scratch.errors import DataError


def one_line(text):
    """Return `text` without the frame and the line breaks of a panel."""
    return " ".join(text.replace("│", " ").split())


def test_nothing_found_gives_the_digits_after_a_banner(no_network, capsys):
    data = datasets.load()
    assert (data.name, data.title) == ("digits", "scikit-learn's 8x8 digits (offline)")
    assert len(data.x_train) == 1438
    captured = capsys.readouterr()
    assert captured.out == ""
    banner = one_line(captured.err)
    assert "THIS IS NOT MNIST" in banner
    assert "8x8 digits" in banner
    assert "MNIST_DIR: not set" in banner
    assert "Keras's cache" in banner
    assert "no network" in banner
    assert "remembered until" in banner
    assert "digits data --download" in banner


def test_digits_can_be_asked_for_and_then_there_is_no_banner(capsys):
    data = datasets.load("digits")
    assert data.name == "digits"
    assert capsys.readouterr() == ("", "")
    assert datasets.places("digits") == []


def test_mnist_can_be_asked_for_and_nothing_replaces_it(no_network, small, write_idx, monkeypatch, tmp_path):
    with pytest.raises(mnist.NotFoundError):
        datasets.load("mnist")
    monkeypatch.setenv("MNIST_DIR", str(write_idx(tmp_path / "fashion", small)))
    with pytest.raises(DataError, match="is not the original MNIST"):
        datasets.load("mnist")


def test_a_folder_called_digits_comes_before_the_word(tmp_path, small, write_idx, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_idx(tmp_path / "digits", small)
    data = datasets.load("digits")
    np.testing.assert_array_equal(data.x_test, small["x_test"])
    assert data.name == "other-digits"
    assert "not the offline digits" in data.title


def test_other_data_take_the_name_of_their_folder_or_file(tmp_path, small, write_idx, monkeypatch, capsys):
    folder = write_idx(tmp_path / "fashion", small)
    data = datasets.load(str(folder))
    assert (data.name, data.title, data.source) == ("fashion", f"fashion ({folder})", str(folder.resolve()))
    monkeypatch.chdir(folder)
    assert (datasets.load(".").name, datasets.load(".").title) == ("fashion", "fashion (.)")
    np.savez(tmp_path / "kana set.npz", **small)
    assert datasets.load(tmp_path / "kana set.npz").name == "kana set"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["mnist", "MNIST"], ids=["small", "capital"])
def test_nothing_but_mnist_is_called_mnist(tmp_path, small, write_idx, monkeypatch, name):
    monkeypatch.setenv("MNIST_DIR", str(write_idx(tmp_path / name, small)))
    data = datasets.load()
    assert data.name.lower() != "mnist"
    assert "not the original MNIST" in data.title
    np.savez(tmp_path / f"{name}.npz", **small)
    assert "not the original MNIST" in datasets.load(tmp_path / f"{name}.npz").title


def test_damaged_data_that_were_named_are_not_replaced(tmp_path, monkeypatch, small, write_idx, capsys):
    write_idx(cache.folder(), small)
    monkeypatch.setenv("MNIST_DIR", str(tmp_path))
    with pytest.raises(DataError, match="neither"):
        datasets.load()
    assert capsys.readouterr() == ("", "")


@pytest.mark.mnist
def test_the_original_is_called_mnist_wherever_it_lies(mnist, tmp_path):
    (x_train, y_train), (x_test, y_test) = mnist
    np.savez(tmp_path / "whatever.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    data = datasets.load(tmp_path / "whatever.npz")
    assert (data.name, data.title) == ("mnist", "MNIST")


def test_importing_is_light():
    heavy = ["sklearn", "pooch", "requests", "PIL", "tensorflow", "keras"]
    code = f"import sys, scratch.datasets; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
