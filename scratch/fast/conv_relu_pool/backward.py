"""The backward kernels: only the pixels that won under the pool, and were not closed by ReLU, are visited.

Three of four pixels under a pool have gradient 0, and where ReLU closed all four have. A dense backward
multiplies by all these zeros; these kernels list the winners first, and take them four at a time, so that a
sum in memory is loaded and stored once for four products.

Indices are unsigned (U) where the compiler must see that they are not negative: Python's negative indices
cost a comparison each, and no loop that has one is vectorized.
"""

from functools import cache

import numpy as np
from numba import prange

from scratch.fast.jit import IMAGES_A_PART, kernel

U = np.uint64
CLOSED = 4  # as in forward.py


@cache
def weights_kernel(rows, run):
    """Return what fills dws: (parts, F, KH, RUN) and dbs: (parts, F), the sums over each filter's pixels.

    A filter's own dw fits into the fastest memory, and all winners of an image are added while it is there.

    rows, run: KH and RUN where they are known when the kernel is compiled, else 0.
    """

    @kernel
    def weight_gradient(x, dy, winner, C, dws, dbs):
        N, PH, PW, F = dy.shape
        H, row = x.shape[1], x.shape[2]
        KH, RUN = rows or dws.shape[2], run or dws.shape[3]
        for part in prange(len(dws)):
            place, gradient = np.empty(PH * PW + 4, np.uint64), np.empty(PH * PW + 4, x.dtype)
            offset = np.array([0, C, row, row + C, 0], np.uint64)  # of the winner from its pool's corner
            zero = x.dtype.type(0)
            dws[part] = 0
            dbs[part] = 0
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                image = x[n].reshape(H * row)
                d, which = dy[n].reshape(PH * PW * F), winner[n].reshape(PH * PW * F)
                for f in range(F):
                    # List where the filter won, and with what gradient; a loser is overwritten by the next,
                    # so that nothing here depends on a branch that cannot be foreseen.
                    wins, at, db = U(0), U(f), zero
                    for i in range(PH):
                        corner = U(2 * i * row)
                        for _ in range(PW):
                            pixel, g = which[at], d[at]
                            place[wins], gradient[wins] = corner + offset[pixel], g
                            db += g if pixel != CLOSED else zero
                            wins += U(pixel != CLOSED)
                            corner, at = corner + U(2 * C), at + U(F)
                    dbs[part, f] += db
                    for e in range(wins, wins + U(4)):  # fill up to a multiple of four
                        place[e], gradient[e] = 0, 0
                    for p in range(KH):
                        sums, below = dws[part, f, p], U(p * row)
                        for e in range(0, wins, 4):
                            g0, g1, g2, g3 = gradient[e], gradient[e + 1], gradient[e + 2], gradient[e + 3]
                            at0, at1 = place[e] + below, place[e + 1] + below
                            at2, at3 = place[e + 2] + below, place[e + 3] + below
                            for k in range(RUN):
                                u = U(k)
                                sums[k] += (
                                    g0 * image[at0 + u]
                                    + g1 * image[at1 + u]
                                    + g2 * image[at2 + u]
                                    + g3 * image[at3 + u]
                                )

    return weight_gradient


@kernel
def weights_of_one_channel(x, dy, winner, dws, dbs):
    """Fill dws: (parts, KH, KW, F) and dbs: (parts, F) for images of one channel, where a run would be too
    short.

    Here the loop runs over filters, with the gradient of each of the four pixels: 0 for those that did not
    win.
    """
    N, PH, PW, F = dy.shape
    KH, KW = dws.shape[1], dws.shape[2]
    for part in prange(len(dws)):
        g0, g1 = np.empty(F, x.dtype), np.empty(F, x.dtype)
        g2, g3 = np.empty(F, x.dtype), np.empty(F, x.dtype)
        db = dbs[part]
        dws[part] = 0
        db[:] = 0
        for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
            for i in range(PH):
                for j in range(PW):
                    d, pixel = dy[n, i, j], winner[n, i, j]
                    for f in range(F):
                        g0[f] = d[f] if pixel[f] == 0 else 0
                        g1[f] = d[f] if pixel[f] == 1 else 0
                        g2[f] = d[f] if pixel[f] == 2 else 0
                        g3[f] = d[f] if pixel[f] == 3 else 0
                    for f in range(F):
                        db[f] += g0[f] + g1[f] + g2[f] + g3[f]
                    for p in range(KH):
                        above, below = x[n, 2 * i + p, 2 * j :], x[n, 2 * i + p + 1, 2 * j :]
                        for q in range(KW):
                            x0, x1, x2, x3 = above[q], above[q + 1], below[q], below[q + 1]
                            sums = dws[part, p, q]
                            for f in range(F):
                                sums[f] += x0 * g0[f] + x1 * g1[f] + x2 * g2[f] + x3 * g3[f]


@cache
def weights_3x3x1(filters):
    """Return what fills dws: (parts, 9, F) and dbs: (parts, F) for 3x3 kernels on images of one channel.

    As weights_of_one_channel, but with all nine sums of a filter in one loop of a known length: each gradient
    is read once and serves 36 products.
    """

    @kernel
    def weights(x, dy, winner, dws, dbs):
        N, PH, PW, _ = dy.shape
        for part in prange(len(dws)):
            dws[part] = 0
            dbs[part] = 0
            s0, s1, s2 = dws[part, 0], dws[part, 1], dws[part, 2]
            s3, s4, s5 = dws[part, 3], dws[part, 4], dws[part, 5]
            s6, s7, s8, db = dws[part, 6], dws[part, 7], dws[part, 8], dbs[part]
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
                        d, which = dy[n, i, j], winner[n, i, j]
                        for f in range(filters):
                            g, pixel = d[f], which[f]
                            g0 = g if pixel == 0 else zero
                            g1 = g if pixel == 1 else zero
                            g2 = g if pixel == 2 else zero
                            g3 = g if pixel == 3 else zero
                            # read before anything is written: see forward.py
                            t0, t1, t2, t3, t4 = s0[f], s1[f], s2[f], s3[f], s4[f]
                            t5, t6, t7, t8, bias = s5[f], s6[f], s7[f], s8[f], db[f]
                            s0[f] = t0 + x00 * g0 + x01 * g1 + x10 * g2 + x11 * g3
                            s1[f] = t1 + x01 * g0 + x02 * g1 + x11 * g2 + x12 * g3
                            s2[f] = t2 + x02 * g0 + x03 * g1 + x12 * g2 + x13 * g3
                            s3[f] = t3 + x10 * g0 + x11 * g1 + x20 * g2 + x21 * g3
                            s4[f] = t4 + x11 * g0 + x12 * g1 + x21 * g2 + x22 * g3
                            s5[f] = t5 + x12 * g0 + x13 * g1 + x22 * g2 + x23 * g3
                            s6[f] = t6 + x20 * g0 + x21 * g1 + x30 * g2 + x31 * g3
                            s7[f] = t7 + x21 * g0 + x22 * g1 + x31 * g2 + x32 * g3
                            s8[f] = t8 + x22 * g0 + x23 * g1 + x32 * g2 + x33 * g3
                            db[f] = bias + g0 + g1 + g2 + g3

    return weights


@kernel
def add_parts(parts, total):
    """Add up the rows of parts: (parts, M), from first to last, to total: (M,)."""
    count, M = parts.shape
    for start in prange((M + 1023) // 1024):
        for m in range(start * 1024, min((start + 1) * 1024, M)):
            total[m] = parts[0, m]
        for part in range(1, count):
            for m in range(start * 1024, min((start + 1) * 1024, M)):
                total[m] += parts[part, m]


@cache
def input_kernel(rows, run):
    """Return what fills dx: (N, H, W * C): each winner adds its weights, times its gradient, to what it saw.

    w: (KH, F, RUN). The winners of an image are listed first, pixel by pixel; then one kernel row after the
    other is gone through, because all filters' weights of one row fit into the fastest memory, and those of
    all rows do not.

    rows, run: KH and RUN where they are known when the kernel is compiled, else 0.
    """

    @kernel
    def input_gradient(w, dy, winner, C, dx):
        N, PH, PW, F = dy.shape
        H, row = dx.shape[1], dx.shape[2]
        KH, RUN = rows or w.shape[0], run or w.shape[2]
        for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
            pixels = PH * PW * 4
            wins = np.empty(pixels, np.int64)  # how many filters won at this pixel
            place = np.empty(pixels, np.int64)
            weights = np.empty((pixels, F + 4), np.uint64)  # where the weights of each filter that won begin
            gradient = np.empty((pixels, F + 4), dx.dtype)
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                for i in range(PH):
                    for j in range(PW):
                        d, which = dy[n, i, j], winner[n, i, j]
                        for pixel in range(4):
                            at = (i * PW + j) * 4 + pixel
                            count = 0
                            for f in range(F):
                                weights[at, count], gradient[at, count] = f * RUN, d[f]
                                if which[f] == pixel:
                                    count += 1
                            for e in range(count, count + 4):  # fill up to a multiple of four
                                weights[at, e], gradient[at, e] = 0, 0
                            wins[at] = count
                            place[at] = (2 * i + pixel // 2) * row + (2 * j + pixel % 2) * C
                image = dx[n].reshape(H * row)
                image[:] = 0
                for p in range(KH):
                    filters = w[p].reshape(F * RUN)
                    for at in range(pixels):
                        first = U(place[at] + p * row)
                        begin, g = weights[at], gradient[at]
                        for e in range(0, wins[at], 4):
                            w0, w1, w2, w3 = begin[e], begin[e + 1], begin[e + 2], begin[e + 3]
                            g0, g1, g2, g3 = g[e], g[e + 1], g[e + 2], g[e + 3]
                            for k in range(RUN):
                                u = U(k)
                                image[first + u] += (
                                    g0 * filters[w0 + u]
                                    + g1 * filters[w1 + u]
                                    + g2 * filters[w2 + u]
                                    + g3 * filters[w3 + u]
                                )

    return input_gradient
