"""Matrix products of our own: as fast as BLAS on one thread, and the same bits on any number of threads.

BLAS gives other bits on one thread than on two, and its threads and Numba's would stand in each other's way.

A product a @ b is computed for four rows of `a` and a block of columns of `b` at a time: each weight that is
loaded serves four rows, and sums and weights stay in the fastest memory while they are used. M rows and K
columns of `a`, F columns of `b`.
"""

from functools import cache

import numpy as np
from numba import prange

from scratch.errors import ShapeError
from scratch.fast import buffers
from scratch.fast.jit import kernel

# Columns are computed in blocks of a width that the compiler knows: whole vectors, WIDEST at most.
VECTOR, WIDEST = 16, 128
ROWS_A_PART = 16
STRETCH = 256  # rows of weights, a multiple of 4: 128 KB of float32 at the widest


def dense_forward(x, w, b=None):
    """Return y = x @ w + b and the cache; see scratch.reference.

    x: (..., D), w: (D, F), b: (F,) or None. Returns y: (..., F).
    """
    if x.shape[-1] != w.shape[0]:
        raise ShapeError(f"dense: the kernel was made for {w.shape[0]} features; received {x.shape[-1]}")
    rows = np.ascontiguousarray(x).reshape(-1, x.shape[-1])
    y = matmul(rows, w)
    if b is not None:
        y += b
    return y.reshape(*x.shape[:-1], w.shape[1]), (rows, x.shape, w, b)


def dense_backward(dy, cache, need_dx=True):
    """Return dx, dw, db of dense_forward (dx is None unless `need_dx`; db is None without a bias)."""
    rows, x_shape, w, b = cache
    drows = np.ascontiguousarray(dy).reshape(-1, dy.shape[-1])
    dw = matmul(rows.T, drows)
    db = None if b is None else drows.sum(axis=0)
    dx = matmul(drows, w.T).reshape(x_shape) if need_dx else None
    return dx, dw, db


def matmul(a, b):
    """Return a @ b for a: (M, K) and b: (K, F), in C or Fortran order, of one dtype."""
    width = min(-(-b.shape[1] // VECTOR) * VECTOR, WIDEST)
    product = buffers.empty((a.shape[0], b.shape[1]), a.dtype)
    flat, steps = (a.T, (1, len(a))) if a.flags.f_contiguous else (a, (a.shape[1], 1))
    sums = buffers.empty((-(-len(a) // ROWS_A_PART), ROWS_A_PART, width), a.dtype)  # each part's own
    matmul_kernel(width)(flat.reshape(-1), *steps, buffers.in_blocks(b, width), product, sums)
    return product


@cache
def matmul_kernel(width):
    """Return the product for blocks of `width` columns: b (blocks, K, width), product (M, F).

    a: (M * K,), in which row m, column k stands at m * down + k * right.
    """

    @kernel
    def multiply(a, down, right, b, product, sums):
        M, F = product.shape
        K = b.shape[1]
        for part in prange((M + ROWS_A_PART - 1) // ROWS_A_PART):
            top, bottom = part * ROWS_A_PART, min((part + 1) * ROWS_A_PART, M)
            mine = sums[part]  # (ROWS_A_PART, width): each row's sums
            for block in range(len(b)):
                weights = b[block]
                mine[:] = 0
                # A stretch of weights is small enough to stay near while all rows of the part go over it.
                for k0 in range(0, K, STRETCH):
                    k4 = min(k0 + STRETCH, K - K % 4)
                    for m in range(top, bottom, 4):
                        s0, s1, s2, s3 = (
                            mine[m - top],
                            mine[m - top + 1],
                            mine[m - top + 2],
                            mine[m - top + 3],
                        )
                        # where fewer than four rows are left, the last one is computed several times
                        r0, r1 = m * down, min(m + 1, M - 1) * down
                        r2, r3 = min(m + 2, M - 1) * down, min(m + 3, M - 1) * down
                        for k in range(k0, k4, 4):
                            w0, w1, w2, w3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
                            c0, c1, c2, c3 = k * right, (k + 1) * right, (k + 2) * right, (k + 3) * right
                            a00, a01, a02, a03 = a[r0 + c0], a[r0 + c1], a[r0 + c2], a[r0 + c3]
                            a10, a11, a12, a13 = a[r1 + c0], a[r1 + c1], a[r1 + c2], a[r1 + c3]
                            a20, a21, a22, a23 = a[r2 + c0], a[r2 + c1], a[r2 + c2], a[r2 + c3]
                            a30, a31, a32, a33 = a[r3 + c0], a[r3 + c1], a[r3 + c2], a[r3 + c3]
                            for f in range(width):
                                # read before anything is written: for all the compiler knows, the sums
                                # might lie on top of the weights
                                v0, v1, v2, v3 = w0[f], w1[f], w2[f], w3[f]
                                s0[f] += a00 * v0 + a01 * v1 + a02 * v2 + a03 * v3
                                s1[f] += a10 * v0 + a11 * v1 + a12 * v2 + a13 * v3
                                s2[f] += a20 * v0 + a21 * v1 + a22 * v2 + a23 * v3
                                s3[f] += a30 * v0 + a31 * v1 + a32 * v2 + a33 * v3
                        if k0 + STRETCH >= K:
                            for k in range(K - K % 4, K):
                                w0 = weights[k]
                                c0 = k * right
                                a0, a1, a2, a3 = a[r0 + c0], a[r1 + c0], a[r2 + c0], a[r3 + c0]
                                for f in range(width):
                                    v0 = w0[f]
                                    s0[f] += a0 * v0
                                    s1[f] += a1 * v0
                                    s2[f] += a2 * v0
                                    s3[f] += a3 * v0
                first = block * width
                for m in range(top, bottom):
                    for f in range(min(width, F - first)):
                        product[m, first + f] = mine[m - top, f]

    return multiply
