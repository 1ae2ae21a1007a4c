"""Solutions to the exercises of lesson 9."""

import numpy as np


def describe(input_shape, layers):
    """Return shapes and counts, the shape carried along."""
    shape, found = input_shape, []
    for kind, *sizes in layers:
        parameters = 0
        if kind == "conv":
            (F, k), (H, W, C) = sizes, shape
            parameters = k * k * C * F + F
            shape = (H - k + 1, W - k + 1, F)
        elif kind == "pool":
            (k,), (H, W, C) = sizes, shape
            shape = (H // k, W // k, C)
        elif kind == "flatten":
            shape = (int(np.prod(shape)),)
        else:
            (F,), (D,) = sizes, shape
            parameters = D * F + F
            shape = (F,)
        found.append((shape, parameters))
    return found


def confusion_matrix(y, predicted, K=10):
    """Return how often each pair occurs."""
    pairs = y.astype(np.int64) * K + predicted
    return np.bincount(pairs, minlength=K * K).reshape(K, K)
