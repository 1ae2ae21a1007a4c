"""Pooling: each window of an image, or all of it, becomes one value a channel."""

from scratch.layers.arguments import check_channels_last, padding_name, pair
from scratch.layers.base import Layer


class Pooling2D(Layer):
    """What the two poolings by windows share: their arguments and shapes; (H, W, C) to (OH, OW, C).

    strides: the pool's size unless given; padding: "valid" or "same".
    """

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **options):
        super().__init__(name, **options)
        check_channels_last(data_format)
        self.pool_size = pair(pool_size, "pool_size")
        self.strides = self.pool_size if strides is None else pair(strides, "strides")
        self.padding = padding_name(padding)

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        size = self.image_output_size(input_shape, self.pool_size, self.strides, self.padding)
        return (*size, input_shape[2])


class MaxPooling2D(Pooling2D):
    """The largest value of each window of `pool_size`, channel by channel; see Pooling2D."""

    def __init__(
        self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None, **options
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **options)

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.max_pool2d_forward(x, self.pool_size, self.strides, self.padding)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.max_pool2d_backward(dy, self.cache)


class AveragePooling2D(Pooling2D):
    """The average of each window of `pool_size`, channel by channel; see Pooling2D.

    With padding="same", only real pixels count.
    """

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **options):
        super().__init__(pool_size, strides, padding, data_format, name, **options)

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.average_pool2d_forward(x, self.pool_size, self.strides, self.padding)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.average_pool2d_backward(dy, self.cache)


class GlobalPooling2D(Layer):
    """What the two global poolings share: (H, W, C) to (C,), or to (1, 1, C) where `keepdims` is set."""

    def __init__(self, data_format=None, keepdims=False, **options):
        super().__init__(**options)
        check_channels_last(data_format)
        self.keepdims = keepdims

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        self.check_image(input_shape)
        return (1, 1, input_shape[2]) if self.keepdims else (input_shape[2],)


class GlobalAveragePooling2D(GlobalPooling2D):
    """The average of all pixels, channel by channel; see GlobalPooling2D."""

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.global_average_pool2d_forward(x)
        return y.reshape(len(y), *self.output_shape)

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.global_average_pool2d_backward(dy.reshape(len(dy), -1), self.cache)


class GlobalMaxPooling2D(GlobalPooling2D):
    """The largest of all pixels, channel by channel; see GlobalPooling2D.

    Where several pixels are the largest, they share the gradient, as in Keras.
    """

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.global_max_pool2d_forward(x)
        return y.reshape(len(y), *self.output_shape)

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.global_max_pool2d_backward(dy.reshape(len(dy), -1), self.cache)
