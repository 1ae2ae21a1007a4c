"""Exercises for lesson 11, the Keras twin: `digits check 11` says whether you got them right.

Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def first_difference(ours, theirs, tolerance):
    """Return the index of the first layer where two networks part, or None where they never do.

    Two layers part where they have other shapes, or where the largest |ours - theirs| is more than
    `tolerance` times the largest |theirs|. NaN on one side parts them, too.

    ours, theirs: lists of arrays, as long as each other: what each layer returned, the first layer first.
    tolerance: a number.

    >>> a, b = np.array([1.0, 2.0]), np.array([1.0, 3.0])
    >>> first_difference([a, a, b], [a, b, b], 1e-6)
    1

    Hint. A layer behind a wrong one is wrong as well, so the first one is the one to look at. Compare as a
    share: 1e-5 apart is much for numbers around 1e-5, and little for numbers around 100. Every comparison
    with NaN is False, so `not (gap <= limit)` sees it and `gap > limit` does not.
    """
    raise NotImplementedError


def pairwise_sum(x):
    """Return the sum of the numbers in `x`, added up in pairs, then pairs of pairs, ..., all in x's dtype.

    float32 rounds every sum to seven digits. Added up one after the other, small numbers meet a large sum and
    lose most of their digits; in pairs, numbers of about the same size meet.

    x: (n,), floats, n of 1 or more. Returns one number, of x's dtype.

    >>> pairwise_sum(np.float32([1.0, 2.0, 3.0, 4.0, 5.0]))
    np.float32(15.0)

    Hint. Add each number at an even place to its neighbour, x[0::2] + x[1::2], and there are half as many;
    go on until one is left. The example: (1, 2, 3, 4, 5) -> (3, 7, 5) -> (10, 5) -> 15. Of an odd number,
    the last one has no neighbour and goes along as it is.
    """
    raise NotImplementedError
