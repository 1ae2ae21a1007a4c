"""Layers that only arrange values anew, or put a margin around them."""

import math
from numbers import Integral

from scratch.layers.arguments import check_channels_last, pair
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


class Reshape(Flatten):
    """Lay out each input in another shape, the last axis running fastest in both.

    target_shape: without the batch axis; one of its sizes may be -1, and is then what the others leave.
    """

    def __init__(self, target_shape, **options):
        super().__init__(**options)
        sizes = tuple(target_shape) if isinstance(target_shape, tuple | list) else (None,)
        whole = all(isinstance(n, Integral) and (n >= 1 or n == -1) for n in sizes)
        if not whole or sizes.count(-1) > 1:
            raise ValueError(
                f"target_shape: expected a tuple of positive whole numbers, at most one of them -1, received "
                f"{target_shape!r}"
            )
        self.target_shape = sizes

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        size, known = math.prod(input_shape), math.prod(n for n in self.target_shape if n != -1)
        shape = tuple(size // known if n == -1 else n for n in self.target_shape)
        if math.prod(shape) != size:
            raise self.shape_error(
                f"{size} values, of shape {input_shape}, cannot be laid out as {self.target_shape}"
            )
        return shape


class ZeroPadding2D(Layer):
    """A margin of zeros around images: (H, W, C) to (top + H + bottom, left + W + right, C).

    padding: rows and columns on each side: an int, a pair (rows, columns), or ((top, bottom), (left, right)).
    """

    def __init__(self, padding=(1, 1), data_format=None, **options):
        super().__init__(**options)
        check_channels_last(data_format)
        both = padding if isinstance(padding, tuple | list) else (padding, padding)
        if len(both) != 2:
            raise ValueError(
                f"padding: expected a whole number or a pair of them or of pairs, received {padding!r}"
            )
        self.padding = tuple(pair(sides, "padding", smallest=0) for sides in both)

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        self.check_image(input_shape)
        H, W, C = input_shape
        return H + sum(self.padding[0]), W + sum(self.padding[1]), C

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.zero_pad2d_forward(x, self.padding)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.zero_pad2d_backward(dy, self.cache)
