"""Exercises for lesson 14, generalising: `digits check 14` says whether you got them right.

N images, H height, W width. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def dropout(x, r, rng):
    """Return x with a random share `r` of its values set to 0, and the others scaled so that the mean stays.

        y = m x / (1 - r)       with m = 0 with probability r, else 1, for every value by itself

    x: floats of any shape. r: at least 0 and less than 1. rng: a np.random.Generator. Returns y, of x's shape
    and dtype.

    >>> y = dropout(np.ones(1000), 0.75, np.random.default_rng(0))
    >>> np.unique(y)
    array([0., 4.])

    Hint. rng.random(x.shape) draws numbers from 0 to 1, one for each value; below r lies a share r of
    them. With r = 0.75 one value in four is left, and has to count four times: 1 / (1 - 0.75) = 4.
    """
    raise NotImplementedError


def shift(images, down, right):
    """Return images moved by whole pixels, `down` and to the `right`; what comes in is paper, 0.

    images: (N, H, W), of any dtype. down, right: whole numbers; negative ones move up and to the left, and
    any number may be larger than the image. Returns an array of the same shape and dtype. What leaves the
    image is lost: nothing comes back on the other side.

    >>> shift(np.array([[[1, 2], [3, 4]]]), 1, 0)
    array([[[0, 0],
            [1, 2]]])

    Hint. Begin with zeros, and copy the part that stays: for down = 2 and H = 5, the rows 0 to 2 go to the
    rows 2 to 4. For down = -2 it is the other way round: the rows 2 to 4 go to 0 to 2. The slice a[:-0] is
    empty.
    """
    raise NotImplementedError
