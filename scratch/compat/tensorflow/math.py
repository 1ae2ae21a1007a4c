"""tensorflow.math, and what of it stands at TensorFlow's top: NumPy's functions by TensorFlow's names.

Whole numbers become int64 and other numbers float32 where TensorFlow's would.
"""

import numpy as np

from scratch.compat.tensors import tensor


def constant(value, dtype=None, shape=None, name=None):
    """Return values as a Tensor; Python's own numbers become float32 or int32, as in TensorFlow."""
    values = np.asarray(value, dtype=dtype)
    if dtype is None and not hasattr(value, "dtype") and values.dtype.kind in "fi":
        values = values.astype("float32" if values.dtype.kind == "f" else "int32")
    if shape is not None:
        values = np.broadcast_to(values, shape) if values.size == 1 else values.reshape(shape)
    return tensor(values)


def convert_to_tensor(value, dtype=None, dtype_hint=None, name=None):
    """Return values as a Tensor; see constant."""
    return constant(value, dtype)


def cast(x, dtype, name=None):
    """Return x in another dtype."""
    return tensor(np.asarray(x).astype(dtype))


def argmax(input, axis=0, output_type=np.int64, name=None):
    """Return where the largest values are; the axis is 0 unless given, as in TensorFlow."""
    return tensor(np.asarray(input).argmax(0 if axis is None else axis), output_type)


def argmin(input, axis=0, output_type=np.int64, name=None):
    """Return where the smallest values are."""
    return tensor(np.asarray(input).argmin(0 if axis is None else axis), output_type)


def reducing(function):
    """Return TensorFlow's form of a NumPy function that makes one value of many."""

    def reduce(input_tensor, axis=None, keepdims=False, name=None):
        values = np.asarray(input_tensor)
        return tensor(function(values, axis=axis, keepdims=keepdims)).astype(values.dtype, copy=False)

    reduce.__doc__ = f"As numpy.{function.__name__}, in the dtype of its argument."
    return reduce


def elementwise(function):
    """Return TensorFlow's form of a NumPy function of single values."""

    def compute(*arguments, name=None):
        return tensor(function(*map(np.asarray, arguments)))

    compute.__doc__ = f"As numpy.{function.__name__}."
    return compute


reduce_mean, reduce_sum, reduce_max, reduce_min = map(reducing, (np.mean, np.sum, np.max, np.min))
abs, exp, log, sqrt, square, round = map(elementwise, (np.abs, np.exp, np.log, np.sqrt, np.square, np.round))
add, subtract, multiply, divide = map(elementwise, (np.add, np.subtract, np.multiply, np.divide))
equal, not_equal, greater, less = map(elementwise, (np.equal, np.not_equal, np.greater, np.less))
maximum, minimum = elementwise(np.maximum), elementwise(np.minimum)


def ones_like(input, dtype=None, name=None):
    """Return ones in the shape of x."""
    return tensor(np.ones_like(np.asarray(input), dtype))


def zeros_like(input, dtype=None, name=None):
    """Return zeros in the shape of x."""
    return tensor(np.zeros_like(np.asarray(input), dtype))


def pad(tensor_, paddings, mode="CONSTANT", constant_values=0, name=None):
    """Return x with so many more values before and after it along each axis, paddings: (axes, 2)."""
    options = {"constant_values": constant_values} if mode.upper() == "CONSTANT" else {}
    return tensor(np.pad(np.asarray(tensor_), np.asarray(paddings), mode.lower(), **options))


def expand_dims(input, axis, name=None):
    """Return x with one more axis."""
    return tensor(np.expand_dims(np.asarray(input), axis))


def squeeze(input, axis=None, name=None):
    """Return x without its axes of length 1."""
    return tensor(np.squeeze(np.asarray(input), axis))


def reshape(tensor_, shape, name=None):
    """Return x in another shape."""
    return tensor(np.reshape(np.asarray(tensor_), shape))


def transpose(a, perm=None, name=None):
    """Return x with its axes in another order."""
    return tensor(np.transpose(np.asarray(a), perm))


def stack(values, axis=0, name=None):
    """Return arrays as one, along a new axis."""
    return tensor(np.stack(values, axis))


def shape(input, name=None):
    """Return the shape, a Tensor of whole numbers."""
    return tensor(np.shape(input), "int32")


def zeros(shape, dtype=np.float32, name=None):
    """Return zeros."""
    return tensor(np.zeros(shape, dtype))


def ones(shape, dtype=np.float32, name=None):
    """Return ones."""
    return tensor(np.ones(shape, dtype))


def one_hot(indices, depth, on_value=1, off_value=0, axis=-1, dtype=np.float32, name=None):
    """Return rows that hold on_value at each index; an index beyond `depth` gives a row without one."""
    hot = np.asarray(indices)[..., None] == np.arange(depth)
    return tensor(np.moveaxis(np.where(hot, on_value, off_value), -1, axis), dtype)


def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype=np.int32, name=None):
    """Return how often each label (row) was predicted as each class (column)."""
    labels, predictions = np.asarray(labels).astype(int), np.asarray(predictions).astype(int)
    count = num_classes or int(max(labels.max(), predictions.max())) + 1
    matrix = np.zeros((count, count))
    np.add.at(matrix, (labels, predictions), 1 if weights is None else np.asarray(weights))
    return tensor(matrix, dtype)


def in_top_k(targets, predictions, k, name=None):
    """Return whether each target is among the k most probable classes."""
    best = np.argsort(-np.asarray(predictions), axis=1)[:, :k]
    return tensor((best == np.asarray(targets)[:, None]).any(axis=1))


__all__ = [
    "abs",
    "add",
    "argmax",
    "argmin",
    "confusion_matrix",
    "divide",
    "equal",
    "exp",
    "greater",
    "in_top_k",
    "less",
    "log",
    "maximum",
    "minimum",
    "multiply",
    "not_equal",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_sum",
    "round",
    "sqrt",
    "square",
    "subtract",
]
