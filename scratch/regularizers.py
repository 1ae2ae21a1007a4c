"""Regularizers: what a layer's weights add to the loss, so that they stay small, under Keras's names.

A model's loss, in training and in `evaluate`, is that of its predictions plus all of these penalties, and a
parameter's gradient is that of the sum.
"""

import numpy as np

from scratch.layers.arguments import number_between
from scratch.lookup import find_instance


class Regularizer:
    """What all regularizers are: `regularizer(w)`, the penalty, and `gradient(w)`, its derivative."""

    def __call__(self, w):
        """Return the penalty, a float, of an array of weights."""
        raise NotImplementedError

    def gradient(self, w):
        """Return the gradient of the penalty, of the shape and dtype of w."""
        raise NotImplementedError


class L1L2(Regularizer):
    """l1 * sum(|w|) + l2 * sum(w**2); the gradient is l1 * sign(w) + 2 * l2 * w, with sign(0) = 0.

    l1 pushes each weight to 0 and leaves it there; l2 shrinks each in proportion to its size. Note that l2
    is not halved: the gradient has the factor 2. Source: Goodfellow et al., "Deep Learning" (2016), section
    7.1; the factors as in keras.regularizers.L1L2.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = number_between(l1, "l1", 0), number_between(l2, "l2", 0)

    def __call__(self, w):
        """See Regularizer."""
        return float(self.l1 * np.abs(w).sum() + self.l2 * (w * w).sum())

    def gradient(self, w):
        """See Regularizer."""
        return self.l1 * np.sign(w) + 2 * self.l2 * w


class L1(L1L2):
    """l1 * sum(|w|): see L1L2."""

    def __init__(self, l1=0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    """l2 * sum(w**2): see L1L2."""

    def __init__(self, l2=0.01):
        super().__init__(l2=l2)


l1, l2, l1_l2 = L1, L2, L1L2  # Keras's other names for them: regularizers.l2(1e-4)

REGULARIZERS = {"l1": L1, "l2": L2, "l1_l2": L1L2(l1=0.01, l2=0.01)}


def get(identifier):
    """Return the regularizer that a name, a class or an object stands for; None for None.

    Raises ValueError for an unknown name.
    """
    if identifier is None:
        return None
    return find_instance(identifier, REGULARIZERS, "regularizer", Regularizer)
