"""Solutions to the exercises of lesson 15."""

import numpy as np


def occlusion(f, image, k):
    """Return what is lost at each place."""
    H, W = image.shape
    lost = np.zeros((H - k + 1, W - k + 1))
    for i, j in np.ndindex(lost.shape):
        covered = image.copy()
        covered[i : i + k, j : j + k] = 0
        lost[i, j] = f(image) - f(covered)
    return lost


def adversarial(x, dx, epsilon):
    """Return a step of epsilon along the gradient's sign."""
    step = epsilon * np.sign(dx)
    return np.clip(x + step, 0, 1).astype(x.dtype)
