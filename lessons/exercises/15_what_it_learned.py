"""Exercises for lesson 15, what it learned: `digits check 15` says whether you got them right.

H height, W width. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def occlusion_map(predict, image, side):
    """Return how much probability an answer loses where the image is covered: large where the network looks.

        map[i, j] = p_k(image) - p_k(image with a square around pixel (i, j) set to 0)

    k is the answer for the image as it is, the class of the largest probability. The square reaches from row
    i - side // 2 to row i + side // 2, as far as these are in the image; its columns likewise.

    predict: takes images (n, H, W), returns probabilities (n, K). image: (H, W) floats; it stays as it is.
    side: an odd number. Returns the map: (H, W), floats.

    >>> def predict(images):
    ...     return np.stack([images[:, 0, 0], 1 - images[:, 0, 0]], axis=1)
    >>> occlusion_map(predict, np.array([[0.75, 1.0, 1.0]]), 1)
    array([[0.75, 0.  , 0.  ]])

    Hint. Cover a fresh copy at each place, or what was covered before stays covered. Mind the edge: for i
    = 0 and side = 3 the rows begin at -1, and a slice from -1 begins at the *last* row; max(0, i - 1) is
    meant.
    """
    raise NotImplementedError


def fgsm(x, gradient, epsilon):
    """Return an image that looks the same and costs more: every pixel moved by epsilon so that the loss
    rises.

        x' = x + epsilon * sign(gradient),      kept between 0 and 1

    (The fast gradient sign method: Goodfellow, Shlens and Szegedy, ICLR 2015.)

    x: an image, floats from 0 to 1, of any shape; it stays as it is. gradient: of the loss with
    respect to x, of the same shape. epsilon: a number. Returns the new image, of x's shape and dtype.

    >>> fgsm(np.array([0.5, 0.5, 0.5, 0.875]), np.array([0.001, -40.0, 0.0, 2.0]), 0.25)
    array([0.75, 0.25, 0.5 , 1.  ])

    Hint. The size of the gradient plays no part, only its sign: np.sign is 1, -1 or 0. In the example
    0.875 + 0.25 is more than ink can be: np.clip.
    """
    raise NotImplementedError
