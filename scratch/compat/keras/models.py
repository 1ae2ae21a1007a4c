"""keras.models: Sequential, and files."""

import os
from pathlib import Path

from scratch.compat.offering import REQUIRED, NotHereError, bound
from scratch.compat.sequential import Sequential, adopted
from scratch.compat.signatures import WHOLE
from scratch.models import load_model as load

LOAD = {"filepath": REQUIRED, "custom_objects": None, "compile": True, "safe_mode": True}
SAVE = {"model": REQUIRED, "filepath": REQUIRED, "overwrite": True, "zipped": None, "save_format": None}


def load_model(*arguments, **options):
    """Return the model in a file; see scratch.saving.load_model."""
    given = bound("keras.models.load_model", LOAD, {"filepath", "compile"}, arguments, options)
    path = os.fspath(given["filepath"])
    names = [path, *(path + ending for ending in WHOLE)]  # as Sequential.save completes a name
    path = next((name for name in names if Path(name).is_file()), path)
    return adopted(load(path, given.get("compile", True)))


def save_model(*arguments, **options):
    """Write a model to a file; see Sequential.save."""
    given = bound("keras.models.save_model", SAVE, set(SAVE), arguments, options)
    given.pop("model").save(**given)


def clone_model(model, input_tensors=None, clone_function=None):
    """Return a model of the same layers with new weights, not compiled."""
    if input_tensors is not None or clone_function is not None:
        raise NotHereError("clone_model: input_tensors and clone_function are not here: expected None")
    return Sequential.from_json(model.to_json())


def model_from_json(json_string, custom_objects=None):
    """Return the network that Sequential.to_json described, with new weights."""
    return Sequential.from_json(json_string)


__all__ = [
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]
