"""Pooling: each window of an image becomes one value."""

from scratch.layers.arguments import check_channels_last, padding_name, pair
from scratch.layers.base import Layer


class MaxPooling2D(Layer):
    """The largest value of each window of `pool_size`, channel by channel: (H, W, C) to (OH, OW, C).

    strides: the pool's size unless given; padding: "valid" or "same".
    """

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None):
        super().__init__(name)
        check_channels_last(data_format)
        self.pool_size = pair(pool_size, "pool_size")
        self.strides = self.pool_size if strides is None else pair(strides, "strides")
        self.padding = padding_name(padding)

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        size = self.image_output_size(input_shape, self.pool_size, self.strides, self.padding)
        return (*size, input_shape[2])

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.max_pool2d_forward(x, self.pool_size, self.strides, self.padding)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.max_pool2d_backward(dy, self.cache)
