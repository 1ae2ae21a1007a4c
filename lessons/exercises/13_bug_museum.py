"""Exercises for lesson 13, the bug museum: `digits check 13` says whether you got them right.

Two tools that the bugs there would not have survived. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def batches(N, batch_size, rng):
    """Return the numbers 0 to N - 1, shuffled, in batches: a list of arrays of whole numbers.

    Every image is in exactly one batch, in an order that `rng` draws anew each time. All batches have
    batch_size images but the last, which has what is left. Whether two images share a batch is chance,
    too: it does not do to shuffle batches of neighbours.

    N, batch_size: 1 or more. rng: a np.random.Generator.

    >>> parts = batches(5, 2, np.random.default_rng(0))
    >>> [len(part) for part in parts], sorted(int(i) for part in parts for i in part)
    ([2, 2, 1], [0, 1, 2, 3, 4])

    Hint. Shuffle once and cut then: of the order (3, 0, 4, 1, 2) the batches of two are order[0:2],
    order[2:4] and order[4:6], which is (2,): a slice may reach beyond the end. range(0, N, batch_size)
    holds the starts.
    """
    raise NotImplementedError


def adjoint_gap(forward, backward, x, dy):
    """Return how far a linear function's backward is from its adjoint: one number, about 1e-16 if it is
    right.

        left = sum of forward(x) * dy,      right = sum of x * backward(dy),
        gap = |left - right| / (|left| + |right|)

    forward: takes an array like x, returns one like dy. backward: takes dy, returns an array like x. x, dy:
    floats. Where left and right are both 0, the gap is 0.

    >>> double = lambda a: 2 * a
    >>> adjoint_gap(double, double, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    0.0
    >>> adjoint_gap(double, lambda dy: dy, np.array([1.0, 2.0]), np.array([3.0, 4.0])).__round__(6)
    0.333333

    Hint. Both sides are one number each: np.sum(a * b). In the second example left = 2 * 3 + 4 * 4 = 22
    and right = 1 * 3 + 2 * 4 = 11, so the gap is 11 / 33.
    """
    raise NotImplementedError
