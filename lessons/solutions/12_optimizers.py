"""Solutions to the exercises of lesson 12."""

import numpy as np


def momentum_step(w, g, v, eta, mu):
    """Return w and v, the velocity first."""
    v = mu * v - eta * g
    return w + v, v


def adam_step(w, g, m, v, t, eta, beta_1, beta_2, epsilon):
    """Return w, m and v, the means first."""
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g**2
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - eta * correction * m / (np.sqrt(v) + epsilon)
    return w, m, v
