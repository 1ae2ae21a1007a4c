"""Solutions to the exercises of lesson 8."""

import numpy as np


def max_pool(x, k=2, s=None):
    """Return the largest of each window and its number."""
    s = s or k
    N, H, W, C = x.shape
    OH, OW = (H - k) // s + 1, (W - k) // s + 1
    y = np.full((N, OH, OW, C), -np.inf, x.dtype)
    winner = np.zeros(y.shape, int)
    for number, (p, q) in enumerate(np.ndindex(k, k)):
        pixel = x[:, p : p + s * (OH - 1) + 1 : s, q : q + s * (OW - 1) + 1 : s]
        better = pixel > y
        y = np.where(better, pixel, y)
        winner = np.where(better, number, winner)
    return y, winner


def max_pool_backward(dy, winner, x_shape, k=2, s=None):
    """Return dx, to which every window adds its gradient at its winner."""
    s = s or k
    OH, OW = dy.shape[1:3]
    dx = np.zeros(x_shape, dy.dtype)
    for number, (p, q) in enumerate(np.ndindex(k, k)):
        pixels = dx[:, p : p + s * (OH - 1) + 1 : s, q : q + s * (OW - 1) + 1 : s]
        pixels += np.where(winner == number, dy, 0)
    return dx
