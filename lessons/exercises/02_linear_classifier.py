"""Exercises for lesson 2, a linear classifier: `digits check 2` says whether you got them right.

N images, K classes. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def softmax(z, T=1.0):
    """Return the probabilities that the scores `z` stand for at temperature `T`.

        p[n, k] = exp(z[n, k] / T) / sum over j of exp(z[n, j] / T)

    z: (N, K) floats, which stay as they are. T: a number above 0. Returns p: (N, K), of z's dtype; each row
    adds up to 1, and no score is too large or too small for it.

    >>> softmax(np.array([[1.0, 2.0, 1.0]])).round(3)
    array([[0.212, 0.576, 0.212]])
    >>> softmax(np.array([[1.0, 2.0, 1.0]]), T=4).round(3)
    array([[0.305, 0.391, 0.305]])

    Hint. Subtract each row's own largest score before `exp`. For the rows (5, 7) and (100, 101) that leaves
    (-2, 0) and (-1, 0); `keepdims=True` gives the two maxima the shape (2, 1), so that each meets its row.
    """
    raise NotImplementedError


def cross_entropy_gradient(z, Y, T=1.0):
    """Return the gradient of the mean cross-entropy with respect to the scores `z`.

        L = -1/N * sum over n, k of  Y[n, k] * log p[n, k]      with p = softmax(z, T)

    z: (N, K) floats. Y: (N, K), the right answers, rows that add up to 1: a one among zeros, or shares,
    such as (0.9, 0.1). Returns dz: (N, K), of z's dtype.

    >>> cross_entropy_gradient(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]))
    array([[-0.5,  0.5]])

    Hint. Without a temperature it is (p - Y) / N. The loss sees z only as u = z / T, and each u moves by 1
    / T when its z moves by 1: by the chain rule, one more factor. At T = 2 the example gives (-0.25, 0.25).
    """
    raise NotImplementedError
