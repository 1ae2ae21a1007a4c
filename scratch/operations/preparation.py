"""What is done to images before anything is learned from them: other units, and a margin."""

import numpy as np


def rescale_forward(x, scale, offset=0.0):
    """Return x * scale + offset, element by element, and the cache.

    x: any shape; scale, offset: a number, or one for each entry of x's last axis.
    """
    scale, offset = np.asarray(scale, x.dtype), np.asarray(offset, x.dtype)
    return x * scale + offset, scale


def rescale_backward(dy, cache):
    """Return dx of rescale_forward: dy * scale."""
    scale = cache
    return dy * scale


def zero_pad2d_forward(x, padding):
    """Put rows and columns of zeros around images.

    x: (N, H, W, C); padding: ((top, bottom), (left, right)).
    Returns y: (N, top + H + bottom, left + W + right, C) and the cache.
    """
    return np.pad(x, ((0, 0), *padding, (0, 0))), (x.shape, padding)


def zero_pad2d_backward(dy, cache):
    """Return dx of zero_pad2d_forward: dy without its margin."""
    (_, H, W, _), ((top, _), (left, _)) = cache
    return dy[:, top : top + H, left : left + W]
