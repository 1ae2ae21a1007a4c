"""Checks of what layers are constructed with; each error names the argument and says what was expected."""


def pair(value, argument):
    """Return `value` as a pair of positive ints: 3 -> (3, 3). Raises ValueError that names the `argument`."""
    try:
        values = (value, value) if isinstance(value, int) else tuple(int(v) for v in value)
    except (TypeError, ValueError):
        values = ()
    if len(values) != 2 or min(values) < 1 or isinstance(value, bool | str):
        raise ValueError(
            f"{argument}: expected a positive whole number or a pair of them, received {value!r}"
        )
    return values


def positive(value, argument):
    """Return `value`, a positive int. Raises ValueError that names the `argument`."""
    if isinstance(value, bool) or int(value) != value or value < 1:
        raise ValueError(f"{argument}: expected a positive whole number, received {value!r}")
    return int(value)


def padding_name(value):
    """Return "valid" or "same". Raises ValueError for anything else."""
    if not isinstance(value, str) or value.lower() not in ("valid", "same"):
        raise ValueError(f"padding: expected 'valid' or 'same', received {value!r}")
    return value.lower()


def check_channels_last(data_format):
    """Raise ValueError unless `data_format` is None or "channels_last"."""
    if data_format not in (None, "channels_last"):
        raise ValueError(f"data_format: expected 'channels_last' (images as NHWC), received {data_format!r}")
