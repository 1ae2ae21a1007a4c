"""What is written down while training runs: the results, the time, and a file that a spreadsheet opens."""

import csv
import time

from scratch.callbacks.base import Callback
from scratch.errors import DigitsError


class History(Callback):
    """What `fit` returns: `history`, a dict of lists with a float an epoch; `epoch`, the epochs' numbers from
    0.

    interrupted: whether Ctrl-C ended the training.
    """

    def __init__(self):
        self.history, self.epoch, self.interrupted = {}, [], False

    def on_epoch_end(self, epoch, logs=None):
        """Note the epoch's results."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class EpochTimer(Callback):
    """Measures each epoch's training steps, without the validation: `seconds`, a float an epoch."""

    def __init__(self):
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        """Start the clock."""
        self.started = time.perf_counter()

    def on_test_begin(self, logs=None):
        """Stop the clock: what follows is the validation."""
        self.stop()

    def on_epoch_end(self, epoch, logs=None):
        """Stop the clock, if no validation did."""
        self.stop()

    def stop(self):
        """Note the time since the epoch began, once."""
        if self.started is not None:
            self.seconds.append(time.perf_counter() - self.started)
            self.started = None


class CSVLogger(Callback):
    """Writes a line of results to a file after each epoch, under a line with their names.

    filename: a path; separator: what stands between two values; append: go on with a file that is there, to
    continue a training, instead of writing it anew. The file is what Keras's CSVLogger writes; as there,
    training without validation has columns for it, too, which hold NA.
    Raises DigitsError where the file can't be written, ValueError for a longer separator.
    """

    def __init__(self, filename, separator=",", append=False):
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"separator: expected a single character, received {separator!r}")
        self.filename, self.separator, self.append = filename, separator, append
        self.file = self.names = None

    def on_train_begin(self, logs=None):
        """Open the file."""
        self.names = None
        try:
            # The csv module ends lines by itself: newline="" keeps Windows from doing so once more.
            # No `with`: the file stays open until on_train_end.
            mode = "a" if self.append else "w"
            self.file = open(self.filename, mode, newline="", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise DigitsError(
                f"CSVLogger: can't write {str(self.filename)!r} ({error.strerror}); choose another filename"
            ) from None

    def on_epoch_end(self, epoch, logs=None):
        """Write the epoch's line, and before the first one the names."""
        logs = logs or {}
        writer = csv.writer(self.file, delimiter=self.separator)
        if self.names is None:
            self.names = sorted(logs)
            if not any(name.startswith("val_") for name in logs):
                self.names += [f"val_{name}" for name in self.names]
            if self.file.tell() == 0:
                writer.writerow(["epoch", *self.names])
        writer.writerow([epoch, *(logs.get(name, "NA") for name in self.names)])
        self.file.flush()

    def on_train_end(self, logs=None):
        """Close the file."""
        if self.file is not None:
            self.file.close()
            self.file = None
