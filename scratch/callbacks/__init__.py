"""Callbacks: who is told of each step of training, and may act on it. Keras's names and arguments.

`base` has the occasions, the other files a theme each.
"""

from scratch.callbacks.base import Callback, CallbackList
from scratch.callbacks.checkpoint import ModelCheckpoint
from scratch.callbacks.early_stopping import EarlyStopping
from scratch.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from scratch.callbacks.records import CSVLogger, EpochTimer, History
from scratch.callbacks.simple import LambdaCallback

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "EpochTimer",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
]
