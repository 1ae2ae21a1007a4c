"""Pooling by the average, and pooling whole images to one value a channel."""

import numpy as np

from scratch.windows import add_windows, extract_windows


def average_pool2d_forward(x, pool_size=(2, 2), strides=None, padding="valid"):
    """Average the pixels of each window, channel by channel; `strides` are the pool's size unless given.

    Padding does not count: a window that reaches over the edge is divided by the number of its real pixels.

    x: (N, H, W, C). Returns y: (N, OH, OW, C) and the cache. Raises ShapeError where the pool does not fit.
    """
    strides = strides or pool_size
    windows = extract_windows(x, pool_size, strides, padding)  # (N, OH, OW, PH, PW, C)
    ones = np.ones((1, *x.shape[1:3], 1), x.dtype)
    pixels = extract_windows(ones, pool_size, strides, padding).sum(axis=(3, 4))  # (1, OH, OW, 1)
    y = windows.sum(axis=(3, 4)) / pixels
    return y, (pixels, windows.shape, x.shape, strides, padding)


def average_pool2d_backward(dy, cache):
    """Return dx of average_pool2d_forward: each window shares its gradient out among its real pixels.

    Where windows overlap, a pixel gets the sum of its shares. dy: (N, OH, OW, C). Returns (N, H, W, C).
    """
    pixels, windows_shape, x_shape, strides, padding = cache
    shares = (dy / pixels)[:, :, :, None, None, :]  # (N, OH, OW, 1, 1, C)
    return add_windows(np.broadcast_to(shares, windows_shape), x_shape, strides, padding)


def global_average_pool2d_forward(x):
    """Return each channel's average over the whole image: (N, H, W, C) to (N, C), and the cache.

    Source: Lin, Chen and Yan, "Network In Network", ICLR 2014.
    """
    return x.mean(axis=(1, 2)), x.shape


def global_average_pool2d_backward(dy, cache):
    """Return dx of global_average_pool2d_forward: every pixel gets dy / (H * W). dy: (N, C)."""
    x_shape = cache
    share = dy / (x_shape[1] * x_shape[2])
    return np.broadcast_to(share[:, None, None, :], x_shape).copy()


def global_max_pool2d_forward(x):
    """Return each channel's largest value in the whole image: (N, H, W, C) to (N, C), and the cache.

    NaN counts as the largest.
    """
    y = x.max(axis=(1, 2))
    return y, (x, y)


def global_max_pool2d_backward(dy, cache):
    """Return dx of global_max_pool2d_forward: the largest pixel gets dy; of equals, each gets the same share.

    (Max-pooling's windows give all to the first; TensorFlow has both rules, and Keras's layers inherit them.)
    dy: (N, C). Returns (N, H, W, C).
    """
    x, y = cache
    largest = (x == y[:, None, None, :]) | np.isnan(x)
    share = dy / largest.sum(axis=(1, 2)).astype(dy.dtype)  # (N, C)
    return np.where(largest, share[:, None, None, :], 0)
