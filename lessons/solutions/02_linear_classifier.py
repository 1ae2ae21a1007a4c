"""Solutions to the exercises of lesson 2."""

import numpy as np


def softmax(z, T=1.0):
    """Return exp(z / T) with rows that add up to 1."""
    scaled = z / T
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cross_entropy_gradient(z, Y, T=1.0):
    """Return (p - Y) / (N T)."""
    p = softmax(z, T)
    return (p - Y) / (T * len(z))
