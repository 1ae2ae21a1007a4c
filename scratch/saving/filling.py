"""Weights from a file into layers, new ones and those of a model that exists.

No array is made that the file does not hold: a new layer is built with its weights as they come from the
file, so that a shape that does not fit is an error before it is memory.
"""

import math
import warnings

import numpy as np

from scratch.errors import FileFormatError
from scratch.initializers import Initializer
from scratch.lookup import snake_case
from scratch.saving import limits, optimizer_state, values, weights
from scratch.saving.configs import first_line, shown
from scratch.saving.saved_model import named, stored_weights


def check_volume(shape, what):
    """Raise FileFormatError where an array of that shape would be a whole memory's worth for one image."""
    if math.prod(shape) > limits.VALUES:
        raise FileFormatError(
            f"describes a network that takes {math.prod(shape):,} values for each image at {what}: expected "
            f"at most {limits.VALUES:,}"
        )


class FromFile(Initializer):
    """Stands in for a layer's initializers while it is built: hands out its weights from the file, in order.

    weights: a list of arrays, which becomes shorter. Raises FileFormatError for a shape that does not fit.
    """

    def __init__(self, weights, name, layer):
        super().__init__()
        self.weights, self.name, self.layer = weights, name, layer

    def __call__(self, shape, dtype="float32", rng=None):
        """Return the next array; its shape has to be `shape`."""
        if not self.weights:
            raise FileFormatError(f"lacks the weights {self.name!r} of layer {shown(self.layer)}")
        array = self.weights.pop(0)
        check_fit(array, shape, f"{self.layer}/{self.name}")
        return array.astype(dtype)


def check_fit(array, shape, name):
    """Raise FileFormatError unless an array has that shape and is of floating-point numbers."""
    if array.shape != tuple(shape):
        raise FileFormatError(f"holds weights {shown(name)} of shape {array.shape}: expected {tuple(shape)}")
    if array.dtype.kind != "f":
        raise FileFormatError(f"holds weights {shown(name)} of dtype {array.dtype}: expected float32")


def add_layer(model, layer, stored, notes):
    """Put a layer at the end of a model, its weights from a list of arrays."""
    left, initializers = list(stored), initializers_of(layer)
    for attribute in initializers:
        name = attribute.removesuffix("_initializer")
        setattr(layer, attribute, FromFile(left, name, layer.name))
    check_window(layer, model.output_shape)
    try:
        with np.errstate(over="ignore"):
            model.add(layer)
    except FileFormatError:
        raise
    except (ValueError, TypeError, OverflowError) as error:
        raise FileFormatError(f"describes a network that cannot be: {first_line(error)}") from None
    vars(layer).update(initializers)
    if left:
        raise FileFormatError(f"holds {len(left)} more arrays of weights for layer {shown(layer.name)}")
    check_volume(layer.output_shape, f"layer {shown(layer.name)}")
    note_odd_numbers(layer, notes)


def initializers_of(layer):
    """Return a layer's initializers by the names of its attributes, a dict."""
    return {name: value for name, value in vars(layer).items() if isinstance(value, Initializer)}


def check_window(layer, input_shape):
    """Raise FileFormatError where the margin that padding="same" puts around an image would be huge."""
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if size and len(input_shape) == 3 and layer.padding == "same":
        dilation = getattr(layer, "dilation_rate", (1, 1))
        sides = [n + (k - 1) * d for n, k, d in zip(input_shape, size, dilation, strict=False)]
        check_volume((*sides, input_shape[2]), f"layer {shown(layer.name)}")


def note_odd_numbers(layer, notes):
    """Note weights that are NaN or infinite."""
    for name, array in layer.weights.items():
        nans, infinities = weights.count_odd(array)
        if nans or infinities:
            notes.append(
                f"the weights '{layer.name}/{name}' hold {nans} NaN and {infinities} infinite numbers of "
                f"{array.size}: what the network says is no good; train it again with a smaller learning rate"
            )


# Into a model that exists


def load_into(model, saved):
    """Copy a SavedModel's weights into a model that is built; see scratch.saving.load_weights."""
    notes = []
    with named(saved.path):
        if not model.built:
            raise FileFormatError(
                "cannot be loaded: the model has no weights yet; give it an Input, or call build(input_shape)"
            )
        pairs = weights_for(model, saved)
        for name, (target, array) in pairs.items():
            check_fit(array, target.shape, name)
        for target, array in pairs.values():
            with np.errstate(over="ignore"):
                target[...] = array
        if model.optimizer is not None:
            optimizer_state.restore(model, saved.contents, notes)
    for layer in model.layers:
        note_odd_numbers(layer, notes)
    for note in notes:
        warnings.warn(f"{saved.path}: {note}", stacklevel=3)


def weights_for(model, saved):
    """Return {name: (the model's array, the file's)} for all weights of a model, shapes not yet compared."""
    with_weights = [layer for layer in model.layers if layer.weights]
    pairs = {}
    for layer, other in zip(with_weights, stored_for(model, saved), strict=True):
        if len(layer.weights) != len(other.arrays):
            raise FileFormatError(
                f"holds {len(other.arrays)} arrays of weights for layer {shown(layer.name)}, there called "
                f"{shown(other.name)}: expected {len(layer.weights)}, {' and '.join(layer.weights)}"
            )
        for (name, target), array in zip(layer.weights.items(), other.arrays, strict=True):
            pairs[f"{layer.name}/{name}"] = target, array
    return pairs


def stored_for(model, saved):
    """Return the Stored weights for each of the model's layers that have weights, in order."""
    if saved.chain is None and weights.layout(saved.contents) == weights.CURRENT:
        found = weights.current_layers(saved.contents)
        wanted = [place for layer, place in places(model) if layer.weights]
        if sorted(found) != sorted(wanted):
            found = weights.renumbered(found, [weights.current_place(p) for p in saved.contents.attributes])
        check_same(sorted(found), sorted(wanted))
        return [found[place] for place in wanted]
    stored = stored_weights(saved)
    wanted = [layer.name for layer in model.layers if layer.weights]
    if len(stored) != len(wanted):
        check_same([layer.name for layer in stored], wanted)
    return stored


def check_same(found, wanted):
    """Raise FileFormatError unless the file holds weights of the layers that are wanted."""
    if found != wanted:
        raise FileFormatError(
            f"holds the weights of {len(found)} layers, {shown(', '.join(found), 200)}: expected those of "
            f"{len(wanted)}, {shown(', '.join(wanted), 200)}; is it of another network?"
        )


def places(model):
    """Return (layer, the path of its group in Keras 3's layout) for all layers of a model."""
    counts, found = {}, []
    for layer in model.layers:
        kind = snake_case(values.class_in_keras(layer))
        number = counts[kind] = counts.get(kind, -1) + 1
        found.append((layer, f"layers/{kind}_{number}" if number else f"layers/{kind}"))
    return found
