"""The checks that are suites of tests: ONNX's, Keras's own, and the project's quick ones, run by pytest.

They live in tests/, so they are there where the project's folder is, and not where only its packages are
installed. Each runs in a process of its own, which plants the bug that is planted here (see pytest_plugin).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from lessons.museum import planting
from lessons.museum.outcomes import NotRun, caught_if

QUICK = "not keras and not slow and not compiled and not verify and not mnist"
# What is about the mathematics comes first: a run ends with the first test that fails.
FIRST = ("test_reference.py", "test_layers.py", "test_losses.py", "test_optimizers.py", "test_models.py")


def onnx():
    """Run ONNX's tests of its operators, and the exported models, on the textbook's engine."""
    return run_tests(["tests/peers/test_onnx.py"], "-k", "reference")


def keras():
    """Run Keras's own tests on our classes, on the textbook's engine."""
    return run_tests(["tests/peers/test_keras_suite.py"], "-k", "reference")


def unit(*names):
    """Run the project's quick tests: those of these names, as pytest takes them, or all of the textbook's."""
    return run_tests(names or quick_tests(), "-m", QUICK)


def quick_tests():
    """Return the paths of the textbook's test files in the order to run them in; their folder's if none."""
    folder = Path("tests", "scratch")
    files = sorted(path.relative_to(planting.ROOT) for path in (planting.ROOT / folder).rglob("test_*.py"))
    files.sort(key=lambda path: FIRST.index(path.name) if path.name in FIRST else len(FIRST))
    return [path.as_posix() for path in files] or [folder.as_posix()]


def run_tests(names, *options):
    """Run some tests up to the first that fails, with the bug that is planted now; return the Outcome.

    Raises NotRun where the tests are not there, or cannot run.
    """
    for name in names:
        if not (planting.ROOT / name.partition("::")[0]).exists():
            raise NotRun(f"{name} is not here: run it in the project's folder")
    bug, what = planting.now_planted(), f"{names[0]} and {len(names) - 1} more" if names[1:] else names[0]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pytest", *names, "-x", "-q", "-p", "no:cacheprovider", *options]
        command += ["-p", "lessons.museum.pytest_plugin", "--bug-report", str(report)]
        command += ["--bug", str(bug.number)] if bug else []
        result = subprocess.run(
            command, cwd=planting.ROOT, env=os.environ | {"PYTHONPATH": str(planting.ROOT)},
            capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
        if not report.exists():
            raise NotRun(f"pytest can't run {what}: {last_line(result.stderr or result.stdout)}")
        counts = json.loads(report.read_text("utf-8"))
    if counts["failed"]:
        return caught_if(True, counts["failed"])
    if not counts["passed"]:
        raise NotRun(counts["skipped"] or f"pytest finds no test in {what}: {last_line(result.stdout)}")
    return caught_if(False, f"all {counts['passed']:,} tests pass")


def last_line(text):
    """Return the last line of a program's output that is not empty."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it says nothing")
