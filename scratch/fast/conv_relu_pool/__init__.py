"""Convolution, bias, ReLU and 2x2 max-pooling in one pass, with a backward that visits only the winners.

forward.py and backward.py have the kernels, and say what is blocked and fused in them, and why. Here they are
chosen for the shapes, and given their memory.

Layout: an image row is W * C contiguous numbers, and what a kernel row sees of it is RUN = KW * C contiguous
ones, so the two inner loops of a convolution, over KW and over C, are one. Sizes as in scratch.reference; PH,
PW are the height and width after the pool.
"""

import numpy as np

from scratch.fast import buffers
from scratch.fast.conv_relu_pool import backward, forward
from scratch.fast.jit import parts_of
from scratch.fast.tiles import MANY_REGISTERS, lanes


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
    vectors = next((v for v in (1, 2) if v * lanes(x.dtype) >= F), 4 if MANY_REGISTERS else 2)
    width = vectors * lanes(x.dtype)
    kernel_for = forward.kernel_3x3x1 if (KH, KW, C) == (3, 3, 1) else forward.kernel_for
    blocks, bias = buffers.in_blocks(w.reshape(KH, run, F), width), buffers.in_blocks(b, width)
    sums = buffers.empty((parts_of(N), size[2], 4, width), x.dtype)  # a row of pools, each part's own
    kernel_for(width)(rows, blocks, bias, C, y, winner, sums)
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
    if C > 1:
        backward.weights_kernel(tile_rows(KH), tile_width(run, w.dtype))(rows, dy, winner, C, dws, dbs)
        backward.add_parts(dws.reshape(parts, -1), dw.reshape(-1))
        dw = np.ascontiguousarray(dw.transpose(1, 2, 0))
    else:
        width = (2 if MANY_REGISTERS else 1) * lanes(w.dtype)
        if KH == KW == 3 and not F % width:
            backward.weights_3x3x1(width)(rows, dy, winner, dws.reshape(parts, 9 * F), dbs)
        else:
            backward.weights_of_one_channel(rows, dy, winner, dws, dbs)
        backward.add_parts(dws.reshape(parts, -1), dw.reshape(-1))
    backward.add_parts(dbs, db)
    dx = None
    if need_dx:
        dx = buffers.empty((N, H, W * C), w.dtype)
        by_filter = buffers.empty((KH, F, run), w.dtype)
        by_filter[...] = w.reshape(KH, run, F).transpose(0, 2, 1)
        backward.input_kernel(tile_width(run, w.dtype))(by_filter, dy, winner, C, dx)
        dx = dx.reshape(x_shape)
    return dx, dw.reshape(w.shape), db


def tile_rows(KH):
    """Return how many kernel rows the tile of a weight gradient holds: with 6 vectors each, 18 registers."""
    return 3 if KH % 3 == 0 and MANY_REGISTERS else 1


def tile_width(run, dtype):
    """Return the width of a tile of up to 6 vectors a row, so that whole tiles make up RUN; else 1 vector."""
    widths = [vectors * lanes(dtype) for vectors in range(6, 1, -1)]
    return next((width for width in widths if run % width == 0), lanes(dtype))
