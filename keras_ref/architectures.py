"""The networks of scratch.architectures, by the same names, in Keras: the two files are to be read side by
side.
"""

from keras_ref.backend import load_keras
from scratch.architectures import CLASSES, INPUT_SHAPE
from scratch.errors import DigitsError


def cnn(dtype="float32"):
    """Return the default network: two stages of convolution and pooling, then two dense layers."""
    keras = load_keras()
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE, dtype=dtype),
            layers.Conv2D(32, 3, activation="relu", dtype=dtype),
            layers.MaxPooling2D(2, dtype=dtype),
            layers.Conv2D(64, 3, activation="relu", dtype=dtype),
            layers.MaxPooling2D(2, dtype=dtype),
            layers.Flatten(dtype=dtype),
            layers.Dense(128, activation="relu", dtype=dtype),
            layers.Dense(CLASSES, activation="softmax", dtype=dtype),
        ],
        name="cnn",
    )


def small(dtype="float32"):
    """Return the small network: one stage of convolution and pooling, then two dense layers."""
    keras = load_keras()
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE, dtype=dtype),
            layers.Conv2D(32, 3, activation="relu", dtype=dtype),
            layers.MaxPooling2D(2, dtype=dtype),
            layers.Flatten(dtype=dtype),
            layers.Dense(100, activation="relu", dtype=dtype),
            layers.Dense(CLASSES, activation="softmax", dtype=dtype),
        ],
        name="small",
    )


ARCHITECTURES = {"cnn": cnn, "small": small}


def build(name, dtype="float32"):
    """Return the Keras network of that name, built. Raises DigitsError for another name."""
    if name not in ARCHITECTURES:
        raise DigitsError(f"there is no model {name!r} in Keras: expected one of {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name](dtype)
