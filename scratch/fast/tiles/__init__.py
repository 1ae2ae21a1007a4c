"""Tiles: small blocks of numbers that stay in the processor's registers while a kernel adds products to them.

A kernel that leaves this to the compiler loads and stores its sums again for every few products: for all the
compiler knows, a sum in memory might be one of the factors. A tile is no memory. It is a value, of `rows`
rows and `columns` numbers side by side, as a number is one; and what is done to it is written out in full,
vector by vector, when the kernel is compiled.

    sums = zeros(2, 64, x)                     # in float32, 2 rows of 4 vectors: 8 registers
    for k in range(K):
        row = load(1, 64, w, k * 64, 0)        # 4 registers
        sums = add_outer(sums, x, k, K, row)   # sums += x[:, k] * w[k, :], 8 instructions
    store(sums, y, 0, 64)

Arrays are flat, C-contiguous ones; `at` and `step` count numbers from their start. Nothing checks these: a
tile that reaches past the end of an array reads or overwrites whatever is there.

meaning.py says in NumPy what each operation does (and is what runs when the JIT is off), instructions.py how
it is compiled.
"""

from scratch.fast.tiles import instructions as instructions  # makes what meaning.py has known to Numba
from scratch.fast.tiles.meaning import (
    CLOSED,
    VECTOR_BYTES,
    add,
    add_outer,
    add_scaled,
    gate,
    lanes,
    load,
    relu_and_pool,
    store,
    zeros,
)
from scratch.fast.tiles.meaning import MANY_REGISTERS as MANY_REGISTERS

__all__ = [
    "CLOSED",
    "MANY_REGISTERS",
    "VECTOR_BYTES",
    "add",
    "add_outer",
    "add_scaled",
    "gate",
    "lanes",
    "load",
    "relu_and_pool",
    "store",
    "zeros",
]
