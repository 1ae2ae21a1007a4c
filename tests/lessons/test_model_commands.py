"""`digits train`, `evaluate` and `convert`, as a person runs them."""

import json
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest

from lessons import cli
from scratch import saving
from scratch.architectures import build
from scratch.layers import Dense, Flatten, Input
from scratch.models import Sequential, load_model
from tests.scratch.saving import attacks, dialects

pytestmark = pytest.mark.slow  # together they take more than a few seconds

LONGEST = 5.0  # seconds until there is a result or an error, whatever the file
ENGINE = ["--engine", "reference"]
DIGITS = ["--data", "digits"]


def run(capsys, *arguments, status=0):
    """Run the command; return what it printed to standard output and to standard error."""
    assert cli.main([str(argument) for argument in arguments]) == status, capsys.readouterr().err
    captured = capsys.readouterr()
    return captured.out, captured.err


def refused(capsys, *arguments):
    """Run the command, which refuses; return the one sentence that it says."""
    start = time.monotonic()
    out, err = run(capsys, *arguments, status=cli.FAILURE)
    assert time.monotonic() - start < LONGEST
    assert out == ""
    assert len(err.strip().splitlines()) == 1, err
    assert "Traceback" not in err
    return err.strip()


@pytest.fixture
def saved(tmp_path):
    """A function that writes a network of one dense layer, trained a little, to a name; returns the path."""

    def save(name="dense.keras", shape=(28, 28, 1), classes=10):
        layers = [Input(shape), Flatten(), Dense(classes, activation="softmax")]
        model = Sequential(layers, rng=np.random.default_rng(0))
        model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"], engine="reference")
        model.fit(np.ones((8, *shape)), np.arange(8), verbose=0)
        model.save(tmp_path / name)
        return tmp_path / name

    return save


# train


@pytest.mark.compiled
def test_train_says_what_it_did_and_saves(capsys, tmp_path):
    file = tmp_path / "mine.keras"
    arguments = ["train", "--model", "small", "--epochs", 2, "--batch-size", 50, "--limit", 100, "--seed", 3]
    arguments += ["--optimizer", "rmsprop", *DIGITS]
    out, err = run(capsys, *arguments, "--save", file, "--json")
    report = json.loads(out)
    assert (report["data"], report["model"], report["optimizer"]) == ("digits", "small", "rmsprop")
    assert (report["epochs"], report["train_images"], report["test_images"]) == (2, 100, 359)
    assert len(report["history"]["loss"]) == 2
    assert "Epoch 2/2" in err
    model = load_model(file, engine="reference")
    assert model.optimizer.iterations == 4
    out, _ = run(capsys, "evaluate", file, "--scale", "1/255", "--json", *DIGITS)
    assert json.loads(out)["test_accuracy"] == pytest.approx(report["test_accuracy"])
    assert json.loads(out)["test_loss"] == pytest.approx(report["test_loss"], rel=1e-4)
    out, _ = run(capsys, *arguments)
    assert f"Test accuracy {report['test_accuracy']:.2%}" in out  # the same seed, the same network


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mine.txt", "expected a name that ends in .keras"),
        ("nowhere/mine.keras", "there is no folder"),
        ("there.keras", "exists: choose another name, or give --force"),
        (".", "expected"),
    ],
)
def test_train_sees_before_the_training_where_it_cannot_save(name, words, capsys, tmp_path):
    (tmp_path / "there.keras").write_bytes(b"precious")
    sentence = refused(capsys, "train", "--save", tmp_path / name, *DIGITS)
    assert words in sentence
    assert (tmp_path / "there.keras").read_bytes() == b"precious"


# evaluate


def test_evaluate_says_what_it_assumed(capsys, saved):
    file = saved()
    out, _ = run(capsys, "evaluate", file, *DIGITS, *ENGINE)
    for words in ("whole model, Keras 3 archive", "7,850 parameters", "ten probabilities", "Cross-entropy"):
        assert words in out
    for scale in ("1/255", "raw", "centred"):
        assert f"{scale}: x" in out
    assert "No file records the scale. Assumed:" in out
    report = json.loads(run(capsys, "evaluate", file, *DIGITS, *ENGINE, "--json", "--limit", 40)[0])
    assert report["scale_assumed"]
    assert report["test_images"] == 40
    assert set(report["scales"]) == {"1/255", "raw", "centred"}
    out, _ = run(capsys, "evaluate", file, *DIGITS, *ENGINE, "--scale", "raw")
    assert "as told: x as it is" in out


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.keras", None, "there is no file"),
        ("empty.keras", b"", "is empty"),
        ("text.h5", b"some words\n", "is none of Keras's files"),
        ("colons.h5", b"root:x:0", "it begins with b'root:x:0'"),  # no emoji
        ("pickle.h5", pickle.dumps({"a": 1}), "is a pickle"),
        ("cut.h5", lambda: dialects.content("keras-2.3")[:3000], "is damaged"),
        ("bomb.keras", lambda: attacks.ATTACKS["archive_of_many_zeros"].make(), "claims to unpack"),
        ("lambda.h5", lambda: attacks.ATTACKS["lambda_of_keras_2"].make(), "is a Lambda"),
    ],
)
def test_bad_files_are_refused_by_every_command(name, content, words, capsys, tmp_path):
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content())
    for command in (["evaluate", file], ["inspect", file], ["convert", file, tmp_path / "new.keras"]):
        sentence = refused(capsys, *command)
        assert words in sentence
        assert sentence.startswith(f"digits {command[0]}: {file}") or "no file" in sentence
    assert not (tmp_path / "new.keras").exists()


def test_networks_about_something_else(capsys, saved, tmp_path):
    assert "takes inputs of shape (32, 32, 1)" in refused(capsys, "evaluate", saved(shape=(32, 32, 1)))
    assert "returns shape (9,)" in refused(capsys, "evaluate", saved("nine.keras", classes=9))
    assert "is a folder" in refused(capsys, "evaluate", tmp_path)


def test_weights_alone_need_their_network(capsys, tmp_path, saved):
    ours = tmp_path / "small.weights.h5"
    build("small", rng=np.random.default_rng(0)).save_weights(ours)
    assert "pass --model small, whose shapes they fit" in refused(capsys, "evaluate", ours)
    out, _ = run(
        capsys,
        "evaluate",
        ours,
        "--model",
        "small",
        *DIGITS,
        *ENGINE,
        "--scale",
        "raw",
        "--limit",
        5,
        "--json",
    )
    assert json.loads(out)["parameters"] == build("small").count_params()
    assert "expected those of" in refused(capsys, "evaluate", ours, "--model", "cnn")
    theirs = tmp_path / "theirs.weights.h5"
    load_model(saved(), engine="reference").save_weights(theirs)
    assert "they fit none of ours" in refused(capsys, "evaluate", theirs)
    assert "leave --model out" in refused(capsys, "evaluate", saved(), "--model", "cnn")


def test_what_was_left_out_is_said(capsys, saved, tmp_path):
    model = load_model(saved(), engine="reference")
    model.layers[-1].params["bias"][3] = np.inf
    model.save(tmp_path / "odd.keras")
    error = run(capsys, "evaluate", tmp_path / "odd.keras", *DIGITS, *ENGINE, status=cli.FAILURE)[1]
    assert "Note: " in error
    assert "1 infinite" in error
    assert "NaN or infinity on every scale" in error


# convert


@pytest.mark.parametrize("name", ["new.keras", "new.h5", "new.weights.h5"])
def test_convert_keeps_weights_and_optimizer(name, capsys, saved, tmp_path):
    old, new = saved("old.h5"), tmp_path / name
    out, _ = run(capsys, "convert", old, new)
    assert "Adam with its state after 1 step." in out
    before = load_model(old, engine="reference")
    if name.endswith("weights.h5"):
        after = load_model(old, engine="reference")
        for array in after.named_weights().values():
            array[...] = 0
        after.load_weights(new)
    else:
        after = load_model(new, engine="reference")
    for mine, theirs in zip(before.get_weights(), after.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert after.optimizer.iterations == 1
    np.testing.assert_array_equal(before.optimizer.slots[0]["momentum"], after.optimizer.slots[0]["momentum"])


@pytest.mark.parametrize("name", sorted(dialects.DIALECTS))
def test_every_dialect_is_converted(name, capsys, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new.keras"
    old.write_bytes(dialects.content(name))
    if saving.read(old).chain is None:
        assert "they fit none of ours" in refused(capsys, "convert", old, new)
        return
    report = json.loads(run(capsys, "convert", old, new, "--json")[0])
    assert report["new_dialect"].startswith("whole model, Keras 3 archive")
    assert report["layers"] == len(load_model(new, engine="reference").layers)


def test_convert_replaces_nothing_unless_it_is_told_to(capsys, saved, tmp_path):
    old, new = saved("old.h5"), tmp_path / "new.keras"
    new.write_bytes(b"precious")
    assert "exists" in refused(capsys, "convert", old, new)
    assert new.read_bytes() == b"precious"
    run(capsys, "convert", old, new, "--force")
    assert load_model(new, engine="reference").count_params() == 7850


def test_weights_alone_become_a_whole_model(capsys, tmp_path):
    build("small", rng=np.random.default_rng(0)).save_weights(tmp_path / "small.weights.h5")
    arguments = tmp_path / "small.weights.h5", tmp_path / "small.keras"
    out, _ = run(capsys, "convert", *arguments, "--model", "small")
    assert "the file does not say how it was trained" in out


# inspect


def test_inspect_shows_layers_weights_and_a_picture(capsys, saved, tmp_path):
    file, folder = saved(), tmp_path / "out"
    kernel = load_model(file, engine="reference").layers[1].params["kernel"]
    report = json.loads(run(capsys, "inspect", file, "--out", folder, "--json")[0])
    flatten, dense = report["layers"]
    assert (flatten["name"], flatten["output_shape"], flatten["parameters"]) == ("flatten", [784], 0)
    assert (dense["class"], dense["output_shape"], dense["parameters"]) == ("Dense", [10], 7850)
    numbers = dense["weights"]["kernel"]
    assert numbers["shape"] == [784, 10]
    for name in ("min", "mean", "max", "std"):
        assert numbers[name] == pytest.approx(float(getattr(kernel, name)()), rel=1e-4)
    assert report["optimizer"] == {"name": "Adam", "learning_rate": 0.001, "steps": 1}
    assert report["parameters"] == 7850
    assert (folder / "dense.png").read_bytes().startswith(b"\x89PNG")
    out, _ = run(capsys, "inspect", file, "--out", folder)
    for words in (
        "Keras 3 archive",
        "784x10",
        f"{kernel.min():.2g}",
        "Adam, learning rate 0.001, after 1 step.",
    ):
        assert words in out
    assert str(folder / "dense.png") in out


def test_inspect_looks_into_what_cannot_be_run(capsys, tmp_path):
    (tmp_path / "other.h5").write_bytes(attacks.ATTACKS["layer_that_is_not_here"].make())
    report = json.loads(run(capsys, "inspect", tmp_path / "other.h5", "--out", tmp_path, "--json")[0])
    assert "which is not here" in report["notes"][0]
    assert report["parameters"] > 0
    assert {layer["output_shape"] for layer in report["layers"]} == {None}


def test_inspect_counts_what_is_no_number(capsys, saved, tmp_path):
    model = load_model(saved(), engine="reference")
    model.layers[1].params["kernel"][0, :3] = np.nan
    model.layers[1].params["bias"][...] = np.inf
    model.save(tmp_path / "odd.keras")
    report = json.loads(run(capsys, "inspect", tmp_path / "odd.keras", "--out", tmp_path, "--json")[0])
    assert any("3 NaN and 0 infinite numbers" in note for note in report["notes"])
    weights = report["layers"][1]["weights"]
    assert weights["kernel"]["not_finite"] == 3
    assert weights["bias"]["not_finite"] == 10
    assert weights["bias"]["mean"] is None


def test_nothing_heavy_is_imported():
    code = (
        "import sys; from lessons import cli; cli.main(['evaluate', 'nowhere.keras']); "
        "heavy = {'tensorflow', 'matplotlib', 'numba', 'sklearn'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)
