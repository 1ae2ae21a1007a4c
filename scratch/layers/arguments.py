"""Checks of what layers are constructed with; each error names the argument and says what was expected."""

from numbers import Integral


def is_positive(value):
    """Return whether `value` is a whole number of 1 or more, of Python's or of NumPy's."""
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= 1


def positive(value, argument):
    """Return `value`, a positive int. Raises ValueError that names the `argument`."""
    if not is_positive(value):
        raise ValueError(f"{argument}: expected a positive whole number, received {value!r}")
    return int(value)


def pair(value, argument):
    """Return `value` as a pair of positive ints: 3 -> (3, 3). Raises ValueError that names the `argument`."""
    values = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(values) != 2 or not all(is_positive(v) for v in values):
        raise ValueError(
            f"{argument}: expected a positive whole number or a pair of them, received {value!r}"
        )
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


def check_channels_last(data_format):
    """Raise ValueError unless `data_format` is None or "channels_last"."""
    if data_format not in (None, "channels_last"):
        raise ValueError(f"data_format: expected 'channels_last' (images as NHWC), received {data_format!r}")
