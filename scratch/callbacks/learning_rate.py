"""Callbacks that change the learning rate from epoch to epoch, and add it to the results.

A schedule that goes step by step is given to the optimizer instead: see scratch.schedules.
"""

import inspect
from numbers import Real

from scratch import console
from scratch.callbacks.base import Callback
from scratch.callbacks.monitor import MonitorCallback


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch to what `schedule(epoch, learning_rate)` returns.

    schedule: a function of the epoch's number, from 0, and of the learning rate as it is; or of the number
    alone. verbose: 1 says what was set. Source: keras.callbacks.LearningRateScheduler.
    """

    def __init__(self, schedule, verbose=0):
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch, logs=None):
        """Set the learning rate. Raises ValueError where `schedule` returns no number."""
        learning_rate = self.scheduled(epoch, self.model.optimizer.learning_rate)
        if not isinstance(learning_rate, Real) or isinstance(learning_rate, bool):
            raise ValueError(
                f"LearningRateScheduler: expected a float from its schedule, received {learning_rate!r} for "
                f"epoch {epoch}"
            )
        self.model.optimizer.learning_rate = learning_rate
        if self.verbose:
            console.say(f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to {learning_rate}.")

    def scheduled(self, epoch, learning_rate):
        """Return what the schedule says, with one argument or with two, whichever it takes."""
        try:
            inspect.signature(self.schedule).bind(epoch, learning_rate)
        except TypeError:
            return self.schedule(epoch)
        return self.schedule(epoch, learning_rate)

    def on_epoch_end(self, epoch, logs=None):
        """Add the learning rate to the results."""
        add_learning_rate(logs, self.model)


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by `factor` once `monitor` has not improved for `patience` epochs.

    monitor, mode, min_delta: see MonitorCallback. verbose: 1 says so. cooldown: so many epochs after that are
    not counted. min_lr: it does not go below this. Raises ValueError unless factor is below 1.
    Source: keras.callbacks.ReduceLROnPlateau, which this follows epoch by epoch.
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        if not 0 <= factor < 1:
            raise ValueError(
                f"ReduceLROnPlateau: expected a factor of at least 0 and below 1, received {factor!r}"
            )
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        """Forget an earlier training."""
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_epoch_end(self, epoch, logs=None):
        """Look whether this epoch was better, and reduce the learning rate if too many were not."""
        self.direction()  # a monitor that nobody knows is reported after the first epoch
        add_learning_rate(logs, self.model)
        current = self.monitored(logs, "the learning rate stays as it is")
        if current is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_improvement(current, self.best):
            self.best, self.wait = current, 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience:
                self.reduce(epoch)

    def reduce(self, epoch):
        """Reduce the learning rate, unless it is as low as it may get."""
        optimizer = self.model.optimizer
        if optimizer.learning_rate > self.min_lr:
            optimizer.learning_rate = max(optimizer.learning_rate * self.factor, self.min_lr)
            self.cooldown_counter, self.wait = self.cooldown, 0
            if self.verbose:
                console.say(
                    f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to "
                    f"{optimizer.learning_rate}."
                )


def add_learning_rate(logs, model):
    """Put the learning rate among an epoch's results, where the history and the progress line find it."""
    if logs is not None:
        logs["learning_rate"] = float(model.optimizer.learning_rate)
