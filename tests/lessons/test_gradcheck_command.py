"""`digits gradcheck` as a person runs it: the table, the verdict, the picture, the exit status."""

import json

import pytest

from lessons import cli
from scratch import reference
from scratch.gradcheck import check_model
from scratch.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from scratch.models import Sequential

LAYER = ["--engine", "reference", "--layer"]


@pytest.fixture
def gradcheck(tmp_path, capsys):
    """Return a function that runs the command and returns its status, and what it printed."""

    def run(*arguments):
        try:
            status = cli.main(["gradcheck", "--out", str(tmp_path / "out"), *arguments])
        except SystemExit as left:
            status = left.code
        return status, capsys.readouterr()

    run.picture = tmp_path / "out" / "error_against_step.png"
    return run


def test_a_right_layer(gradcheck):
    status, printed = gradcheck(*LAYER, "Conv2D(4,3,padding='same')")
    assert status == 0
    for expected in ("dx", "dw", "db", "all 252", "Adjoint", "right", "3 x 7 x 6 x 2, engine reference"):
        assert expected in printed.out
    assert "Gradient right: dx, dw and db agree with central differences at all 328 entries" in printed.out
    assert max(map(len, printed.out.splitlines()[:-1])) <= 80
    assert gradcheck.picture.read_bytes().startswith(b"\x89PNG")


def test_a_wrong_layer_has_status_1(gradcheck, monkeypatch):
    backward = reference.dense_backward

    def summed_twice(dy, cache, need_dx=True):
        dx, dw, db = backward(dy, cache)
        return dx, dw, 4 * db

    monkeypatch.setattr(reference, "dense_backward", summed_twice)
    status, printed = gradcheck(*LAYER, "Dense(3)", "--images", "4", "--input-shape", "6")
    assert status == 1
    words = " ".join(printed.out.split())
    assert "Gradient wrong at db[" in words
    assert (
        "ratio 4 (3 of 3 entries checked are wrong); likely mistake: a factor of the batch size (4)" in words
    )


def test_where_it_cannot_tell_the_status_is_3(gradcheck):
    status, printed = gradcheck(*LAYER, "Dense(1, activation='softmax')")
    assert status == 3
    assert "This check cannot tell here for dx, dw and db, because all differences are 0" in " ".join(
        printed.out.split()
    )


def test_json_is_all_there_is_on_standard_output(gradcheck):
    status, printed = gradcheck(*LAYER, "MaxPooling2D(2)", "--json", "--seed", "5")
    report = json.loads(printed.out)
    assert (status, report["verdict"]) == (0, "right")
    assert (report["layer"], report["engine"], report["seed"]) == ("MaxPooling2D(2)", "reference", 5)
    assert report["input_shape"] == [7, 6, 2]
    assert report["picture"] == str(gradcheck.picture)
    (tensor,) = report["tensors"]
    assert (tensor["name"], tensor["shape"], tensor["checked"]) == ("dx", [3, 7, 6, 2], 252)
    assert len(tensor["curve"]["steps"]) == len(tensor["curve"]["errors"]) == 8
    assert report["adjoint"][0]["passed"]


@pytest.mark.slow
def test_the_seed_decides(gradcheck):
    first, again, other = (
        json.loads(gradcheck(*LAYER, "Dense(3)", "--json", "--seed", seed)[1].out) for seed in ("1", "1", "2")
    )
    assert first == again
    assert first["tensors"][0]["scale"] != other["tensors"][0]["scale"]


def build_tiny(name, dtype, rng):
    """Return a network like the real ones, for images of 28x28, but with few numbers."""
    layers = [Input((28, 28, 1)), Conv2D(2, 5, strides=3, activation="relu"), MaxPooling2D(), Flatten()]
    return Sequential([*layers, Dense(10, activation="softmax")], name, dtype, rng)


@pytest.mark.slow
@pytest.mark.parametrize("as_is", [False, True])
def test_a_model(as_is, gradcheck, monkeypatch):
    monkeypatch.setattr("lessons.commands.gradcheck.build", build_tiny)
    arguments = ["--model", "small", "--data", "digits", "--engine", "reference", "--images", "1"]
    status, printed = gradcheck(*arguments, *["--as-is"] * as_is)
    words = " ".join(printed.out.split())
    assert status == (3 if as_is else 0)
    for name in ("conv2d/kernel", "conv2d/bias", "dense/kernel", "dense/bias"):
        assert name in printed.out
    assert "The loss of model small on images" in words
    assert ("as it is" if as_is else "noise of up to 0.1 added") in words
    if as_is:
        assert "a ReLU of layer 'conv2d' changes sides" in words
    else:
        assert "Gradient right: all 5 gradients agree" in words


@pytest.mark.compiled
@pytest.mark.slow
def test_without_arguments_it_is_the_default_network(gradcheck, monkeypatch):
    def check(model, x, y, **options):
        return check_model(model, x, y, entries=20, sample=8, directions=2, **options)

    monkeypatch.setattr("lessons.commands.gradcheck.check_model", check)
    status, printed = gradcheck("--json", "--data", "digits")
    report = json.loads(printed.out)
    assert (status, report["model"], report["engine"], report["verdict"]) == (0, "cnn", "fast", "right")
    assert len(report["tensors"]) == 9
    assert "by a seeded sample) and in" in report["sentences"][0]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--layer", "Conv2D(4"], 1, "expected a layer such as Conv2D(4, 3, padding='same')"),
        (["--layer", ""], 1, "expected a layer such as"),
        (["--layer", "Gelu()"], 1, "there is no layer 'Gelu': expected one of ELU, Activation"),
        (["--layer", "Dense(10**9)"], 1, "expected numbers, texts and tuples"),
        (["--layer", "Dense(1000000000)"], 1, "is too large to check"),
        (["--layer", "Conv2D(4,9)", "--input-shape", "5,5,1"], 1, "its 9x9 window"),
        (
            ["--layer", "Conv2D(4,3)", "--input-shape", "5"],
            1,
            "expected images of shape (height, width, channels)",
        ),
        (["--layer", "Dense(3)", "--input-shape", "5,x"], 2, "expected positive whole numbers such as 8,8,3"),
        (["--layer", "Dense(3)", "--input-shape", "0"], 2, "expected positive whole numbers such as 8,8,3"),
        (["--input-shape", "5"], 1, "--input-shape is for --layer"),
        (["--layer", "ReLU()", "--as-is"], 1, "--as-is is for --model"),
        (["--layer", "ReLU()", "--data", "digits"], 1, "--data is for --model"),
        (["--layer", "Dense(3)", "--model", "cnn"], 2, "not allowed with argument"),
        (["--model", "vgg"], 2, "invalid choice: 'vgg'"),
        (["--images", "0"], 2, "--images: expected 1 or more"),
        (["--images", "99999", "--data", "digits"], 1, "--images: expected 1438 at most, received 99999"),
        (["--layer", "ReLU()", "--out", "/dev/null/x"], 1, "--out: can't write into /dev/null/x"),
    ],
)
def test_a_wrong_call_is_one_sentence(arguments, status, message, gradcheck):
    ended, printed = gradcheck(*arguments)
    assert ended == status
    assert message in printed.err
    assert len(printed.err.strip().splitlines()) == 1
    assert printed.out == ""
