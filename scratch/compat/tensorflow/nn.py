"""tensorflow.nn: activations, as functions and by name in layers."""

from scratch.compat.keras.activations import (
    elu,
    leaky_relu,
    relu,
    relu6,
    sigmoid,
    silu,
    softmax,
    swish,
    tanh,
)

__all__ = ["elu", "leaky_relu", "relu", "relu6", "sigmoid", "silu", "softmax", "swish", "tanh"]
