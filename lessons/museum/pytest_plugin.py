"""Runs the project's tests with a bug planted: `pytest -p lessons.museum.pytest_plugin --bug 3 ...`."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from lessons.museum.planting import find, planted
from scratch.errors import DigitsError

STACK = pytest.StashKey[ExitStack]()
LONGEST = 300  # characters of what a failure says


def pytest_addoption(parser):
    """Add the options."""
    group = parser.getgroup("the museum of bugs")
    group.addoption(
        "--bug", type=int, metavar="N", help="plant the bug of that number before anything is imported"
    )
    group.addoption(
        "--bug-report", metavar="FILE", help="write how many tests pass, and the first that fails, as JSON"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Plant the bug: before the conftest files, which import our packages."""
    options, stack = early_config.known_args_namespace, ExitStack()
    early_config.stash[STACK] = stack
    try:
        bug = None if options.bug is None else find(options.bug)
        stack.enter_context(planted(bug))
    except DigitsError as error:
        raise pytest.UsageError(str(error)) from None
    if options.bug_report:
        early_config.pluginmanager.register(Counter(Path(options.bug_report)), "bug-report")


def pytest_unconfigure(config):
    """Take the bug out again."""
    if STACK in config.stash:
        config.stash[STACK].close()


class Counter:
    """Counts tests, and keeps the first failure's words."""

    def __init__(self, path):
        self.path, self.passed, self.failed, self.skipped = path, 0, None, None

    def pytest_runtest_logreport(self, report):
        """Count a test."""
        self.passed += report.when == "call" and report.passed
        self.count(report)

    def pytest_collectreport(self, report):
        """Count a file: one that can't be imported has failed."""
        self.count(report)

    def count(self, report):
        """Keep what failed first, or was skipped."""
        if report.failed and self.failed is None:
            self.failed = f"{report.nodeid}: {said(report)}"
        elif report.skipped:
            self.skipped = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)

    def pytest_sessionfinish(self):
        """Write the file."""
        counts = {"passed": self.passed, "failed": self.failed, "skipped": self.skipped}
        self.path.write_text(json.dumps(counts), "utf-8")


def said(report):
    """Return what a failure says, in one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr).strip().splitlines()[-1]
    text = " ".join(text.partition("First 5 mismatches")[0].split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
