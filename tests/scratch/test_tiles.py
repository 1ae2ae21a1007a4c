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


def outer(x, w, y):
    """Every operation that makes, changes or writes a tile of 2 rows and 3 vectors."""
    sums = add(load(2, 3, w, 1, 5), zeros(2, 3, w))
    for k in range(4):
        sums = add_outer(sums, x, k, 4, load(1, 3, w, 7 * k, 0))
    store(sums, y, 2, len(y) // 2)
    sums = add_scaled(sums, x[3], w, 3, 0)
    store(add(sums, load(2, 3, y, 1, len(y) // 2)), y, 1, len(y) // 2)


def gated(row, winner, pixel, y):
    """The gate for one pixel, from the second number on."""
    store(gate(load(1, 2, row, 1, 0), winner, 1, pixel), y, 0, 0)


def pooled(pixels, width, y, winner):
    """Both rows above and both below, each of `width` numbers, pooled from the third number on."""
    above, below = load(2, 1, pixels, 0, width), load(2, 1, pixels, 2 * width, width)
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
        wide = 3 * tiles.lanes(dtype)
        x, w = rng.uniform(0.5, 1, 8).astype(dtype), rng.uniform(0.5, 1, wide + 30).astype(dtype)
        *_, y = same(outer, x, w, np.zeros(2 * (wide + 5), dtype))
        assert (y != 0).sum() == 2 * (wide + 1)  # written at 2 and added at 1, and nowhere else

    def test_gates(self, dtype, rng):
        width = 2 * tiles.lanes(dtype)
        row, winner = rng.normal(size=width + 1).astype(dtype), rng.integers(0, 5, width + 1).astype("uint8")
        row[3] = np.nan  # which a gate lets pass or not, but never spreads
        *_, y = same(gated, row, winner, 2, np.ones(width, dtype))
        np.testing.assert_array_equal(y, np.where(winner[1:] == 2, row[1:], 0))

    def test_pools(self, dtype):
        width, values = tiles.lanes(dtype), [-1.0, -0.0, 0.0, 2.0, 3.0, np.nan, np.inf, -np.inf]
        every = np.array(list(itertools.product(values, repeat=4)), dtype)
        for four in every.reshape(-1, width, 4):
            pixels = np.ascontiguousarray(four.T)
            y, winner = np.full(width + 3, 7, dtype), np.full(width + 3, 7, "uint8")
            _, _, y, winner = same(pooled, pixels.reshape(-1), width, y, winner)
            best = pixels.max(axis=0)
            np.testing.assert_array_equal(y[2:-1], np.maximum(best, 0))
            np.testing.assert_array_equal(winner[2:-1], np.where(best > 0, pixels.argmax(axis=0), CLOSED))
            assert {*y[[0, 1, -1]], *winner[[0, 1, -1]]} == {7}
