"""The door of the model: what comes in is checked, and converted to the dtype of the model, here only."""

import numpy as np

from scratch.errors import DataError, ShapeError


def as_input(x, input_shape, dtype):
    """Return `x` as an array (N, *input_shape) of `dtype`, copied only where it has to be.

    An axis of one channel is added or taken away where that is all that is missing, as in Keras: (N, 28, 28)
    goes into a model for (28, 28, 1). Raises ShapeError for any other shape, DataError for what is empty, not
    numbers, NaN or infinite.
    """
    x = np.asarray(x)
    if x.dtype.kind not in "buif":
        raise DataError(f"the model's input: expected an array of numbers, received dtype {x.dtype}")
    if x.ndim == len(input_shape) and input_shape[-1] == 1 and x.shape[1:] == input_shape[:-1]:
        x = x[..., None]
    elif x.ndim == len(input_shape) + 2 and x.shape[-1] == 1:
        x = x[..., 0]
    if x.shape[1:] != tuple(input_shape):
        raise ShapeError(f"the model's input: expected shape {(None, *input_shape)}, received {x.shape}")
    if x.size == 0:
        raise DataError(f"the model's input is empty: expected at least one image, received shape {x.shape}")
    # A number too large for the dtype becomes infinite, and is reported as such.
    with np.errstate(over="ignore"):
        converted = np.ascontiguousarray(x, dtype)
    check_finite(converted)
    return converted


def check_finite(x):
    """Raise DataError where x: (N, ...) holds NaN or infinity; the message says which value, and where."""
    finite = np.isfinite(x)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise DataError(
            f"the model's input: expected finite numbers, received {x[where]} in input {where[0]} "
            f"at {where[1:]}"
        )


def check_pairs(x, y):
    """Raise ShapeError where images and labels differ in number, or there are no labels."""
    if y.ndim == 0:
        raise ShapeError(f"expected a label for each input, received y={y.item()!r}")
    if len(x) != len(y):
        raise ShapeError(f"expected a label for each input, received {len(x)} inputs and {len(y)} labels")
