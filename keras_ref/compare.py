"""One network trained twice: from scratch and in Keras, from the same weights on the same batches in the same
order.
"""

from dataclasses import asdict, dataclass

import numpy as np

from keras_ref import architectures as keras_architectures
from keras_ref import environment, twin
from keras_ref.backend import load_keras
from scratch import architectures, console
from scratch.batches import Batches
from scratch.callbacks import CallbackList, EpochTimer
from scratch.errors import DataError
from scratch.progress import TrainingProgress

MOST_VALIDATION_IMAGES = 5000
EVALUATION_BATCH_SIZE = 500
LOSS, METRICS = "sparse_categorical_crossentropy", ["accuracy"]


@dataclass
class Side:
    """What one of the two networks came to: its history, its figures on the test set, its (N, 10)
    probabilities.
    """

    history: dict
    seconds_by_epoch: list
    test_loss: float
    test_accuracy: float
    probabilities: np.ndarray


@dataclass
class Run:
    """Both networks after one training, and how far they are apart."""

    seed: int
    scratch: Side
    keras: Side
    agreement: float
    max_weight_difference: float


@dataclass
class Split:
    """The data as the networks see them: float32 images (N, 28, 28, 1) in [0, 1], and labels (N,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def compare(dataset, model, epochs, batch_size, optimizer, seeds, engine="fast", limit=None, statistics=None):
    """Train the network `model` on both sides, once for each seed; return the report and the first Run.

    dataset: a scratch.datasets.Dataset. engine: who computes on our side, "fast" or "reference".
    limit: use so many training images at most. statistics: whether the
    report has all runs, their mean and standard deviation (default: where there are several seeds).
    The report is a dict of plain numbers, lists and strings (see README.md). Raises DigitsError for what
    can't be done.
    """
    split = split_data(dataset, limit)
    runs = []
    for number, seed in enumerate(seeds, start=1):
        if len(seeds) > 1:
            console.err.print(f"Seed {seed} ({number} of {len(seeds)})")
        runs.append(train_twins(split, model, epochs, batch_size, optimizer, seed, engine))
    settings = {
        "model": model,
        "engine": engine,
        "optimizer": optimizer,
        "batch_size": batch_size,
        "epochs": epochs,
        "limit": limit,
    }
    return make_report(
        dataset, split, settings, runs, len(runs) > 1 if statistics is None else statistics
    ), runs[0]


def split_data(dataset, limit=None):
    """Return the Split: training images in a fixed random order, the last of them held out for validation.

    A tenth is held out, 5,000 images at most. Raises DataError where `limit` leaves too few to hold any out.
    """
    order = np.random.default_rng(0).permutation(len(dataset.x_train))[:limit]
    held_out = min(MOST_VALIDATION_IMAGES, len(order) // 10)
    if held_out == 0:
        raise DataError(f"expected 10 training images or more, a tenth being held out; received {len(order)}")
    training, validation = order[:-held_out], order[-held_out:]
    return Split(
        scaled(dataset.x_train[training]),
        dataset.y_train[training],
        scaled(dataset.x_train[validation]),
        dataset.y_train[validation],
        scaled(dataset.x_test),
        dataset.y_test,
    )


def scaled(images):
    """Return uint8 images (N, 28, 28) as float32 (N, 28, 28, 1), from 0 for black to 1 for white."""
    return images[..., None].astype(np.float32) / 255


def train_twins(split, name, epochs, batch_size, optimizer, seed, engine="fast", dtype="float32"):
    """Return the Run of one seed, which decides on the initial weights and on the order of the images."""
    model = architectures.build(name, dtype, np.random.default_rng(seed))
    keras_model = keras_architectures.build(name, dtype)
    twin.copy_to_keras(model, keras_model)
    our_optimizer, keras_optimizer = twin.make_optimizers(optimizer)
    model.compile(our_optimizer, loss=LOSS, metrics=METRICS, engine=engine)
    keras_model.compile(keras_optimizer, loss=LOSS, metrics=METRICS)
    batches = Batches(split.x_train, split.y_train, batch_size, seed=seed)
    ours = train_scratch(model, batches, split, epochs)
    theirs = train_keras(keras_model, batches, split, epochs)
    same = ours.probabilities.argmax(axis=1) == theirs.probabilities.argmax(axis=1)
    return Run(seed, ours, theirs, float(same.mean()), twin.max_weight_difference(model, keras_model))


def train_scratch(model, batches, split, epochs):
    """Train our own model; return its Side. Ctrl-C is passed on: half a comparison is none."""
    timer = EpochTimer()
    progress = TrainingProgress("scratch", console=console.err)
    validation = split.x_validation, split.y_validation
    history = model.fit(
        batches, epochs=epochs, verbose=0, validation_data=validation, callbacks=[timer, progress]
    )
    if history.interrupted:
        raise KeyboardInterrupt
    loss, accuracy = model.evaluate(split.x_test, split.y_test, EVALUATION_BATCH_SIZE)
    probabilities = model.predict(split.x_test, EVALUATION_BATCH_SIZE)
    return Side(history.history, timer.seconds, loss, accuracy, probabilities)


def train_keras(keras_model, batches, split, epochs):
    """Train the Keras model by its own `fit`; return its Side."""
    timer = EpochTimer()
    progress = TrainingProgress("Keras  ", console=console.err)
    feed = keras_feed(batches)
    try:
        history = keras_model.fit(
            feed,
            epochs=epochs,
            verbose=0,
            shuffle=False,  # the feed has an order of its own: ours
            validation_data=(split.x_validation, split.y_validation),
            validation_batch_size=batches.batch_size,
            callbacks=[keras_callback(feed, [timer, progress])],
        )
    finally:
        progress.take_down()  # Keras tells nobody of the end when Ctrl-C was it
    loss, accuracy = keras_model.evaluate(split.x_test, split.y_test, EVALUATION_BATCH_SIZE, verbose=0)
    probabilities = keras_model.predict(split.x_test, EVALUATION_BATCH_SIZE, verbose=0)
    logs = {name: [float(v) for v in values] for name, values in sorted(history.history.items())}
    return Side(logs, timer.seconds, float(loss), float(accuracy), probabilities)


def keras_feed(batches):
    """Return a PyDataset that hands Keras the batches of the epoch that its attribute `epoch` says."""

    class Feed(load_keras().utils.PyDataset):
        epoch = 0

        def __len__(self):
            return len(batches)

        def __getitem__(self, step):
            return batches.batch(self.epoch, step)

    return Feed()


def keras_callback(feed, callbacks):
    """Return a Keras callback that tells the feed which epoch it is, and callbacks of ours whatever happens.

    The feed can't count by itself: Keras also calls its on_epoch_end once before the first epoch.
    """

    class PassOn(load_keras().callbacks.Callback):
        def set_params(self, params):
            self.told = CallbackList(callbacks, None, params)

        def on_epoch_begin(self, epoch, logs=None):
            feed.epoch = epoch
            self.told.on_epoch_begin(epoch, logs)

        def on_train_batch_end(self, batch, logs=None):
            self.told.on_train_batch_end(batch, logs)

        def on_test_begin(self, logs=None):
            self.told.on_test_begin(logs)

        def on_epoch_end(self, epoch, logs=None):
            self.told.on_epoch_end(epoch, dict(sorted(logs.items())))

        def on_train_end(self, logs=None):
            self.told.on_train_end(logs)

    return PassOn()


# The report


def make_report(dataset, split, settings, runs, statistics):
    """Return what is known of the runs, as a dict ready for JSON; of the first, and of all where there are
    several.
    """
    first = runs[0]
    report = {
        "data": dataset.name,
        "title": dataset.title,
        "source": dataset.source,
        **settings,
        "train_images": len(split.x_train),
        "validation_images": len(split.x_validation),
        "test_images": len(split.x_test),
        "parameters": architectures.build(settings["model"]).count_params(),
        **run_report(first),
        "environment": environment.describe(),
    }
    if statistics:
        reports = [run_report(run) for run in runs]
        report["seeds"] = [run.seed for run in runs]
        report["runs"] = reports
        report["mean"] = summarize(reports, np.mean)
        report["std"] = summarize(reports, lambda values: np.std(values, ddof=min(1, len(values) - 1)))
    return report


def run_report(run):
    """Return one Run as a dict."""
    return {
        "seed": run.seed,
        "scratch": side_report(run.scratch),
        "keras": side_report(run.keras),
        "agreement": run.agreement,
        "max_weight_difference": run.max_weight_difference,
    }


def side_report(side):
    """Return one Side as a dict; `epoch_seconds` is the median: the first epoch often has more to do."""
    report = asdict(side)
    del report["probabilities"]
    return report | {"epoch_seconds": float(np.median(side.seconds_by_epoch))}


def summarize(reports, statistic):
    """Return a statistic of each figure over several runs, as floats in a run's own form."""

    def over(values):
        return float(statistic(list(values)))

    figures = "test_accuracy", "test_loss", "epoch_seconds"
    result = {
        side: {figure: over(report[side][figure] for report in reports) for figure in figures}
        for side in ("scratch", "keras")
    }
    for figure in ("agreement", "max_weight_difference"):
        result[figure] = over(report[figure] for report in reports)
    return result
