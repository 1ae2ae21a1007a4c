"""Layers that act in training only, so that the network generalises better."""

import numpy as np

from scratch.layers.arguments import fraction_below_one
from scratch.layers.base import Layer


class Dropout(Layer):
    """In training, set a random fraction `rate` of the values to 0 and scale up the rest; else do nothing.

    seed: an int gives the layer a generator of its own; by default it draws from the model's.
    Raises ValueError unless 0 <= rate < 1.
    """

    def __init__(self, rate, seed=None, **options):
        super().__init__(**options)
        self.rate, self.seed = fraction_below_one(rate, "rate"), seed

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        self.rng = rng if self.seed is None else np.random.default_rng(self.seed)
        return input_shape

    def forward(self, x, training=False):
        """See Layer."""
        self.dropped = training and self.rate > 0
        if not self.dropped:
            return x
        y, self.cache = self.ops.dropout_forward(x, self.rate, self.rng)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.dropout_backward(dy, self.cache) if self.dropped else dy
