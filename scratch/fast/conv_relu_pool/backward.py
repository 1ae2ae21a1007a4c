"""The backward kernels: only the pixels that won under the pool, and were not closed by ReLU, are visited.

Three of four pixels under a pool have gradient 0, and where ReLU closed all four have. A dense backward
multiplies by all these zeros; these kernels list the winners of an image first, and then go through the list
with their sums in a tile of registers, so that a product costs one load. Nothing depends on a branch that
cannot be foreseen: every candidate is written to the end of its list, and the list's length grows only by
those that belong there.

x: (N, H, W * C), dy, winner: (N, PH, PW, F), dws: (parts, F, KH, RUN), dbs: (parts, F). Sizes as in
__init__.py.
"""

from functools import cache

import numpy as np
from numba import prange

from scratch.fast.jit import IMAGES_A_PART, kernel
from scratch.fast.tiles import CLOSED, add, add_outer, add_scaled, gate, load, store

U = np.uint64  # for indices: Python's negative ones cost a comparison each


@cache
def weights_kernel(rows, width):
    """Return what fills dws and dbs: a filter's gradient is the sum of what its winners saw, times dy.

    All rows of a filter's dw, or as many as the registers hold, are summed up at once, over all winners of an
    image, which is small enough for the fastest memory.

    rows, width: of a tile; rows divides KH. What is left of RUN when as many whole tiles as fit
    have been taken is computed number by number.
    """

    @kernel
    def weight_gradient(x, dy, winner, C, dws, dbs):
        N, PH, PW, F = dy.shape
        KH, RUN, row = dws.shape[2], dws.shape[3], x.shape[2]
        whole = RUN - RUN % width
        for part in prange(len(dws)):
            places, g = np.empty(PH * PW, np.int64), np.empty(PH * PW, x.dtype)
            offset = np.array([0, C, row, row + C, 0])  # of the winner from its pool's corner
            dws[part] = 0
            dbs[part] = 0
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                image, d, which = x[n].reshape(-1), dy[n].reshape(-1), winner[n].reshape(-1)
                for f in range(F):
                    wins, at = U(0), U(f)
                    for i in range(PH):
                        corner = 2 * i * row
                        for _ in range(PW):
                            pixel = which[at]
                            places[wins], g[wins] = corner + offset[pixel], d[at]
                            wins += U(pixel != CLOSED)
                            corner, at = corner + 2 * C, at + U(F)
                    dw = dws[part, f].reshape(-1)
                    for e in range(wins):
                        dbs[part, f] += g[e]
                    for p in range(0, KH, rows):
                        for k in range(0, whole, width):
                            sums, seen = load(rows, width, dw, p * RUN + k, RUN), p * row + k
                            for e in range(wins):
                                sums = add_scaled(sums, g[e], image, places[e] + seen, row)
                            store(sums, dw, p * RUN + k, RUN)
                    if whole < RUN:
                        for p in range(KH):
                            for e in range(wins):
                                for k in range(whole, RUN):
                                    dw[p * RUN + k] += g[e] * image[places[e] + p * row + k]

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
def weights_3x3x1(width):
    """Return what fills dws: (parts, 9 * F) and dbs for 3x3 kernels on images of one channel.

    As weights_of_one_channel, but all nine sums of a block of filters, and that of the bias, stay in
    registers while an image is gone through. F: a multiple of `width`.
    """

    @kernel
    def weights(x, dy, winner, dws, dbs):
        N, PH, PW, F = dy.shape
        W = x.shape[2]
        for part in prange(len(dws)):
            dw, db = dws[part], dbs[part]
            dw[:] = 0
            db[:] = 0
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                image, ds, winners = x[n].reshape(-1), dy[n].reshape(-1), winner[n].reshape(-1)
                for f in range(0, F, width):
                    bias = load(1, width, db, f, 0)
                    top, middle = load(3, width, dw, f, F), load(3, width, dw, 3 * F + f, F)
                    bottom = load(3, width, dw, 6 * F + f, F)
                    for i in range(PH):
                        for j in range(PW):
                            at = (i * PW + j) * F + f
                            d = load(1, width, ds, at, 0)
                            for pixel in range(4):
                                g = gate(d, winners, at, pixel)
                                seen = (2 * i + pixel // 2) * W + 2 * j + pixel % 2
                                top = add_outer(top, image, seen, 1, g)
                                middle = add_outer(middle, image, seen + W, 1, g)
                                bottom = add_outer(bottom, image, seen + 2 * W, 1, g)
                                bias = add(bias, g)
                    store(bias, db, f, 0)
                    store(top, dw, f, F)
                    store(middle, dw, 3 * F + f, F)
                    store(bottom, dw, 6 * F + f, F)

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
def input_kernel(width):
    """Return what fills dx: (N, H, W * C): each winner adds its weights, times its gradient, to what it saw.

    w: (KH, F, RUN). The filters that won at each pixel are listed first; then one kernel row after the other
    is gone through, because all filters' weights of one row fit into the fastest memory, and those of all
    rows do not.

    width: of a tile; what is left of RUN when as many whole tiles as fit have been taken is computed number
    by number.
    """

    @kernel
    def input_gradient(w, dy, winner, C, dx):
        N, PH, PW, F = dy.shape
        KH, RUN, row = w.shape[0], w.shape[2], dx.shape[2]
        whole = RUN - RUN % width
        for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
            pools = PH * PW
            # For each pool and pixel, and for a fifth "pixel" that takes those which ReLU closed.
            wins = np.empty((pools, CLOSED + 1), np.uint64)
            filters = np.empty((pools, CLOSED + 1, F), np.int64)
            gradient = np.empty((pools, CLOSED + 1, F), dx.dtype)
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                wins[:] = 0
                for pool in range(pools):
                    d, which = dy[n, pool // PW, pool % PW], winner[n, pool // PW, pool % PW]
                    for f in range(F):
                        pixel = which[f]
                        at = wins[pool, pixel]
                        filters[pool, pixel, at], gradient[pool, pixel, at] = f, d[f]
                        wins[pool, pixel] = at + U(1)
                image = dx[n].reshape(-1)
                image[:] = 0
                for p in range(KH):
                    weights = w[p].reshape(-1)
                    for pool in range(pools):
                        for pixel in range(4):
                            i, j = 2 * (pool // PW) + pixel // 2, 2 * (pool % PW) + pixel % 2
                            seen, won, g = (i + p) * row + j * C, filters[pool, pixel], gradient[pool, pixel]
                            for k in range(0, whole, width):
                                sums = load(1, width, image, seen + k, 0)
                                for e in range(wins[pool, pixel]):
                                    sums = add_scaled(sums, g[e], weights, won[e] * RUN + k, 0)
                                store(sums, image, seen + k, 0)
                            if whole < RUN:
                                for e in range(wins[pool, pixel]):
                                    for k in range(whole, RUN):
                                        image[seen + k] += g[e] * weights[won[e] * RUN + k]

    return input_gradient
