"""Solutions to the exercises of lesson 4."""

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    """Return central differences, entry by entry."""
    slopes = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        slopes[index] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


def relative_error(a, b):
    """Return the largest difference over the largest entry."""
    largest = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a - b).max() / largest) if largest else 0.0
