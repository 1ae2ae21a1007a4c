"""Batch normalization: each channel is brought to mean 0 and variance 1, then scaled and shifted as learned.

In training, the mean and the variance are those of the batch itself, so each image's result depends on all
others; in inference they are constants, averages over training's batches.
Source: Ioffe and Szegedy, "Batch Normalization", ICML 2015; the backward is their section 3, collected.
"""

import numpy as np


def batch_statistics(x):
    """Return each channel's mean and variance over all other axes, (C,) each; x: (..., C).

    The variance is the biased one, the mean square distance from the mean.
    """
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def batch_norm_forward(x, gamma, beta, mean, variance, epsilon=1e-3, training=False):
    """Normalize each channel:  y = gamma * x_hat + beta  with  x_hat = (x - mean) / sqrt(variance + epsilon).

    x: (..., C); gamma, beta: (C,) or None, for 1 and 0; mean, variance: (C,).
    training: whether these two are batch_statistics(x), which the backward has to know, as they then depend
    on x. Returns y: (..., C) and the cache.
    """
    scale = 1 / np.sqrt(variance + epsilon)  # (C,)
    x_hat = (x - mean) * scale
    y = x_hat if gamma is None else gamma * x_hat
    y = y if beta is None else y + beta
    return y, (x_hat, scale, gamma, beta, training)


def batch_norm_backward(dy, cache, need_dx=True):
    """Return dx, dgamma, dbeta of batch_norm_forward (each None where it is not needed or was None).

        dgamma = sum of dy * x_hat,  dbeta = sum of dy,  over all axes but the last;  dx_hat = gamma * dy
        dx = scale * dx_hat                                                   with constant mean and variance
        dx = scale * (dx_hat - mean of dx_hat - x_hat * mean of dx_hat * x_hat)       with those of the batch

    The two means that are taken away are what x changes by way of the batch's mean and variance.
    dy: (..., C). Returns dx: (..., C), dgamma and dbeta: (C,).
    """
    x_hat, scale, gamma, beta, training = cache
    axes = tuple(range(dy.ndim - 1))
    dgamma = None if gamma is None else (dy * x_hat).sum(axis=axes)
    dbeta = None if beta is None else dy.sum(axis=axes)
    if not need_dx:
        return None, dgamma, dbeta
    dx_hat = dy if gamma is None else gamma * dy
    if training:
        dx_hat = dx_hat - dx_hat.mean(axis=axes) - x_hat * (dx_hat * x_hat).mean(axis=axes)
    return scale * dx_hat, dgamma, dbeta
