"""keras.backend: what is asked about, and little that is computed."""

from types import SimpleNamespace

import numpy as np

from scratch.compat.offering import NotHereError


def image_data_format():
    """Return "channels_last", as images are here."""
    return "channels_last"


def set_image_data_format(data_format):
    """Raise NotHereError for images with their channels first."""
    if data_format != "channels_last":
        raise NotHereError(
            f"keras.backend.set_image_data_format({data_format!r}) is not here: expected 'channels_last', "
            f"images as (N, height, width, channels)"
        )


def image_dim_ordering():
    """Return "tf": Keras 1's word for channels_last."""
    return "tf"


def set_image_dim_ordering(ordering):
    """See set_image_data_format."""
    set_image_data_format({"tf": "channels_last", "th": "channels_first"}.get(ordering, ordering))


def backend():
    """Return the name of the backend that scripts expect."""
    return "tensorflow"


def floatx():
    """Return "float32", the dtype of all that is computed."""
    return "float32"


def set_floatx(dtype):
    """Raise NotHereError for another dtype than float32."""
    if dtype != "float32":
        raise NotHereError(f"keras.backend.set_floatx({dtype!r}) is not here: expected 'float32'")


def epsilon():
    """Return the small number that Keras adds to divisors."""
    return 1e-7


def clear_session(free_memory=True):
    """Do nothing: no session is kept."""


def set_session(session):
    """Do nothing: there are no sessions."""


def get_value(x):
    """Return a value as NumPy has it."""
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)[()]


def set_value(x, value):
    """Give a learning rate another value."""
    if not hasattr(x, "assign"):
        raise NotHereError("keras.backend.set_value: only a learning rate can be set here")
    x.assign(value)


# Where Keras 2.2 had these
common = SimpleNamespace(
    epsilon=epsilon,
    floatx=floatx,
    image_data_format=image_data_format,
    image_dim_ordering=image_dim_ordering,
    set_image_dim_ordering=set_image_dim_ordering,
)

__all__ = [
    "backend",
    "clear_session",
    "common",
    "epsilon",
    "floatx",
    "get_value",
    "image_data_format",
    "image_dim_ordering",
    "set_floatx",
    "set_image_data_format",
    "set_image_dim_ordering",
    "set_session",
    "set_value",
]
