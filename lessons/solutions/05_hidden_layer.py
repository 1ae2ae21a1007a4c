"""Solutions to the exercises of lesson 5."""

import numpy as np


def relu_backward(dy, x):
    """Return dy where x was positive, else 0."""
    return np.where(x > 0, dy, 0)


def he_uniform(shape, rng):
    """Return numbers from U[-h, h], with h from all axes but the last."""
    n_in = np.prod(shape[:-1])
    h = np.sqrt(6 / n_in)
    return rng.uniform(-h, h, size=shape).astype(np.float32)
