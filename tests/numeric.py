"""Gradients by wiggling, what a backward function is checked against; and what counts as the same sum."""

import numpy as np

# Relative to the largest value: sums of a few hundred products of about 1, in another order.
TOLERANCE = {np.dtype("float64"): 1e-13, np.dtype("float32"): 1e-5}


def numeric_gradient(f, x, step=1e-5):
    """Return the gradient of the float f() with respect to the float64 array x, which f reads, at every
    index.

    Central differences: the error is about step**2 times the third derivative, plus 1e-16 / step times f.
    """
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        value = x[index]
        x[index] = value + step
        above = f()
        x[index] = value - step
        below = f()
        x[index] = value
        gradient[index] = (above - below) / (2 * step)
    return gradient


def derivative_along(f, arrays, direction, step=1e-6):
    """Return the derivative of f() along a direction: a list of arrays like the `arrays` that f reads."""
    values = [x.copy() for x in arrays]

    def at(distance):
        for x, value, d in zip(arrays, values, direction, strict=True):
            x[...] = value + distance * d
        return f()

    slope = (at(step) - at(-step)) / (2 * step)
    at(0.0)
    return slope


def close(received, expected):
    """Assert that two engines' results are of one dtype, and the same but for the order of their sums."""
    assert received.dtype == expected.dtype
    tolerance = TOLERANCE[expected.dtype] * max(1, np.abs(expected).max())
    np.testing.assert_allclose(received, expected, rtol=0, atol=tolerance)
