"""Convolution, bias, ReLU and 2x2 max-pooling in one pass, with a backward that visits only the winners.

Forward: the four convolutions under a pool are computed together, so that each weight that is loaded serves
four pixels; only their maximum is written, and one byte that says which of the four it was, or that ReLU
closed it. The map before the pool, four times as large, never exists.

Backward: three of four pixels under a pool have gradient 0, and where ReLU closed all four have. A dense
backward multiplies by all these zeros; this one lists the winners first, and takes them four at a time, so
that a sum in memory is loaded and stored once for four products.

Layout: an image row is W * C contiguous numbers, and what a kernel row sees of it is RUN = KW * C contiguous
ones, so the two inner loops of a convolution, over KW and over C, are one. Sizes as in scratch.reference; PH,
PW are the height and width after the pool.

Indices are unsigned (U) where the compiler must see that they are not negative: Python's negative indices
cost a comparison each, and no loop that has one is vectorized.
"""

from functools import cache

import numpy as np
from numba import prange

from scratch.fast import buffers
from scratch.fast.jit import IMAGES_A_PART, inlined, kernel, parts_of

U = np.uint64
CLOSED = 4  # the winner's number where ReLU is closed; 0 to 3 are the pixels under the pool, row by row
# KH and RUN of the second convolution of the network "cnn". Loops of a known length are a third faster, but
# each costs seconds to compile; any other kernel size takes the loops that find out as they run.
SPECIALIZED = {(3, 96)}
WIDTHS = (16, 32, 64)  # filters are computed in blocks of one of these: loops of a known length compile best


def conv_relu_pool_forward(x, w, b):
    """Return max_pool2d(relu(conv2d(x, w, b))) and the cache: a "valid" convolution of stride 1, a 2x2 pool.

    x: (N, H, W, C), w: (KH, KW, C, F), b: (F,), all float32 or all float64.
    Returns y: (N, (H - KH + 1) // 2, (W - KW + 1) // 2, F), what scratch.reference's three operations give.
    """
    x, w = np.ascontiguousarray(x), np.ascontiguousarray(w)
    (N, H, W, C), (KH, KW, _, F) = x.shape, w.shape
    size = N, (H - KH + 1) // 2, (W - KW + 1) // 2, F
    y, winner = buffers.empty(size, x.dtype), buffers.empty(size, np.uint8)
    rows, run = x.reshape(N, H, W * C), KW * C
    width = next((width for width in WIDTHS if width >= F), WIDTHS[-1])
    if (KH, KW, C) == (3, 3, 1):
        forward = forward_kernel_3x3x1(width)
    else:
        forward = forward_kernel(width, *known(KH, run))
    blocks, bias = buffers.in_blocks(w.reshape(KH, run, F), width), buffers.in_blocks(b, width)
    sums = buffers.empty((parts_of(N), 4, width), x.dtype)  # each part's own
    forward(rows, blocks, bias, C, y, winner, sums)
    return y, (rows, w, winner, x.shape)


def conv_relu_pool_backward(dy, cache, need_dx=True):
    """Return dx, dw, db of conv_relu_pool_forward (dx is None unless `need_dx`); dy: (N, PH, PW, F).

    Each part of the batch has a dw of its own, and these are added up in order: so the result has the same
    bits on any number of threads.
    """
    rows, w, winner, x_shape = cache
    (N, H, W, C), (KH, KW, _, F) = x_shape, w.shape
    dy, run, parts = np.ascontiguousarray(dy), KW * C, parts_of(N)
    db, dbs = buffers.empty((F,), w.dtype), buffers.empty((parts, F), w.dtype)
    layout = (KH, run, F) if C == 1 else (F, KH, run)
    dw, dws = buffers.empty(layout, w.dtype), buffers.empty((parts, *layout), w.dtype)
    if C == 1:
        weight_gradient_one_channel(rows, dy, winner, dws, dbs)
    else:
        weight_gradient_kernel(*known(KH, run))(rows, dy, winner, C, dws, dbs)
    add_parts(dws.reshape(parts, -1), dw.reshape(-1))
    add_parts(dbs, db)
    if C > 1:
        dw = np.ascontiguousarray(dw.transpose(1, 2, 0))
    dx = None
    if need_dx:
        dx = buffers.empty((N, H, W * C), w.dtype)
        by_filter = buffers.empty((KH, F, run), w.dtype)
        by_filter[...] = w.reshape(KH, run, F).transpose(0, 2, 1)
        input_gradient_kernel(*known(KH, run))(by_filter, dy, winner, C, dx)
        dx = dx.reshape(x_shape)
    return dx, dw.reshape(w.shape), db


def known(KH, run):
    """Return KH and RUN if kernels are specialized for them, else zeros: found out as the kernel runs."""
    return (KH, run) if (KH, run) in SPECIALIZED else (0, 0)


# Forward


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
def forward_kernel(width, rows, run):
    """Return the forward for blocks of `width` filters; w: (blocks, KH, RUN, width), b: (blocks, width).

    rows, run: KH and RUN where they are known when the kernel is compiled, else 0."""

    @kernel
    def forward(x, w, b, C, y, winner, sums):
        N, PH, PW, F = y.shape
        KH, RUN = rows or w.shape[1], run or w.shape[2]
        for part in prange((N + IMAGES_A_PART - 1) // IMAGES_A_PART):
            # what the four pixels under the pool sum up: 0 and 1 above, 2 and 3 below
            a0, a1, a2, a3 = sums[part, 0], sums[part, 1], sums[part, 2], sums[part, 3]
            maxima, which = np.empty(width, x.dtype), np.empty(width, np.uint8)
            zero = x.dtype.type(0)
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                for i in range(PH):
                    for j in range(PW):
                        for block in range(len(w)):
                            bias = b[block]
                            for f in range(width):
                                a0[f] = bias[f]
                                a1[f] = bias[f]
                                a2[f] = bias[f]
                                a3[f] = bias[f]
                            for p in range(KH):
                                above = x[n, 2 * i + p, 2 * j * C :]
                                below = x[n, 2 * i + p + 1, 2 * j * C :]
                                weights = w[block, p]
                                # Four values of each pixel and four weights of each filter at a time: 16
                                # products for 4 loads of weights, and for 4 loads and 4 stores of sums.
                                for k in range(0, RUN - 3, 4):
                                    w0, w1, w2, w3 = (
                                        weights[k],
                                        weights[k + 1],
                                        weights[k + 2],
                                        weights[k + 3],
                                    )
                                    x00, x01, x02, x03 = above[k], above[k + 1], above[k + 2], above[k + 3]
                                    x20, x21, x22, x23 = below[k], below[k + 1], below[k + 2], below[k + 3]
                                    r = k + C
                                    x10, x11, x12, x13 = above[r], above[r + 1], above[r + 2], above[r + 3]
                                    x30, x31, x32, x33 = below[r], below[r + 1], below[r + 2], below[r + 3]
                                    for f in range(width):
                                        # read before anything is written: for all the compiler knows, the
                                        # sums might lie on top of the weights
                                        v0, v1, v2, v3 = w0[f], w1[f], w2[f], w3[f]
                                        a0[f] += x00 * v0 + x01 * v1 + x02 * v2 + x03 * v3
                                        a1[f] += x10 * v0 + x11 * v1 + x12 * v2 + x13 * v3
                                        a2[f] += x20 * v0 + x21 * v1 + x22 * v2 + x23 * v3
                                        a3[f] += x30 * v0 + x31 * v1 + x32 * v2 + x33 * v3
                                for k in range(RUN - RUN % 4, RUN):
                                    w0, r = weights[k], k + C
                                    x0, x1, x2, x3 = above[k], above[r], below[k], below[r]
                                    for f in range(width):
                                        v0 = w0[f]
                                        a0[f] += x0 * v0
                                        a1[f] += x1 * v0
                                        a2[f] += x2 * v0
                                        a3[f] += x3 * v0
                            for f in range(width):
                                maxima[f], which[f] = relu_and_pool(a0[f], a1[f], a2[f], a3[f], zero)
                            first = block * width
                            for f in range(min(width, F - first)):
                                y[n, i, j, first + f] = maxima[f]
                                winner[n, i, j, first + f] = which[f]

    return forward


@cache
def forward_kernel_3x3x1(width):
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


# Backward


@cache
def weight_gradient_kernel(rows, run):
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
            dws[part] = 0
            dbs[part] = 0
            for n in range(part * IMAGES_A_PART, min((part + 1) * IMAGES_A_PART, N)):
                image = x[n].reshape(H * row)
                for f in range(F):
                    # List where the filter won, and with what gradient; a loser is overwritten by the next.
                    wins = 0
                    for i in range(PH):
                        for j in range(PW):
                            pixel = int(winner[n, i, j, f])
                            place[wins] = (2 * i + pixel // 2) * row + (2 * j + pixel % 2) * C
                            gradient[wins] = dy[n, i, j, f]
                            if pixel != CLOSED:
                                dbs[part, f] += gradient[wins]
                                wins += 1
                    for e in range(wins, wins + 4):  # fill up to a multiple of four
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
def weight_gradient_one_channel(x, dy, winner, dws, dbs):
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
def input_gradient_kernel(rows, run):
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
