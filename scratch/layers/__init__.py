"""Layers: the wiring between operations. No mathematics lives here, only parameters, shapes and the order of
calls.

`base` has the protocol that every layer keeps; the other files have the layers, a theme each. Names,
arguments and defaults are Keras's: images are NHWC, kernels HWIO, `kernel` and `bias` the parameters.
"""

from scratch.layers.activations import Activation, ReLU, Sigmoid, Softmax, Tanh
from scratch.layers.base import Input, Layer
from scratch.layers.pooling import MaxPooling2D
from scratch.layers.regularization import Dropout
from scratch.layers.reshaping import Flatten
from scratch.layers.weighted import Conv2D, Dense

__all__ = [
    "Activation",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "Layer",
    "MaxPooling2D",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
]
