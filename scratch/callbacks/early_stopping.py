"""When to stop: once the network has not become better for some epochs."""

from scratch import console
from scratch.callbacks.monitor import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Ends the training once `monitor` has not improved for `patience` epochs.

    monitor, min_delta, mode: see MonitorCallback. verbose: 1 says so. baseline: epochs that are not better
    than this count as no improvement. restore_best_weights: give the model the weights of its best epoch at
    the end, however the training ended. start_from_epoch: so many epochs are not looked at.
    Source: keras.callbacks.EarlyStopping, which this follows epoch by epoch.
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        """Forget an earlier training."""
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        """Look whether this epoch was better, and stop if too many were not."""
        self.direction()  # a monitor that nobody knows is reported after the first epoch
        current = self.monitored(logs, "training goes on to its last epoch")
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.remember_weights(epoch)
        self.wait += 1
        if self.is_improvement(current, self.best):
            self.best = current
            self.remember_weights(epoch)
            if self.baseline is None or self.is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def remember_weights(self, epoch):
        """Note that this epoch is the best so far, with its weights if they are to come back."""
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self, logs=None):
        """Give the model its best weights, if that was asked for."""
        if self.stopped_epoch > 0 and self.verbose:
            console.say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                console.say(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)
