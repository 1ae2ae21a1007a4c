"""A fresh Python that trains a network: how long until its first step, and how much memory it takes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from scratch.errors import DigitsError

BEGIN = """
import json, sys
import numpy as np

rng = np.random.default_rng(0)
images, batch_size, engine, network = json.loads(sys.argv[1])
x, y = rng.random((images, 28, 28, 1), dtype=np.float32), rng.integers(10, size=images)

def say_when_trained(Callback):
    class FirstStep(Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 0:
                print("trained", flush=True)
    return FirstStep()
"""
OURS = """
from scratch import architectures
from scratch.callbacks import Callback

model = architectures.build(network)
options = {"engine": engine}
"""
KERAS = """
import keras
from keras.callbacks import Callback

model = keras.models.model_from_json(network)
options = {}
"""
SIDES = {"ours": OURS, "keras": KERAS}
# Linux has ru_maxrss begin with what the parent had at the fork; VmHWM is this program's own.
END = """
model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"], **options)
model.fit(x, y, batch_size=batch_size, verbose=0, callbacks=[say_when_trained(Callback)])

def peak_memory():
    if sys.platform == "linux":
        with open("/proc/self/status") as lines:
            return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

print(json.dumps(peak_memory()))
"""


def start_training(side, network, steps, batch_size, engine, threads):
    """Train in a fresh process; return the seconds to its first step, and its peak memory in MB (or None).

    side: "ours" or "keras"; network: an architecture's name, or a Keras model as JSON; engine: that of our
    own side.
    """
    arguments = json.dumps([steps * batch_size, batch_size, engine, network])
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN + SIDES[side] + END, arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=child_environment(threads),
    ) as process:
        trained = process.stdout.readline().strip() == "trained"
        seconds = time.perf_counter() - start
        peak = process.stdout.read()
    if process.returncode or not trained:
        raise DigitsError(
            f"a fresh Python that trains on its own ended with status {process.returncode}: look for "
            f"what ended it, such as a lack of memory"
        )
    peak = json.loads(peak)
    return seconds, peak and peak / 1e6


def child_environment(threads):
    """Return the environment of a fresh Python that finds this project's packages."""
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]
    more = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "KERAS_BACKEND": "tensorflow"}
    return os.environ | more | ({"NUMBA_NUM_THREADS": str(threads)} if threads else {})
