"""Batch normalization: as few passes over memory as the formulas allow, where NumPy takes one an operation.

Everything is seen as rows of C channels. Sums over all rows are cut into parts of ROWS_A_PART, each with sums
of its own, which are added up in order: so the number of threads changes no bit, and float32 rounds less. Of
the forward, x itself is kept, and x_hat computed anew in the backward: that is faster than writing it down
and reading it again.
"""

import numpy as np
from numba import prange

from scratch.fast import buffers
from scratch.fast.jit import kernel, parts_of

ROWS_A_PART = 1024


def batch_statistics(x):
    """Return each channel's mean and variance, (C,) each; see scratch.operations.normalization."""
    rows = as_rows(x)
    sums = np.empty((parts_of(len(rows), ROWS_A_PART), x.shape[-1]), x.dtype)
    count = x.dtype.type(len(rows))
    sum_rows(rows, sums)
    mean = sums.sum(axis=0) / count
    sum_squares(rows, mean, sums)
    return mean, sums.sum(axis=0) / count


def batch_norm_forward(x, gamma, beta, mean, variance, epsilon=1e-3, training=False):
    """Return y and the cache; see scratch.operations.normalization."""
    rows, y = as_rows(x), buffers.empty(x.shape, x.dtype)
    scale = 1 / np.sqrt(variance + epsilon)
    factor = scale if gamma is None else gamma * scale
    shift = np.zeros_like(scale) if beta is None else beta
    normalize(rows, mean, factor, shift, y.reshape(rows.shape))
    return y, (rows, mean, scale, gamma, beta, training)


def batch_norm_backward(dy, cache, need_dx=True):
    """Return dx, dgamma, dbeta; see scratch.operations.normalization."""
    rows, mean, scale, gamma, beta, training = cache
    drows = as_rows(dy)
    sums = np.empty((parts_of(len(rows), ROWS_A_PART), 2, rows.shape[1]), dy.dtype)
    sum_gradients(drows, rows, mean, scale, sums)
    dbeta, dgamma = sums.sum(axis=0)  # of dy, and of dy * x_hat
    dx = None
    if need_dx:
        dx = buffers.empty(dy.shape, dy.dtype)
        count = dy.dtype.type(len(rows) if training else np.inf)  # constants have no means to take away
        factor = scale if gamma is None else gamma * scale
        gradient(drows, rows, mean, scale, factor, dbeta / count, dgamma / count, dx.reshape(rows.shape))
    return dx, None if gamma is None else dgamma, None if beta is None else dbeta


def as_rows(x):
    """Return x: (..., C) as (rows, C), contiguous."""
    return np.ascontiguousarray(x).reshape(-1, x.shape[-1])


@kernel
def sum_rows(rows, sums):
    """Fill sums: (parts, C) with the sums of each part's rows."""
    for part in prange(len(sums)):
        mine = sums[part]
        mine[:] = 0
        for r in range(part * ROWS_A_PART, min((part + 1) * ROWS_A_PART, len(rows))):
            row = rows[r]
            for c in range(len(mine)):
                mine[c] += row[c]


@kernel
def sum_squares(rows, mean, sums):
    """Fill sums: (parts, C) with the sums of the squares of each part's distances from the mean."""
    for part in prange(len(sums)):
        mine = sums[part]
        mine[:] = 0
        for r in range(part * ROWS_A_PART, min((part + 1) * ROWS_A_PART, len(rows))):
            row = rows[r]
            for c in range(len(mine)):
                distance = row[c] - mean[c]
                mine[c] += distance * distance


@kernel
def normalize(rows, mean, factor, shift, y):
    """Fill y with factor * (x - mean) + shift."""
    for part in prange((len(rows) + ROWS_A_PART - 1) // ROWS_A_PART):
        for r in range(part * ROWS_A_PART, min((part + 1) * ROWS_A_PART, len(rows))):
            row, result = rows[r], y[r]
            for c in range(len(mean)):
                result[c] = factor[c] * (row[c] - mean[c]) + shift[c]


@kernel
def sum_gradients(drows, rows, mean, scale, sums):
    """Fill sums: (parts, 2, C) with the sums of each part's dy and dy * x_hat."""
    for part in prange(len(sums)):
        of_dy, of_product = sums[part, 0], sums[part, 1]
        of_dy[:] = 0
        of_product[:] = 0
        for r in range(part * ROWS_A_PART, min((part + 1) * ROWS_A_PART, len(rows))):
            row, drow = rows[r], drows[r]
            for c in range(len(mean)):
                d = drow[c]
                product = d * (row[c] - mean[c]) * scale[c]
                of_dy[c] += d
                of_product[c] += product


@kernel
def gradient(drows, rows, mean, scale, factor, mean_dy, mean_product, dx):
    """Fill dx with factor * (dy - mean_dy - x_hat * mean_product)."""
    for part in prange((len(rows) + ROWS_A_PART - 1) // ROWS_A_PART):
        for r in range(part * ROWS_A_PART, min((part + 1) * ROWS_A_PART, len(rows))):
            row, drow, result = rows[r], drows[r], dx[r]
            for c in range(len(mean)):
                x_hat = (row[c] - mean[c]) * scale[c]
                result[c] = factor[c] * (drow[c] - mean_dy[c] - x_hat * mean_product[c])
