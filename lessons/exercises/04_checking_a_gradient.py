"""Exercises for lesson 4, checking a gradient: `digits check 4` says whether you got them right.

Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def numerical_gradient(f, x, h=1e-5):
    """Return the gradient of a function of an array, by central differences.

        gradient[i] = (f(x with h added to x[i]) - f(x with h taken from x[i])) / (2 h)     for every index i

    f: takes an array of x's shape, returns a number. x: floats, of any shape; it is as it was afterwards.
    h: the step. Returns the gradient, of x's shape, float64.

    >>> numerical_gradient(lambda x: (x**2).sum(), np.array([[1.0, 3.0]])).round(6)
    array([[2., 6.]])

    Hint. np.ndindex(x.shape) goes over all indices, whatever the shape: for (2, 2) they are (0, 0), (0, 1),
    (1, 0) and (1, 1), and x[1, 0] is x[(1, 0)]. Move one entry of a copy, ask f on both sides, and move no
    other entry along with it.
    """
    raise NotImplementedError


def relative_error(a, b):
    """Return how far two gradients are apart, as a share of the largest entry: one number.

        error = max over i of |a[i] - b[i]|  /  max(max over i of |a[i]|, max over i of |b[i]|)

    a, b: floats of the same shape. Where both are 0 everywhere, the error is 0.

    >>> relative_error(np.array([4.0, 1.0]), np.array([3.0, 1.0]))
    0.25

    Hint. Take the largest difference first and divide then. In the example the differences are 1 and 0, the
    largest entry of both arrays is 4. For (0, 0) and (0, 0) the largest entry is 0, and nothing may be
    divided.
    """
    raise NotImplementedError
