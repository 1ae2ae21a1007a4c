"""Exercises for lesson 10, your own handwriting: `digits check 10` says whether you got them right.

H height, W width; ink is 0 for paper and more for ink. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def centre_of_mass_shift(image):
    """Return by how many whole rows and columns the ink has to move for its centre to come to (14, 14).

        r = (sum over i, j of  i * image[i, j]) / (sum of image),      c likewise with the column j
        down = 14 - r, rounded,      right = 14 - c, rounded

    image: (28, 28), floats of 0 and more, not all 0. Returns down and right, whole numbers; negative ones
    move up and to the left.

    >>> image = np.zeros((28, 28))
    >>> image[10, 20] = image[10, 18] = 1.0
    >>> centre_of_mass_shift(image)
    (4, -5)

    Hint. np.arange(28) holds the row numbers, image.sum(axis=1) how much ink is in each row. In the
    example all ink is in row 10, and its column is (20 + 18) / 2 = 19: 14 - 10 = 4 down, 14 - 19 = -5 to
    the right.
    """
    raise NotImplementedError


def fit_into(image, size):
    """Return the crop to the ink, scaled so that its longer side has `size` pixels; its proportions stay.

    The crop is the smallest rectangle with all ink in it, (h, w). It becomes (h2, w2): the longer of the two
    `size`, the other one in proportion, rounded, 1 at least. Pixel (i, j) of the result shows the pixel of
    the crop that its middle falls on: row floor((i + 0.5) * h / h2), column floor((j + 0.5) * w / w2).

    image: (H, W), 0 for paper, more for ink, not all 0. size: 1 or more. Returns (h2, w2), of image's dtype.

    >>> fit_into(np.array([[0, 0, 0, 0], [0, 5, 7, 0], [0, 0, 0, 0]]), 4)
    array([[5, 5, 7, 7],
           [5, 5, 7, 7]])

    Hint. np.flatnonzero(image.any(axis=1)) holds the numbers of the rows with ink: in the example only 1,
    so the crop is image[1:2, 1:3], (1, 2), and becomes (2, 4). Its columns 0 to 3 have their middles at
    0.5 * 2 / 4 = 0.25, 0.75, 1.25 and 1.75, so they show 0, 0, 1, 1: an array of such numbers is an index.
    """
    raise NotImplementedError
