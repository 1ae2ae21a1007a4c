"""Solutions to the exercises of lesson 11."""

import numpy as np


def first_difference(ours, theirs, tolerance):
    """Return the index of the first pair that is not close."""
    for index, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if a.shape != b.shape:
            return index
        limit = tolerance * np.abs(b).max()
        if not np.abs(a - b).max() <= limit:
            return index
    return None


def pairwise_sum(x):
    """Return the last number that is left."""
    while len(x) > 1:
        even = len(x) - len(x) % 2
        x = np.concatenate([x[0:even:2] + x[1:even:2], x[even:]])
    return x[0]
