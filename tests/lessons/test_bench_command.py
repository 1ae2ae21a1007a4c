"""`digits bench` as a person runs it: what it prints is whole and adds up. No test asserts a speed."""

import json
import os
import subprocess
import sys

import pytest
from PIL import Image

from keras_ref.bench import contestant
from lessons import cli

MEASURED = {"train_epoch", "predict_10k", "predict_one", "start"} | (
    {"peak_memory"} if sys.platform != "win32" else set()
)


def digits_bench(folder, *arguments):
    """Run the command, as small as it gets, with oneDNN on, as everybody has it."""
    command = [sys.executable, "-m", "lessons.cli", "bench", "--data", "digits", "--model", "small"]
    return subprocess.run(
        [*command, "--rounds", "1", "--steps", "2", "--out", str(folder), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"TF_ENABLE_ONEDNN_OPTS": "1"},
    )


def check_figures(part):
    """Assert that all ratios are quotients of the medians beside them, and these within their spread."""
    assert (
        set(part["ratios"]) == set(part["medians"]) == set(part["spread"]) == set(part["ratios_to_fastest"])
    )
    for what, medians in part["medians"].items():
        ours = medians["scratch"]
        assert set(part["ratios"][what]) == set(medians) - {"scratch"}
        for name, median in medians.items():
            low, high = part["spread"][what][name]
            assert 0 < low <= median <= high
            assert part["rounds"][what][name] == [median]  # the only round
            if name != "scratch":
                assert part["ratios"][what][name] == median / ours
                assert part["ratios_to_fastest"][what][name] == low / ours


@pytest.mark.keras
@pytest.mark.slow
def test_a_report_in_json(tmp_path):
    done = digits_bench(tmp_path, "--json", "--threads", "1")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["data"], report["repeated_to_size_of_mnist"]) == ("digits", True)
    assert (report["engine"], report["rounds"], report["steps"], report["threads"]) == ("fast", 1, 2, 1)
    assert set(report["environment"]) >= {"numpy", "numba", "tensorflow", "keras", "processor", "threads"}
    part = report["models"]["small"]
    for key in ("ratios", "ratios_to_fastest", "medians", "spread"):
        assert report[key] == part[key]
    check_figures(part)
    assert set(report["ratios"]) == set(report["units"]) & (MEASURED | {"predict_one_by_predict"})
    for what in MEASURED:
        assert set(report["ratios"][what]) == {"keras", "reference"}
    assert set(report["ratios"]["predict_one_by_predict"]) == {"keras"}
    assert part["part_of_the_work"] == {"scratch": 1, "keras": 1, "reference": 0.1}
    assert set(part["settings"]["keras"]) == {"train_epoch", "predict_10k"}
    assert set(part["growth"]["batch_size"]["medians"]) == {"scratch", "keras"}
    assert list(part["growth"]["batch_size"]["medians"]["keras"]) == ["1", "8", "32", "128", "512", "1024"]
    assert list(part["growth"]["threads"]["medians"]) == ["1"]
    assert set(part["peak"]["share"]) == {"scratch", "keras", "reference"}
    for name in ("ratios", "growth"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert picture.width > 1000
    assert "small, round 1 of 1: scratch" in done.stderr
    for word in ("oneDNN", "cuda", "cpu_feature", "WARNING", "I0000", "Traceback"):
        assert word not in done.stderr


@pytest.mark.compiled
@pytest.mark.slow
def test_the_table_of_our_side_alone(tmp_path):
    (tmp_path / "ratios.png").write_bytes(b"of another run")
    done = digits_bench(tmp_path, "--scratch-only")
    assert done.returncode == 0, done.stderr
    assert "Model small, engine fast, batch 128" in done.stdout
    assert "Medians of 1 interleaved round, 2 training steps each" in done.stdout
    assert "repeated to the size of MNIST" in done.stdout
    assert "Keras" not in done.stdout.replace("Keras 3", "")
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80  # the last line has the paths
    assert [path.name for path in tmp_path.iterdir()] == ["growth.png"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--rounds", "0"], 2, "--rounds: expected 1 or more, received 0"),
        (["--model", "vgg"], 2, "invalid choice: 'vgg'"),
        (["--peers", "caffe"], 2, "expected some of keras,torch,jax, or all; received 'caffe'"),
        (["--peers", "all,keras"], 2, "received 'all'"),
        (["--peers", "keras", "--scratch-only"], 2, "not allowed with argument"),
        (["--steps", "469"], 1, "--steps: expected 468 at most"),
        (["--threads", "100000"], 1, "--threads: expected"),
    ],
)
def test_a_wrong_call_is_one_sentence(arguments, status, message, tmp_path, capsys):
    try:
        ended = cli.main(["bench", "--data", "digits", "--out", str(tmp_path), *arguments])
    except SystemExit as left:
        ended = left.code
    captured = capsys.readouterr()
    assert ended == status
    assert message in captured.err
    assert len(captured.err.strip().splitlines()) == 1
    assert captured.out == ""


def test_a_peer_that_is_not_installed(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(contestant.CONTESTANTS, "jax", ("in_jax", "no_such_package"))
    assert cli.main(["bench", "--peers", "keras,jax", "--out", str(tmp_path)]) == 1
    assert "--peers: jax can't be measured" in capsys.readouterr().err
