"""`digits bugs` as a person runs it, and the table that it makes."""

import json
import os
import subprocess
import sys

import pytest

from lessons.cli import main
from lessons.commands import bugs as command
from lessons.museum import collection, find
from lessons.museum.checks import BY_NAME, CHECKS
from lessons.museum.exhibition import exhibit, failures
from lessons.museum.outcomes import CAUGHT, LET_THROUGH, NOT_RUN
from lessons.museum.planting import ROOT
from scratch.errors import DigitsError
from scratch.figures.bugs import bugs_and_checks


def report_of(control, *rows):
    """Return a report on three checks: a word for each of them on the code as it is, and on each bug."""
    checks = {name: BY_NAME[name].title for name in ("start", "gradients", "adjoint")}

    def outcomes(states):
        return {
            name: {"state": state, "words": f"{name} says so", "seconds": 0.1}
            for name, state in zip(checks, states, strict=True)
        }

    bugs = [
        {"number": bug.number, "title": bug.title, "expected": ["gradients"], "outcomes": outcomes(states)}
        for bug, states in zip(collection(), rows, strict=False)
    ]
    return {"checks": checks, "control": outcomes(control), "bugs": bugs}


NONE = (LET_THROUGH,) * 3


def test_all_is_well_where_each_bug_is_caught_and_the_code_passes():
    assert failures(report_of(NONE, (LET_THROUGH, CAUGHT, CAUGHT), (NOT_RUN, CAUGHT, LET_THROUGH))) == []


def test_a_check_that_finds_fault_with_the_code_as_it_is():
    found = failures(report_of((LET_THROUGH, LET_THROUGH, CAUGHT), (LET_THROUGH, CAUGHT, CAUGHT)))
    assert found == ["Adjoint test finds fault with the code as it is: adjoint says so"]


def test_a_bug_that_nobody_catches_and_one_that_a_check_has_lost():
    found = failures(
        report_of(NONE, NONE, (LET_THROUGH, LET_THROUGH, CAUGHT), (LET_THROUGH, NOT_RUN, CAUGHT))
    )
    assert [sentence.partition(")")[2] for sentence in found] == [
        " is caught by none of the checks",
        " is no longer caught by Gradient check, which bugs.toml says: gradients says so",
        " is no longer caught by Gradient check, which bugs.toml says: gradients says so",
    ]
    assert [sentence.split()[1] for sentence in found] == ["1", "1", "2"]


def test_the_table_has_a_row_for_each_bug_and_counts_what_is_caught(capfd):
    command.show_all(report_of((LET_THROUGH, LET_THROUGH, NOT_RUN), (LET_THROUGH, CAUGHT, CAUGHT), NONE))
    out = capfd.readouterr().out
    row = next(line for line in out.splitlines() if "returns inside its loop" in line)
    assert [word for word in row.split() if word in "●·?"] == ["·", "●", "●"]
    assert "B  Gradient check: caught 1 of 2" in out
    assert "The code as it is passes 2 of 3 checks" in out
    assert "Not run: Adjoint test, because adjoint says so." in out


def test_one_bug_is_shown_with_its_patch(capfd):
    report = report_of(NONE, (LET_THROUGH, CAUGHT, CAUGHT))
    command.show_one(report["bugs"][0], report, find(1))
    out = capfd.readouterr().out
    for words in (
        "1. Max-pooling's backward",
        "Seen: riccardo",
        "Why it hid: ",
        "Planted here: ",
        "● Gradient check",
    ):
        assert words in out
    assert "+    for i, j in np.ndindex(OH, OW):" in out


def test_the_picture_counts_what_each_check_caught():
    figure = bugs_and_checks(
        ["1. a", "2. b"], ["One check", "Another"], [["caught", "let through"], ["caught", "not run"]], "T"
    )
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["2 of 2", "0 of 2"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1. a", "2. b"]
    marks = {line.get_label(): list(zip(*line.get_data(), strict=True)) for line in axes.lines}
    assert marks == {"caught": [(0, 0), (0, 1)], "let through": [(1, 0)], "not run": [(1, 1)]}
    assert len({line.get_marker() for line in axes.lines}) == 3  # told apart in grey, too


@pytest.mark.slow
def test_two_processes_try_a_few_checks(tmp_path):
    checks = [BY_NAME["gradients"], BY_NAME["adjoint"]]
    report = exhibit([find(1), find(14)], checks)
    assert report["failures"] == []
    states = [[outcome["state"] for outcome in bug["outcomes"].values()] for bug in report["bugs"]]
    assert states == [[CAUGHT, CAUGHT], [CAUGHT, LET_THROUGH]]
    assert [outcome["state"] for outcome in report["control"].values()] == [LET_THROUGH, LET_THROUGH]
    assert "MaxPooling2D()" in report["bugs"][0]["outcomes"]["gradients"]["words"]
    json.dumps(report)


@pytest.mark.slow
def test_a_process_that_ends_too_early_is_an_error(monkeypatch):
    from lessons.museum.checks import Check

    with pytest.raises(DigitsError, match=r"(?s)ended with status 1 in the check 'nothing': .*KeyError"):
        exhibit([find(1)], [Check("nothing", "Nothing", "?", None)])


def test_wrong_calls(capfd, tmp_path):
    assert main(["bugs", "--bug", "25", "--out", str(tmp_path)]) == 1
    assert "there is no bug 25: expected one of 1, 2, 3" in capfd.readouterr().err
    with pytest.raises(SystemExit):
        main(["bugs", "--bug", "0"])
    assert "expected 1 or more, received 0" in capfd.readouterr().err


@pytest.mark.verify
@pytest.mark.keras
@pytest.mark.mnist
def test_all_checks_against_all_bugs(tmp_path, mnist_path):
    """The whole table: each bug is caught by all that are known to; the code as it is passes everywhere."""
    done = subprocess.run(
        [sys.executable, "-m", "lessons.cli", "bugs", "--json", "--out", str(tmp_path)], cwd=ROOT,
        env=os.environ | {"MNIST_DIR": str(mnist_path)}, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["failures"] == []
    assert list(report["checks"]) == [check.name for check in CHECKS]
    assert len(report["bugs"]) >= 20
    assert {outcome["state"] for outcome in report["control"].values()} == {LET_THROUGH}
    for bug in report["bugs"]:
        states = [outcome["state"] for outcome in bug["outcomes"].values()]
        assert CAUGHT in states
        assert NOT_RUN not in states
    assert json.loads((tmp_path / "bugs.json").read_text("utf-8")) == report
    assert (tmp_path / "bugs.png").read_bytes().startswith(b"\x89PNG")
