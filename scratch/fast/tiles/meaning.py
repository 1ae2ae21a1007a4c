"""What each operation on tiles does, in NumPy; a tile is then an array: (rows, columns).

m, x, w: flat arrays of the tile's dtype, float32 or float64; at, step: int, in numbers.
"""

import llvmlite.binding
import numpy as np

features = llvmlite.binding.get_host_cpu_features()
# What one register holds: 16 numbers of float32 with AVX-512, 8 with AVX2, 4 on ARM and older processors.
VECTOR_BYTES = 64 if features.get("avx512f") else 32 if features.get("avx") else 16
# Processors with AVX2 alone have 16 vector registers, and a tile that they can't hold is no gain.
MANY_REGISTERS = VECTOR_BYTES != 32
CLOSED = 4  # the winner's number where ReLU is closed; 0 to 3 are the pixels under the pool, row by row


def lanes(dtype):
    """Return how many numbers of `dtype` a vector holds."""
    return VECTOR_BYTES // np.dtype(dtype).itemsize


def zeros(rows, columns, like):
    """Return a tile of zeros, of the dtype of the array `like`; rows and columns: constants."""
    return np.zeros((rows, columns), like.dtype)


def load(rows, columns, m, at, step):
    """Return a tile whose row r is what stands in m from at + r * step on."""
    return np.stack([row.copy() for row in rows_of(m, at, step, rows, columns)])


def store(tile, m, at, step):
    """Write row r of the tile to m, from at + r * step on."""
    for row, values in zip(rows_of(m, at, step, *tile.shape), tile, strict=True):
        row[:] = values


def add_outer(tile, x, at, step, row):
    """Return tile + the outer product of numbers and a row: to row r is added x[at + r * step] * row.

    row: a tile of one row, as wide as `tile`.
    """
    numbers = np.stack([x[at + r * step] for r in range(len(tile))])
    return tile + numbers[:, None] * row


def add_scaled(tile, factor, m, at, step):
    """Return tile + factor * m: to row r is added the factor times what stands in m from at + r * step on."""
    return tile + factor * load_like(tile, m, at, step)


def add(tile, other):
    """Return the sum of two tiles of the same shape."""
    return tile + other


def gate(row, winner, at, pixel):
    """Return the row, a tile of one, where winner[at :] (uint8) is `pixel`, and 0 elsewhere."""
    return np.where(winner[at : at + row.shape[1]] == pixel, row, row.dtype.type(0))


def relu_and_pool(above, below, y, winner, at):
    """Write the largest of each column's four numbers, no less than 0, to y and which one it was to winner.

    above, below: tiles of two rows, the pixels 0 and 1, 2 and 3; y, winner (uint8): written from `at` on. Of
    equals the first wins, and NaN wins over all; where ReLU is closed, the winner is CLOSED.
    """
    pixels = np.concatenate([above, below])
    which = pixels.argmax(axis=0)  # NaN wins in NumPy, too
    best = np.take_along_axis(pixels, which[None], axis=0)[0]
    y[at : at + len(best)] = np.where(best <= 0, 0, best)
    winner[at : at + len(best)] = np.where(best > 0, which, CLOSED)


def rows_of(m, at, step, rows, columns):
    """Return the parts of m that a tile's rows lie on."""
    return [m[at + r * step : at + r * step + columns] for r in range(rows)]


def load_like(tile, m, at, step):
    """Return a tile of the same shape from m."""
    return np.stack(rows_of(m, at, step, *tile.shape))
