"""A contestant's process: `python -m keras_ref.bench.worker ARGUMENTS` does what it reads on standard input.

A line there is a request, {"what": "train", "steps": 100}, a line on standard output its answer,
{"result": 5.6} or {"error": "a sentence"}. It waits for requests without using the processor, and ends when
there can be no more. Standard output is for answers alone: what libraries print goes to standard error.
"""

import json
import os
import signal
import sys
import time
import traceback

import numpy as np

from keras_ref.bench import contestant, task
from keras_ref.bench.task import BATCH_SIZE
from scratch.errors import DigitsError

ONE_IMAGE_SECONDS = 0.3  # so long one image is asked for again and again, a median's worth
FEWEST_CALLS, MOST_CALLS = 10, 5000
ODD_IMAGES = 16  # what is left of 10,000 images after whole batches: a shape of its own to compile for
QUIET_SECONDS, MOST_QUIET_SECONDS, IDLE = 0.02, 1.0, 0.05  # IDLE: processor seconds a second


class Worker:
    """What a contestant's process can be asked for; each method's arguments and result are what JSON has."""

    def __init__(self, name, folder=None, model=None, images=0, threads=None):
        self.task = task.read(folder, model, images, threads) if folder else None
        self.contestant = contestant.make(name, self.task)

    def settings(self):
        """Return the names of the contestant's settings, the default first."""
        return list(self.contestant.settings)

    def prepare(self, setting):
        """Compile what the setting needs; return the losses of the first batch before and after one step.

        Returns None where the setting does not work on this machine, unless it is the default.
        """
        x, y = self.task.x_train[:BATCH_SIZE], self.task.y_train[:BATCH_SIZE]
        try:
            before = self.loss(setting, x, y)
            self.contestant.train(setting, x, y, BATCH_SIZE, 1)
            after = self.loss(setting, x, y)
            self.contestant.predict(setting, self.task.x_test[: BATCH_SIZE + ODD_IMAGES], BATCH_SIZE)
        except Exception:
            if setting == self.contestant.settings[0]:
                raise
            traceback.print_exc()
            return None
        return before, after

    def loss(self, setting, x, y):
        """Return the mean cross-entropy of a batch, from the probabilities that the contestant gives."""
        probabilities = self.contestant.predict(setting, x, BATCH_SIZE)
        return float(-np.log(probabilities[np.arange(len(y)), y]).mean())

    def train(self, setting, steps, batch_size=BATCH_SIZE):
        """Return the milliseconds that a training step takes, within an epoch of so many steps."""
        images = steps * batch_size
        x, y = self.task.x_train[:images], self.task.y_train[:images]
        return 1000 * self.contestant.train(setting, x, y, batch_size, steps) / steps

    def predict(self, setting, images):
        """Return the milliseconds that so many test images take, in batches of 128."""
        x = self.task.x_test[:images]
        started = time.perf_counter()
        self.contestant.predict(setting, x, BATCH_SIZE)
        return 1000 * (time.perf_counter() - started)

    def predict_one(self, how="call"):
        """Return the median microseconds that one image takes."""
        ask, seconds = self.contestant.one_image(how), []
        ask()  # whatever the first call has to prepare
        while len(seconds) < FEWEST_CALLS or (sum(seconds) < ONE_IMAGE_SECONDS and len(seconds) < MOST_CALLS):
            started = time.perf_counter()
            ask()
            seconds.append(time.perf_counter() - started)
        return 1e6 * float(np.median(seconds))

    def first_step(self):
        """Take one training step; return the time of day after it, in seconds."""
        x, y = self.task.x_train[:BATCH_SIZE], self.task.y_train[:BATCH_SIZE]
        self.contestant.train(self.contestant.settings[0], x, y, BATCH_SIZE, 1)
        return time.time()

    def peak_memory(self, steps):
        """Train for so many steps on all images; return the most MB that the process ever took, or None where
        the platform does not tell.
        """
        x, y = self.task.x_train, self.task.y_train
        self.contestant.train(self.contestant.settings[0], x, y, BATCH_SIZE, steps)
        return peak_memory()

    def special(self, method, **arguments):
        """Return what a method of the contestant returns that only contestants of its kind have."""
        return getattr(self.contestant, method)(**arguments)

    def settle(self):
        """Wait until the process's threads have gone to sleep: some libraries' go on for a while, waiting for
        work, and would take the processor away from who comes next. A second at most.
        """
        for _ in range(round(MOST_QUIET_SECONDS / QUIET_SECONDS)):
            used = time.process_time()
            time.sleep(QUIET_SECONDS)
            if time.process_time() - used < IDLE * QUIET_SECONDS:
                return


def peak_memory():
    """Return the most memory that this process ever took, in MB, or None where the platform does not tell."""
    if sys.platform == "linux":  # ru_maxrss begins with what the parent had at the fork; VmHWM is our own
        with open("/proc/self/status") as lines:
            return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e6
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def serve(make_worker, requests, answers):
    """Answer all requests; both are text streams. Errors that are meant to be read are answers, too."""
    worker = None
    for line in requests:
        request = json.loads(line)
        try:
            worker = worker or make_worker()
            answer = {"result": getattr(worker, request.pop("what"))(**request)}
        except DigitsError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


def main():
    """Be a worker, with the arguments of `Worker` as JSON on the command line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks; he ends this process
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    arguments = json.loads(sys.argv[1])
    serve(lambda: Worker(**arguments), sys.stdin, answers)


if __name__ == "__main__":
    main()
