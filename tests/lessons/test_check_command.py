"""`digits check` and `digits lesson`, as a person runs them, on good files and on bad ones."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lessons import cli
from lessons.grading import process, progress, sources, steps
from lessons.grading.exercise import exercises
from lessons.grading.verdict import FAILED, PASSED

pytestmark = pytest.mark.slow  # together they take more than a few seconds

NAME = "02_linear_classifier"
SOLVED = sources.solution_text(2)
BOTH = [exercise.function for exercise in exercises(2)]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("DIGITS_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def answer(tmp_path):
    """Return a function that writes a file of answers: lesson 2's solution with `body` as softmax's."""

    def write(body, before=""):
        path = tmp_path / "mine.py"
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        path.write_text(f"import os, sys, time\n{before}\n\ndef softmax(z, T=1.0):\n{lines}", "utf-8")
        return path

    return write


def line_of(path, text):
    return path.read_text("utf-8").splitlines().index(text) + 1


IN_A_CHILD = [
    ("while True:\n    T = T + 1", "has not come to an end after 1 seconds", "while True:"),
    ("os._exit(3)", "ended the whole program (exit status 3)", None),
    ("os.abort()", "ended the whole program (crashed, SIGABRT)", "    os.abort()"),
    ("while True:\n    print('x' * 1000)", "has not come to an end", None),
    ("a = []\nwhile True:\n    a.append(bytes(10**8))", "more memory than there is", None),
]


@pytest.mark.slow
@pytest.mark.parametrize(("body", "says", "line"), IN_A_CHILD, ids=[row[1][:40] for row in IN_A_CHILD])
@pytest.mark.skipif(os.name == "nt", reason="signals and limits of memory are POSIX's")
def test_what_would_end_us_ends_the_child(body, says, line, answer):
    path = answer(body)
    outcome = process.grade(2, path, keras=False, seconds=1)
    verdict = outcome.verdicts["softmax"]
    assert verdict.state == FAILED
    assert says in verdict.sentence
    if line:
        first = line_of(path, f"    {line.strip()}")
        assert verdict.line in (first, first + 1)  # of a loop, any line


IN_PROCESS = [
    ("sys.exit()", "ends the program (exit)"),
    ("return None", "it returns nothing: expected p"),
    ("pass", "it returns nothing"),
    ("return z * float('nan')", "is NaN, no number"),
    ("return z[0]", "p has shape (2,); expected (1, 2)"),
    ("return z.tolist()", "p is a list; expected an array of shape (1, 2)"),
    ("return z > 0", "p is bool; expected float64"),
    ("return (z, z)", "p is a tuple; expected an array"),
    ("return [[1], [1, 2]]", "p is a list"),
    ("return softmax(z)", "calls itself without end"),
    ("return z + undefined", "NameError: name 'undefined' is not defined"),
    ("return z[7]", "IndexError: index 7 is out of bounds"),
    ("raise ValueError", "ValueError"),
    ("raise GeneratorExit", "GeneratorExit"),
]


@pytest.mark.parametrize(("body", "says"), IN_PROCESS, ids=[row[0] for row in IN_PROCESS])
def test_a_bad_answer_is_one_sentence(body, says, answer):
    path = answer(body)
    module = sources.module_of(path.read_text("utf-8"), path)
    verdict = steps.grade(2, exercises(2)[0], module)
    assert verdict.state == FAILED
    assert says in verdict.sentence
    raises = any(word in says for word in ("Error", "(exit)", "itself", "GeneratorExit"))
    assert verdict.line == (line_of(path, f"    {body}") if raises else None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no softmax(z, T=1.0) in the file"),
        ("softmax = 3", "softmax is no function"),
        ("def softmax(): pass", "expected softmax(z, T=1.0); received softmax()"),
        ("def softmax(z): return z", "expected softmax(z, T=1.0); received softmax(z)"),
    ],
)
def test_a_missing_or_another_function(text, says):
    verdict = steps.grade(2, exercises(2)[0], sources.module_of(text, "mine.py"))
    assert (verdict.state, verdict.step) == (FAILED, "signature")
    assert says in verdict.sentence


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("def softmax(z:\n    return z", "SyntaxError: '(' was never closed", 1),
        ("x = 1\n   y = 2", "IndentationError: unexpected indent", 2),
        ("import os\nimport no_such_module", "ModuleNotFoundError: No module named 'no_such_module'", 2),
        ("x = 1\nraise SystemExit", "ends the program", 2),
        ("x = 1\0", "null byte", None),
        ("while True:\n    pass", "has not come to an end", 2),
    ],
)
def test_a_file_that_cannot_be_run(text, says, line, tmp_path, capsys):
    path = tmp_path / "mine.py"
    path.write_text(text, "utf-8")
    assert cli.main(["check", "2", "--file", str(path), "--time-limit", "1"]) == 1
    captured = capsys.readouterr()
    assert "The file can't be run. " in captured.out
    assert says in captured.out
    assert "Traceback" not in captured.out + captured.err
    if line:
        assert f"line {line}" in captured.out or text.startswith("while")


def test_a_file_that_cannot_be_read(tmp_path, capsys):
    (tmp_path / "latin.py").write_bytes(b"# \xe4\n")
    (tmp_path / "large.py").write_bytes(b"#" * (sources.MOST_BYTES + 1))
    for name, says in {
        "none.py": "there is no such file",
        ".": "it is no file",
        "latin.py": "expected Python in UTF-8",
        "large.py": "expected at most 1,000,000 bytes",
    }.items():
        assert cli.main(["check", "2", "--file", str(tmp_path / name)]) == 1
        error = capsys.readouterr().err
        assert says in error
        assert len(error.strip().splitlines()) == 1


def test_a_mistake_as_it_is_shown(answer, capsys):
    body = "print('scores', z)\ne = np.exp((z - z.max(axis=1, keepdims=True)) / T)\nreturn e / e.sum(axis=0)"
    path = answer(body, "import numpy as np")
    assert cli.main(["check", "2", "--file", str(path), "--no-keras"]) == 1
    printed = capsys.readouterr().out
    for part in (
        "softmax: failed",
        "right so far: signature",
        "wrong: p[0, 0] is 1; expected 0.268941 (2 of 2 values are wrong)",
        "likely mistake: the wrong axis",
        "z = [[1. 2.]]",
        "expected p = [[0.2689 0.7311]]",
        "received p = [[1. 1.]]",
        "scores [[1. 2.]]",
        "cross_entropy_gradient: not looked at yet",
    ):
        assert part in printed


def test_a_flood_of_prints_is_cut_off(answer, capsys):
    path = answer("for i in range(20_000):\n    print('line', i)\nreturn z")
    assert cli.main(["check", "2", "--file", str(path), "--no-keras", "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)["exercises"][0]["printed"]
    assert printed.startswith("line 0\nline 1\n")
    assert printed.endswith("more bytes")
    assert len(printed) < 3_000


def test_two_mistakes_at_once_are_told_with_a_perhaps(answer):
    """In one case it is as if only the temperature were missing; in others it is not."""
    path = answer("e = np.exp(z)\nreturn e / e.sum(axis=1, keepdims=True)", "import numpy as np")
    module = sources.module_of(path.read_text("utf-8"), path)
    verdict = steps.grade(2, exercises(2)[0], module)
    assert verdict.likely == "perhaps: the temperature is not used"


def test_a_fault_of_ours_is_called_that(tmp_path, monkeypatch, capsys):
    """Here the answer itself spoils NumPy for the grading."""
    path = tmp_path / "mine.py"
    path.write_text(f"import numpy\nnumpy.errstate = None\n{SOLVED}", "utf-8")
    assert cli.main(["check", "2", "--file", str(path), "--no-keras"]) == 1
    captured = capsys.readouterr()
    assert "by a mistake of ours" in captured.err
    assert "Traceback" not in captured.err


def test_what_cannot_be_timed_is_right_all_the_same(tmp_path, capsys):
    path = tmp_path / "mine.py"
    many = "\n    if len(z) > 1000:\n        sys.exit('too many')\n    scaled = z / T"
    path.write_text("import sys\n" + SOLVED.replace("\n    scaled = z / T", many), "utf-8")
    assert cli.main(["check", "2", "--file", str(path), "--no-keras", "--part", "1"]) == 0
    printed = capsys.readouterr().out
    assert "softmax: passed" in printed
    assert "it could not be timed on 5,000 images, 10 classes: it ends the program" in printed


def test_a_slow_answer_is_right_all_the_same(tmp_path, capsys):
    path = tmp_path / "mine.py"
    slow = "\n    while len(z) > 1000:\n        pass\n    scaled = z / T"
    path.write_text(SOLVED.replace("\n    scaled = z / T", slow), "utf-8")
    arguments = ["check", "2", "--file", str(path), "--no-keras", "--part", "1", "--time-limit", "1"]
    assert cli.main(arguments) == 0
    assert "too slow for the case that speed is shown with" in capsys.readouterr().out


def test_the_project_folder_is_safe_from_names_in_the_current_folder(tmp_path):
    """A learner's json.py or numpy.py beside the answers does not break the grading."""
    (tmp_path / "exercises").mkdir()
    for name in ("json.py", "numpy.py", "random.py"):
        (tmp_path / name).write_text("raise ValueError('mine')")
        (tmp_path / "exercises" / name).write_text("raise ValueError('mine')")
    (tmp_path / "exercises" / f"{NAME}.py").write_text(SOLVED, "utf-8")
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-P", "-m", "lessons.cli", "check", "2", "--no-keras"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All solved." in done.stdout


def test_progress_is_kept_and_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exercises").mkdir()
    mine = tmp_path / "exercises" / f"{NAME}.py"
    mine.write_text(SOLVED, "utf-8")
    assert cli.main(["check", "2", "--no-keras"]) == 0
    assert progress.solved(progress.load(), 2) == 2
    capsys.readouterr()
    assert cli.main(["check", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["solved"] == 2
    assert cli.main(["lesson"]) == 0
    assert "2 of 2" in capsys.readouterr().out

    mine.write_text(SOLVED.replace("scaled.max(axis=1", "scaled.max(axis=0"), "utf-8")
    assert cli.main(["check", "2", "--no-keras"]) == 1
    assert progress.state(progress.load(), 2, "softmax") == FAILED
    assert progress.state(progress.load(), 2, "cross_entropy_gradient") == PASSED


def test_a_file_given_by_name_does_not_count(tmp_path, capsys):
    path = tmp_path / "theirs.py"
    path.write_text(SOLVED, "utf-8")
    assert cli.main(["check", "2", "--file", str(path), "--part", "2", "--no-keras", "--json"]) == 0
    (only,) = json.loads(capsys.readouterr().out)["exercises"]
    assert (only["function"], only["state"]) == ("cross_entropy_gradient", PASSED)
    assert not progress.path().exists()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "[" * 100_000, '{"version": 1, "exercises": {"a": {"b": 3}}}', '{"version": 9}'],
    ids=["empty", "cut off", "a list", "nested", "other rows", "other version"],
)
def test_a_damaged_progress_begins_anew(content, capsys):
    progress.path().parent.mkdir(parents=True, exist_ok=True)
    progress.path().write_text(content)
    assert progress.load() == {}
    error = capsys.readouterr().err
    assert "can't be understood" in error
    assert len(error.splitlines()) == 1
    assert progress.path().with_suffix(".damaged.json").read_text() == content
    progress.keep(2, [])
    assert progress.load() == {"02": {}}


def test_progress_that_cannot_be_written_is_a_word_and_no_more(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DIGITS_CACHE", str(tmp_path / "file" / "cache"))
    progress.keep(2, [])
    assert "Your progress was not kept" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--part", "1"], "expected its number"),
        (["99"], "there is no lesson 99"),
    ],
)
def test_a_wrong_call(arguments, says, capsys):
    assert cli.main(["check", *arguments]) == 1
    assert says in capsys.readouterr().err


@pytest.mark.keras
def test_keras_is_asked_in_the_end(tmp_path, capsys):
    path = tmp_path / "mine.py"
    path.write_text(SOLVED, "utf-8")
    assert cli.main(["check", "2", "--file", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["exercises"]
    assert [each["function"] for each in found] == BOTH
    for each in found:
        assert each["passed"][-1] == "Keras"
        assert each["seconds"] > 0
