"""Exercises for lesson 6, convolution: `digits check 6` says whether you got them right.

N images, H height, W width, C channels in, F filters; KH, KW the kernel's height and width.
Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def conv2d(x, w, b):
    """Convolve images with kernels, without padding, stride 1; the kernel is not turned round.

        y[n, i, j, f] = b[f] + sum over p, q, c of  x[n, i + p, j + q, c] * w[p, q, c, f]

    x: (N, H, W, C), w: (KH, KW, C, F), b: (F,), all floats. Returns y: (N, H - KH + 1, W - KW + 1, F), of x's
    dtype.

    >>> y = conv2d(np.arange(6.0).reshape(1, 2, 3, 1), np.ones((1, 2, 1, 1)), np.array([10.0]))
    >>> y[0, :, :, 0]
    array([[11., 13.],
           [17., 19.]])

    Hint. Go over p and q only, and take all windows at once: with OH x OW windows, weight (p, q) always meets
    the pixels x[:, p : p + OH, q : q + OW], which is (N, OH, OW, C); times w[p, q], which is (C, F), as a
    matrix product (@), that is (N, OH, OW, F). In the example the weights (0, 0) and (0, 1) meet the
    columns 0 and 1, and 1 and 2.
    """
    raise NotImplementedError


def same_padding(n, k, s=1):
    """Return how many zeros Keras's padding "same" puts before and after `n` pixels: two whole numbers.

    There are to be ceil(n / s) windows of `k` pixels, `s` apart. As few zeros as that takes, and none
    where none are needed; of an odd number, the extra one goes after.

    n, k, s: 1 or more.

    >>> same_padding(6, 3), same_padding(6, 3, 2), same_padding(6, 1, 2)
    ((1, 1), (0, 1), (0, 0))

    Hint. The last of m windows ends at pixel (m - 1) * s + k. For n = 6, k = 3, s = 2 there are m = 3, and
    the last ends at 2 * 2 + 3 = 7: one zero is missing. Whole numbers only: -(-n // s) rounds up, // 2 down.
    """
    raise NotImplementedError
