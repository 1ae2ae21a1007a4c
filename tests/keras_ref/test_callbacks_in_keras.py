"""Callbacks beside Keras's own: told the same results, both do the same at the same time.

The results are random multiples of 1/8, which float32 has exactly: Keras compares in float32.
"""

import warnings

import numpy as np
import pytest

from keras_ref import compare, twin
from scratch import callbacks, metrics, models, optimizers
from scratch.layers import Dense, Flatten, Input

pytestmark = pytest.mark.keras
EPOCHS, STEPS = 14, 3


class Model:
    """As much of a model as callbacks see; its weights are the number of the epoch they were made in."""

    def __init__(self, metrics, optimizer):
        self.metrics, self.optimizer = metrics, optimizer
        self.stop_training = False
        self.weights, self.files = -1, []

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def save(self, path, overwrite=True):
        self.files.append(("model", str(path), self.weights))

    def save_weights(self, path, overwrite=True):
        self.files.append(("weights", str(path), self.weights))


@pytest.fixture(scope="module")
def keras_metrics(keras):
    """Return the metrics of a Keras model that was compiled with "accuracy" and has seen data."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", compare.LOSS, metrics=["accuracy"])
    model.train_on_batch(np.ones((1, 2)), np.ones(1))
    return model.metrics


@pytest.fixture
def sides(keras, keras_metrics):
    """Return a function that makes a Model for either side, and the modules with the callbacks."""

    def make():
        ours = Model([metrics.get("accuracy")], optimizers.SGD(0.5))
        return (callbacks, ours), (keras.callbacks, Model(keras_metrics, keras.optimizers.SGD(0.5)))

    return make


def results(seed):
    """Return the results of EPOCHS epochs, a list of dicts, that improve at times and at times do not."""
    rng = np.random.default_rng(seed)
    names = ["accuracy", "loss", "val_accuracy", "val_loss"][: 4 if seed % 3 else 2]
    return [{name: float(rng.integers(0, 9)) / 8 for name in names} for _ in range(EPOCHS)]


def run(callback, model, results):
    """Tell a callback of a training with these results; return what it has done, epoch by epoch."""
    seen = []
    callback.set_model(model)
    callback.set_params({"epochs": EPOCHS, "steps": STEPS})
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        callback.on_train_begin()
        for epoch, logs in enumerate(results):
            callback.on_epoch_begin(epoch)
            for step in range(STEPS):
                callback.on_train_batch_end(step, {"accuracy": 0.5, "loss": logs["loss"]})
            model.weights = epoch
            given = dict(logs)
            callback.on_epoch_end(epoch, given)
            rate = float(model.optimizer.learning_rate)
            complaints = sum(w.category is UserWarning for w in warned)
            seen.append({"logs": given, "rate": rate, "files": len(model.files), "complaints": complaints})
            if model.stop_training:
                break
        callback.on_train_end()
    return seen, model.weights, model.files


def same_in_both(name, options, sides, seeds=range(12)):
    """Assert that both sides' callbacks do the same with each training; return what ours has done."""
    all_seen = []
    for seed in seeds:
        transcripts = []
        for module, model in sides():
            callback = getattr(module, name)(**options)
            # twice: a callback may be used again
            transcripts.append(
                [run(callback, model, results(seed)), run(callback, model, results(seed + 99))]
            )
        ours, theirs = transcripts
        for (a, *end), (b, *keras_end) in zip(ours, theirs, strict=True):
            assert end == keras_end
            assert len(a) == len(b)
            for x, y in zip(a, b, strict=True):
                assert x["logs"] == pytest.approx(y["logs"], rel=1e-6)  # Keras keeps its rates in float32
                assert x["rate"] == pytest.approx(y["rate"], rel=1e-6)
                assert (x["files"], x["complaints"]) == (y["files"], y["complaints"])
        all_seen += ours
    return all_seen


EARLY_STOPPING = [
    {},
    {"patience": 2},
    {"monitor": "loss", "patience": 3, "restore_best_weights": True},
    {"monitor": "val_accuracy", "patience": 2, "min_delta": 0.25},
    {"monitor": "accuracy", "mode": "min", "patience": 1, "restore_best_weights": True},
    {"monitor": "loss", "mode": "max", "patience": 2, "min_delta": -0.125, "start_from_epoch": 4},
    {"monitor": "loss", "patience": 4, "baseline": 0.25, "restore_best_weights": True},
    {"monitor": "accuracy", "patience": 2, "baseline": 0.75, "start_from_epoch": 2, "min_delta": 0.125},
]
REDUCE = [
    {},
    {"monitor": "loss", "patience": 1},
    {"monitor": "loss", "factor": 0.5, "patience": 2, "cooldown": 2},
    {"monitor": "accuracy", "factor": 0.5, "patience": 1, "cooldown": 1, "min_delta": 0.25},
    {"monitor": "accuracy", "mode": "min", "factor": 0.25, "patience": 0, "min_lr": 0.0625},
    {"monitor": "loss", "mode": "max", "factor": 0.0, "patience": 3, "min_lr": 0.125, "min_delta": 0},
]
CHECKPOINT = [
    {"filepath": "m.keras"},
    {"filepath": "m-{epoch:02d}-{loss:.2f}.keras"},
    {
        "filepath": "m-{epoch}.weights.h5",
        "save_weights_only": True,
        "monitor": "loss",
        "save_best_only": True,
    },
    {"filepath": "m.h5", "monitor": "accuracy", "save_best_only": True},
    {"filepath": "m.h5", "monitor": "accuracy", "mode": "min", "save_best_only": True},
    {"filepath": "m.keras", "monitor": "loss", "save_best_only": True, "initial_value_threshold": 0.5},
    {"filepath": "m.keras", "save_best_only": True},
    {"filepath": "m-{epoch}-{batch}-{accuracy:.1f}.keras", "save_freq": 2},
    {"filepath": "m-{epoch}-{batch}.keras", "save_freq": 7},
]


@pytest.mark.parametrize("options", EARLY_STOPPING, ids=str)
def test_early_stopping(options, sides):
    seen = same_in_both("EarlyStopping", options, sides)
    assert len({len(epochs) for epochs, *_ in seen}) > 1  # it stops, and not always at once


@pytest.mark.parametrize("options", REDUCE, ids=str)
def test_reduce_learning_rate_on_plateau(options, sides):
    seen = same_in_both("ReduceLROnPlateau", options, sides)
    if options:  # the default patience is as good as the whole training
        assert len({epoch["rate"] for epochs, *_ in seen for epoch in epochs}) > 1


@pytest.mark.parametrize("options", CHECKPOINT, ids=str)
def test_model_checkpoint(options, sides, tmp_path):
    options = options | {"filepath": str(tmp_path / "made" / options["filepath"])}
    seen = same_in_both("ModelCheckpoint", options, sides)
    assert all(files for *_, files in seen)
    assert (tmp_path / "made").is_dir()


@pytest.mark.parametrize(
    "schedule",
    [lambda epoch, rate: rate if epoch < 3 else rate * 0.5, lambda epoch: 1.0 / (epoch + 1)],
    ids=["epoch, rate", "epoch"],
)
def test_learning_rate_scheduler(schedule, sides):
    same_in_both("LearningRateScheduler", {"schedule": schedule}, sides, seeds=[1])


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("separator", [",", ";"])
def test_csv_logger_writes_the_same_bytes(append, separator, sides, tmp_path):
    for seed in (0, 1):  # without validation, and with it
        written = []
        for side, (module, model) in enumerate(sides()):
            file = tmp_path / f"{seed}-{side}.csv"
            callback = module.CSVLogger(file, separator=separator, append=append)
            run(callback, model, results(seed))
            if append:
                callback = module.CSVLogger(file, separator=separator, append=append)
                run(callback, model, results(seed + 3))
            written.append(file.read_bytes())
        ours, theirs = written
        assert ours == theirs
        assert ours.count(b"epoch") == 1
        assert ours.count(b"\r\n") == 1 + EPOCHS * (1 + append)


def test_in_a_real_training(keras, digits):
    """Both sides' own `fit`, in step: the same epochs, the same learning rates, in the history as well."""
    (x, y), _ = digits
    x, y = x[:60].reshape(60, 28, 28, 1) / 256, y[:60]

    def chosen(module):
        return [
            module.ReduceLROnPlateau("val_loss", factor=0.25, patience=1, min_delta=0.03125),
            module.EarlyStopping("val_loss", patience=3, min_delta=0.03125, restore_best_weights=True),
        ]

    layers = [Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")]
    ours = models.Sequential(layers, rng=np.random.default_rng(0))  # with other weights, a step may tie
    theirs = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    twin.copy_to_keras(ours, theirs)
    ours.compile(optimizers.SGD(0.5), compare.LOSS, metrics=["accuracy"])
    theirs.compile(keras.optimizers.SGD(0.5), compare.LOSS, metrics=["accuracy"])
    options = {"epochs": 40, "batch_size": 40, "validation_split": 0.25, "shuffle": False, "verbose": 0}
    history = ours.fit(x, y, callbacks=chosen(callbacks), **options).history
    expected = theirs.fit(x, y, callbacks=chosen(keras.callbacks), **options).history
    assert 4 < len(history["loss"]) < 40
    assert len(set(history["learning_rate"])) > 1
    assert list(history) == ["accuracy", "loss", "val_accuracy", "val_loss", "learning_rate"]
    assert set(history) == set(expected)
    for name, values in history.items():
        np.testing.assert_allclose(values, expected[name], rtol=0, atol=1e-5, err_msg=name)
    assert twin.max_weight_difference(ours, theirs) < 1e-5
