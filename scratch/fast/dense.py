"""Dense layers: products of matrices, a tile of the result at a time.

As every fast product of matrices does, these take one factor in blocks that fit into the fastest memory, laid
out so that a tile's row is read in one go, and add to 8 rows of the result at once, so that each vector that
is loaded serves 8 multiplications. BLAS does the same, but with threads of its own, which stand in the way of
Numba's, and gives other bits on one thread than on two. Here each number of the result is the same sum, in
the same order, whoever computes it: blocks of DEPTH products from first to last, then the blocks.

N rows, D features in, F features out; a product is a: (M, K) times b: (K, F).
"""

from functools import cache

import numpy as np
from numba import prange

from scratch.errors import ShapeError
from scratch.fast import buffers
from scratch.fast.jit import alone, inlined, kernel
from scratch.fast.tiles import (
    MANY_REGISTERS,
    add,
    add_outer,
    add_scaled,
    lanes,
    load,
    store,
    zeros,
)

# Rows of the tiles, and vectors in a row: each fits into 32 registers beside its factors, or else (AVX2) into
# 16. The first one that wastes the least on the columns at hand is taken. 6.25 vectors of float32 are the 100
# columns of the architectures' dense layer; the quarter takes half the time of a whole one, or (Intel) as
# much.
TILES_OF_32, TILES_OF_16 = ((8, 2), (6, 4), (8, 3), (3, 6.25)), ((4, 2), (3, 3), (6, 1))
TILES = TILES_OF_32 if MANY_REGISTERS else TILES_OF_16
DEPTH = 128  # products that are summed up before they are added to the result
ROWS_A_PART = 64
# Of the architectures' 1,600 and 5,408 features these make parts that two threads can share out evenly.
COLUMNS_A_PART = 64
FEATURES_A_PART = 200


def dense_forward(x, w, b=None):
    """Return y = x @ w + b and the cache; see scratch.reference.

    x: (..., D), w: (D, F), b: (F,) or None. Returns y: (..., F).
    """
    if x.shape[-1] != w.shape[0]:
        raise ShapeError(f"dense: the kernel was made for {w.shape[0]} features; received {x.shape[-1]}")
    rows, w = np.ascontiguousarray(x).reshape(-1, x.shape[-1]), np.ascontiguousarray(w)
    y = buffers.empty((len(rows), w.shape[1]), x.dtype)
    if len(rows) == 1:
        one_row_kernel(lanes(w.dtype))(rows[0], w, y[0])
    else:
        product_kernel(*tile_for(w.shape[1], w.dtype))(rows, w, y)
    if b is not None:
        y += b
    return y.reshape(*x.shape[:-1], w.shape[1]), (rows, x.shape, w, b)


def dense_backward(dy, cache, need_dx=True):
    """Return dx, dw, db of dense_forward (dx is None unless `need_dx`; db is None without a bias)."""
    rows, x_shape, w, b = cache
    drows = np.ascontiguousarray(dy).reshape(-1, dy.shape[-1])
    dw = buffers.empty(w.shape, w.dtype)
    weights_kernel(*tile_for(w.shape[1], w.dtype))(rows, drows, dw)
    if not len(rows):
        dw[...] = 0
    db = None if b is None else drows.sum(axis=0)
    if not need_dx:
        return None, dw, db
    dx = buffers.empty(rows.shape, w.dtype)
    input_kernel(*tile_for(1, w.dtype))(drows, w, dx)
    return dx.reshape(x_shape), dw, db


@inlined
def copy(numbers, to):
    """Copy numbers to the beginning of `to`; a loop takes half as long to compile as an assignment."""
    for i in range(len(numbers)):
        to[i] = numbers[i]


@inlined
def put(tile, room, width, to, at, line, rows, columns, first):
    """Add `rows` and `columns` of a tile to lines of `to`, from `at` on; the first tile is set there.

    room: (rows of a tile * width), for what can't be stored straight.
    """
    if first and rows * columns == len(room):
        store(tile, to, at, line)
    else:
        store(tile, room, 0, width)
        for r in range(rows):
            here, found = to[at + r * line : at + r * line + columns], room[r * width :]
            for f in range(columns):
                here[f] = found[f] if first else here[f] + found[f]


@inlined
def pack(b, first, depth, width, panels):
    """Copy rows of b from `first` on to panels: DEPTH rows of the first `width` columns, then of the next."""
    for k in range(depth):
        for column in range(0, b.shape[1], width):
            columns = min(width, b.shape[1] - column)
            copy(b[first + k, column : column + columns], panels[column * DEPTH + k * width :])


@cache
def tile_for(columns, dtype):
    """Return the rows and columns of the tile that wastes the least on a product of so many columns."""
    tiles = [(rows, int(vectors * lanes(dtype))) for rows, vectors in TILES]
    return min(tiles, key=lambda tile: -(-columns // tile[1]) * tile[1])


@cache
def product_kernel(tile_rows, width):
    """Return what computes out = a @ b, ROWS_A_PART rows of `a` at a time, for a: (M, K), b: (K, F).

    Where a tile is as wide as b, b is read as it lies; else DEPTH rows at a time are copied to panels of a
    tile's width.
    """

    @kernel
    def product(a, b, out):
        M, K, F = a.shape[0], a.shape[1], b.shape[1]
        padded, to = -(-F // width) * width, out.reshape(-1)
        for part in prange((M + ROWS_A_PART - 1) // ROWS_A_PART):
            first, rows = part * ROWS_A_PART, min(ROWS_A_PART, M - part * ROWS_A_PART)
            packed, room = np.zeros(DEPTH * padded, a.dtype), np.empty(tile_rows * width, a.dtype)
            last = np.zeros(tile_rows * DEPTH, a.dtype)  # the last rows, filled up to a tile
            for k0 in range(0, K, DEPTH):
                depth = min(DEPTH, K - k0)
                if width != F:
                    pack(b, k0, depth, width, packed)
                panels = b[k0:].reshape(-1) if width == F else packed
                for r in range(0, rows, tile_rows):
                    source, at, step = a.reshape(-1), (first + r) * K + k0, K
                    if r + tile_rows > rows:
                        source, at, step = last, 0, DEPTH
                        for q in range(rows - r):
                            copy(a[first + r + q, k0 : k0 + depth], last[q * DEPTH :])
                    for column in range(0, F, width):
                        tile = zeros(tile_rows, width, a)
                        for k in range(depth):
                            row = load(1, width, panels, column * DEPTH + k * width, 0)
                            tile = add_outer(tile, source, at + k, step, row)
                        tall, columns = min(tile_rows, rows - r), min(width, F - column)
                        put(tile, room, width, to, (first + r) * F + column, F, tall, columns, k0 == 0)

    return product


@cache
def one_row_kernel(lanes):
    """Return what computes out = a @ b for a: (K,), b: (K, F), out: (F,), with `lanes` numbers in a vector.

    b is read as it lies, since no part of it serves twice. The same sums in the same order as in `product`:
    one image's result has the bits that it has in a batch.
    """
    wide = 6 * lanes

    @alone
    def product_of_one_row(a, b, out):
        K, F = len(a), len(out)
        source, to, line = b.reshape(-1), out, F
        if lanes > F:  # too few for a vector: fill it up
            source, to, line = np.zeros(K * lanes, a.dtype), np.zeros(lanes, a.dtype), lanes
            for k in range(K):
                copy(b[k], source[k * lanes :])
        whole = line - line % wide
        for j in range(0, whole, wide):
            sums = zeros(1, wide, a)
            for k0 in range(0, K, DEPTH):
                tile = zeros(1, wide, a)
                for k in range(k0, min(k0 + DEPTH, K)):
                    tile = add_scaled(tile, a[k], source, k * line + j, 0)
                sums = add(sums, tile)
            store(sums, to, j, 0)
        for j in range(whole, line, lanes):
            # the last vector may begin in the one before, and store the same again
            first, sums = min(j, line - lanes), zeros(1, lanes, a)
            for k0 in range(0, K, DEPTH):
                tile = zeros(1, lanes, a)
                for k in range(k0, min(k0 + DEPTH, K)):
                    tile = add_scaled(tile, a[k], source, k * line + first, 0)
                sums = add(sums, tile)
            store(sums, to, first, 0)
        if lanes > F:
            copy(to[:F], out)

    return product_of_one_row


@cache
def weights_kernel(tile_rows, width):
    """Return what computes dw = x.T @ dy, FEATURES_A_PART features at a time, for x: (N, D), dy: (N, F).

    DEPTH images' features of x are copied at a time, so that what a tile needs lies close together; and dy
    is, as b in `product`, unless a tile is as wide as it.
    """

    @kernel
    def weight_gradient(x, dy, dw):
        N, D, F = x.shape[0], x.shape[1], dy.shape[1]
        padded, wide, to = -(-F // width) * width, FEATURES_A_PART + tile_rows, dw.reshape(-1)
        for part in prange((D + FEATURES_A_PART - 1) // FEATURES_A_PART):
            first, features = part * FEATURES_A_PART, min(FEATURES_A_PART, D - part * FEATURES_A_PART)
            packed, room = np.zeros(DEPTH * padded, x.dtype), np.empty(tile_rows * width, x.dtype)
            seen = np.empty(DEPTH * wide, x.dtype)
            for n0 in range(0, N, DEPTH):
                depth = min(DEPTH, N - n0)
                for n in range(depth):
                    copy(x[n0 + n, first : first + features], seen[n * wide :])
                if width != F:
                    pack(dy, n0, depth, width, packed)
                panels = dy[n0:].reshape(-1) if width == F else packed
                for d in range(0, features, tile_rows):
                    for column in range(0, F, width):
                        tile = zeros(tile_rows, width, x)
                        for n in range(depth):
                            row = load(1, width, panels, column * DEPTH + n * width, 0)
                            tile = add_outer(tile, seen, n * wide + d, 1, row)
                        rows, columns = min(tile_rows, features - d), min(width, F - column)
                        put(tile, room, width, to, (first + d) * F + column, F, rows, columns, n0 == 0)

    return weight_gradient


@cache
def input_kernel(tile_rows, width):
    """Return what computes dx = dy @ w.T, COLUMNS_A_PART of its columns at a time, for dy: (N, F), w: (D, F).

    The rows of w that these columns need are copied to columns of panels of a tile's width.
    """

    @kernel
    def input_gradient(dy, w, dx):
        (N, F), D, to = dy.shape, len(w), dx.reshape(-1)
        for part in prange((D + COLUMNS_A_PART - 1) // COLUMNS_A_PART):
            first, columns = part * COLUMNS_A_PART, min(COLUMNS_A_PART, D - part * COLUMNS_A_PART)
            panel, room = np.zeros(DEPTH * COLUMNS_A_PART, dy.dtype), np.empty(tile_rows * width, dy.dtype)
            last = np.zeros(tile_rows * DEPTH, dy.dtype)
            for k0 in range(0, F, DEPTH):
                depth = min(DEPTH, F - k0)
                for j in range(columns):
                    at = j // width * DEPTH * width + j % width
                    for k in range(depth):
                        panel[at + k * width] = w[first + j, k0 + k]
                for n in range(0, N, tile_rows):
                    source, at, step, rows = dy.reshape(-1), n * F + k0, F, min(tile_rows, N - n)
                    if rows < tile_rows:
                        source, at, step = last, 0, DEPTH
                        for q in range(rows):
                            copy(dy[n + q, k0 : k0 + depth], last[q * DEPTH :])
                    for j in range(0, columns, width):
                        tile = zeros(tile_rows, width, dy)
                        for k in range(depth):
                            row = load(1, width, panel, j * DEPTH + k * width, 0)
                            tile = add_outer(tile, source, at + k, step, row)
                        wide = min(width, columns - j)
                        put(tile, room, width, to, n * D + first + j, D, rows, wide, k0 == 0)

    return input_gradient
