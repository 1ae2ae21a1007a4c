"""What is drawn at random of each layer. To add a layer, add a function of the random generator to LAYERS.

Not drawn is what Keras doesn't do: strides and dilation above 1 at once, which its constructor refuses, and
windows that are larger than the image without padding, which are an error on both sides.
"""

from keras_ref.parity import bounds
from keras_ref.parity.case import Case, DropoutCase
from keras_ref.parity.chance import any_values, anything, batch, images, one_of, size, some_axes, whole, width
from keras_ref.parity.fused import fused_conv2d
from keras_ref.parity.other_layers import OTHER_LAYERS

MOST = 7  # the largest kernel


def conv2d(rng):
    """Draw a Conv2D: kernels up to 7, strides or dilation up to 3, groups, both paddings.

    A ReLU behind it is drawn for whole numbers only, whose sums are exact: others might be rounded to either
    side of its kink. One in eight is grouped, because Keras compiles each of those anew (by XLA; TensorFlow's
    own kernels have no grouped convolution on a CPU), and takes half a second for it.
    """
    kernel = size(rng, 1, MOST)
    strides, dilation = one_of(rng, (size(rng, 1, 3), 1), (1, size(rng, 1, 3)))
    padding, groups = one_of(rng, "valid", "same"), one_of(rng, *[1] * 7, whole(rng, 2, 3))
    activation = one_of(rng, None, None, "relu")
    arguments = {
        "filters": groups * whole(rng, 1, one_of(rng, 5, 20)),
        "kernel_size": kernel,
        "strides": strides,
        "padding": padding,
        "dilation_rate": dilation,
        "groups": groups,
        "use_bias": one_of(rng, True, True, False),
        "activation": activation,
    }
    shape = images(rng, kernel, padding, dilation, channels=groups * whole(rng, 1, 5))
    values = "whole" if activation else any_values(rng)
    sums = bounds.of_products if groups == 1 else bounds.of_grouped
    return Case("Conv2D", arguments, shape, values, bounds=sums)


def max_pooling2d(rng):
    """Draw a MaxPooling2D: overlapping windows, gaps between them, remainders, both paddings, many ties."""
    pool, padding = size(rng, 1, MOST), one_of(rng, "valid", "same")
    arguments = {"pool_size": pool, "strides": one_of(rng, None, size(rng, 1, 3)), "padding": padding}
    shape = images(rng, pool, padding, 1, channels=whole(rng, 1, 6))
    values = one_of(rng, "whole", any_values(rng))
    return Case("MaxPooling2D", arguments, shape, values, bounds=bounds.of_selected)


def dense(rng):
    """Draw a Dense on inputs of one to three axes; a ReLU for whole numbers only, as in conv2d."""
    activation = one_of(rng, None, None, "relu")
    arguments = {
        "units": width(rng),
        "use_bias": one_of(rng, True, True, False),
        "activation": activation,
    }
    shape = (batch(rng), *some_axes(rng, 0, 2, 4), width(rng))
    return Case("Dense", arguments, shape, "whole" if activation else any_values(rng))


def flatten(rng):
    """Draw a Flatten."""
    return Case("Flatten", {}, anything(rng), any_values(rng))


def dropout(rng):
    """Draw a Dropout, in training as often as not; no number that goes in is 0, see DropoutCase."""
    arguments = {"rate": one_of(rng, 0.0, 0.1, 0.25, 0.5, 0.9), "seed": whole(rng, 0, 1000)}
    values, training = one_of(rng, "negative", "normal"), one_of(rng, True, False)
    return DropoutCase("Dropout", arguments, anything(rng), values, training, bounds.of_dropout)


def relu(rng):
    """Draw a ReLU; among whole numbers are many zeros."""
    return Case("ReLU", {}, anything(rng), one_of(rng, "whole", any_values(rng)), bounds=bounds.of_selected)


def sigmoid(rng):
    """Draw a Sigmoid, which in Keras is an Activation."""
    in_keras = "Activation", {"activation": "sigmoid"}
    values = one_of(rng, "wide", any_values(rng))
    return Case("Sigmoid", {}, anything(rng), values, bounds=bounds.of_sigmoid, in_keras=in_keras)


def tanh(rng):
    """Draw a Tanh, which in Keras is an Activation."""
    in_keras = "Activation", {"activation": "tanh"}
    values = one_of(rng, "wide", any_values(rng))
    return Case("Tanh", {}, anything(rng), values, bounds=bounds.of_tanh, in_keras=in_keras)


def softmax(rng):
    """Draw a Softmax over rows of 2 to 40 scores."""
    shape = (batch(rng), *some_axes(rng, 0, 2, 4), whole(rng, 2, 40))
    return Case("Softmax", {}, shape, one_of(rng, "wide", any_values(rng)), bounds=bounds.of_softmax)


def activation(rng):
    """Draw an Activation by any name."""
    names = {
        "linear": bounds.of_selected,
        "relu": bounds.of_selected,
        "sigmoid": bounds.of_sigmoid,
        "tanh": bounds.of_tanh,
        "softmax": bounds.of_softmax,
        "elu": bounds.of_elu,
        "silu": bounds.of_silu,
    }
    name = one_of(rng, *names)
    shape = (batch(rng), *some_axes(rng, 0, 3, 6), whole(rng, 2, 6))
    return Case("Activation", {"activation": name}, shape, any_values(rng), bounds=names[name])


LAYERS = {
    "Conv2D": conv2d,
    "MaxPooling2D": max_pooling2d,
    "Dense": dense,
    "Flatten": flatten,
    "Dropout": dropout,
    "ReLU": relu,
    "Sigmoid": sigmoid,
    "Tanh": tanh,
    "Softmax": softmax,
    "Activation": activation,
    "FusedConv2D": fused_conv2d,
    **OTHER_LAYERS,
}
