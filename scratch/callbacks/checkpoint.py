"""Saving the network while it is trained."""

import os
from pathlib import Path

from scratch import console
from scratch.callbacks.monitor import MonitorCallback
from scratch.layers.arguments import positive


class ModelCheckpoint(MonitorCallback):
    """Saves the model after each epoch, or each time that it has become better.

    filepath: where to; its name may hold results, as in "m-{epoch:02d}-{val_loss:.2f}.keras", where epochs
    are counted from 1. It ends in .keras, .h5 or .hdf5 for a whole model; save_weights_only=True saves the
    weights, into a file that ends in .weights.h5. save_best_only: save only what is better in `monitor` than
    all before it, and than initial_value_threshold if that is given. monitor, mode: see MonitorCallback.
    save_freq: "epoch", or an int: save after every so many training steps. verbose: 1 says what was done.
    Raises ValueError for a filepath with another ending, or with a name in it that is no result.
    Source: keras.callbacks.ModelCheckpoint.
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath, self.verbose = os.fspath(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.save_freq = save_freq if save_freq == "epoch" else positive(save_freq, "save_freq")
        self.steps_since_saving = 0
        endings = (".weights.h5",) if save_weights_only else (".keras", ".h5", ".hdf5")
        if not self.filepath.endswith(endings):
            raise ValueError(
                f"ModelCheckpoint: with save_weights_only={save_weights_only}, expected a filepath that ends "
                f"in {' or '.join(endings)}, received {self.filepath!r}"
            )

    def on_epoch_begin(self, epoch, logs=None):
        """Note which epoch it is."""
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Save, if it is to be done by steps and there were enough."""
        if self.save_freq == "epoch":
            return
        self.steps_since_saving += 1
        if self.steps_since_saving == self.save_freq:
            self.steps_since_saving = 0
            self.save({"batch": batch + 1, **(logs or {})})

    def on_epoch_end(self, epoch, logs=None):
        """Save, if it is to be done by epochs."""
        self.direction()  # a monitor that nobody knows is reported after the first epoch
        if self.save_freq == "epoch":
            self.save(logs or {})

    def save(self, logs):
        """Write the file that these results ask for, if they do."""
        path, occasion = self.path(logs), f"Epoch {self.epoch + 1}:"
        if self.save_best_only and not self.is_best(logs, occasion):
            return
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.verbose:
            console.say(f"{occasion} saved the model to {path}")

    def is_best(self, logs, occasion):
        """Return whether the model is to be saved as the best so far, and note its result."""
        current = self.monitored(logs, "the model is saved whether it is better or not")
        if current is None:
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        improved = self.is_improvement(current, self.best)
        if improved:
            self.best = current
        if self.verbose:
            change = f"improved from {best} to {current:.5f}" if improved else f"did not improve from {best}"
            console.say(f"{occasion} {self.monitor} {change}")
        return improved

    def path(self, logs):
        """Return the file's path, with the results in the places of their names."""
        results = {"epoch": self.epoch + 1, **logs}
        try:
            return self.filepath.format(**results)
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(
                f"ModelCheckpoint: filepath {self.filepath!r} can't be filled in ({error}); expected names "
                f"out of {', '.join(results)}"
            ) from None
