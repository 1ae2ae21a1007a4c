"""Results by name, in `logs` and in a History: under the names of older versions of Keras, too."""

import re

from scratch.callbacks import Callback, ModelCheckpoint
from scratch.callbacks.monitor import MonitorCallback

SYNONYMS = {"acc": "accuracy", "accuracy": "acc", "lr": "learning_rate"}


def current_name(name, results):
    """Return under which name `results` holds what `name` stands for: val_acc -> val_accuracy."""
    if not isinstance(name, str) or dict.__contains__(results, name):
        return name
    prefix = "val_" if name.startswith("val_") else ""
    synonym = prefix + SYNONYMS.get(name.removeprefix("val_"), "")
    return synonym if dict.__contains__(results, synonym) else name


class Results(dict):
    """A dict of results that knows `acc` for `accuracy`, and `lr` for `learning_rate`."""

    def __getitem__(self, name):
        return super().__getitem__(current_name(name, self))

    def __contains__(self, name):
        return super().__contains__(current_name(name, self))

    def get(self, name, default=None):
        """Return the result, or the default."""
        return super().get(current_name(name, self), default)


class Told(Callback):
    """Stands before a callback and hands it `logs` as Results.

    What the callback adds to them is kept.
    """

    def __init__(self, callback):
        self.callback = callback

    def set_model(self, model):
        """Hand on."""
        self.callback.set_model(model)

    def set_params(self, params):
        """Hand on."""
        self.callback.set_params(params)


def hand_on(occasion):
    """Return the method of Told for an occasion such as "on_epoch_end"."""

    def tell(self, *arguments):
        *first, logs = arguments
        results = Results(logs or {})
        getattr(self.callback, occasion)(*first, results)
        if isinstance(logs, dict):
            logs.update(results)

    return tell


for _occasion in vars(Callback):
    if _occasion.startswith("on_"):
        setattr(Told, _occasion, hand_on(_occasion))


def current_placeholders(filepath, names):
    """Return a checkpoint's file name with the results in it under their names here: {val_acc:.2f}."""
    for found in set(re.findall(r"{(\w+)", filepath)):
        filepath = filepath.replace(f"{{{found}", f"{{{current_name(found, names)}")
    return filepath


def prepared(callback, metric_names):
    """Return a callback as `fit` is given it: one that watches a result does so under its name here."""
    if isinstance(callback, MonitorCallback):
        names = dict.fromkeys([*metric_names, *(f"val_{name}" for name in metric_names)])
        callback.monitor = current_name(callback.monitor, names)
        if isinstance(callback, ModelCheckpoint):
            callback.filepath = current_placeholders(callback.filepath, names)
        return callback
    return Told(callback) if isinstance(callback, Callback) else callback
