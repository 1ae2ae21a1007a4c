"""The optimizers' formulas in one pass over memory, in place, where NumPy takes one pass for each operation.

A step of Adam in NumPy goes some ten times through arrays that are too large for the fastest memory. The
formulas are those of scratch.optimizers, and their sources are named there.
"""

from functools import partial

import numpy as np
from numba import prange

from scratch.fast.jit import kernel
from scratch.optimizers import SGD, Adam, AdamW, RMSprop

NUMBERS_A_PART = 1 << 14


def update_for(optimizer):
    """Return a function that does what optimizer.update does, for all parameters of a step; None where there
    is no kernel for it.

    It takes three lists of the same length: parameters, C-contiguous, their gradients, their states.
    """
    if type(optimizer) is SGD:
        return partial(update_sgd, optimizer)
    if type(optimizer) is RMSprop and not optimizer.centered and not optimizer.momentum:
        return partial(update_rmsprop, optimizer)
    if type(optimizer) in (Adam, AdamW) and not optimizer.amsgrad:  # whose decay has been taken before
        return partial(update_adam, optimizer)
    return None


def flat(g, *arrays):
    """Return the gradient, and the arrays that change, as (n,): views of the latter, so that changes stay."""
    return [np.ascontiguousarray(g).reshape(-1), *(array.reshape(-1) for array in arrays)]


def update_sgd(optimizer, params, grads, states):
    """Do what SGD.update does."""
    rate, momentum = optimizer.learning_rate, optimizer.momentum
    for x, g, slots in zip(params, grads, states, strict=True):
        g, x = flat(g, x)
        if not momentum:
            sgd(x, g, rate)
        else:
            sgd_with_momentum(x, g, slots["momentum"].reshape(-1), rate, momentum, optimizer.nesterov)


def update_rmsprop(optimizer, params, grads, states):
    """Do what RMSprop.update does, without its options."""
    constants = optimizer.learning_rate, optimizer.rho, 1 - optimizer.rho, optimizer.epsilon
    for x, g, slots in zip(params, grads, states, strict=True):
        g, x, v = flat(g, x, slots["velocity"])
        rmsprop(x, g, v, *constants)


def update_adam(optimizer, params, grads, states):
    """Do what Adam.update does, without amsgrad."""
    constants = optimizer.alpha(), 1 - optimizer.beta_1, 1 - optimizer.beta_2, optimizer.epsilon
    for x, g, slots in zip(params, grads, states, strict=True):
        g, x, m, v = flat(g, x, slots["momentum"], slots["velocity"])
        adam(x, g, m, v, *constants)


# Each part is taken as slices, and each value is read before any is written: then the compiler knows that no
# index is negative and sees what may overlap, and computes 16 numbers at a time: Adam is seven times as fast.
# Constants come as Python's floats, and are rounded to the parameters' dtype first, as NumPy does.


@kernel
def sgd(x, g, rate):
    """x -= rate * g."""
    rate = x.dtype.type(rate)
    for part in prange((len(x) + NUMBERS_A_PART - 1) // NUMBERS_A_PART):
        mine = slice(part * NUMBERS_A_PART, min((part + 1) * NUMBERS_A_PART, len(x)))
        xs, gs = x[mine], g[mine]
        for i in range(len(xs)):
            xs[i] -= rate * gs[i]


@kernel
def sgd_with_momentum(x, g, v, rate, momentum, nesterov):
    """v = momentum * v - rate * g; x += v, or with Nesterov's momentum x += momentum * v - rate * g."""
    rate, momentum = x.dtype.type(rate), x.dtype.type(momentum)
    for part in prange((len(x) + NUMBERS_A_PART - 1) // NUMBERS_A_PART):
        mine = slice(part * NUMBERS_A_PART, min((part + 1) * NUMBERS_A_PART, len(x)))
        xs, gs, vs = x[mine], g[mine], v[mine]
        for i in range(len(xs)):
            step = -rate * gs[i]
            new = momentum * vs[i] + step
            vs[i] = new
            xs[i] += momentum * new + step if nesterov else new


@kernel
def rmsprop(x, g, v, rate, rho, one_minus_rho, epsilon):
    """v = rho * v + (1 - rho) * g**2; x -= rate * g / sqrt(v + epsilon)."""
    rate, epsilon = x.dtype.type(rate), x.dtype.type(epsilon)
    rho, one_minus_rho = x.dtype.type(rho), x.dtype.type(one_minus_rho)
    for part in prange((len(x) + NUMBERS_A_PART - 1) // NUMBERS_A_PART):
        mine = slice(part * NUMBERS_A_PART, min((part + 1) * NUMBERS_A_PART, len(x)))
        xs, gs, vs = x[mine], g[mine], v[mine]
        for i in range(len(xs)):
            gradient = gs[i]
            new = rho * vs[i] + one_minus_rho * gradient * gradient
            vs[i] = new
            xs[i] -= rate * gradient / np.sqrt(new + epsilon)


@kernel
def adam(x, g, m, v, alpha, one_minus_beta_1, one_minus_beta_2, epsilon):
    """m += (1 - beta_1) * (g - m); v += (1 - beta_2) * (g**2 - v); x -= alpha * m / (sqrt(v) + epsilon)."""
    alpha, epsilon = x.dtype.type(alpha), x.dtype.type(epsilon)
    one_minus_beta_1, one_minus_beta_2 = x.dtype.type(one_minus_beta_1), x.dtype.type(one_minus_beta_2)
    for part in prange((len(x) + NUMBERS_A_PART - 1) // NUMBERS_A_PART):
        mine = slice(part * NUMBERS_A_PART, min((part + 1) * NUMBERS_A_PART, len(x)))
        xs, gs, ms, vs = x[mine], g[mine], m[mine], v[mine]
        for i in range(len(xs)):
            gradient, moment, velocity = gs[i], ms[i], vs[i]
            moment += one_minus_beta_1 * (gradient - moment)
            velocity += one_minus_beta_2 * (gradient * gradient - velocity)
            ms[i], vs[i] = moment, velocity
            xs[i] -= alpha * moment / (np.sqrt(velocity) + epsilon)
