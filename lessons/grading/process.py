"""Has a process of its own run the learner's code, and waits for it no longer than is right."""

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from lessons.grading import sources
from lessons.grading.verdict import FAILED, Verdict
from scratch.errors import DigitsError

SECONDS = 10  # for one step; cases are small
PATIENCE = 20  # more than the child's own limit of a step, should its watchdog be dead
KERAS_PATIENCE = 240
START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from lessons.grading import child; "
    "child.main(**json.loads(sys.argv[2]))"
)
# One thread for BLAS: with dozens, its buffers alone would reach the child's limit of memory.
ENVIRONMENT = {"MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"}


@dataclass
class Outcome:
    """What came of grading a file.

    path: the file; verdicts: {function: Verdict} of those that were looked at; problem, line: what is wrong
    with the file as a whole, in a sentence, or None.
    """

    path: Path
    verdicts: dict = field(default_factory=dict)
    problem: str | None = None
    line: int | None = None


def grade(number, path, part=None, keras=True, seconds=SECONDS, watch=lambda what: None):
    """Return the Outcome of grading the file at `path` against the exercises of lesson `number`.

    part: 1 or 2 for one exercise alone. keras: whether to ask Keras. seconds: the time limit of a step.
    watch: called with a word on what is being looked at. Raises DigitsError where the file can't be read, or
    the grading itself goes wrong.
    """
    sources.read(path)
    outcome, what, traceback = Outcome(path), "the start", []
    request = {"number": number, "path": str(path), "part": part, "keras": keras, "seconds": seconds}
    process = start(request)
    try:
        for line in lines_of(process, seconds + PATIENCE):
            event = event_in(line)
            if event is None:
                traceback.append(line)
                continue
            if event["event"] == "step":
                what = event["what"]
                watch(what)
            if event["event"] == "file":
                outcome.problem, outcome.line = event["sentence"], event["line"]
                return outcome
            if event["event"] == "verdict":
                verdict = Verdict(**event["verdict"])
                outcome.verdicts[verdict.function] = verdict
            if event["event"] == "done":
                return outcome
            if event["event"] == "our fault":
                raise DigitsError(
                    f"grading {what} failed by a mistake of ours, not of yours ({event['error']}): please "
                    f"report it, with {path}"
                )
    finally:
        end(process)
    write_down_the_end(outcome, what, traceback, process, seconds)
    return outcome


def start(request):
    """Return a Popen that grades, and tells it on its standard output."""
    paths = [str(Path(__file__).parents[2]), *(path for path in sys.path if path)]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", START, json.dumps(paths), json.dumps(request)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | ENVIRONMENT,
        start_new_session=True,
    )


def lines_of(process, patience):
    """Yield what the process says, line by line, as long as it says something within `patience` seconds."""
    lines = queue.Queue()

    def listen():
        with process.stdout:
            for line in process.stdout:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=listen, daemon=True).start()
    wait = patience
    while True:
        try:
            line = lines.get(timeout=wait)
        except queue.Empty:
            yield "Timeout"
            return
        if line is None:
            return
        text = line.decode("utf-8", "replace").rstrip("\n")
        wait = KERAS_PATIENCE if "compared with Keras" in text else patience
        yield text


def event_in(line):
    """Return the event, a dict, that a line of the process holds, or None: it may be faulthandler's."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def end(process):
    """End the process, and what it has started."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)  # where it is about to end by itself, its exit status says how
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def write_down_the_end(outcome, what, traceback, process, seconds):
    """Write into an Outcome that the process ended before it was done, and where it was then."""
    line = line_in(traceback, outcome.path)
    late = any(text.startswith("Timeout") for text in traceback)
    if late:
        sentence = f"it has not come to an end after {seconds:g} seconds: a loop that never stops?"
    else:
        sentence = f"it ended the whole program ({how_it_ended(process.returncode)})"
    if what in ("the start", "the file"):
        outcome.problem, outcome.line = sentence, line
        return
    function = what.removeprefix("the speed of ").removesuffix(", compared with Keras")
    verdict = outcome.verdicts.setdefault(function, Verdict(function))
    if what.startswith("the speed"):
        verdict.notes.append(f"too slow for the case that speed is shown with ({seconds:g} s)")
    elif verdict.step is None:  # else it is known what is wrong, and only the likely mistake is not
        verdict.state, verdict.step, verdict.sentence, verdict.line = FAILED, "run", sentence, line


def line_in(traceback, path):
    """Return the line of the file at `path` that a traceback of faulthandler names first, or None."""
    for text in traceback:
        found = re.match(r'\s*File "(.*)", line (\d+) in ', text)
        # faulthandler cuts long names
        if found and found[1].removesuffix("...") and str(path).startswith(found[1].removesuffix("...")):
            return int(found[2])
    return None


def how_it_ended(status):
    """Return in words how a process ended."""
    if status is not None and status < 0:
        return next((f"crashed, {s.name}" for s in signal.Signals if s == -status), f"signal {-status}")
    return f"exit status {status}"
