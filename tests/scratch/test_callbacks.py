"""Callbacks in training: what they say, what they do to a model, and wrong calls.

What each decides, and when, is compared with Keras's in tests/keras_ref/test_callbacks_in_keras.py.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from scratch.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from scratch.errors import DigitsError
from scratch.layers import Dense, Input
from scratch.metrics import Metric
from scratch.models import Sequential
from scratch.optimizers import SGD
from scratch.schedules import ExponentialDecay

LOSS = "sparse_categorical_crossentropy"


def model_and_data(optimizer=None):
    """Return a model and data for it that it learns slowly."""
    generator = np.random.default_rng(0)
    model = Sequential([Input((4,)), Dense(3, activation="softmax")], rng=generator)
    model.compile(optimizer or SGD(0.25), LOSS, metrics=["accuracy"], engine="reference")
    x = generator.random((20, 4))
    return model, x, x[:, :3].argmax(axis=1)


def train(*callbacks, epochs=6, model=None, **options):
    own, x, y = model_and_data()
    model = model or own
    history = model.fit(x, y, epochs=epochs, callbacks=list(callbacks), verbose=0, **options)
    return model, history


class Losses(Callback):
    """Puts a scripted val_loss in the place of the real one, and notes the weights of each epoch."""

    def __init__(self, *losses):
        self.losses, self.weights = losses, []

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = self.losses[epoch]
        self.weights.append(self.model.get_weights())


def assert_same(first, second):
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


class TestEarlyStopping:
    def test_it_stops_and_brings_the_best_weights_back(self, capsys):
        losses = Losses(0.5, 0.25, 0.75, 0.5, 0.125, 0.5)
        stopping = EarlyStopping(patience=2, restore_best_weights=True, verbose=1)
        model, history = train(losses, stopping)
        assert history.epoch == [0, 1, 2, 3]
        assert_same(model.get_weights(), losses.weights[1])
        said = capsys.readouterr().out
        assert said == (
            "Epoch 4: early stopping\nRestoring model weights from the end of the best epoch: 2.\n"
        )

    def test_without_it_the_last_weights_stay(self):
        losses = Losses(0.5, 0.25, 0.75, 0.5, 0.125, 0.5)
        model, _ = train(losses, EarlyStopping(patience=2))
        assert_same(model.get_weights(), losses.weights[3])

    def test_ctrl_c_brings_the_best_weights_back_too(self):
        class Interrupt(Callback):
            def on_epoch_begin(self, epoch, logs=None):
                if epoch == 2:
                    raise KeyboardInterrupt

        losses = Losses(0.25, 0.5)
        model, history = train(losses, EarlyStopping(patience=9, restore_best_weights=True), Interrupt())
        assert history.interrupted
        assert_same(model.get_weights(), losses.weights[0])

    def test_a_result_that_is_not_there_is_worth_a_warning(self):
        with pytest.warns(
            UserWarning, match="no result 'val_loss' to monitor, only accuracy, loss; training"
        ):
            _, history = train(EarlyStopping(), epochs=2)
        assert len(history.epoch) == 2


class TestDirection:
    def test_a_name_that_nobody_knows(self):
        with pytest.raises(ValueError, match="monitor='val_los' is neither the loss nor a metric"):
            train(EarlyStopping("val_los"))

    def test_a_metric_of_ones_own(self):
        class Wrong(Metric):
            name = "wrong"
            reset_state = lambda self: None  # noqa: E731

        watching = EarlyStopping("val_wrong")
        watching.model = SimpleNamespace(metrics=[Wrong()])
        with pytest.raises(ValueError, match="expected mode='max' or mode='min'"):
            watching.direction()
        Wrong.direction = "min"
        assert watching.direction() == "min"

    def test_another_mode_is_auto_with_a_warning(self):
        with pytest.warns(UserWarning, match="EarlyStopping: expected mode 'auto', .* received 'minimum'"):
            stopping = EarlyStopping(mode="minimum")
        assert stopping.mode == "auto"


class TestLearningRate:
    def test_it_is_in_the_history_and_in_the_epochs_line(self, capsys):
        model, x, y = model_and_data()
        scheduler = LearningRateScheduler(lambda epoch, rate: rate / 1024, verbose=1)
        history = model.fit(x, y, epochs=2, callbacks=[scheduler])
        assert history.history["learning_rate"] == [2.0**-12, 2.0**-22]
        said = capsys.readouterr().out.splitlines()
        assert said[0] == f"Epoch 1: LearningRateScheduler setting learning rate to {2.0**-12}."
        assert said[1].endswith(" - learning_rate: 2.4414e-04")

    def test_plateau(self, capsys):
        plateau = ReduceLROnPlateau(factor=0.5, patience=2, min_lr=0.1, verbose=1)
        model, history = train(Losses(*[0.5] * 6), plateau)
        assert history.history["learning_rate"] == [0.25, 0.25, 0.25, 0.125, 0.125, 0.1]
        assert model.optimizer.learning_rate == 0.1
        said = capsys.readouterr().out
        assert said.splitlines()[0] == "Epoch 3: ReduceLROnPlateau reducing learning rate to 0.125."

    def test_a_schedule_in_the_optimizer_leaves_nothing_to_set(self):
        model, *_ = model_and_data(SGD(ExponentialDecay(0.25, 2, 0.5)))
        with pytest.raises(TypeError, match="this optimizer was given a schedule"):
            train(LearningRateScheduler(lambda epoch: 0.5), model=model)
        with pytest.warns(UserWarning, match="'val_loss' to monitor, .*; the learning rate stays"):
            _, history = train(ReduceLROnPlateau(), model=model, epochs=2)
        assert history.history["learning_rate"] == pytest.approx([0.25 * 2**-0.5, 0.125])

    def test_a_schedule_with_an_option_of_its_own(self):
        """As in Keras, a second argument is the learning rate, whatever its name."""
        rates = []
        train(LearningRateScheduler(lambda epoch, rate=None: rates.append(rate) or 0.5), epochs=2)
        assert rates == [0.25, 0.5]

    def test_a_type_error_in_the_schedule_is_not_swallowed(self):
        with pytest.raises(TypeError, match="unsupported operand"):
            train(LearningRateScheduler(lambda epoch, rate=0.5: "1" / rate))


class TestModelCheckpoint:
    @staticmethod
    def saving(monkeypatch, *callbacks, **options):
        """Train; return the names of the files that were written, in order."""
        names = []
        for method in ("save", "save_weights"):
            monkeypatch.setattr(Sequential, method, lambda self, path: names.append(path), raising=False)
        train(*callbacks, **options)
        return names

    def test_names_with_results(self, monkeypatch):
        checkpoint = ModelCheckpoint("m-{epoch:02d}-{val_loss:.2f}.keras")
        names = self.saving(monkeypatch, Losses(0.5, 0.25), checkpoint, epochs=2)
        assert names == ["m-01-0.50.keras", "m-02-0.25.keras"]

    def test_by_steps(self, monkeypatch):
        checkpoint = ModelCheckpoint("{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=3)
        # 5 steps an epoch
        names = self.saving(monkeypatch, Losses(0.5, 0.25), checkpoint, epochs=2, batch_size=4)
        assert names == ["1-3.weights.h5", "2-1.weights.h5", "2-4.weights.h5"]

    def test_by_steps_only_the_best(self, monkeypatch):
        """Asked for in the first epoch already: Keras's own ends in a TypeError here."""
        checkpoint = ModelCheckpoint("{loss}.h5", monitor="loss", save_best_only=True, save_freq=1)
        names = self.saving(monkeypatch, checkpoint, batch_size=4, epochs=4)
        losses = [float(name.removesuffix(".h5")) for name in names]
        assert len(losses) > 1
        assert losses == sorted(losses, reverse=True)

    def test_what_it_says(self, monkeypatch, capsys):
        checkpoint = ModelCheckpoint("m.keras", save_best_only=True, verbose=1)
        self.saving(monkeypatch, Losses(0.5, 0.75, 0.25), checkpoint, epochs=3)
        assert capsys.readouterr().out.splitlines() == [
            "Epoch 1: val_loss improved from None to 0.50000",
            "Epoch 1: saved the model to m.keras",
            "Epoch 2: val_loss did not improve from 0.50000",
            "Epoch 3: val_loss improved from 0.50000 to 0.25000",
            "Epoch 3: saved the model to m.keras",
        ]

    @pytest.mark.parametrize(
        "path", ["m-{val_los}.keras", "m-{}.keras", "m-{epoch:x.}.keras", "m-{loss.keras"]
    )
    def test_a_name_that_cannot_be_filled_in(self, path, monkeypatch):
        with pytest.raises(ValueError, match=r"can't be filled in .* names out of epoch, accuracy, loss"):
            self.saving(monkeypatch, ModelCheckpoint(path))


class TestCSVLogger:
    def test_a_line_per_epoch(self, tmp_path):
        file = tmp_path / "log.csv"
        _, history = train(CSVLogger(file), epochs=2, validation_split=0.25)
        names, *rows = [line.split(",") for line in file.read_text("utf-8").splitlines()]
        assert names == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
        assert [row[0] for row in rows] == ["0", "1"]
        assert [float(row[2]) for row in rows] == history.history["loss"]

    def test_it_goes_on_with_a_file(self, tmp_path):
        file = tmp_path / "log.csv"
        train(CSVLogger(file), epochs=2)
        train(CSVLogger(file, append=True), epochs=1)
        assert [line[:2] for line in file.read_text("utf-8").splitlines()] == ["ep", "0,", "1,", "0,"]
        train(CSVLogger(file), epochs=1)
        assert [line[:2] for line in file.read_text("utf-8").splitlines()] == ["ep", "0,"]

    def test_the_file_is_closed_also_after_an_error(self, tmp_path):
        class Fail(Callback):
            def on_epoch_begin(self, epoch, logs=None):
                if epoch == 1:
                    raise RuntimeError

        logger = CSVLogger(tmp_path / "log.csv")
        with pytest.raises(RuntimeError):
            train(logger, Fail())
        assert logger.file is None

    def test_a_file_that_cannot_be_written(self, tmp_path):
        with pytest.raises(DigitsError, match=r"CSVLogger: can't write .*nowhere"):
            train(CSVLogger(tmp_path / "nowhere" / "log.csv"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ReduceLROnPlateau(factor=1.0), "expected a factor of at least 0 and below 1, received 1.0"),
        (lambda: ModelCheckpoint("m.txt"), r"ends in .keras or .h5 or .hdf5, received 'm.txt'"),
        (lambda: ModelCheckpoint("m.keras", save_weights_only=True), "ends in .weights.h5, received"),
        (lambda: ModelCheckpoint("m.keras", save_freq="step"), "save_freq: expected a positive whole number"),
        (lambda: CSVLogger("log.csv", separator="::"), "separator: expected a single character, received"),
        (lambda: train(LearningRateScheduler(lambda epoch: None)), "expected a float from its schedule, rec"),
    ],
)
def test_wrong_calls(make, message):
    with pytest.raises(ValueError, match=message):
        make()
