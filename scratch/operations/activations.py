"""ReLU's relatives: with a ceiling, and those that let negative values through, each in its own way."""

import numpy as np


def limited_relu_forward(x, max_value=None, negative_slope=0.0, threshold=0.0):
    """Return x from threshold to max_value, max_value above, and below negative_slope * (x - threshold).

    Element by element, any shape; NaN stays NaN. With max_value=6 and no more it is ReLU6.
    Source: Keras's ReLU; ReLU6 is of Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.
    """
    ceiling = np.inf if max_value is None else max_value
    below = negative_slope * (x - threshold) if negative_slope else 0  # 0 * infinity would be NaN
    return np.where(x <= threshold, below, np.minimum(x, ceiling)), (x, ceiling, negative_slope, threshold)


def limited_relu_backward(dy, cache):
    """Return dx of limited_relu_forward: dy up to max_value and at it, 0 above; negative_slope * dy up to
    threshold and at it.
    """
    x, ceiling, negative_slope, threshold = cache
    return np.where(x <= threshold, negative_slope * dy, np.where(x > ceiling, 0, dy))


def leaky_relu_forward(x, negative_slope=0.3):
    """Return x where it is 0 or more, else negative_slope * x, element by element. Any shape.

    Source: Maas, Hannun and Ng, ICML workshop 2013.
    """
    return np.where(x >= 0, x, negative_slope * x), (x, negative_slope)


def leaky_relu_backward(dy, cache):
    """Return dx of leaky_relu_forward: dy where x was positive, else negative_slope * dy; at 0 the latter."""
    x, negative_slope = cache
    return np.where(x > 0, dy, negative_slope * dy)


def elu_forward(x, alpha=1.0):
    """Return x where it is positive, else alpha * (exp(x) - 1), element by element. Any shape.

    expm1 is exp(x) - 1 without the digits that the difference loses near 0.
    Source: Clevert, Unterthiner and Hochreiter, ICLR 2016.
    """
    y = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    return y, (x, y, alpha)


def elu_backward(dy, cache):
    """Return dx of elu_forward: dy where x was positive, else dy * alpha * exp(x) = dy * (y + alpha)."""
    x, y, alpha = cache
    return np.where(x > 0, dy, dy * (y + alpha))


def silu_forward(x):
    """Return x * sigmoid(x), element by element, also called swish. Any shape.

    Source: Elfwing, Uchibe and Doya, Neural Networks 107 (2018); Ramachandran, Zoph and Le, arXiv:1710.05941.
    """
    e = np.exp(-np.abs(x))  # never overflows
    s = np.where(x >= 0, 1, e) / (1 + e)  # the sigmoid, 1 / (1 + exp(-x)) = exp(x) / (1 + exp(x))
    return x * s, (x, s)


def silu_backward(dy, cache):
    """Return dx of silu_forward: dy * (s + x * s * (1 - s)) with s = sigmoid(x), by the product rule."""
    x, s = cache
    return dy * (s + x * s * (1 - s))
