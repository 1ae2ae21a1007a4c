"""Layers: the wiring between operations. No mathematics lives here, only parameters, shapes and the order of
calls.

`base` has the protocol that every layer keeps; the other files have the layers, a theme each. Names,
arguments and defaults are Keras's: images are NHWC, kernels HWIO, `kernel` and `bias` the parameters.
"""

from scratch.layers.activations import ELU, Activation, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from scratch.layers.base import Input, Layer
from scratch.layers.normalization import BatchNormalization
from scratch.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from scratch.layers.preprocessing import Rescaling
from scratch.layers.regularization import Dropout
from scratch.layers.reshaping import Flatten, Reshape, ZeroPadding2D
from scratch.layers.weighted import Conv2D, Dense

# Keras's other names for them
AvgPool2D, MaxPool2D, Convolution2D = AveragePooling2D, MaxPooling2D, Conv2D
GlobalAvgPool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D

__all__ = [
    "ELU",
    "Activation",
    "AveragePooling2D",
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Input",
    "Layer",
    "LeakyReLU",
    "MaxPooling2D",
    "ReLU",
    "Rescaling",
    "Reshape",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "ZeroPadding2D",
]
