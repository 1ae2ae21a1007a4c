"""The forward kernels: convolution, bias, ReLU and pool in one pass.

The four convolutions under a pool are computed together, in two tiles of registers, one for the two pixels
above and one for those below: each vector of weights that is loaded serves four pixels. Only their maximum is
written, and one byte that says which of the four it was, or that ReLU closed it. The map before the pool,
four times as large, never exists.

A row of pools is computed at a time, and for all of it one row of the kernel after the other: the weights of
one kernel row fit into the fastest memory, and those of all rows do not, for the network "cnn".

x: (N, H, W * C), w: (blocks, KH, RUN, width), b: (blocks, width), with filters in blocks of a tile's
width; y, winner: (N, PH, PW, F). Sizes as in __init__.py.
"""

from functools import cache

import numpy as np
from numba import prange

from scratch.fast.jit import IMAGES_A_PART, kernel
from scratch.fast.tiles import add_outer, load, relu_and_pool, store


@cache
def kernel_for(width):
    """Return the forward for kernels of any size."""

    @kernel
    def forward(x, w, b, C, y, winner, sums):
        """Fill y and winner; sums: (parts, PW, 4, width), room for a row of pools for each part."""
        N, PH, PW, F = y.shape
        KH, RUN, W = w.shape[1], w.shape[2], x.shape[2]
        for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
            maxima, which = np.empty(width, x.dtype), np.empty(width, np.uint8)
            row_sums = sums[part].reshape(-1)
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                image, ys, winners = x[n].reshape(-1), y[n].reshape(-1), winner[n].reshape(-1)
                for i in range(PH):
                    for block in range(len(w)):
                        for p in range(KH):
                            weights = w[block, p].reshape(-1)
                            for j in range(PW):
                                sums_at = j * 4 * width
                                if p == 0:
                                    above = load(2, width, b[block], 0, 0)
                                    below = above
                                else:
                                    above = load(2, width, row_sums, sums_at, width)
                                    below = load(2, width, row_sums, sums_at + 2 * width, width)
                                corner = (2 * i + p) * W + 2 * j * C
                                for k in range(RUN):
                                    row = load(1, width, weights, k * width, 0)
                                    above = add_outer(above, image, corner + k, C, row)
                                    below = add_outer(below, image, corner + W + k, C, row)
                                store(above, row_sums, sums_at, width)
                                store(below, row_sums, sums_at + 2 * width, width)
                        # the last block may hold more filters than there are: then not straight into y
                        filters = min(width, F - block * width)
                        for j in range(PW):
                            above = load(2, width, row_sums, j * 4 * width, width)
                            below = load(2, width, row_sums, j * 4 * width + 2 * width, width)
                            at = (i * PW + j) * F + block * width
                            if filters == width:
                                relu_and_pool(above, below, ys, winners, at)
                            else:
                                relu_and_pool(above, below, maxima, which, 0)
                                for f in range(filters):
                                    ys[at + f], winners[at + f] = maxima[f], which[f]

    return forward


@cache
def kernel_3x3x1(width):
    """Return the forward for 3x3 kernels on images of one channel: all nine products at once, written out."""

    @kernel
    def forward(x, w, b, C, y, winner, sums):
        N, PH, PW, F = y.shape
        W = x.shape[2]
        for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
            maxima, which = np.empty(width, x.dtype), np.empty(width, np.uint8)
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                image, ys, winners = x[n].reshape(-1), y[n].reshape(-1), winner[n].reshape(-1)
                for block in range(len(w)):
                    weights, filters = w[block].reshape(-1), min(width, F - block * width)
                    bias = load(2, width, b[block], 0, 0)
                    for i in range(PH):
                        for j in range(PW):
                            above, below = bias, bias
                            for k in range(9):
                                row = load(1, width, weights, k * width, 0)
                                pixel = (2 * i + k // 3) * W + 2 * j + k % 3
                                above = add_outer(above, image, pixel, 1, row)
                                below = add_outer(below, image, pixel + W, 1, row)
                            at = (i * PW + j) * F + block * width
                            # the last block may hold more filters than there are
                            y_to, winner_to, to = (
                                (ys, winners, at) if filters == width else (maxima, which, 0)
                            )
                            relu_and_pool(above, below, y_to, winner_to, to)
                            for f in range(filters % width):
                                ys[at + f], winners[at + f] = maxima[f], which[f]

    return forward
