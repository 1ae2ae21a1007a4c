"""One convolution five times, from loops in Python to one fused kernel: see `digits bench --ladder`.

All five compute max_pool2d(relu(conv2d(x, w, b))), a "valid" convolution of stride 1 with a 2x2 pool, which
is most of the work of the network "cnn":

    x: (N, H, W, C), w: (KH, KW, C, F), b: (F,), all finite and of one dtype, float32 or float64
    returns y: (N, (H - KH + 1) // 2, (W - KW + 1) // 2, F)

and raise ShapeError where w does not fit x. What differs is what they make of the machine.
"""

import numba
import numpy as np

from scratch import fast, reference
from scratch.errors import ShapeError
from scratch.windows import check_fit, extract_windows


def python_loops(x, w, b):
    """Return y as the formula has it, product by product: each is an object that Python makes and forgets."""
    z, y = results(x, w)
    convolve(x, w, b, z)
    relu_and_pool(z, y)
    return y


def numba_loops(x, w, b):
    """Return y from the same loops, word by word, compiled: a product is an instruction or two."""
    z, y = results(x, w)
    compiled_convolve(x, w, b, z)
    compiled_relu_and_pool(z, y)
    return y


def im2col_blas(x, w, b):
    """Return y by one matrix product: BLAS keeps what it works on in registers and caches, on all cores.

    To make it one, every pixel is copied into each of the KH * KW patches that see it.
    """
    (_, y), (KH, KW, C, F) = results(x, w), w.shape
    patches = extract_windows(x, (KH, KW), (1, 1), "valid")  # (N, OH, OW, KH, KW, C), a view
    z = patches.reshape(-1, KH * KW * C) @ w.reshape(-1, F) + b  # (N * OH * OW, F)
    N, PH, PW, _ = y.shape
    z = z.reshape(*patches.shape[:3], F)[:, : 2 * PH, : 2 * PW]
    return np.maximum(z.reshape(N, PH, 2, PW, 2, F).max(axis=(2, 4)), 0)


def parallel(x, w, b):
    """Return y by our own kernels: no copies, the innermost loop over filters, which lie side by side and go
    through vector registers, and the images shared out to all cores.
    """
    results(x, w)
    z, _ = fast.conv2d_forward(x, w, b)
    a, _ = fast.relu_forward(z)
    return fast.max_pool2d_forward(a)[0]


def fused(x, w, b):
    """Return y in one pass: the four convolutions under a pool share their weights, only their maximum is
    written, and what the pool drops is never computed.
    """
    results(x, w)
    return fast.conv_relu_pool_forward(x, w, b)[0]


RUNGS = {
    "loops in Python": python_loops,
    "loops in Numba": numba_loops,
    "im2col + BLAS": im2col_blas,
    "parallel": parallel,
    "fused": fused,
}


def results(x, w):
    """Return zeros in the shapes of the convolution, (N, OH, OW, F), and of y.

    Raises ShapeError where w does not fit x.
    """
    (N, H, W, C), (KH, KW, channels, F) = x.shape, w.shape
    if channels != C:
        raise ShapeError(f"the kernel was made for {channels} channels; received an image with {C}")
    check_fit(x.shape, (KH, KW), (1, 1), "valid")
    OH, OW = H - KH + 1, W - KW + 1
    return np.zeros((N, OH, OW, F), x.dtype), np.zeros((N, OH // 2, OW // 2, F), x.dtype)


def convolve(x, w, b, z):
    """Fill z: (N, OH, OW, F) with the convolution."""
    N, OH, OW, F = z.shape
    KH, KW, C, _ = w.shape
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for f in range(F):
                    total = b[f]
                    for p in range(KH):
                        for q in range(KW):
                            for c in range(C):
                                total += x[n, i + p, j + q, c] * w[p, q, c, f]
                    z[n, i, j, f] = total


def relu_and_pool(z, y):
    """Raise y: (N, PH, PW, F), which is 0 everywhere, to the maximum of each 2x2 window of z."""
    N, PH, PW, F = y.shape
    for n in range(N):
        for i in range(2 * PH):
            for j in range(2 * PW):
                for f in range(F):
                    y[n, i // 2, j // 2, f] = max(y[n, i // 2, j // 2, f], z[n, i, j, f])


compiled_convolve = numba.njit(cache=True)(convolve)
compiled_relu_and_pool = numba.njit(cache=True)(relu_and_pool)


def tolerance(x, w, b):
    """Return how far two rungs may be apart.

    A sum of n numbers, in whatever order, is off by at most n * eps / 2 times the sum of their absolute
    values (to first order; Higham, Accuracy and Stability of Numerical Algorithms, section 4.2), and here are
    two such sums. ReLU and the maximum add nothing to it.
    """
    n = w[..., 0].size + 1  # the products and the bias
    absolute, _ = reference.conv2d_forward(np.abs(x), np.abs(w), np.abs(b))
    return float(n * np.finfo(x.dtype).eps * absolute.max())
