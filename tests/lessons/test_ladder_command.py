"""`digits bench --ladder` as a person runs it."""

import json
import subprocess
import sys

import pytest
from PIL import Image

from keras_ref.bench import ladder as measuring
from lessons import cli
from scratch import ladder
from scratch.errors import DigitsError


@pytest.mark.compiled
@pytest.mark.slow
def test_a_ladder_in_json(tmp_path):
    command = [sys.executable, "-m", "lessons.cli", "bench", "--ladder", "--json", "--rounds", "1"]
    command += ["--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [rung["name"] for rung in report["rungs"]] == list(ladder.RUNGS)
    assert report["flop_an_image"] == 2 * 10 * 10 * 3 * 3 * 32 * 64  # 11x11 pixels, the pool drops the last
    first = report["rungs"][0]
    for rung in report["rungs"]:
        assert rung["spread"] == [rung["microseconds"]] * 2
        assert rung["times_faster"] == first["microseconds"] / rung["microseconds"]
        assert rung["gflops"] == pytest.approx(report["flop_an_image"] / rung["microseconds"] / 1000)
        assert rung["share_of_sgemm"] == pytest.approx(rung["gflops"] / report["sgemm_gflops"])
        assert rung["difference"] <= report["tolerance"]
    assert "round 1 of 1: loops in Python" in done.stderr
    with Image.open(tmp_path / "ladder.png") as picture:
        assert picture.width > 1000


def test_a_rung_that_computes_something_else_is_not_timed():
    class Rung:
        def __init__(self, result):
            self.result = result

        def measure(self, what, method, rung):
            assert (what, method) == ("special", "result")
            return self.result

    measuring.compare({"first": Rung([1.0, 2.0]), "second": Rung([1.0, 2.00001])})
    for wrong in ([1.0, 2.1], [1.0, float("nan")]):
        with pytest.raises(DigitsError, match=r"'second' can't be timed, .* something else than 'first'"):
            measuring.compare({"first": Rung([1.0, 2.0]), "second": Rung(wrong)})


@pytest.mark.parametrize(
    "argument",
    ["--model small", "--peers torch", "--scratch-only", "--engine reference", "--steps 5", "--data digits"],
)
def test_arguments_for_networks_are_refused(argument, capsys):
    assert cli.main(["bench", "--ladder", *argument.split()]) == 1
    received = capsys.readouterr()
    assert (
        f"{argument.split()[0]} has no meaning here, because --ladder measures one convolution"
        in received.err
    )
    assert received.out == ""
