"""Preprocessing as a part of the network, so that it need not be remembered outside of it."""

import numpy as np

from scratch.layers.base import Layer


class Rescaling(Layer):
    """x * scale + offset: Rescaling(1 / 255) brings pixels from [0, 255] to [0, 1].

    scale, offset: a number, or a list with one for each channel.
    """

    def __init__(self, scale, offset=0.0, **options):
        super().__init__(**options)
        self.scale, self.offset = scale, offset
        for argument, value in (("scale", scale), ("offset", offset)):
            numbers = np.asarray(value)
            if numbers.dtype.kind not in "iuf" or numbers.ndim > 1:
                raise ValueError(f"{argument}: expected a number or a list of numbers, received {value!r}")

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        for argument, value in (("scale", self.scale), ("offset", self.offset)):
            if np.size(value) not in (1, *input_shape[-1:]):
                raise self.shape_error(
                    f"expected a {argument} for each of {input_shape[-1]} channels, received {np.size(value)}"
                )
        return input_shape

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.rescale_forward(x, self.scale, self.offset)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.rescale_backward(dy, self.cache)
