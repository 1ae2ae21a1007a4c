"""Dense layers: products of matrices by BLAS, cut into fixed parts that run on one thread each.

BLAS is as fast as this machine can be at a product of matrices, and nothing of ours would be faster. But left
to itself it starts threads of its own, which stand in the way of Numba's, and gives other bits on one thread
than on two. So each part is one product on one thread, and what is a part is decided by the shapes alone.

N rows, D features in, F features out.
"""

from contextlib import contextmanager
from functools import cache

import numpy as np
from numba import prange
from scipy.linalg import cython_blas  # noqa: F401  the BLAS that Numba calls: loaded before it is looked for
from threadpoolctl import ThreadpoolController

from scratch.errors import ShapeError
from scratch.fast import buffers
from scratch.fast.jit import kernel

ROWS_A_PART = 64  # BLAS rearranges all of w for every part: smaller parts would do that more often
FEATURES_A_PART = 1024  # at most


def dense_forward(x, w, b=None):
    """Return y = x @ w + b and the cache; see scratch.reference.

    x: (..., D), w: (D, F), b: (F,) or None. Returns y: (..., F).
    """
    if x.shape[-1] != w.shape[0]:
        raise ShapeError(f"dense: the kernel was made for {w.shape[0]} features; received {x.shape[-1]}")
    rows, w = np.ascontiguousarray(x).reshape(-1, x.shape[-1]), np.ascontiguousarray(w)
    y = buffers.empty((len(rows), w.shape[1]), x.dtype)
    with on_one_blas_thread():
        products(rows, w, y)
    if b is not None:
        y += b
    return y.reshape(*x.shape[:-1], w.shape[1]), (rows, x.shape, w, b)


def dense_backward(dy, cache, need_dx=True):
    """Return dx, dw, db of dense_forward (dx is None unless `need_dx`; db is None without a bias)."""
    rows, x_shape, w, b = cache
    drows = np.ascontiguousarray(dy).reshape(-1, dy.shape[-1])
    dw = buffers.empty(w.shape, w.dtype)
    dx = buffers.empty(rows.shape, w.dtype) if need_dx else None
    with on_one_blas_thread():
        weight_gradients(rows, drows, dw)
        if need_dx:
            products(drows, w.T, dx)
    db = None if b is None else drows.sum(axis=0)
    return dx.reshape(x_shape) if need_dx else None, dw, db


@kernel
def products(a, b, out):
    """out = a @ b, one part of the rows of `a` after the other."""
    N = len(a)
    for part in prange((N + ROWS_A_PART - 1) // ROWS_A_PART):
        rows = slice(part * ROWS_A_PART, min((part + 1) * ROWS_A_PART, N))
        np.dot(a[rows], b, out[rows])


@kernel
def weight_gradients(x, dy, dw):
    """dw = x.T @ dy, one part of the features after the other: no sum over images is ever split."""
    D = x.shape[1]
    parts = (D + FEATURES_A_PART - 1) // FEATURES_A_PART
    for part in prange(parts):
        features = slice(part * D // parts, (part + 1) * D // parts)
        np.dot(np.ascontiguousarray(x[:, features]).T, dy, dw[features])


@contextmanager
def on_one_blas_thread():
    """Return a context in which a call to BLAS starts no threads of its own."""
    before = [(library, library.get_num_threads()) for library in blas_libraries()]
    changed = [(library, threads) for library, threads in before if threads != 1]
    for library, _ in changed:
        library.set_num_threads(1)
    try:
        yield
    finally:
        for library, threads in changed:
            library.set_num_threads(threads)


@cache
def blas_libraries():
    """Return what controls the threads of each BLAS library in this process."""
    return ThreadpoolController().select(user_api="blas").lib_controllers
