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
MOST_KINDS = 64  # shapes and dtypes that are remembered; the least recently used one is forgotten first
MOST_OF_A_KIND = 16
# References to memory that nobody uses: the kept array's, its pair's, the loop variable's, getrefcount's own.
UNUSED = 4

_pool = {}


def empty(shape, dtype):
    """Return an array of `shape` and `dtype` with arbitrary contents, C-ordered and aligned to 64 bytes."""
    known = _pool.pop((shape, dtype), [])
    _pool[shape, dtype] = known  # at the end of the dict: the most recently used
    for memory, array in known:
        if sys.getrefcount(memory) == UNUSED:
            return array[...]
    memory, array = allocate(shape, np.dtype(dtype))
    if len(known) < MOST_OF_A_KIND:
        known.append((memory, array))
    if len(_pool) > MOST_KINDS:
        del _pool[next(iter(_pool))]
    return array[...]


def allocate(shape, dtype):
    """Return fresh memory, an array of bytes, and the aligned array of `shape` and `dtype` in it."""
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory, memory[start : start + size].view(dtype).reshape(shape)


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
