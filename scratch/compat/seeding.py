"""The seed of everything: what keras.utils.set_random_seed starts anew is more than our own generator."""

import random

import numpy as np

from scratch import rng


def set_random_seed(seed):
    """Start our generator anew, and NumPy's global one and Python's, which the script may draw from."""
    rng.set_random_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
