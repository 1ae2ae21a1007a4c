"""The project's own networks, by name; keras_ref.architectures has the same ones in Keras."""

from scratch.errors import DigitsError
from scratch.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from scratch.models import Sequential

INPUT_SHAPE = (28, 28, 1)
CLASSES = 10


def cnn(dtype="float32", rng=None):
    """Return the default network: two stages of convolution and pooling, then two dense layers."""
    layers = [
        Input(INPUT_SHAPE),
        Conv2D(32, 3, activation="relu"),
        MaxPooling2D(2),
        Conv2D(64, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(128, activation="relu"),
        Dense(CLASSES, activation="softmax"),
    ]
    return Sequential(layers, name="cnn", dtype=dtype, rng=rng)


def small(dtype="float32", rng=None):
    """Return the small network: one stage of convolution and pooling, then two dense layers."""
    layers = [
        Input(INPUT_SHAPE),
        Conv2D(32, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(100, activation="relu"),
        Dense(CLASSES, activation="softmax"),
    ]
    return Sequential(layers, name="small", dtype=dtype, rng=rng)


ARCHITECTURES = {"cnn": cnn, "small": small}


def build(name, dtype="float32", rng=None):
    """Return the network of that name, built, with initial weights from `rng`. Raises DigitsError for another
    name.
    """
    if name not in ARCHITECTURES:
        raise DigitsError(f"there is no model {name!r}: expected one of {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name](dtype, rng)
