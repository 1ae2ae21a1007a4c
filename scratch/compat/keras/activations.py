"""keras.activations: functions that layers know by name, and that can be called on arrays."""

from scratch.compat.offering import Named
from scratch.compat.tensors import tensor
from scratch.layers.activations import get_activation


def named(name):
    """Return the activation of that name."""

    def compute(x):
        x = tensor(x)
        return tensor(get_activation(name).forward(x if x.dtype.kind == "f" else x.astype("float32")))

    return Named(name, compute)


relu, leaky_relu, elu, silu, swish, sigmoid, tanh, softmax = map(
    named, ("relu", "leaky_relu", "elu", "silu", "swish", "sigmoid", "tanh", "softmax")
)
linear = Named("linear", tensor)


def get(identifier):
    """Return the activation of a name."""
    return (
        identifier
        if callable(identifier)
        else linear
        if identifier in (None, "linear")
        else named(identifier)
    )


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
