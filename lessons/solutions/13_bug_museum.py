"""Solutions to the exercises of lesson 13."""

import numpy as np


def batches(N, batch_size, rng):
    """Return a shuffled order, cut."""
    order = rng.permutation(N)
    return [order[start : start + batch_size] for start in range(0, N, batch_size)]


def adjoint_gap(forward, backward, x, dy):
    """Return the gap between the two products."""
    left, right = np.sum(forward(x) * dy), np.sum(x * backward(dy))
    size = abs(left) + abs(right)
    return float(abs(left - right) / size) if size else 0.0
