"""keras.activations: functions that layers know by name, and that can be called on arrays."""

import numpy as np

from scratch.compat.offering import REQUIRED, Named, bound
from scratch.compat.tensors import tensor
from scratch.layers import ELU, LeakyReLU
from scratch.layers.activations import get_activation

ARGUMENTS = {
    "relu": {"negative_slope": 0.0, "max_value": None, "threshold": 0.0},
    "leaky_relu": {"negative_slope": 0.2},
    "elu": {"alpha": 1.0},
    "softmax": {"axis": -1},
}
OWN = {"relu": set(), "leaky_relu": {"negative_slope"}, "elu": {"alpha"}, "softmax": {"axis"}}
# TensorFlow's words for the same
SPELLINGS = {"features": "x", "logits": "x"}


def named(name):
    """Return the activation of that name."""
    parameters = {"x": REQUIRED} | ARGUMENTS.get(name, {}) | {"name": None}
    takes = {"x", "name"} | OWN.get(name, set())
    spellings = SPELLINGS | ({"alpha": "negative_slope"} if name == "leaky_relu" else {})

    def compute(*arguments, **options):
        given = bound(f"keras.activations.{name}", parameters, takes, arguments, options, spellings)
        x = given["x"]
        x = tensor(x, None if getattr(x, "dtype", np.dtype(int)).kind == "f" else "float32")
        axis = given.get("axis")
        axis = -1 if axis is None else axis
        return tensor(np.moveaxis(layer_for(name, given).forward(np.moveaxis(x, axis, -1)), -1, axis))

    return Named(name, compute)


def layer_for(name, given):
    """Return a layer that computes the activation, with the slope that a call gave it."""
    if name == "leaky_relu" and "negative_slope" in given:
        return LeakyReLU(given["negative_slope"])
    return ELU(given["alpha"]) if name == "elu" and "alpha" in given else get_activation(name)


relu, leaky_relu, elu, silu, swish, sigmoid, tanh, softmax = map(
    named, ("relu", "leaky_relu", "elu", "silu", "swish", "sigmoid", "tanh", "softmax")
)
linear = Named("linear", tensor)


def get(identifier):
    """Return the activation of a name; a function as it is."""
    if callable(identifier):
        return identifier
    return linear if identifier in (None, "linear") else named(identifier)


__all__ = [
    "elu",
    "get",
    "leaky_relu",
    "linear",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "swish",
    "tanh",
]
