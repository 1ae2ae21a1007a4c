"""`digits compare` as a person runs it: in a process of its own, on the offline digits and on MNIST."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = [pytest.mark.keras, pytest.mark.slow]

PICTURES = {"curves.png", "confusion.png", "disagreements.png", "shared_mistakes.png", "per_digit.png"}
COMMAND = [sys.executable, "-m", "lessons.cli", "compare"]


def digits_compare(*arguments, **options):
    """Run the command with oneDNN on, as everybody has it; return the finished process."""
    environment = os.environ | {"TF_ENABLE_ONEDNN_OPTS": "1"} | options.pop("environment", {})
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environment, **options
    )


def check_figures(report):
    """Assert what every report holds."""
    for side in ("scratch", "keras"):
        assert 0 <= report[side]["test_accuracy"] <= 1
        assert report[side]["test_loss"] > 0
        assert report[side]["epoch_seconds"] > 0
        assert list(report[side]["history"]) == ["accuracy", "loss", "val_accuracy", "val_loss"]
        assert {len(v) for v in report[side]["history"].values()} == {report["epochs"]}
    assert 0 <= report["agreement"] <= 1
    assert report["max_weight_difference"] > 0


def test_without_a_network_on_the_offline_digits(tmp_path):
    """The first thing a newcomer sees, as far as 97% on both sides."""
    done = digits_compare("--out", tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    check_figures(report)
    assert report["data"] == "digits"
    assert (report["model"], report["seed"], report["parameters"]) == ("cnn", 0, 225034)
    assert report["scratch"]["test_accuracy"] >= 0.97
    assert report["keras"]["test_accuracy"] >= 0.97
    assert report["agreement"] >= 0.99
    assert {path.name for path in tmp_path.iterdir()} == PICTURES | {"report.json", "report.html"}
    assert set(report["environment"]) >= {"python", "numpy", "tensorflow", "keras", "processor", "threads"}
    assert "NOT MNIST" in done.stderr.upper()
    for text in (f"{report['scratch']['test_accuracy']:.2%}", report["title"].split()[0], "report.html"):
        assert text in done.stdout
    # Lines of our own and nothing else: TensorFlow has chattered nothing in between.
    assert "Epoch 40/40" in done.stderr
    for word in ("oneDNN", "cuda", "cpu_feature", "WARNING", "I0000", "Traceback"):
        assert word not in done.stderr


def test_several_seeds_as_json(tmp_path):
    arguments = ("--seeds", 2, "--epochs", 1, "--model", "small", "--limit", 200, "--batch-size", 50)
    arguments += ("--engine", "reference", "--optimizer", "sgd", "--out", tmp_path)
    done = digits_compare("--json", "--data", "digits", *arguments)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report == json.loads((tmp_path / "report.json").read_text("utf-8"))
    check_figures(report)
    assert report["seeds"] == [0, 1]
    assert (report["engine"], report["optimizer"]) == ("reference", "sgd")
    assert "--engine reference --limit 200" in (tmp_path / "report.html").read_text("utf-8")
    assert [run["seed"] for run in report["runs"]] == [0, 1]
    assert (report["train_images"], report["validation_images"], report["test_images"]) == (180, 20, 359)
    accuracies = [run["scratch"]["test_accuracy"] for run in report["runs"]]
    assert report["mean"]["scratch"]["test_accuracy"] == pytest.approx(sum(accuracies) / 2)
    assert report["std"]["scratch"]["test_accuracy"] == pytest.approx(
        abs(accuracies[0] - accuracies[1]) / 2**0.5
    )
    assert {path.name for path in tmp_path.iterdir()} >= PICTURES | {"seeds.png"}
    # plain SGD amplifies little: after 8 steps the two are a few roundings apart
    assert report["max_weight_difference"] < 1e-5


@pytest.mark.mnist
def test_on_mnist(tmp_path, mnist_path):
    arguments = ("--data", mnist_path, "--limit", 6000, "--epochs", 2, "--out", tmp_path)
    done = digits_compare("--json", *arguments)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    check_figures(report)
    assert report["data"] == "mnist"
    assert report["test_images"] == 10000
    # 84 steps in all; the bars of a full training are in README.md
    assert min(report["scratch"]["test_accuracy"], report["keras"]["test_accuracy"]) > 0.92
    assert abs(report["scratch"]["test_accuracy"] - report["keras"]["test_accuracy"]) < 0.004
    assert report["agreement"] > 0.99


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "no/such/folder"], "no/such/folder"),
        (["--data", "digits", "--out", __file__], "--out: can't write into"),
    ],
)
def test_errors_come_before_the_training(arguments, message):
    done = digits_compare(*arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3
    assert done.stdout == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for a single child process")
def test_ctrl_c_ends_it_without_a_traceback(tmp_path):
    command = [*COMMAND, "--data", "digits", "--out", tmp_path]
    # in the background of a shell Ctrl-C is ignored, and children inherit that
    heed = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **heed)
    started = time.monotonic()
    while "Epoch 1/" not in (line := process.stderr.readline()):
        assert line or process.poll() is None, "ended by itself"
        assert time.monotonic() - started < 60
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in error
    assert "digits compare: interrupted" in error
    assert out == ""
    assert not list(tmp_path.iterdir())
