"""How fast the networks from scratch are beside Keras on this machine: training, prediction, start, memory.

A machine's own speed drifts by half within minutes. So both sides take turns, round by round in one process,
and what is reported are medians. Keras is given what suits it: arrays in float32, and the faster of several
settings.
"""

import os
import time
from dataclasses import asdict, dataclass

import numpy as np

from keras_ref import architectures as keras_architectures
from keras_ref import environment, twin
from keras_ref.backend import load_keras
from keras_ref.compare import LOSS, METRICS, scaled
from keras_ref.fresh_process import start_training
from scratch import architectures, console
from scratch.batches import Batches
from scratch.callbacks import EpochTimer
from scratch.errors import DigitsError

BATCH_SIZE = 128
TRAIN_IMAGES, TEST_IMAGES = 60_000, 10_000  # MNIST's
MOST_STEPS = TRAIN_IMAGES // BATCH_SIZE
STEPS_PER_EXECUTION = (1, 16)  # Keras's default, and what is sometimes faster: Keras gets the better one
CALIBRATION_ROUNDS = 3
STARTS = 3  # a start takes seconds, and differs little from the next
CALLS = {"ours": 200, "keras": 100, "keras predict": 20}  # of one image, in a round
LABELS = {"ours": "scratch", "keras": "Keras"}


@dataclass(frozen=True)
class Settings:
    """What is measured: rounds, training steps a round, the engine of our own side, threads (None: all)."""

    engine: str = "fast"
    rounds: int = 5
    steps: int = 100
    threads: int | None = None
    scratch_only: bool = False


@dataclass(frozen=True, eq=False)
class Images:
    """What both sides are fed with: images of so many steps and their labels, and images to predict."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray


def bench(dataset, models, settings):
    """Measure the networks named in `models`; return a dict ready for JSON.

    dataset: a scratch.datasets.Dataset, repeated up to MNIST's size where it is smaller. Each of the dict's
    `rows` has `ours` and `keras`, medians in its `unit`, `ratio`, Keras's over ours, and all `rounds`.
    Raises DigitsError for what can't be measured.
    """
    limit_threads(settings)
    images = images_for(dataset, settings.steps)
    rows = [row for name in models for row in bench_model(name, images, settings)]
    return {
        "data": dataset.name,
        "title": dataset.title,
        "source": dataset.source,
        "repeated_to_size_of_mnist": len(dataset.x_train) < TRAIN_IMAGES,
        "models": list(models),
        **asdict(settings),
        "starts": min(settings.rounds, STARTS),
        "batch_size": BATCH_SIZE,
        "dtype": "float32",
        "rows": rows,
        "environment": environment.describe(),
    }


def limit_threads(settings):
    """Let Numba and TensorFlow use `settings.threads` threads. Raises DigitsError where that can't be."""
    if settings.threads is None:
        return
    if settings.engine != "fast":
        raise DigitsError(
            "--threads is for the fast engine: the reference's threads are NumPy's, which only "
            "OPENBLAS_NUM_THREADS, set before the start, can limit"
        )
    import numba

    if settings.threads > numba.config.NUMBA_NUM_THREADS:
        raise DigitsError(
            f"--threads: expected {numba.config.NUMBA_NUM_THREADS} at most, which is what this process may "
            f"use; received {settings.threads}"
        )
    numba.set_num_threads(settings.threads)
    for pool in ("INTRAOP", "INTEROP"):  # read when TensorFlow starts its runtime, here and in subprocesses
        os.environ[f"TF_NUM_{pool}_THREADS"] = str(settings.threads)


def images_for(dataset, steps):
    """Return the Images for so many steps. Raises DigitsError for more steps than an epoch of MNIST has."""
    if steps > MOST_STEPS:
        raise DigitsError(
            f"--steps: expected {MOST_STEPS} at most, an epoch of {TRAIN_IMAGES:,} images in batches of "
            f"{BATCH_SIZE}; received {steps}"
        )
    n = steps * BATCH_SIZE
    x_train, y_train = np.resize(dataset.x_train, (n, 28, 28)), np.resize(dataset.y_train, n)
    return Images(scaled(x_train), y_train, scaled(np.resize(dataset.x_test, (TEST_IMAGES, 28, 28))))


def bench_model(name, images, settings):
    """Return the rows of one network."""
    model, keras_models = twins(name, settings)
    training = bench_training(model, keras_models, images, settings)
    per_epoch = TRAIN_IMAGES / BATCH_SIZE / 1000
    rows = [
        training,
        in_other_unit(training, "epoch", "s", per_epoch),
        bench_prediction(model, keras_models, images.x_test, settings),
        *bench_one_image(model, keras_models.get(1), images.x_test[:1], settings),
        *bench_start(name, keras_models.get(1), settings),
    ]
    return [{"model": name, **row} for row in rows]


def twins(name, settings):
    """Return our model, and the Keras models by their steps_per_execution: all with the same weights."""
    model = architectures.build(name, rng=np.random.default_rng(0))
    model.compile("adam", loss=LOSS, metrics=METRICS, engine=settings.engine)
    keras_models = {}
    for steps in () if settings.scratch_only else STEPS_PER_EXECUTION:
        keras_models[steps] = keras_architectures.build(name)
        twin.copy_to_keras(model, keras_models[steps])
        keras_models[steps].compile("adam", loss=LOSS, metrics=METRICS, steps_per_execution=steps)
    return model, keras_models


# Taking turns


def take_turns(contenders, rounds, title=None, unit=""):
    """Return the figures that each contender gives, a list of `rounds` floats, all taking turns.

    contenders: functions without arguments, by name. title: what to say on standard error, None for nothing.
    """
    figures = {side: [] for side in contenders}
    for number in range(1, rounds + 1):
        for side, measure in contenders.items():
            figures[side].append(measure())
        if title:
            latest = ", ".join(f"{LABELS[side]} {values[-1]:,.2f}" for side, values in figures.items())
            console.err.print(f"{title}, {number} of {rounds}: {latest} {unit}", soft_wrap=True)
    return figures


def faster(candidates, rounds):
    """Return the key of the candidate with the smallest median; the first call of each is not counted."""
    if len(candidates) < 2:
        return next(iter(candidates), None)
    take_turns(candidates, 1)
    figures = take_turns(candidates, min(rounds, CALIBRATION_ROUNDS))
    return min(figures, key=lambda key: np.median(figures[key]))


def make_row(what, unit, figures, **more):
    """Return what `rows` has of one measurement, from the figures of all rounds."""
    row = {"what": what, "unit": unit, "ours": float(np.median(figures["ours"]))}
    if "keras" in figures:
        row["keras"], row["keras_best"] = float(np.median(figures["keras"])), float(min(figures["keras"]))
        row["ratio"], row["ratio_to_keras_best"] = row["keras"] / row["ours"], row["keras_best"] / row["ours"]
    return row | more | {"rounds": figures}


def in_other_unit(row, what, unit, factor):
    """Return a row again, under another name, with all its figures multiplied by `factor`."""
    figures = {side: [factor * value for value in values] for side, values in row["rounds"].items()}
    more = {key: row[key] for key in row if key == "keras_steps_per_execution"}
    return make_row(what, unit, figures, **more)


# Training and prediction


def bench_training(model, keras_models, images, settings):
    """Return the row of milliseconds a training step, within `fit` on either side."""
    candidates = {steps: keras_trainer(keras_model, images) for steps, keras_model in keras_models.items()}
    best = faster(candidates, settings.rounds)
    contenders = {"ours": trainer(model, images)}
    contenders["ours"]()  # compiles
    if best:
        contenders["keras"] = candidates[best]
    figures = take_turns(contenders, settings.rounds, f"{model.name}: training", "ms a step")
    return make_row("training", "ms a step", figures, **chosen(best))


def chosen(best):
    """Return what a row says of Keras's setting, if there is a Keras."""
    return {"keras_steps_per_execution": best} if best else {}


def trainer(model, images):
    """Return a function that trains our model for one round and returns its milliseconds a step."""

    def train():
        timer = EpochTimer()
        batches = Batches(images.x_train, images.y_train, BATCH_SIZE)
        if model.fit(batches, verbose=0, callbacks=[timer]).interrupted:
            raise KeyboardInterrupt
        return 1000 * timer.seconds[0] / len(batches)

    return train


def keras_trainer(keras_model, images):
    """Return the same function of a Keras model.

    Neither side's clock counts what precedes the epoch, in which Keras turns the arrays into tensors.
    """

    class Timer(load_keras().callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds = time.perf_counter() - self.started

    def train():
        timer = Timer()
        keras_model.fit(images.x_train, images.y_train, batch_size=BATCH_SIZE, verbose=0, callbacks=[timer])
        return 1000 * timer.seconds * BATCH_SIZE / len(images.x_train)

    return train


def bench_prediction(model, keras_models, x, settings):
    """Return the row of the milliseconds that `predict` takes for all of x."""

    def predictor(either):
        return lambda: median_ms(lambda: either.predict(x, batch_size=BATCH_SIZE, verbose=0), 1)

    candidates = {steps: predictor(keras_model) for steps, keras_model in keras_models.items()}
    best = faster(candidates, settings.rounds)
    contenders = {"ours": predictor(model)}
    contenders["ours"]()
    if best:
        contenders["keras"] = candidates[best]
    title = f"{model.name}: predicting {len(x):,} images"
    figures = take_turns(contenders, settings.rounds, title, "ms")
    return make_row("prediction", "ms", figures, **chosen(best))


def median_ms(call, calls):
    """Return the median milliseconds of so many calls."""
    seconds = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds))


def bench_one_image(model, keras_model, x, settings):
    """Return two rows of microseconds for one image: our model(x) beside Keras's model(x) and predict(x)."""
    calls = {
        "keras": lambda: keras_model(x, training=False),
        "keras predict": lambda: keras_model.predict(x, verbose=0),
    }

    def measure(call, side):
        call()  # whatever the first call has to prepare
        return lambda: 1000 * median_ms(call, CALLS[side])

    rows = []
    for what, side in (("one image", "keras"), ("one image, Keras's predict", "keras predict")):
        contenders = {"ours": measure(lambda: model(x), "ours")}
        if keras_model:
            contenders["keras"] = measure(calls[side], side)
        elif rows:
            break
        figures = take_turns(contenders, settings.rounds, f"{model.name}: {what}", "µs")
        rows.append(make_row(what, "µs", figures))
    return rows


def bench_start(name, keras_model, settings):
    """Return the rows of the seconds from a process's start to the end of its first training step, and of the
    megabytes that it takes at most; without the second on Windows, which does not tell.

    The caches are warm: this process has compiled and imported all of it before.
    """
    memory = {}

    def start(side, network):
        def measure():
            seconds, peak = start_training(
                side, network, settings.steps, BATCH_SIZE, settings.engine, settings.threads
            )
            memory.setdefault(side, []).append(peak)
            return seconds

        return measure

    contenders = {"ours": start("ours", name)}
    if keras_model:
        contenders["keras"] = start("keras", keras_model.to_json())
    figures = take_turns(contenders, min(settings.rounds, STARTS), f"{name}: start to first step", "s")
    rows = [make_row("start to first step", "s", figures)]
    if None not in memory["ours"]:
        rows.append(make_row("peak memory", "MB", memory))
    return rows
