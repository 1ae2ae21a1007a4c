"""Exercises for lesson 11, the Keras twin: `digits check 11` says whether you got them right.

Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def ulp_gap(a, b):
    """Return the largest difference of two arrays, in units in the last place of their largest number.

        gap = max |a - b| / spacing(max(max |a|, max |b|))

    np.spacing(v) is the distance from v to the next number of its dtype: about 1.2e-07 for 1 in float32,
    2.2e-16 in float64.

    a, b: floats of the same shape and dtype. Returns one number, 0 where they are equal.

    >>> ulp_gap(np.float32([1.0, 0.0]), np.nextafter(np.float32([1.0, 0.0]), np.float32(2))).__round__(3)
    1.0

    Hint. The spacing depends on the dtype: np.spacing(np.float32(1)) is not np.spacing(1.0), so do not leave
    float32 before you have it. Around 100, float32 has numbers 7.6e-06 apart: 100 and 100.00001 are one or
    two units apart, which is nothing.
    """
    raise NotImplementedError


def to_keras_order(kernel, H, W, C):
    """Return a dense kernel whose rows go channel by channel with its rows in the order that Keras has.

    The layer follows a Flatten. Where images are (C, H, W), as in PyTorch, its rows go through all pixels
    of the first channel, then of the second, ...; where they are (H, W, C), as in Keras, through all
    channels of the first pixel, then of the second, ... The same images then give the same results.

    kernel: (C * H * W, F), floats. H, W, C: of what is flattened. Returns (H * W * C, F), of its dtype.

    >>> to_keras_order(np.array([[0], [1], [10], [11]]), H=1, W=2, C=2)
    array([[ 0],
           [10],
           [ 1],
           [11]])

    Hint. Give the rows back their three axes, change the order of the axes, and flatten again. In the
    example 0 and 1 are the pixels of the first channel, 10 and 11 those of the second: (2, 1, 2, 1)
    before, (1, 2, 2, 1) after. A reshape alone never changes the order of numbers in memory; a transpose
    does.
    """
    raise NotImplementedError
