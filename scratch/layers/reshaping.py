"""Layers that only arrange values anew."""

import math

from scratch.layers.base import Layer


class Flatten(Layer):
    """Lay out each input as one row, the last axis running fastest: (H, W, C) to (H * W * C,)."""

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        return (math.prod(input_shape),)

    def forward(self, x, training=False):
        """See Layer."""
        return x.reshape(len(x), *self.output_shape)

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return dy.reshape(len(dy), *self.input_shape)
