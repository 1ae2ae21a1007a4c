"""keras.callbacks: ours; and TensorBoard and TerminateOnNaN, which ask for nothing that training needs."""

import inspect
import os

from scratch import callbacks as ours
from scratch.compat.offering import REQUIRED, Offered, note

MONITOR = {"monitor": "val_loss"}


def offered(make, parameters, **options):
    """Return a callback that takes Keras's arguments."""
    return Offered(f"keras.callbacks.{make.__name__}", make, parameters, **options)


Callback, History = ours.Callback, ours.History
EarlyStopping = offered(
    ours.EarlyStopping,
    MONITOR
    | {
        "min_delta": 0,
        "patience": 0,
        "verbose": 0,
        "mode": "auto",
        "baseline": None,
        "restore_best_weights": False,
        "start_from_epoch": 0,
    },
)


class Checkpoint(ours.ModelCheckpoint):
    """A ModelCheckpoint that may give weights any name in .h5, as Keras 2 did."""

    def __init__(self, filepath, *arguments, **options):
        filepath = os.fspath(filepath)
        older = options.get("save_weights_only") and filepath.endswith((".h5", ".hdf5"))
        super().__init__(f"{filepath}.weights.h5" if older else filepath, *arguments, **options)
        self.filepath = filepath


ModelCheckpoint = Offered(
    "keras.callbacks.ModelCheckpoint",
    Checkpoint,
    {"filepath": REQUIRED}
    | MONITOR
    | {
        "verbose": 0,
        "save_best_only": False,
        "save_weights_only": False,
        "mode": "auto",
        "save_freq": "epoch",
        "initial_value_threshold": None,
        "period": 1,  # Keras 2's: after every so many epochs
    },
    set(inspect.signature(ours.ModelCheckpoint).parameters),
)
ReduceLROnPlateau = offered(
    ours.ReduceLROnPlateau,
    MONITOR
    | {
        "factor": 0.1,
        "patience": 10,
        "verbose": 0,
        "mode": "auto",
        "min_delta": 1e-4,
        "cooldown": 0,
        "min_lr": 0.0,
    },
    renamed={"epsilon": "min_delta"},
)
LearningRateScheduler = offered(ours.LearningRateScheduler, {"schedule": REQUIRED, "verbose": 0})
CSVLogger = offered(ours.CSVLogger, {"filename": REQUIRED, "separator": ",", "append": False})
LambdaCallback = ours.LambdaCallback


class IgnoredTensorBoard(ours.Callback):
    """Writes nothing: TensorBoard's files are TensorFlow's own."""

    def __init__(self, **options):
        note(
            f"TensorBoard: nothing is written to {options.get('log_dir', 'logs')!r}, whose format is "
            f"TensorFlow's own; CSVLogger writes the same results into a file that a spreadsheet opens."
        )


TENSORBOARD = {
    "log_dir": "logs",
    "histogram_freq": 0,
    "write_graph": True,
    "write_images": False,
    "write_steps_per_second": False,
    "update_freq": "epoch",
    "profile_batch": 0,
    "embeddings_freq": 0,
    "embeddings_metadata": None,
}
OLDER = {"batch_size": 32, "write_grads": False, "embeddings_layer_names": None}
TensorBoard = Offered(
    "keras.callbacks.TensorBoard", IgnoredTensorBoard, TENSORBOARD | OLDER, set(TENSORBOARD) | set(OLDER)
)


class StopAtNaN(ours.Callback):
    """Ends the training where the loss is no finite number: Sequential.fit looks for it."""

    def __init__(self, raise_error=False):
        self.raise_error = raise_error


TerminateOnNaN = Offered("keras.callbacks.TerminateOnNaN", StopAtNaN, {"raise_error": False})


__all__ = [
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
]
