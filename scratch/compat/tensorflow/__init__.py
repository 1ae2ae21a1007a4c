"""tensorflow: the little of it that Keras scripts touch, on NumPy arrays."""

import logging
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from scratch.compat import seeding
from scratch.compat.offering import note
from scratch.compat.tensorflow.math import (
    abs,
    add,
    argmax,
    cast,
    constant,
    convert_to_tensor,
    divide,
    equal,
    exp,
    expand_dims,
    maximum,
    minimum,
    multiply,
    one_hot,
    ones,
    ones_like,
    pad,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_sum,
    reshape,
    round,
    shape,
    square,
    squeeze,
    stack,
    subtract,
    transpose,
    zeros,
    zeros_like,
)
from scratch.compat.tensorflow.session import ConfigProto, GPUOptions, Session
from scratch.compat.tensors import Tensor

__version__ = "2.21.0"  # whose names these are
float16, float32, float64 = np.float16, np.float32, np.float64
int8, int16, int32, int64, uint8, bool = np.int8, np.int16, np.int32, np.int64, np.uint8, np.bool_
newaxis = None
version = SimpleNamespace(VERSION=__version__)


def executing_eagerly():
    """Return True: all is computed at once."""
    return True


def get_logger():
    """Return a logger that nothing is logged to."""
    return logging.getLogger("tensorflow")


def set_random_seed(seed):
    """Seed everything: TensorFlow 1's name."""
    seeding.set_random_seed(seed)


def function(func=None, **options):
    """Return a function as it is: nothing needs to be compiled."""
    return func or (lambda func: func)


@contextmanager
def device(name):
    """Note that everything is computed on the CPU."""
    if "GPU" in str(name).upper():
        note(f"tf.device({name!r}): all is computed on the CPU here.")
    yield


__all__ = [
    "ConfigProto",
    "GPUOptions",
    "Session",
    "Tensor",
    "abs",
    "add",
    "argmax",
    "bool",
    "cast",
    "constant",
    "convert_to_tensor",
    "device",
    "divide",
    "equal",
    "executing_eagerly",
    "exp",
    "expand_dims",
    "float16",
    "float32",
    "float64",
    "function",
    "get_logger",
    "int8",
    "int16",
    "int32",
    "int64",
    "maximum",
    "minimum",
    "multiply",
    "newaxis",
    "one_hot",
    "ones",
    "ones_like",
    "pad",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_sum",
    "reshape",
    "round",
    "set_random_seed",
    "shape",
    "square",
    "squeeze",
    "stack",
    "subtract",
    "transpose",
    "uint8",
    "version",
    "zeros",
    "zeros_like",
]
