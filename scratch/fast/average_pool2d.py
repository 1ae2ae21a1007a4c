"""Average pooling, all options: each window is gone through once, all channels side by side.

Windows that reach into the padding are cut off at the image's edge, so padding does not count. Sizes as in
scratch.reference.
"""

import numpy as np
from numba import prange

from scratch.fast import buffers
from scratch.fast.jit import IMAGES_A_PART, kernel
from scratch.windows import check_fit, output_size, padding_amounts


def average_pool2d_forward(x, pool_size=(2, 2), strides=None, padding="valid"):
    """Return y: (N, OH, OW, C) and the cache for x: (N, H, W, C); see scratch.operations.pooling."""
    strides = strides or pool_size
    check_fit(x.shape, pool_size, strides, padding)
    axes = list(zip(x.shape[1:3], pool_size, strides, strict=True))
    OH, OW = (output_size(n, k, s, padding) for n, k, s in axes)
    top, left = (padding_amounts(n, k, s, padding)[0] for n, k, s in axes)
    y = buffers.empty((len(x), OH, OW, x.shape[3]), x.dtype)
    geometry = (*pool_size, *strides, top, left)
    forward(np.ascontiguousarray(x), *geometry, y)
    return y, (x.shape, geometry)


def average_pool2d_backward(dy, cache):
    """Return dx: (N, H, W, C) of average_pool2d_forward for dy: (N, OH, OW, C)."""
    x_shape, geometry = cache
    dx = buffers.empty(x_shape, dy.dtype)
    backward(np.ascontiguousarray(dy), *geometry, dx)
    return dx


@kernel
def forward(x, PH, PW, sh, sw, top, left, y):
    """Fill y with the average of each window's real pixels."""
    N, OH, OW, C = y.shape
    H, W = x.shape[1], x.shape[2]
    for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
        for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
            for i in range(OH):
                for j in range(OW):
                    row, column = i * sh - top, j * sw - left
                    rows = range(max(row, 0), min(row + PH, H))
                    columns = range(max(column, 0), min(column + PW, W))
                    total = y[n, i, j]
                    total[:] = 0
                    for p in rows:
                        for q in columns:
                            pixel = x[n, p, q]
                            for c in range(C):
                                total[c] += pixel[c]
                    count = y.dtype.type(len(rows) * len(columns))
                    for c in range(C):
                        total[c] /= count


@kernel
def backward(dy, PH, PW, sh, sw, top, left, dx):
    """Fill dx: each window adds an equal share of its gradient to each of its real pixels."""
    N, OH, OW, C = dy.shape
    H, W = dx.shape[1], dx.shape[2]
    for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
        for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
            dx[n] = 0
            for i in range(OH):
                for j in range(OW):
                    row, column = i * sh - top, j * sw - left
                    rows = range(max(row, 0), min(row + PH, H))
                    columns = range(max(column, 0), min(column + PW, W))
                    count = dy.dtype.type(len(rows) * len(columns))
                    gradient = dy[n, i, j]
                    for p in rows:
                        for q in columns:
                            pixel = dx[n, p, q]
                            for c in range(C):
                                pixel[c] += gradient[c] / count
