"""Exercises for lesson 16, fast: `digits check 16` says whether you got them right.

N images, H height, W width, C channels. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def im2col(x, KH, KW):
    """Return every window of the images as a row of one matrix, so that a convolution is a matrix product.

    x: (N, H, W, C). KH, KW: the window's height and width; stride 1, no padding. Returns P: (N * OH * OW,
    KH * KW * C), of x's dtype, with OH = H - KH + 1 and OW = W - KW + 1. The rows go image by image, and
    in each image window by window, along the first row of windows, then along the second; within a row the
    numbers go pixel by pixel, all channels of a pixel together. So w.reshape(KH * KW * C, F) fits a kernel
    (KH, KW, C, F).

    >>> im2col(np.arange(6).reshape(1, 2, 3, 1), 2, 2)
    array([[0, 1, 3, 4],
           [1, 2, 4, 5]])

    Hint. Begin with an empty array of shape (N, OH, OW, KH, KW, C), fill P[:, :, :, p, q] with the pixels
    that place (p, q) sees in all windows at once, x[:, p : p + OH, q : q + OW], and reshape in the end. In
    the example place (1, 0) sees row 1, columns 0 and 1: the numbers 3 and 4.
    """
    raise NotImplementedError


def arithmetic_intensity(n, D, F, size=4):
    """Return how many operations a dense layer does for each byte that it reads or writes.

    It multiplies n vectors of D numbers by a D x F matrix: n * D * F multiplications and as many
    additions. It reads the vectors and the matrix, and writes n vectors of F numbers, each number once.

    n, D, F: whole numbers. size: the bytes of a number, 4 in float32. Returns operations per byte, a float.

    >>> round(arithmetic_intensity(1, 100, 100), 3), round(arithmetic_intensity(128, 100, 100), 2)
    (0.49, 17.98)

    Hint. For n = 1 and D = F = 100: 2 * 100 * 100 operations; 100 + 100 * 100 + 100 = 10,200 numbers, 40,800
    bytes. The matrix is read once for all n vectors, which is why many at a time are worth it.
    """
    raise NotImplementedError
