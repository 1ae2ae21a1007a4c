"""The one default random generator. Whoever wants another passes a `np.random.Generator` of their own."""

import numpy as np

_default = np.random.default_rng()


def set_random_seed(seed):
    """Start the default generator anew from `seed`: the same seed gives the same bits in all that follows."""
    global _default
    _default = np.random.default_rng(seed)


def default_rng():
    """Return the default generator (a np.random.Generator); unseeded until set_random_seed is called."""
    return _default
