"""`digits bench` as a person runs it: what it prints is whole and adds up. No test asserts a speed."""

import json
import os
import subprocess
import sys

import pytest

from lessons import cli

pytestmark = [pytest.mark.keras, pytest.mark.slow]

WHATS = [
    "training",
    "epoch",
    "prediction",
    "one image",
    "one image, Keras's predict",
    "start to first step",
    "peak memory",
]


def digits_bench(*arguments):
    """Run the command, as small as it gets, with oneDNN on, as everybody has it."""
    command = [sys.executable, "-m", "lessons.cli", "bench", "--data", "digits", "--model", "small"]
    return subprocess.run(
        [*command, "--rounds", "1", "--steps", "2", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"TF_ENABLE_ONEDNN_OPTS": "1"},
    )


def check_row(row):
    """Assert that a row's figures are positive, and that its medians and ratios follow from its rounds."""
    (ours,), (keras,) = row["rounds"]["ours"], row["rounds"]["keras"]
    assert ours > 0
    assert keras > 0
    assert (row["ours"], row["keras"], row["keras_best"]) == (ours, keras, keras)
    assert row["ratio"] == row["keras"] / row["ours"]
    assert row["ratio_to_keras_best"] == row["keras_best"] / row["ours"]


def test_a_report_in_json():
    done = digits_bench("--json", "--threads", "1")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["data"], report["repeated_to_size_of_mnist"]) == ("digits", True)
    assert (report["engine"], report["rounds"], report["steps"], report["threads"]) == ("fast", 1, 2, 1)
    assert set(report["environment"]) >= {"numpy", "numba", "tensorflow", "keras", "processor", "threads"}
    measured = WHATS if sys.platform != "win32" else WHATS[:-1]
    assert [row["what"] for row in report["rows"]] == measured
    for row in report["rows"]:
        assert row["model"] == "small"
        check_row(row)
    training, epoch, prediction = report["rows"][:3]
    assert epoch["ours"] == pytest.approx(training["ours"] * 60_000 / 128 / 1000)
    for row in (training, epoch, prediction):
        assert row["keras_steps_per_execution"] in (1, 16)
    assert "small: training, 1 of 1: scratch" in done.stderr
    for word in ("oneDNN", "cuda", "cpu_feature", "WARNING", "I0000", "Traceback"):
        assert word not in done.stderr


def test_the_table_of_our_side_alone():
    done = digits_bench("--scratch-only")
    assert done.returncode == 0, done.stderr
    assert "Model small, engine fast, batch 128" in done.stdout
    assert "Medians of 1 interleaved round " in done.stdout
    assert "repeated to the size of MNIST" in done.stdout
    assert "ratio" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--rounds", "0"], 2, "--rounds: expected 1 or more, received 0"),
        (["--model", "vgg"], 2, "invalid choice: 'vgg'"),
        (["--steps", "469"], 1, "--steps: expected 468 at most"),
        (["--threads", "100000"], 1, "--threads: expected"),
        (["--threads", "1", "--engine", "reference"], 1, "--threads is for the fast engine"),
    ],
)
def test_a_wrong_call_is_one_sentence(arguments, status, message, capsys):
    try:
        ended = cli.main(["bench", "--data", "digits", *arguments])
    except SystemExit as left:
        ended = left.code
    captured = capsys.readouterr()
    assert ended == status
    assert message in captured.err
    assert len(captured.err.strip().splitlines()) == 1
    assert captured.out == ""
