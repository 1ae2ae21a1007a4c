"""Max-pooling, all options: each window is gone through once, all channels side by side.

Of each maximum, its place in the window is remembered (row by row, from 0); the backward adds each gradient
there. Windows that reach into the padding are cut off at the image's edge, so padding can't win. Sizes as in
scratch.reference.
"""

import numpy as np
from numba import prange

from scratch.fast import buffers
from scratch.fast.jit import IMAGES_A_PART, kernel
from scratch.windows import check_fit, output_size, padding_amounts


def max_pool2d_forward(x, pool_size=(2, 2), strides=None, padding="valid"):
    """Return y: (N, OH, OW, C) and the cache for x: (N, H, W, C); see scratch.reference."""
    strides = strides or pool_size
    check_fit(x.shape, pool_size, strides, padding)
    axes = list(zip(x.shape[1:3], pool_size, strides, strict=True))
    OH, OW = (output_size(n, k, s, padding) for n, k, s in axes)
    top, left = (padding_amounts(n, k, s, padding)[0] for n, k, s in axes)
    size = len(x), OH, OW, x.shape[3]
    y, winner = buffers.empty(size, x.dtype), buffers.empty(size, np.int32)
    geometry = (*pool_size, *strides, top, left)
    forward(np.ascontiguousarray(x), *geometry, y, winner)
    return y, (winner, x.shape, geometry)


def max_pool2d_backward(dy, cache):
    """Return dx: (N, H, W, C) of max_pool2d_forward for dy: (N, OH, OW, C)."""
    winner, x_shape, (_, PW, sh, sw, top, left) = cache
    dx = buffers.empty(x_shape, dy.dtype)
    backward(np.ascontiguousarray(dy), winner, PW, sh, sw, top, left, dx)
    return dx


@kernel
def forward(x, PH, PW, sh, sw, top, left, y, winner):
    """Fill y with each window's maximum and winner with its place; of equals the first, and NaN wins."""
    N, OH, OW, C = y.shape
    H, W = x.shape[1], x.shape[2]
    for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
        for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
            for i in range(OH):
                for j in range(OW):
                    row, column = i * sh - top, j * sw - left
                    first_p, first_q = max(-row, 0), max(-column, 0)
                    best, place = y[n, i, j], winner[n, i, j]
                    best[:] = x[n, row + first_p, column + first_q]
                    place[:] = first_p * PW + first_q
                    for p in range(first_p, min(PH, H - row)):
                        for q in range(first_q, min(PW, W - column)):
                            pixel, here = x[n, row + p, column + q], p * PW + q
                            for c in range(C):
                                value, old = pixel[c], best[c]
                                if value > old or (value != value and old == old):
                                    best[c], place[c] = value, here


@kernel
def backward(dy, winner, PW, sh, sw, top, left, dx):
    """Fill dx: each window adds its gradient to the pixel that won it."""
    N, OH, OW, C = dy.shape
    for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
        for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
            dx[n] = 0
            for i in range(OH):
                for j in range(OW):
                    for c in range(C):
                        place = winner[n, i, j, c]
                        row, column = i * sh - top + place // PW, j * sw - left + place % PW
                        dx[n, row, column, c] += dy[n, i, j, c]
