"""One table of cases for all layers: each row is tested on every engine, in both precisions, and against
Keras.

A row's text is what both `scratch.layers` and `keras.layers` understand, and it names the test. To add a
layer, add a row for each thing that it can do.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from scratch import fast, layers, reference

ENGINES = {"reference": reference, "fast": fast}
# For parametrize: the compiled kernels are left out where there is no time to compile them.
EVERY_ENGINE = ["reference", pytest.param("fast", marks=pytest.mark.compiled)]


@dataclass(frozen=True)
class Case:
    """A layer, the shape of a batch for it, and what kind of values the batch holds.

    values: "distinct" (no two the same, none near 0, so that no kink is near), "negative" (distinct, all
    below 0) or "ties" (small whole numbers, most of them several times).
    training: whether the layer is called as in training; its result must be the same for every call.
    """

    text: str
    shape: tuple
    values: str = "distinct"
    training: bool = False

    def __str__(self):
        """Return the test's name."""
        size = "x".join(str(n) for n in self.shape)
        marks = [self.values] * (self.values != "distinct") + ["training"] * self.training
        return " ".join([self.text, size, *marks])

    def make_layer(self, library=layers):
        """Return the row's layer, from scratch.layers or keras.layers."""
        return eval(self.text, vars(library) | {"__builtins__": {}})

    def make_input(self, dtype="float64"):
        """Return a batch of the row's shape and kind."""
        rng, n = np.random.default_rng(1), int(np.prod(self.shape))
        if self.values == "ties":
            return rng.integers(-1, 2, self.shape).astype(dtype)
        steps = rng.permutation(n) + 0.5  # n different numbers, 1 apart
        steps = steps - n if self.values == "negative" else steps - n // 2
        return (steps / n).reshape(self.shape).astype(dtype)


def make_gradient(shape, dtype="float64"):
    """Return a gradient to send backward: distinct values between -1 and 1, none of them 0."""
    rng, n = np.random.default_rng(2), int(np.prod(shape))
    return ((rng.permutation(n) + 0.5 - n // 2) / n).reshape(shape).astype(dtype)


def fill_weights(layer, rng):
    """Give all that a layer keeps values between -1 and 1, variances between 0.5 and 2: zeros hide errors."""
    for name, array in layer.weights.items():
        low, high = (0.5, 2) if name == "moving_variance" else (-1, 1)
        array[...] = rng.uniform(low, high, array.shape)


CONVOLUTIONS = [
    Case("Conv2D(1, 1)", (1, 1, 1, 1)),
    Case("Conv2D(4, 3)", (2, 6, 5, 3)),
    Case("Conv2D(4, 3, use_bias=False)", (2, 5, 5, 2)),
    Case("Conv2D(3, (2, 3))", (2, 5, 7, 2)),
    Case("Conv2D(3, (3, 2), padding='same')", (2, 5, 4, 2)),
    Case("Conv2D(2, 3, padding='same')", (3, 7, 6, 1)),
    Case("Conv2D(2, 4, padding='same')", (1, 6, 6, 2)),
    Case("Conv2D(2, 5, padding='same')", (1, 3, 4, 2)),  # the kernel is larger than the image
    Case("Conv2D(2, 3, strides=2)", (2, 7, 7, 2)),
    Case("Conv2D(2, 3, strides=2)", (2, 8, 6, 2)),  # (8 - 3) % 2 = 1: the last row is in no window
    Case("Conv2D(2, 3, strides=2, padding='same')", (2, 6, 7, 2)),
    Case("Conv2D(2, 3, strides=3, padding='same')", (2, 7, 8, 2)),
    Case("Conv2D(2, (2, 3), strides=(3, 1))", (1, 8, 5, 2)),
    Case("Conv2D(2, 1, strides=2)", (2, 5, 6, 3)),  # the stride is larger than the kernel
    Case("Conv2D(2, 2, strides=3, padding='same')", (2, 8, 7, 1)),
    Case("Conv2D(2, 3, dilation_rate=2)", (2, 7, 8, 2)),
    Case("Conv2D(2, (2, 3), dilation_rate=(3, 2), padding='same')", (2, 6, 7, 2)),
    Case("Conv2D(4, 3, groups=2)", (2, 5, 6, 4)),
    Case("Conv2D(6, (3, 2), strides=2, padding='same', groups=3)", (2, 5, 6, 3)),
    Case("Conv2D(3, 3, activation='relu')", (2, 5, 5, 2)),
    Case("Conv2D(3, 3, activation='tanh', padding='same')", (2, 4, 4, 2)),
    # the cases of Keras's own test of its convolution, on its input of 2x8x8x4
    Case("Conv2D(5, 2)", (2, 8, 8, 4)),
    Case("Conv2D(4, 3, strides=2, padding='same')", (2, 8, 8, 4)),
    Case("Conv2D(6, 2, padding='same', dilation_rate=(2, 2), groups=2)", (2, 8, 8, 4)),
    Case("Conv2D(6, 2, padding='same', dilation_rate=(2, 3), groups=2)", (2, 8, 8, 4)),
    Case("Conv2D(6, (4, 3), strides=(2, 1), groups=2)", (2, 8, 8, 4)),
]

POOLINGS = [
    Case("MaxPooling2D()", (2, 6, 4, 3)),
    Case("MaxPooling2D()", (2, 7, 5, 3)),  # the last row and column are dropped
    Case("MaxPooling2D(3, strides=1)", (2, 5, 6, 2)),  # windows overlap
    Case("MaxPooling2D(3, strides=2)", (2, 8, 7, 2)),
    Case("MaxPooling2D((2, 3), strides=(1, 2))", (2, 5, 8, 2)),
    Case("MaxPooling2D(2, strides=3)", (2, 8, 7, 2)),  # pixels between the windows
    Case("MaxPooling2D(2, padding='same')", (2, 5, 7, 2)),
    Case("MaxPooling2D(3, strides=2, padding='same')", (2, 6, 7, 2)),
    Case("MaxPooling2D(3, strides=2, padding='same')", (2, 6, 7, 2), "negative"),  # padding must not win
    Case("MaxPooling2D(5, strides=1, padding='same')", (1, 3, 4, 2), "negative"),
    Case("AveragePooling2D(2)", (2, 6, 4, 3)),
    Case("AveragePooling2D(2)", (9, 7, 5, 3)),  # the last row and column are dropped
    Case("AveragePooling2D(3, strides=1)", (2, 5, 6, 2)),  # windows overlap
    Case("AveragePooling2D((2, 3), strides=(1, 2))", (2, 5, 8, 2)),
    Case("AveragePooling2D(2, strides=3)", (2, 8, 7, 2)),  # pixels between the windows
    Case("AveragePooling2D(2, padding='same')", (2, 5, 7, 2)),  # only real pixels count
    Case("AveragePooling2D(3, strides=2, padding='same')", (2, 6, 7, 2)),
    Case("GlobalAveragePooling2D()", (2, 5, 4, 3)),
    Case("GlobalAveragePooling2D(keepdims=True)", (2, 3, 4, 2)),
    Case("GlobalMaxPooling2D()", (2, 5, 4, 3)),
    Case("GlobalMaxPooling2D()", (2, 5, 4, 3), "negative"),
    Case("GlobalMaxPooling2D(keepdims=True)", (2, 3, 4, 2)),
]

NORMALIZATIONS = [
    Case("BatchNormalization()", (4, 3)),
    Case("BatchNormalization()", (4, 3), training=True),
    Case("BatchNormalization()", (3, 4, 5, 2)),
    Case("BatchNormalization()", (3, 4, 5, 2), training=True),
    Case("BatchNormalization()", (10, 3, 4, 3), training=True),
    Case("BatchNormalization(axis=2, epsilon=0.5, momentum=0.75)", (4, 5, 3), training=True),
    Case("BatchNormalization(center=False)", (4, 3), training=True),
    Case("BatchNormalization(scale=False)", (4, 3), training=True),
    Case("BatchNormalization(center=False, scale=False)", (4, 3, 2)),
    Case("BatchNormalization(center=False, scale=False)", (4, 3, 2), training=True),
]

TIED_POOLINGS = [  # compared with Keras only: where two values tie, there is no derivative to check
    Case("MaxPooling2D()", (2, 6, 6, 3), "ties"),
    Case("MaxPooling2D(3, strides=1, padding='same')", (2, 5, 6, 2), "ties"),
    Case("MaxPooling2D((2, 3), strides=(2, 1))", (2, 7, 6, 2), "ties"),
    Case("GlobalMaxPooling2D()", (3, 4, 5, 2), "ties"),
    Case("ReLU()", (4, 7), "ties"),
    Case("ReLU(max_value=1)", (4, 7), "ties"),
    Case("ReLU(max_value=0)", (4, 7), "ties"),
    Case("ReLU(negative_slope=0.25)", (4, 7), "ties"),
    Case("ReLU(threshold=1)", (4, 7), "ties"),
    Case("LeakyReLU(0.25)", (4, 7), "ties"),
    Case("ELU()", (4, 7), "ties"),
    Case("ELU(0.5)", (4, 7), "ties"),
]

OTHERS = [
    Case("Dense(4)", (3, 5)),
    Case("Dense(1, use_bias=False)", (1, 1)),
    Case("Dense(3)", (2, 4, 5)),
    Case("Dense(3)", (2, 3, 4, 2)),
    Case("Dense(6, activation='relu')", (4, 5)),
    Case("Dense(5, activation='softmax')", (3, 4)),
    Case("Dense(5, activation='sigmoid')", (3, 4)),
    Case("Flatten()", (2, 3, 4, 2)),
    Case("Reshape((4, 6))", (2, 3, 4, 2)),
    Case("Reshape((-1, 3, 2))", (2, 12)),
    Case("ZeroPadding2D()", (2, 3, 4, 2)),
    Case("ZeroPadding2D((2, 0))", (2, 3, 4, 2)),
    Case("ZeroPadding2D(((0, 1), (2, 3)))", (2, 3, 4, 2)),
    # Keras rounds some of a layer's numbers to float32, so those below are ones that float32 has exactly
    Case("Rescaling(0.00390625)", (2, 3, 4, 2)),
    Case("Rescaling([0.5, 0.25, 2.0], offset=[0.0, -0.5, 1.0])", (2, 4, 3)),
    Case("ReLU()", (3, 4, 2)),
    Case("ReLU(max_value=0.25)", (3, 4, 2)),
    Case("ReLU(negative_slope=0.25)", (3, 4, 2)),
    Case("ReLU(threshold=0.125)", (3, 4, 2)),
    Case("ReLU(0.25, 0.5, 0.125)", (3, 4, 2)),
    Case("ReLU(0.125, 0.5, 0.25)", (3, 4, 2)),  # the ceiling is below where it begins
    Case("LeakyReLU(0.25)", (3, 4, 2)),
    Case("LeakyReLU(negative_slope=0)", (3, 4, 2)),
    Case("ELU()", (3, 4, 2)),
    Case("ELU(alpha=0.5)", (3, 4, 2)),
    Case("Softmax()", (3, 5)),
    Case("Activation('relu')", (2, 5)),
    Case("Activation('relu6')", (2, 5)),
    Case("Activation('sigmoid')", (2, 5)),
    Case("Activation('tanh')", (2, 3, 4)),
    Case("Activation('softmax')", (4, 6)),
    Case("Activation('elu')", (2, 5)),
    Case("Activation('silu')", (2, 5)),
    Case("Activation('swish')", (2, 5)),
    Case("Conv2D(3, 2, activation='swish')", (2, 4, 4, 2)),
    Case("Dense(4, activation='elu')", (3, 5)),
    Case("Dense(6, activation='relu6')", (4, 5)),
    Case("Activation('linear')", (2, 5)),
    Case("Dropout(0.5)", (3, 4)),  # outside training: does nothing
]

# TensorFlow's gradient is wrong here, as tests/keras_ref/test_layers_in_keras.py shows: the pool is larger
# than the image.
WRONG_IN_TENSORFLOW = [Case("AveragePooling2D(5, strides=1, padding='same')", (1, 3, 4, 2))]

SMOOTH_CASES = CONVOLUTIONS + POOLINGS + NORMALIZATIONS + OTHERS + WRONG_IN_TENSORFLOW
ALL_CASES = SMOOTH_CASES + TIED_POOLINGS
