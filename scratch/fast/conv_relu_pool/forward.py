"""The forward kernels: convolution, bias, ReLU and pool in one pass.

The four convolutions under a pool are computed together, so that each weight that is loaded serves four
pixels; only their maximum is written, and one byte that says which of the four it was, or that ReLU closed
it. The map before the pool, four times as large, never exists.

A row of pools is computed at a time, and for all of it one row of the kernel after the other: the weights of
one kernel row fit into the fastest memory and those of all rows do not, for the network "cnn".
"""

from functools import cache

import numpy as np
from numba import prange

from scratch.fast.jit import IMAGES_A_PART, inlined, kernel

CLOSED = 4  # the winner's number where ReLU is closed; 0 to 3 are the pixels under the pool, row by row


@inlined
def relu_and_pool(a0, a1, a2, a3, zero):
    """Return the largest of the four, no less than 0, and which one it was; of equals the first, and NaN
    wins.
    """
    best, winner = a0, np.uint8(0)
    if a1 > best or (a1 != a1 and best == best):
        best, winner = a1, np.uint8(1)
    if a2 > best or (a2 != a2 and best == best):
        best, winner = a2, np.uint8(2)
    if a3 > best or (a3 != a3 and best == best):
        best, winner = a3, np.uint8(3)
    if not best > 0:
        winner = np.uint8(CLOSED)
    if best <= 0:
        best = zero
    return best, winner


@cache
def kernel_for(width, rows, run):
    """Return the forward for blocks of `width` filters; w: (blocks, KH, RUN, width), b: (blocks, width).

    rows, run: KH and RUN where they are known when the kernel is compiled, else 0."""

    @kernel
    def forward(x, w, b, C, y, winner, sums):
        N, PH, PW, F = y.shape
        KH, RUN = rows or w.shape[1], run or w.shape[2]
        for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
            maxima, which = np.empty(width, x.dtype), np.empty(width, np.uint8)
            zero = x.dtype.type(0)
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                for i in range(PH):
                    for block in range(len(w)):
                        bias = b[block]
                        for j in range(PW):
                            for pixel in range(4):
                                a = sums[part, j, pixel]
                                for f in range(width):
                                    a[f] = bias[f]
                        for p in range(KH):
                            weights = w[block, p]
                            for j in range(PW):
                                # the four pixels under the pool: 0 and 1 above, 2 and 3 below
                                a0, a1 = sums[part, j, 0], sums[part, j, 1]
                                a2, a3 = sums[part, j, 2], sums[part, j, 3]
                                above = x[n, 2 * i + p, 2 * j * C :]
                                below = x[n, 2 * i + p + 1, 2 * j * C :]
                                right_above, right_below = above[C:], below[C:]
                                # Six values of each pixel and six weights of each filter at a time: 24
                                # products for 6 loads of weights, and for 4 loads and 4 stores of sums. The
                                # 24 values stay in registers meanwhile; more would not fit.
                                for k in range(0, RUN - 5, 6):
                                    w0, w1, w2 = weights[k], weights[k + 1], weights[k + 2]
                                    w3, w4, w5 = weights[k + 3], weights[k + 4], weights[k + 5]
                                    x00, x01, x02 = above[k], above[k + 1], above[k + 2]
                                    x03, x04, x05 = above[k + 3], above[k + 4], above[k + 5]
                                    x10, x11, x12 = right_above[k], right_above[k + 1], right_above[k + 2]
                                    x13, x14, x15 = right_above[k + 3], right_above[k + 4], right_above[k + 5]
                                    x20, x21, x22 = below[k], below[k + 1], below[k + 2]
                                    x23, x24, x25 = below[k + 3], below[k + 4], below[k + 5]
                                    x30, x31, x32 = right_below[k], right_below[k + 1], right_below[k + 2]
                                    x33, x34, x35 = right_below[k + 3], right_below[k + 4], right_below[k + 5]
                                    for f in range(width):
                                        # read before anything is written: for all the compiler knows, the
                                        # sums might lie on top of the weights
                                        v0, v1, v2, v3, v4, v5 = w0[f], w1[f], w2[f], w3[f], w4[f], w5[f]
                                        a0[f] += (
                                            x00 * v0 + x01 * v1 + x02 * v2 + x03 * v3 + x04 * v4 + x05 * v5
                                        )
                                        a1[f] += (
                                            x10 * v0 + x11 * v1 + x12 * v2 + x13 * v3 + x14 * v4 + x15 * v5
                                        )
                                        a2[f] += (
                                            x20 * v0 + x21 * v1 + x22 * v2 + x23 * v3 + x24 * v4 + x25 * v5
                                        )
                                        a3[f] += (
                                            x30 * v0 + x31 * v1 + x32 * v2 + x33 * v3 + x34 * v4 + x35 * v5
                                        )
                                for k in range(RUN - RUN % 6, RUN):
                                    w0, x0, x1 = weights[k], above[k], right_above[k]
                                    x2, x3 = below[k], right_below[k]
                                    for f in range(width):
                                        v0 = w0[f]
                                        a0[f] += x0 * v0
                                        a1[f] += x1 * v0
                                        a2[f] += x2 * v0
                                        a3[f] += x3 * v0
                        first = block * width
                        for j in range(PW):
                            a0, a1 = sums[part, j, 0], sums[part, j, 1]
                            a2, a3 = sums[part, j, 2], sums[part, j, 3]
                            for f in range(width):
                                maxima[f], which[f] = relu_and_pool(a0[f], a1[f], a2[f], a3[f], zero)
                            for f in range(min(width, F - first)):
                                y[n, i, j, first + f] = maxima[f]
                                winner[n, i, j, first + f] = which[f]

    return forward


@cache
def kernel_3x3x1(width):
    """Return the forward for 3x3 kernels on images of one channel: all sums stay in registers."""

    @kernel
    def forward(x, w, b, C, y, winner, sums):
        N, PH, PW, F = y.shape
        for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
            maxima, which = np.empty(width, x.dtype), np.empty(width, np.uint8)
            zero = x.dtype.type(0)
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                for i in range(PH):
                    r0, r1, r2, r3 = x[n, 2 * i], x[n, 2 * i + 1], x[n, 2 * i + 2], x[n, 2 * i + 3]
                    for j in range(PW):
                        c = 2 * j  # the four windows under the pool cover 4x4 pixels
                        x00, x01, x02, x03 = r0[c], r0[c + 1], r0[c + 2], r0[c + 3]
                        x10, x11, x12, x13 = r1[c], r1[c + 1], r1[c + 2], r1[c + 3]
                        x20, x21, x22, x23 = r2[c], r2[c + 1], r2[c + 2], r2[c + 3]
                        x30, x31, x32, x33 = r3[c], r3[c + 1], r3[c + 2], r3[c + 3]
                        for block in range(len(w)):
                            bias = b[block]
                            u0, u1, u2 = w[block, 0, 0], w[block, 0, 1], w[block, 0, 2]
                            u3, u4, u5 = w[block, 1, 0], w[block, 1, 1], w[block, 1, 2]
                            u6, u7, u8 = w[block, 2, 0], w[block, 2, 1], w[block, 2, 2]
                            for f in range(width):
                                w0, w1, w2, w3, w4 = u0[f], u1[f], u2[f], u3[f], u4[f]
                                w5, w6, w7, w8, start = u5[f], u6[f], u7[f], u8[f], bias[f]
                                a0 = start + x00 * w0 + x01 * w1 + x02 * w2 + x10 * w3 + x11 * w4
                                a0 += x12 * w5 + x20 * w6 + x21 * w7 + x22 * w8
                                a1 = start + x01 * w0 + x02 * w1 + x03 * w2 + x11 * w3 + x12 * w4
                                a1 += x13 * w5 + x21 * w6 + x22 * w7 + x23 * w8
                                a2 = start + x10 * w0 + x11 * w1 + x12 * w2 + x20 * w3 + x21 * w4
                                a2 += x22 * w5 + x30 * w6 + x31 * w7 + x32 * w8
                                a3 = start + x11 * w0 + x12 * w1 + x13 * w2 + x21 * w3 + x22 * w4
                                a3 += x23 * w5 + x31 * w6 + x32 * w7 + x33 * w8
                                maxima[f], which[f] = relu_and_pool(a0, a1, a2, a3, zero)
                            first = block * width
                            for f in range(min(width, F - first)):
                                y[n, i, j, first + f] = maxima[f]
                                winner[n, i, j, first + f] = which[f]

    return forward
