"""Networks to write down: one of all layers that there are, and a small one for each optimizer."""

import numpy as np

from scratch import initializers, layers, optimizers, regularizers, schedules
from scratch.models import Sequential
from tests.cases import fill_weights


def everything(dtype="float32"):
    """Return a network of all layers that there are."""
    stack = [
        layers.Input((12, 12, 1)),
        layers.Rescaling(1 / 255, offset=-0.5),
        layers.ZeroPadding2D(((1, 0), (0, 1))),
        layers.Conv2D(4, 3, use_bias=False, padding="same", kernel_initializer="he_normal", name="first"),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Conv2D(4, (2, 3), groups=2, strides=(1, 2), activation=layers.LeakyReLU(0.1)),
        layers.MaxPooling2D(2, strides=1, padding="same"),
        layers.AveragePooling2D(2, strides=1),
        layers.Conv2D(6, 2, dilation_rate=2, activation="swish", kernel_regularizer="l1_l2"),
        layers.Reshape((-1, 3, 6)),
        layers.GlobalAveragePooling2D(keepdims=True),
        layers.GlobalMaxPooling2D(),
        layers.Dense(8, activation="leaky_relu", kernel_regularizer=regularizers.L2(0.25)),
        layers.BatchNormalization(scale=False, center=False),
        layers.ELU(0.5),
        layers.Sigmoid(),
        layers.Tanh(),
        layers.SiLU(),
        layers.LeakyReLU(),
        layers.ReLU(6.0, 0.25, 0.125),
        layers.Dense(8, activation="relu6"),
        layers.Dense(8, activation=layers.ReLU(4.0, 0.5)),
        layers.Activation("tanh"),
        layers.Dropout(0.25, seed=3),
        layers.Flatten(),
        layers.Dense(5, kernel_initializer=initializers.VarianceScaling(2.0, "fan_out", seed=4)),
        layers.Softmax(),
    ]
    model = Sequential(stack, name="everything", dtype=dtype, rng=np.random.default_rng(0))
    for layer in model.layers:
        fill_weights(layer, np.random.default_rng(1))
    return model


OPTIMIZERS = [
    optimizers.SGD(0.1),
    optimizers.SGD(0.1, momentum=0.9, nesterov=True, clipvalue=0.5),
    optimizers.RMSprop(1e-2),
    optimizers.RMSprop(1e-2, momentum=0.5, centered=True, clipnorm=1.0),
    optimizers.Adam(1e-2, global_clipnorm=2.0),
    optimizers.Adam(1e-2, amsgrad=True, weight_decay=0.01),
    optimizers.AdamW(1e-2),
    optimizers.Adagrad(1e-2),
    optimizers.Adadelta(0.5),
    optimizers.Adam(schedules.ExponentialDecay(1e-2, 3, 0.5, staircase=True)),
    optimizers.SGD(schedules.CosineDecay(1e-2, 20, warmup_target=0.1, warmup_steps=2), momentum=0.5),
    optimizers.SGD(schedules.PiecewiseConstantDecay([1, 3], [0.1, 0.01, 0.001])),
]


def small(optimizer):
    """Return a network of two dense layers, compiled.

    The first has no bias: what it adds, the normalization behind it takes away, so that its gradient is
    rounding alone, and Adam would make whole steps of that.
    """
    first = layers.Dense(5, activation="relu", use_bias=False)
    stack = [layers.Input((6,)), first, layers.BatchNormalization()]
    model = Sequential([*stack, layers.Dense(3, activation="softmax")], rng=np.random.default_rng(0))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], engine="reference")
    return model
