"""Networks for images as (channels, height, width), turned into ones for (height, width, channels).

Many of the years 2015 to 2018 are such: data_format "channels_first", in Keras 1 dim_ordering "th". A kernel
is the same for both; what changes is the order of values in a row that a map is laid out as, and so the order
of the weights of what comes next. Along the layers two things are kept in mind: whether the file has its maps
the other way round, and for a row, which of our values is the file's first, second, and so on.
"""

import math
from dataclasses import dataclass

import numpy as np

from scratch.errors import FileFormatError
from scratch.saving.configs import shown
from scratch.saving.layer_table import TRAINING_ONLY, canonical_class, canonical_config

FLIPPING_BACKENDS = ("theano",)  # whose convolution turns the kernel around, as mathematics has it
FIRST, LAST = "channels_first", "channels_last"
POOLINGS = {"MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D"}
OF_IMAGES = {"Conv2D", "ZeroPadding2D", *POOLINGS}
ELEMENTWISE = {"Activation", "Dropout", "ELU", "LeakyReLU", "ReLU"}


def is_first(chain):
    """Return whether a layer of a Chain has its channels first."""
    pairs = ((canonical_class(layer.class_name), layer.config) for layer in chain.layers)
    return any(canonical_config(name, config).get("data_format") == FIRST for name, config in pairs)


@dataclass(frozen=True)
class Row:
    """A map of `shape` laid out as a row, the file's with the axis `source` moved to `target`."""

    shape: tuple
    source: int
    target: int

    def order(self):
        """Return which of our values is the file's first, second, and so on."""
        ours = np.arange(math.prod(self.shape)).reshape(self.shape)
        return np.moveaxis(ours, self.source, self.target).ravel()


class Turning:
    """The turning of one network, layer by layer.

    chain: its layers. Raises FileFormatError where some layers have their channels first and others last.
    """

    def __init__(self, chain):
        self.needed = is_first(chain)
        self.images_first = self.needed and self.all_alike(chain)
        self.maps = self.images_first and chain.input_shape is not None and len(chain.input_shape) == 3
        self.row = None

    def all_alike(self, chain):
        """Return whether all layers of images have their channels first; False if none has."""
        first, last = [], []
        for layer in chain.layers:
            name = canonical_class(layer.class_name)
            if name in OF_IMAGES:
                is_first = canonical_config(name, layer.config).get("data_format") == FIRST
                (first if is_first else last).append(f"layer {shown(layer.name)} ({name})")
        if first and last:
            raise FileFormatError(
                f"has a {first[0]} for images as (channels, height, width), and a {last[0]} for (height, "
                f"width, channels): expected data_format='channels_last' for all, or 'channels_first' for all"
            )
        return bool(first)

    def input_shape(self, shape, notes):
        """Return the shape of one input, turned if need be, which a note says."""
        if not self.maps:
            return shape
        turned = (*shape[1:], shape[0])
        notes.append(
            f"its images are (channels, height, width), {shown(shape)}; it was turned, and takes (height, "
            f"width, channels), {shown(turned)}"
        )
        return turned

    def layer(self, where, class_name, config, stored, shape):
        """Return a layer's config and its arrays, turned; shape: of what we hand to it, without the batch.

        Raises FileFormatError, saying `where`, for a layer that is not the same on maps that are turned.
        """
        if not self.needed or class_name in TRAINING_ONLY:
            return config, stored
        if class_name in OF_IMAGES:
            config = self.of_images(where, class_name, config)
        elif class_name in ("Flatten", "Reshape"):
            config = self.laid_out(where, class_name, config, shape)
        elif class_name == "BatchNormalization":
            config, stored = self.normalized(where, config, stored)
        elif class_name == "Dense" and not self.maps:
            stored, self.row = [self.reordered(stored[0]), *stored[1:]] if stored else stored, None
        elif self.maps and (not is_elementwise(class_name, config) or is_softmax(config)):
            raise refusal(where, "it does not treat all values alike")
        elif self.row is not None and class_name != "Softmax" and not is_elementwise(class_name, config):
            raise refusal(where, "it comes between a Flatten and a Dense")
        return config, stored

    def of_images(self, where, class_name, config):
        """Return the config of a convolution, a pooling or a padding."""
        if self.images_first and not self.maps:
            raise refusal(where, "no maps come to it")
        if self.maps and is_softmax(config):
            raise refusal(where, "its softmax is over the width")
        if class_name.startswith("Global") and not config.get("keepdims"):
            self.maps = False
        return config | {"data_format": LAST}

    def laid_out(self, where, class_name, config, shape):
        """Return the config of a Flatten or a Reshape, after which values may be in another order."""
        target = config.get("target_shape")
        if class_name == "Reshape" and not (isinstance(target, list) and len(target) == 1):
            return self.reshaped(where, config, target)
        moves = config.get("data_format") == FIRST
        if self.row is None and self.maps != moves:  # where both or neither, the order is ours
            source, target = (-1, 0) if self.maps else (0, -1)
            if 1 not in (shape[source], math.prod(shape) // shape[source]):
                self.row = Row(shape, source, target)
        self.maps = False
        return {name: value for name, value in config.items() if name != "data_format"}

    def reshaped(self, where, config, target):
        """Return the config of a Reshape to maps; those of one channel have the same order either way."""
        if self.maps or self.row is not None:
            raise refusal(where, "it would take the values in another order")
        if not self.images_first or not isinstance(target, list) or len(target) != 3:
            return config
        if target[0] != 1:
            raise refusal(where, "its maps have more than one channel")
        self.maps = True
        return config | {"target_shape": [*target[1:], 1]}

    def normalized(self, where, config, stored):
        """Return the config and the arrays of a BatchNormalization."""
        if not self.maps:
            return config, [self.reordered(array) for array in stored]
        if config.get("axis", -1) not in (1, [1]):
            raise refusal(where, "it normalizes another axis than the channels")
        return config | {"axis": -1}, stored

    def reordered(self, array):
        """Return an array whose first axis is over a row's values as the file has them, in our order."""
        if self.row is None or array.shape[:1] != (math.prod(self.row.shape),):
            return array
        result = np.empty_like(array)
        result[self.row.order()] = array
        return result

    def finish(self):
        """Raise FileFormatError where what the network returns is in another order than in the file."""
        if self.maps or self.row is not None:
            raise refusal("last layer", "what it returns would be in another order")


def is_elementwise(class_name, config):
    """Return whether a layer treats all values alike, but for a softmax."""
    if class_name == "Rescaling":
        return not any(isinstance(config.get(name), list) for name in ("scale", "offset"))
    return class_name in ELEMENTWISE


def is_softmax(config):
    """Return whether a layer's activation is a softmax, however that is written down."""
    return "softmax" in str(config.get("activation")).lower()


def refusal(where, reason):
    """Return the FileFormatError for a layer that cannot be turned."""
    return FileFormatError(
        f"is for images as (channels, height, width), and cannot be turned for (height, width, channels), "
        f"data_format='channels_last', because of its {where}: {reason}; build it so in Keras and copy the "
        f"weights over"
    )


def turned(arrays, layer, backend, keras_1):
    """Return a layer's arrays, the kernel of a convolution as (rows, columns, channels, filters).

    Some backends convolve it flipped; Keras 1 has (filters, channels, rows, columns) for channels_first.
    """
    if canonical_class(layer.class_name) != "Conv2D" or not arrays or arrays[0].ndim != 4:
        return arrays
    kernel = arrays[0]
    if keras_1 and canonical_config("Conv2D", layer.config).get("data_format") == FIRST:
        kernel = kernel.transpose(2, 3, 1, 0)
    if backend in FLIPPING_BACKENDS:
        kernel = kernel[::-1, ::-1]
    return [kernel, *arrays[1:]]
