"""Tiles: what is compiled is what scratch.fast.tiles.meaning says in NumPy, in both precisions."""

import itertools

import numba
import numpy as np
import pytest

from scratch.fast import tiles
from scratch.fast.tiles import (
    CLOSED,
    add,
    add_outer,
    add_scaled,
    gate,
    load,
    relu_and_pool,
    store,
    zeros,
)

pytestmark = pytest.mark.compiled

# Columns of the tiles: in both precisions whole vectors, and then parts of one.
WIDE, POOLED = 3 * tiles.lanes("float32") + 7, tiles.lanes("float32") * 3 // 2


def outer(x, w, y):
    """Every operation that makes, changes or writes a tile of 2 rows: whole vectors, and parts of one."""
    sums = add(load(2, WIDE, w, 1, 5), zeros(2, WIDE, w))
    for k in range(4):
        sums = add_outer(sums, x, k, 4, load(1, WIDE, w, 7 * k, 0))
    store(sums, y, 2, len(y) // 2)
    sums = add_scaled(sums, x[3], w, 3, 0)
    store(add(sums, load(2, WIDE, y, 1, len(y) // 2)), y, 1, len(y) // 2)


def gated(row, winner, pixel, y):
    """The gate for one pixel, from the second number on."""
    store(gate(load(1, WIDE, row, 1, 0), winner, 1, pixel), y, 0, 0)


def pooled(pixels, y, winner):
    """Both rows above and both below, pooled from the third number on."""
    above, below = load(2, POOLED, pixels, 0, POOLED), load(2, POOLED, pixels, 2 * POOLED, POOLED)
    relu_and_pool(above, below, y, winner, 2)


compiled = {function: numba.njit(function) for function in (outer, gated, pooled)}


def same(function, *arguments):
    """Run a function as Python and compiled, on copies, and compare what is in the arrays afterwards."""
    results = []
    for run in (function, compiled[function]):
        given = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
        run(*given)
        results.append(given)
    for plain, fast in zip(*results, strict=True):
        # one rounding for a product and its sum, or two: a few units in the last place
        exact = getattr(plain, "dtype", np.dtype(int)).kind != "f"
        np.testing.assert_allclose(fast, plain, rtol=0 if exact else 8 * np.finfo(plain.dtype).eps)
    return results[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
class TestCompiled:
    def test_sums_of_products(self, dtype, rng):
        x, w = rng.uniform(0.5, 1, 8).astype(dtype), rng.uniform(0.5, 1, WIDE + 30).astype(dtype)
        *_, y = same(outer, x, w, np.zeros(2 * (WIDE + 5), dtype))
        assert (y != 0).sum() == 2 * (WIDE + 1)  # written at 2 and added at 1, and nowhere else

    def test_gates(self, dtype, rng):
        row, winner = rng.normal(size=WIDE + 1).astype(dtype), rng.integers(0, 5, WIDE + 1).astype("uint8")
        row[3] = np.nan  # which a gate lets pass or not, but never spreads
        *_, y = same(gated, row, winner, 2, np.ones(WIDE, dtype))
        np.testing.assert_array_equal(y, np.where(winner[1:] == 2, row[1:], 0))

    def test_pools(self, dtype):
        values = [-1.0, -0.0, 0.0, 2.0, 3.0, np.nan, np.inf, -np.inf]
        every = np.array(list(itertools.product(values, repeat=4)), dtype)
        batches = -(-len(every) // POOLED)
        for four in np.resize(every, (batches, POOLED, 4)):
            pixels = np.ascontiguousarray(four.T)
            y, winner = np.full(POOLED + 3, 7, dtype), np.full(POOLED + 3, 7, "uint8")
            _, y, winner = same(pooled, pixels.reshape(-1), y, winner)
            best = pixels.max(axis=0)
            np.testing.assert_array_equal(y[2:-1], np.maximum(best, 0))
            np.testing.assert_array_equal(winner[2:-1], np.where(best > 0, pixels.argmax(axis=0), CLOSED))
            assert {*y[[0, 1, -1]], *winner[[0, 1, -1]]} == {7}
