"""The coordinator's end of a contestant's process: starts it, asks it, ends it."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from keras_ref.environment import usable_threads
from scratch.errors import DigitsError

WORKER = "keras_ref.bench.worker"
LAST_LINES = 3
# Who reads how many threads to use from where. JAX reads nothing: see in_jax.py.
THREADS = (
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


def check_threads(threads):
    """Raise DigitsError for more threads than this process may use; None is fine."""
    most = usable_threads()
    if threads and threads > most:
        raise DigitsError(
            f"--threads: expected {most} at most, which is what this process may use; received {threads}"
        )


class Process:
    """A contestant's process, until `close`.

    label: what to call it in errors; threads: how many it may use (None: all); arguments: those of
    keras_ref.bench.worker.Worker.
    """

    def __init__(self, label, threads=None, **arguments):
        self.label, self.said = label, tempfile.TemporaryFile()  # noqa: SIM115, closed with the process
        self.started = time.time()
        command = [sys.executable, "-P", "-m", WORKER, json.dumps(arguments | {"threads": threads})]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            encoding="utf-8",
            env=environment(threads),
        )

    def ask(self, what, **arguments):
        """Return what the worker's method `what` returns. Raises DigitsError where it fails or dies."""
        try:
            self.process.stdin.write(json.dumps({"what": what, **arguments}) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            raise DigitsError(self.last_words(what))
        answer = json.loads(answer)
        if "error" in answer:
            raise DigitsError(f"{self.label}: {answer['error']}")
        return answer["result"]

    def measure(self, what, **arguments):
        """Ask, and wait until the process is quiet, so that the next has the machine for itself."""
        result = self.ask(what, **arguments)
        self.ask("settle")
        return result

    def last_words(self, what):
        """Return a sentence on a process that has ended unasked: how, doing what, and what it said last."""
        self.process.stdout.close()
        status = self.process.wait()
        self.said.seek(0)
        lines = self.said.read().decode("utf-8", "replace").split("\n")
        words = " / ".join([line.strip() for line in lines if line.strip()][-LAST_LINES:])
        ended = f"the process that measures {self.label} ended with status {status} when asked for {what!r}"
        return f"{ended}; it said last: {words}" if words else f"{ended}: is there too little memory?"

    def close(self):
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stdin, self.said):
            with contextlib.suppress(OSError):  # a request that could not be delivered any more
                stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def environment(threads):
    """Return the environment of a process that finds this project's packages and uses so many threads."""
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]
    more = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "KERAS_BACKEND": "tensorflow"}
    return os.environ | more | ({name: str(threads) for name in THREADS} if threads else {})
