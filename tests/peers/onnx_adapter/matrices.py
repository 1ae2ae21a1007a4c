"""Products of matrices, and arrays laid out in other shapes."""

import math

import numpy as np

from scratch import layers


def matrix_product(call, a, b, bias=None):
    """Return a @ b, plus a bias, by our Dense; a: (M, K), b: (K, F)."""
    layer = layers.Dense(b.shape[1], use_bias=bias is not None)
    return call.compute(layer, a, kernel=b, **({} if bias is None else {"bias": bias}))


def gemm(call):
    """Gemm: alpha * A @ B + beta * C, where alpha goes into the kernel and beta into the bias."""
    a, b, c = call.input(0), call.input(1), call.input(2)
    a, b = a.T if call.get("transA") else a, b.T if call.get("transB") else b
    one = np.float32(1)
    bias = None if c is None else one * call.get("beta", 1.0) * c
    return [matrix_product(call, a, one * call.get("alpha", 1.0) * b, bias)]


def matmul(call):
    """MatMul: a Dense layer for each pair of matrices, the vectors made matrices first."""
    a, b = call.inputs
    rows, columns = a.ndim == 1, b.ndim == 1
    a, b = a[None] if rows else a, b[:, None] if columns else b
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = (np.broadcast_to(m, batch + m.shape[-2:]) for m in (a, b))
    y = np.empty((*batch, a.shape[-2], b.shape[-1]), a.dtype)
    for index in np.ndindex(batch):
        y[index] = matrix_product(call, a[index], b[index])
    y = y[..., 0, :] if rows else y
    return [y[..., 0] if columns else y]


def flatten(call):
    """Flatten: the axes before `axis` are the batch."""
    x, axis = call.input(0), call.get("axis", 1)
    axis += x.ndim if axis < 0 else 0
    rows = x.reshape(math.prod(x.shape[:axis]), *x.shape[axis:])
    return [call.compute(layers.Flatten(), rows)]


def reshape(call):
    """Reshape: all of x is one input; a 0 in the shape stands for x's own size there."""
    x, shape = call.inputs
    zeros = call.get("allowzero", 0)
    shape = [int(n) if n or zeros else x.shape[i] for i, n in enumerate(shape)]
    return [call.compute(layers.Reshape(shape), x[None])[0]]
