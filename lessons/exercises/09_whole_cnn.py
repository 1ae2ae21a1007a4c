"""Exercises for lesson 9, the whole CNN: `digits check 9` says whether you got them right.

N images, K classes. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def describe(input_shape, layers):
    """Return what each layer returns and how much it learns: a list of (shape, parameters), one a layer.

    input_shape: (H, W, C) of one image. layers: a list of tuples, each of them one of
        ("conv", F, k)   F filters of k x k pixels, stride 1, no padding: k * k * C * F + F parameters
        ("pool", k)      windows of k x k pixels, k apart; what fills no window is dropped
        ("flatten",)     (H, W, C) becomes (H * W * C,)
        ("dense", F)     F units on D numbers: D * F + F parameters
    A shape is a tuple of whole numbers, without the images' axis.

    >>> describe((6, 6, 1), [("conv", 2, 3), ("pool", 2), ("flatten",), ("dense", 10)])
    [((4, 4, 2), 20), ((2, 2, 2), 0), ((8,), 0), ((10,), 90)]

    Hint. Carry the shape along from layer to layer. In the example: 6 - 3 + 1 = 4 rows; 3 * 3 * 1 * 2 + 2
    = 20; 4 // 2 = 2; 2 * 2 * 2 = 8; 8 * 10 + 10 = 90. A second convolution would see C = 2 channels.
    """
    raise NotImplementedError


def confusion_matrix(y, predicted, K=10):
    """Return how often each digit was taken for each, without a loop over the images.

    y, predicted: (N,), whole numbers from 0 to K - 1: the true digits and the answers. Returns counts: (K,
    K), whole numbers; row i, column j counts the images of an i that were called a j.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), K=2)
    array([[1, 1],
           [0, 1]])

    Hint. counts[y, predicted] += 1 counts a pair once, however often it occurs, because NumPy reads all first
    and writes then. Number the pairs instead: y * K + predicted is a different number for each. In the
    example these are 0, 1 and 3, and np.bincount(..., minlength=4) counts them: 1, 1, 0, 1.
    """
    raise NotImplementedError
