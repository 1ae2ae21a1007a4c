"""Exercises for lesson 5, a hidden layer: `digits check 5` says whether you got them right.

Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def relu_backward(dy, x):
    """Return the gradient of ReLU's input, y = max(0, x), element by element.

    dy: the gradient of y. x: what it saw, floats of the same shape. Returns dx, of that shape and of dy's
    dtype. At exactly 0, where there is no slope, it is 0.

    >>> relu_backward(np.array([5.0, 6.0, 7.0]), np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 7.])

    Hint. The mask is that of x, not of dy: a comparison such as x > 1 gives an array of True and False, and
    times a number these count as 1 and 0. For x = (0, 2, 5) and dy = (3, 4, 5), dy * (x > 1) is (0, 4, 5).
    """
    raise NotImplementedError


def he_uniform(shape, rng):
    """Return He's random weights for a dense layer or a convolution: w ~ U[-h, h], h = sqrt(6 / n_in).

    shape: of the kernel, a tuple: (D, F) for a dense layer, (KH, KW, C, F) for a convolution; its last axis
    are the outputs. n_in is how many numbers each output is computed from: D, or KH * KW * C. rng: a
    np.random.Generator. Returns an array of that shape, float32.

    >>> w = he_uniform((100, 10), np.random.default_rng(0))
    >>> w.shape, w.dtype, bool(abs(w).max() <= np.sqrt(6 / 100))
    ((100, 10), dtype('float32'), True)

    Hint. rng.uniform(low, high, size=shape) draws, in float64. A convolution of 3 x 3 from 32 channels to 64
    filters computes each output from 3 * 3 * 32 = 288 numbers, so h = sqrt(6 / 288), about 0.144; the 64
    plays no part. np.prod(shape[:-1]) multiplies all but the last.
    """
    raise NotImplementedError
