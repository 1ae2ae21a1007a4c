"""Exercises for lesson 12, optimizers: `digits check 12` says whether you got them right.

Each function takes one step and returns new arrays; those that it was given stay as they were. Write each
function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def momentum_step(w, g, v, eta, mu):
    """Return w and v after one step of gradient descent with momentum.

        v <- mu v - eta g,      w <- w + v

    w: the weights. g: their gradient. v: the velocity. All are floats of the same shape. eta: the learning
    rate. mu: how much of the velocity stays. Returns the new w and the new v.

    >>> momentum_step(np.array([1.0]), np.array([2.0]), np.array([0.0]), 0.1, 0.9)
    (array([0.8]), array([-0.2]))

    Hint. The velocity comes first, and the weights take the new one. A second step of the example, with
    the same g, has v = 0.9 * -0.2 - 0.1 * 2 = -0.38: it gets faster as long as the gradient points the
    same way.
    """
    raise NotImplementedError


def adam_step(w, g, m, v, t, eta, beta_1, beta_2, epsilon):
    """Return w, m and v after Adam's step number `t`.

        m <- beta_1 m + (1 - beta_1) g
        v <- beta_2 v + (1 - beta_2) g**2
        w <- w - eta sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (sqrt(v) + epsilon)

    w: the weights. g: their gradient. m, v: the running means of g and of its square. All are floats of
    the same shape. t: the number of this step, 1 for the first. eta, beta_1, beta_2, epsilon: numbers.
    Returns the new w, the new m and the new v.

    >>> w, m, v = adam_step(np.zeros(1), np.array([5.0]), np.zeros(1), np.zeros(1), 1, 0.1, 0.9, 0.99, 0.0)
    >>> w.round(6), m.round(6), v.round(6)
    (array([-0.1]), array([0.5]), array([0.25]))

    Hint. Take the lines in their order; the third uses the new m and v. In the example the factor is
    sqrt(1 - 0.99) / (1 - 0.9) = 0.1 / 0.1 = 1, and m / sqrt(v) = 0.5 / 0.5 = 1: the first step is as long
    as eta, whatever g is.
    """
    raise NotImplementedError
