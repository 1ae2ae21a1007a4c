"""Exercises for lesson 15, what it learned: `digits check 15` says whether you got them right.

H height, W width. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def occlusion(f, image, k):
    """Return how much an answer loses where the image is covered: large where the network looks.

        map[i, j] = f(image) - f(image with the pixels i to i + k - 1, j to j + k - 1 set to 0)

    f: takes an image (H, W), returns a number, such as the probability of its digit. image: (H, W) floats;
    it is as it was afterwards. k: the side of what is covered. Returns the map: (H - k + 1, W - k + 1),
    float64.

    >>> occlusion(lambda image: image[0, 0], np.array([[3.0, 1.0], [1.0, 1.0]]), 1)
    array([[3., 0.],
           [0., 0.]])

    Hint. Cover a fresh copy at each place, or what was covered before stays covered. For a 28 x 28 image
    and k = 7 there are 22 x 22 places: the last one covers the rows 21 to 27.
    """
    raise NotImplementedError


def adversarial(x, dx, epsilon):
    """Return an image that looks the same and costs more: every pixel moved by epsilon so that the loss
    rises.

        x' = x + epsilon * sign(dx),      kept between 0 and 1

    (The fast gradient sign method: Goodfellow, Shlens and Szegedy, ICLR 2015.)

    x: an image, floats from 0 to 1, of any shape; it stays as it is. dx: the gradient of the loss with
    respect to x, of the same shape. epsilon: a number. Returns the new image, of x's shape and dtype.

    >>> adversarial(np.array([0.5, 0.5, 0.5, 0.875]), np.array([0.001, -40.0, 0.0, 2.0]), 0.25)
    array([0.75, 0.25, 0.5 , 1.  ])

    Hint. The size of the gradient plays no part, only its sign: np.sign is 1, -1 or 0. In the example
    0.875 + 0.25 is more than ink can be: np.clip.
    """
    raise NotImplementedError
