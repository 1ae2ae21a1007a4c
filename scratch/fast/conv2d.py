"""Convolution, all options, with bounds that are known at run time only: one kernel for any shape.

Direct: no patches are laid out. The innermost loop runs over filters (or, backward to dx, over channels),
which lie side by side in memory, with four products for each sum that is loaded and stored. Padding is added
before, and its gradient taken away after, so that the loops need no conditions. Sizes as in
scratch.reference.
"""

import numpy as np
from numba import prange

from scratch import reference
from scratch.errors import ShapeError
from scratch.fast import buffers
from scratch.fast.jit import IMAGES_A_PART, kernel, parts_of
from scratch.windows import check_fit, output_size, padding_amounts


def conv2d_forward(x, w, b=None, strides=(1, 1), padding="valid", dilation=(1, 1)):
    """Return y and the cache; see scratch.reference.

    x: (N, H, W, C), w: (KH, KW, C, F), b: (F,) or None. Returns y: (N, OH, OW, F).
    """
    KH, KW, C, F = w.shape
    if x.shape[3] != C:
        raise ShapeError(f"conv2d: the kernel was made for {C} channels; received an image with {x.shape[3]}")
    check_fit(x.shape, (KH, KW), strides, padding, dilation)
    axes = zip(x.shape[1:3], (KH, KW), strides, dilation, strict=True)
    OH, OW = (output_size(n, k, s, padding, d) for n, k, s, d in axes)
    padded, edges = pad(x, (KH, KW), strides, padding, dilation)
    bias = np.zeros(F, x.dtype) if b is None else b
    y = buffers.empty((len(x), OH, OW, F), x.dtype)
    forward(padded, np.ascontiguousarray(w), bias, *strides, *dilation, y)
    return y, (padded, edges, x.shape, w, b, strides, dilation)


def conv2d_backward(dy, cache, need_dx=True):
    """Return dx, dw, db of conv2d_forward (dx is None unless `need_dx`; db is None where there was no bias).

    dy: (N, OH, OW, F). Each part of the batch sums up a dw of its own, and these are added up in order.
    """
    padded, (top, left), (N, H, W, _), w, b, strides, dilation = cache
    dy = np.ascontiguousarray(dy)
    dws = buffers.empty((parts_of(N), *w.shape), w.dtype)
    weight_gradient(padded, dy, *strides, *dilation, dws)
    dw = dws.sum(axis=0)
    db = None if b is None else dy.sum(axis=(0, 1, 2))
    if not need_dx:
        return None, dw, db
    dpadded = buffers.empty(padded.shape, w.dtype)
    channels_last = np.ascontiguousarray(w.transpose(0, 1, 3, 2))
    input_gradient(channels_last, dy, *strides, *dilation, dpadded)
    return dpadded[:, top : top + H, left : left + W], dw, db


def grouped_conv2d_forward(x, w, b=None, strides=(1, 1), padding="valid", dilation=(1, 1), groups=1):
    """Return y and the cache; see scratch.reference."""
    return reference.grouped_conv2d_forward(x, w, b, strides, padding, dilation, groups, conv2d_forward)


def grouped_conv2d_backward(dy, caches, need_dx=True):
    """Return dx, dw, db of grouped_conv2d_forward."""
    return reference.grouped_conv2d_backward(dy, caches, need_dx, conv2d_backward)


def pad(x, size, strides, padding, dilation):
    """Return x with zeros around it, C-ordered, and how many rows and columns come before."""
    rows = padding_amounts(x.shape[1], size[0], strides[0], padding, dilation[0])
    columns = padding_amounts(x.shape[2], size[1], strides[1], padding, dilation[1])
    if not any(rows + columns):
        return np.ascontiguousarray(x), (0, 0)
    return np.pad(x, ((0, 0), rows, columns, (0, 0))), (rows[0], columns[0])


@kernel
def forward(x, w, b, sh, sw, dh, dw, y):
    """Fill y: (N, OH, OW, F) with the convolution of the padded x: (N, H, W, C) by w: (KH, KW, C, F)."""
    N, OH, OW, F = y.shape
    KH, KW, C = w.shape[0], w.shape[1], w.shape[2]
    for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
        for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
            for i in range(OH):
                for j in range(OW):
                    sums = y[n, i, j]
                    sums[:] = b
                    for p in range(KH):
                        for q in range(KW):
                            pixel, weights = x[n, i * sh + p * dh, j * sw + q * dw], w[p, q]
                            for c in range(0, C - 3, 4):
                                x0, x1, x2, x3 = pixel[c], pixel[c + 1], pixel[c + 2], pixel[c + 3]
                                w0, w1, w2, w3 = weights[c], weights[c + 1], weights[c + 2], weights[c + 3]
                                for f in range(F):
                                    sums[f] += x0 * w0[f] + x1 * w1[f] + x2 * w2[f] + x3 * w3[f]
                            for c in range(C - C % 4, C):
                                x0, w0 = pixel[c], weights[c]
                                for f in range(F):
                                    sums[f] += x0 * w0[f]


@kernel
def weight_gradient(x, dy, sh, sw, dh, dw, dws):
    """Fill dws: (parts, KH, KW, C, F), each part's sum over its images, four neighbours at a time."""
    N, OH, OW, F = dy.shape
    KH, KW, C = dws.shape[1], dws.shape[2], dws.shape[3]
    for part in prange(len(dws)):
        dws[part] = 0
        for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
            for i in range(OH):
                for p in range(KH):
                    row = x[n, i * sh + p * dh]
                    for j in range(0, OW - 3, 4):
                        d0, d1, d2, d3 = dy[n, i, j], dy[n, i, j + 1], dy[n, i, j + 2], dy[n, i, j + 3]
                        for q in range(KW):
                            at = j * sw + q * dw
                            for c in range(C):
                                x0, x1 = row[at, c], row[at + sw, c]
                                x2, x3 = row[at + 2 * sw, c], row[at + 3 * sw, c]
                                sums = dws[part, p, q, c]
                                for f in range(F):
                                    sums[f] += x0 * d0[f] + x1 * d1[f] + x2 * d2[f] + x3 * d3[f]
                    for j in range(OW - OW % 4, OW):
                        d0 = dy[n, i, j]
                        for q in range(KW):
                            for c in range(C):
                                x0, sums = row[j * sw + q * dw, c], dws[part, p, q, c]
                                for f in range(F):
                                    sums[f] += x0 * d0[f]


@kernel
def input_gradient(w, dy, sh, sw, dh, dw, dx):
    """Fill dx, shaped like the padded x: each output pixel adds its weights, times its gradient, to what it
    saw.

    w: (KH, KW, F, C).
    """
    N, OH, OW, F = dy.shape
    KH, KW, C = w.shape[0], w.shape[1], w.shape[3]
    for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
        for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
            dx[n] = 0
            for i in range(OH):
                for j in range(OW):
                    d = dy[n, i, j]
                    for p in range(KH):
                        for q in range(KW):
                            sums, weights = dx[n, i * sh + p * dh, j * sw + q * dw], w[p, q]
                            for f in range(0, F - 3, 4):
                                d0, d1, d2, d3 = d[f], d[f + 1], d[f + 2], d[f + 3]
                                w0, w1, w2, w3 = weights[f], weights[f + 1], weights[f + 2], weights[f + 3]
                                for c in range(C):
                                    sums[c] += d0 * w0[c] + d1 * w1[c] + d2 * w2[c] + d3 * w3[c]
                            for f in range(F - F % 4, F):
                                d0, w0 = d[f], weights[f]
                                for c in range(C):
                                    sums[c] += d0 * w0[c]
