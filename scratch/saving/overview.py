"""What a file of Keras's holds, as plain numbers and texts: for a table, a picture, or JSON."""

import math
import warnings
from dataclasses import dataclass

import numpy as np

from scratch.errors import FileFormatError
from scratch.saving import building, training, weights
from scratch.saving.configs import as_object, printable


@dataclass(frozen=True)
class Layer:
    """One layer: its name, its class and the shape of what it returns for one image (None where they are not
    known), and its weights, {name: array}.
    """

    name: str
    class_name: str | None
    output_shape: tuple | None
    weights: dict

    @property
    def parameters(self):
        """How many numbers it keeps."""
        return sum(array.size for array in self.weights.values())


@dataclass(frozen=True)
class Overview:
    """What a file holds. optimizer: {"name", "learning_rate", "steps"}, or None where it says nothing of it.
    notes: sentences on what is missing here, or odd in the file.
    """

    dialect: str
    input_shape: tuple | None
    layers: list
    optimizer: dict | None
    notes: list


def overview(saved):
    """Return the Overview of a SavedModel, also of one whose network is not to be had here."""
    if saved.chain is None:
        stored = [Layer(printable(s.name), None, None, named(s)) for s in saved.stored_weights()]
        return Overview(saved.dialect, None, stored, None, ["it holds weights alone, without their network"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model = building.build_model(saved, engine="reference")
        except FileFormatError as error:
            return of_configs(saved, without_path(error, saved))
    layers = [
        Layer(layer.name, type(layer).__name__, layer.output_shape, layer.weights) for layer in model.layers
    ]
    notes = [without_path(warning.message, saved) for warning in caught]
    return Overview(saved.dialect, model.input_shape, layers, of_optimizer(model, saved), notes)


def without_path(message, saved):
    """Return what an error or a warning about a file says, without the file's name."""
    return str(message).removeprefix(f"{saved.path}").lstrip(": ")


def named(stored):
    """Return {name: array} of Stored weights; names without what Keras puts around them."""
    names = [name.rpartition("/")[2].removesuffix(":0") for name in stored.names]
    if len(set(names)) < len(names):
        names = stored.names
    return dict(zip(map(printable, names), stored.arrays, strict=True))


def of_optimizer(model, saved):
    """Return what is told of a model's optimizer, a dict; None where the file says nothing.

    Where the file's is not here, and the model has another in its place, it is the file's all the same.
    """
    told, optimizer = optimizer_in_config(saved.training), model.optimizer
    if told is None or told["name"].lower() != type(optimizer).__name__.lower():
        return told
    return {
        "name": type(optimizer).__name__,
        "learning_rate": float(optimizer.learning_rate),
        "steps": int(optimizer.iterations),
    }


# A file whose network cannot be made here


def of_configs(saved, problem):
    """Return the Overview of a file by its config alone; problem: why no network could be made of it."""
    arrays = weights_by_layer(saved)
    layers = [
        Layer(printable(layer.name), printable(layer.class_name[:100]), None, arrays.get(layer.name, {}))
        for layer in saved.chain.layers
    ]
    return Overview(
        saved.dialect, saved.chain.input_shape, layers, optimizer_in_config(saved.training), [problem]
    )


def weights_by_layer(saved):
    """Return {name of a layer: its weights}, as far as they can be told apart without knowing the layers."""
    try:
        if weights.layout(saved.contents) == weights.LEGACY:
            return {stored.name: named(stored) for stored in weights.legacy_layers(saved.contents)}
        found = weights.current_layers(saved.contents)
        places = {layer.place: layer.name for layer in saved.chain.layers}
        return {places[place]: named(stored) for place, stored in found.items() if place in places}
    except FileFormatError:
        return {}


def optimizer_in_config(config):
    """Return what a file's config says of its optimizer; None where it says nothing."""
    try:
        name, config = as_object(training.optimizer_of(config or {}), "its optimizer")
    except FileFormatError:
        return None
    rate = config.get("learning_rate", config.get("lr"))
    rate = float(rate) if isinstance(rate, int | float) else None
    return {"name": printable(name), "learning_rate": rate, "steps": None}


# Numbers


def statistics(array):
    """Return what is told of an array of weights, a dict: its shape, and of its finite numbers the smallest,
    the mean, the largest and the standard deviation (None where there are none); how many are not finite.
    """
    finite = array[np.isfinite(array)].astype(np.float64)
    numbers = dict.fromkeys(("min", "mean", "max", "std"))
    if finite.size:
        numbers = {name: float(getattr(np, name)(finite)) for name in numbers}
    return {"shape": list(array.shape), **numbers, "not_finite": math.prod(array.shape) - finite.size}
