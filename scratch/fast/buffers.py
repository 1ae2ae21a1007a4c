"""Memory that is used again: after its first steps, training asks the system for no more.

Fresh memory is slow: for each batch anew, the system must find it, clear it and map it, page by page. So
results are written into memory from here, and memory that nobody uses any more is handed out again. Who still
uses it, Python itself knows: every array in it, and every view of one, counts as a reference to it. What a
user has kept is therefore never overwritten.
"""

import math
import sys

import numpy as np

ALIGNMENT = 64  # bytes: a vector that lies across two cache lines takes two loads
MOST_SIZES = 64  # sizes that are remembered; the least recently used one is forgotten first
MOST_OF_A_SIZE = 16
# References to memory that nobody uses: our list's, the loop variable's, and getrefcount's own argument.
UNUSED = 3

_pool = {}


def empty(shape, dtype):
    """Return an array of `shape` and `dtype` with arbitrary contents, C-ordered and aligned to 64 bytes."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    memory = unused(size)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


def unused(size):
    """Return memory, an array of bytes, that has room for `size` aligned ones and is used by nobody."""
    known = _pool.pop(size, [])
    _pool[size] = known  # at the end of the dict: the most recently used
    for memory in known:
        if sys.getrefcount(memory) == UNUSED:
            return memory
    memory = np.empty(size + ALIGNMENT, np.uint8)
    if len(known) < MOST_OF_A_SIZE:
        known.append(memory)
    if len(_pool) > MOST_SIZES:
        del _pool[next(iter(_pool))]
    return memory


def in_blocks(w, width):
    """Return w: (..., F) as (blocks, ..., width), the last block filled up with zeros."""
    F = w.shape[-1]
    blocks = -(-F // width)
    filled = empty((blocks, *w.shape[:-1], width), w.dtype)
    for block in range(blocks):
        filters = w[..., block * width : (block + 1) * width]
        filled[block, ..., : filters.shape[-1]] = filters
        filled[block, ..., filters.shape[-1] :] = 0
    return filled
