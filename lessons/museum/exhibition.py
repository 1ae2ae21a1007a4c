"""Every check has a go at every bug: who catches what, in one table."""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading

from lessons.museum.checks import CHECKS
from lessons.museum.outcomes import CAUGHT, LET_THROUGH
from lessons.museum.planting import ROOT, collection, patched_sources
from scratch.errors import DigitsError
from scratch.progress import watch

WORKERS = 2
# Two processes share the machine: each has one thread for its matrix products. The plain kernels of
# TensorFlow are the ones to be compared with.
SURROUNDINGS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TF_ENABLE_ONEDNN_OPTS": "0"}


def exhibit(bugs=None, checks=CHECKS, show=False):
    """Let the checks have a go at the bugs, and at the code as it is; return what came of it, ready for JSON.

    bugs: a list of Bugs (default: all); checks: Checks. show: put up a progress bar. A dict of `checks`
    (their titles by name), `control` (the outcomes for the code as it is, by check), `bugs` (a list of dicts,
    each with its outcomes) and `failures` (sentences on what should not be). Takes minutes, in two processes
    at a time.
    Raises DigitsError where a patch does not fit the code, or a process ends before it is through.
    """
    bugs = collection() if bugs is None else bugs
    for bug in bugs:
        patched_sources(bug)  # what does not fit is said before minutes have gone by
    outcomes = run_all([0, *(bug.number for bug in bugs)], [check.name for check in checks], show)
    report = {
        "checks": {check.name: check.title for check in checks},
        "control": outcomes[0],
        "bugs": [described(bug) | {"outcomes": outcomes[bug.number]} for bug in bugs],
    }
    return report | {"failures": failures(report)}


def described(bug):
    """Return a bug as plain data, without its patch."""
    words = {name: getattr(bug, name) for name in ("number", "title", "seen", "hid", "planted")}
    return words | {"files": sorted({edit.file for edit in bug.edits}), "expected": list(bug.caught_by)}


def failures(report):
    """Return a sentence for each thing that is not as it should be."""
    found = [
        f"{report['checks'][name]} finds fault with the code as it is: {outcome['words']}"
        for name, outcome in report["control"].items()
        if outcome["state"] == CAUGHT
    ]
    for bug in report["bugs"]:
        states = {name: outcome["state"] for name, outcome in bug["outcomes"].items()}
        if CAUGHT not in states.values():
            found.append(f"bug {bug['number']} ({bug['title']}) is caught by none of the checks")
        found += [
            f"bug {bug['number']} ({bug['title']}) is no longer caught by {report['checks'][name]}, "
            f"which bugs.toml says: {bug['outcomes'][name]['words']}"
            for name in bug["expected"]
            if states.get(name) == LET_THROUGH
        ]
    return found


def run_all(numbers, names, show):
    """Run the checks of these `names` for each bug; return {number: {check: outcome}}."""
    todo, done, workers = queue.SimpleQueue(), queue.SimpleQueue(), []
    for number in numbers:
        todo.put(number)
    for _ in range(WORKERS):
        worker = Worker(todo, done, names)
        worker.start()
        workers.append(worker)
    outcomes = {number: {} for number in numbers}
    try:
        for _ in watch(range(len(numbers) * len(names)), "each check has a go at each bug", show):
            number, outcome = done.get()
            if isinstance(outcome, Exception):
                raise outcome
            outcomes[number][outcome.pop("check")] = outcome
    finally:
        for worker in workers:
            worker.stop()
    return outcomes


class Worker(threading.Thread):
    """Takes numbers of bugs from `todo`, runs a process for each, and puts (number, outcome) into `done`."""

    def __init__(self, todo, done, names):
        super().__init__(daemon=True)
        self.todo, self.done, self.names = todo, done, names
        self.process, self.stopped = None, False

    def run(self):
        """Go on until nothing is left to do."""
        while not self.stopped:
            try:
                number = self.todo.get_nowait()
            except queue.Empty:
                return
            try:
                self.run_process(number)
            except Exception as error:  # it is raised again by whoever waits for the outcomes
                self.done.put((number, error))

    def run_process(self, number):
        """Run all checks for one bug. Raises DigitsError where the process ends before it is through."""
        command = [sys.executable, "-m", "lessons.museum.worker", str(number), *self.names]
        through = 0
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | SURROUNDINGS | {"PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE, stderr=said, text=True, encoding="utf-8", start_new_session=True,
            )  # fmt: skip
            with self.process:
                for line in self.process.stdout:
                    self.done.put((number, json.loads(line)))
                    through += 1
            status = self.process.returncode
            if through < len(self.names) and not self.stopped:
                said.seek(0)
                what = f"bug {number}" if number else "the code as it is"
                raise DigitsError(
                    f"the process for {what} ended with status {status} in the check "
                    f"{self.names[through]!r}: {said.read()[-2000:].strip() or 'it said nothing'}"
                )

    def stop(self):
        """End the process that is running, if there is one, and those that it has started."""
        self.stopped = True
        if self.process and self.process.poll() is None:
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGTERM)
            else:
                self.process.terminate()
