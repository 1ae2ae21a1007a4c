"""tensorflow.random: seeds, and numbers from the project's generator."""

import numpy as np

from scratch.compat import seeding
from scratch.compat.tensors import tensor
from scratch.rng import default_rng


def set_seed(seed):
    """Seed everything; the numbers are not TensorFlow's."""
    seeding.set_random_seed(seed)


set_random_seed = set_seed


def normal(shape, mean=0.0, stddev=1.0, dtype=np.float32, seed=None, name=None):
    """Return normally distributed numbers."""
    return tensor(_rng(seed).normal(mean, stddev, shape), dtype)


def uniform(shape, minval=0, maxval=1, dtype=np.float32, seed=None, name=None):
    """Return uniformly distributed numbers; whole ones below maxval where the dtype is one of those."""
    if np.dtype(dtype).kind in "iu":
        return tensor(_rng(seed).integers(minval, maxval, shape), dtype)
    return tensor(_rng(seed).uniform(minval, maxval, shape), dtype)


def _rng(seed):
    return default_rng() if seed is None else np.random.default_rng(seed)


__all__ = ["normal", "set_random_seed", "set_seed", "uniform"]
