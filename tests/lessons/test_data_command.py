"""`digits data`, as a person runs it."""

import gzip
import json

import numpy as np
import pytest
from rich.console import Console

from lessons import cli
from lessons.commands import data
from scratch.datasets import download


@pytest.fixture(autouse=True)
def nowhere(tmp_path_factory, monkeypatch):
    monkeypatch.delenv("MNIST_DIR", raising=False)
    monkeypatch.setenv("DIGITS_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
    download.remember_no_network()


@pytest.fixture
def fashion(tmp_path):
    rng = np.random.default_rng(1)
    file = tmp_path / "fashion.npz"
    arrays = {
        "x_train": rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "y_train": np.arange(20, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (10, 28, 28), dtype=np.uint8),
        "y_test": np.full(10, 7, np.uint8),
    }
    np.savez(file, **arrays)
    return file


def rows_of_counts(printed):
    """The table's rows of a digit or "all" and two numbers."""
    rows = [line.split() for line in printed.splitlines()]
    return [row for row in rows if len(row) == 3 and row[1].isdigit() and row[2].isdigit()]


def test_json_is_all_there_is_on_standard_output(fashion, capsys):
    assert cli.main(["data", "--data", str(fashion), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "data": "fashion",
        "title": f"fashion ({fashion})",
        "source": str(fashion.resolve()),
        "train": 20,
        "test": 10,
        "counts": {"train": [2] * 10, "test": [0] * 7 + [10, 0, 0]},
        "canonical": False,
    }
    assert captured.err == ""


def test_what_is_found_is_shown(fashion, capsys, monkeypatch):
    monkeypatch.setenv("MNIST_DIR", str(fashion))
    assert cli.main(["data"]) == 0
    printed = capsys.readouterr().out
    assert f"fashion ({fashion})" in printed
    assert "not the original MNIST" in printed
    assert "not MNIST's bytes" in printed
    assert rows_of_counts(printed) == [
        *([str(digit), "2", "10" if digit == 7 else "0"] for digit in range(10)),
        ["all", "20", "10"],
    ]
    assert f"2. MNIST_DIR: set to {fashion}   <- used" in printed
    assert "1. the path given: not set" in printed
    assert "5. download: not needed" in printed


def test_with_nothing_found_the_digits_are_shown_and_the_way_to_mnist(capsys):
    assert cli.main(["data"]) == 0
    captured = capsys.readouterr()
    assert "THIS IS NOT MNIST" in captured.err
    assert "8x8 digits" in captured.out
    assert "remembered until" in captured.out
    assert "digits data --download" in captured.out
    for mirror in download.MIRRORS[::2]:
        for file in mirror.files:
            assert mirror.address + file.name in captured.out


def test_a_narrow_terminal_cuts_no_number(capsys, monkeypatch):
    monkeypatch.setattr(data, "out", Console(width=40))
    assert cli.main(["data", "--data", "digits"]) == 0
    rows = rows_of_counts(capsys.readouterr().out)
    assert [row[0] for row in rows] == [*"0123456789", "all"]
    train, test = ([int(row[column]) for row in rows] for column in (1, 2))
    assert (sum(train[:-1]), sum(test[:-1])) == (train[-1], test[-1]) == (1438, 359)


def test_json_of_the_fall_back_is_still_json(capsys):
    assert cli.main(["data", "--json"]) == 0
    captured = capsys.readouterr()
    printed = json.loads(captured.out)
    assert (printed["data"], printed["train"], printed["test"]) == ("digits", 1438, 359)
    assert "THIS IS NOT MNIST" in captured.err


def test_damaged_data_are_an_error_of_three_lines_at_most(tmp_path, capsys):
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"\0\0\x08\x03"))
    assert cli.main(["data", "--data", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("digits data: ")
    assert "t10k-images-idx3-ubyte" in captured.err
    assert len(captured.err.splitlines()) <= 3


def test_download_forgets_that_there_was_no_network(capsys, monkeypatch):
    monkeypatch.setattr(download, "answering", lambda mirrors: [])
    download.forget_no_network()
    assert cli.main(["data", "--download"]) == 1
    captured = capsys.readouterr()
    assert "no network" in captured.err
    assert "remembered" not in captured.err
    assert captured.out == ""


def test_download_and_data_exclude_each_other(capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["data", "--download", "--data", "digits"])
    assert left.value.code == 2


@pytest.mark.mnist
def test_the_original_is_recognised(mnist, tmp_path, capsys):
    (x_train, y_train), (x_test, y_test) = mnist
    file = tmp_path / "copy.npz"
    np.savez(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    assert cli.main(["data", "--data", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "the original, byte for byte" in printed
    assert "other wrapping" in printed
    assert "5923" in printed
