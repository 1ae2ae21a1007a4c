"""How kernels are compiled, and how their work is handed out to threads."""

import numba

# Sums may be reordered (or no loop over a sum could be vectorized) and a * b + c may be one instruction; NaN,
# infinity and all else stay as written. Never fastmath=True, which assumes that there is no NaN.
FASTMATH = {"contract", "reassoc", "nsz", "arcp", "afn"}

kernel = numba.njit(fastmath=FASTMATH, error_model="numpy", cache=True, nogil=True, parallel=True)
# A function that is compiled into the kernels that call it.
inlined = numba.njit(fastmath=FASTMATH, error_model="numpy", inline="always")

IMAGES_A_PART = 8  # the images that one thread takes at a time: 16 parts of a batch of 128


def parts_of(n, size=IMAGES_A_PART):
    """Return into how many parts `n` images are cut: by the batch alone, whatever the number of threads."""
    return -(-n // size)
