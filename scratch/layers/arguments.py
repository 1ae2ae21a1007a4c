"""Checks of what layers are constructed with; each error names the argument and says what was expected."""

from math import isfinite
from numbers import Integral, Real


def is_whole(value, smallest=1):
    """Return whether `value` is a whole number of `smallest` or more, of Python's or of NumPy's."""
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= smallest


def positive(value, argument):
    """Return `value`, a positive int. Raises ValueError that names the `argument`."""
    if not is_whole(value):
        raise ValueError(f"{argument}: expected a positive whole number, received {value!r}")
    return int(value)


def pair(value, argument, smallest=1):
    """Return `value` as a pair of ints of 1 (or `smallest`) or more: 3 -> (3, 3).

    Raises ValueError that names the `argument`.
    """
    values = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(values) != 2 or not all(is_whole(v, smallest) for v in values):
        kind = "positive whole number" if smallest == 1 else f"whole number of at least {smallest}"
        raise ValueError(f"{argument}: expected a {kind} or a pair of them, received {value!r}")
    return int(values[0]), int(values[1])


def padding_name(value):
    """Return "valid" or "same". Raises ValueError for anything else."""
    if not isinstance(value, str) or value.lower() not in ("valid", "same"):
        raise ValueError(f"padding: expected 'valid' or 'same', received {value!r}")
    return value.lower()


def fraction_below_one(value, argument):
    """Return `value`, a number of at least 0 and less than 1. Raises ValueError that names the `argument`."""
    if not isinstance(value, int | float) or not 0 <= value < 1:
        raise ValueError(f"{argument}: expected a fraction of at least 0 and less than 1, received {value!r}")
    return value


def number_between(value, argument, lowest, highest=float("inf")):
    """Return `value`, a finite number from `lowest` to `highest`, as a float.

    Raises ValueError that names the `argument`.
    """
    if (
        not isinstance(value, Real)
        or isinstance(value, bool)
        or not lowest <= value <= highest
        or not isfinite(value)
    ):
        limits = f"of at least {lowest}" if highest == float("inf") else f"from {lowest} to {highest}"
        raise ValueError(f"{argument}: expected a number {limits}, received {value!r}")
    return float(value)


def check_channels_last(data_format):
    """Raise ValueError unless `data_format` is None or "channels_last"."""
    if data_format not in (None, "channels_last"):
        raise ValueError(f"data_format: expected 'channels_last' (images as NHWC), received {data_format!r}")
