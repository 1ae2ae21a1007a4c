"""Exercises for lesson 8, pooling: `digits check 8` says whether you got them right.

N images, H height, W width, C channels; k the window's height and width, s the stride; OH, OW the result's
size. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def max_pool(x, k=2, s=None):
    """Return the largest pixel of each window, channel by channel, and which one it was.

        y[n, i, j, c] = max over p, q < k of  x[n, s*i + p, s*j + q, c]

    x: (N, H, W, C) floats. k: the window's side. s: the stride, k where it is None. Returns y: (N, OH, OW,
    C), of x's dtype, with OH = (H - k) // s + 1; and winner: (N, OH, OW, C), whole numbers, p * k + q of the
    largest pixel: windows are numbered along the first row, then along the second. Of equals the first wins.

    >>> y, winner = max_pool(np.array([[1.0, 3.0], [3.0, 2.0]]).reshape(1, 2, 2, 1))
    >>> float(y[0, 0, 0, 0]), int(winner[0, 0, 0, 0])
    (3.0, 1)

    Hint. Go over p and q, in that order, and look at one pixel of every window at once: x[:, p : p + s *
    (OH - 1) + 1 : s, ...]. Where it is larger than the best so far, it is the new best. In the example the
    numbers 0 to 3 see 1, 3, 3 and 2: the second 3 is not *larger* than the first, so 1 stays the winner.
    """
    raise NotImplementedError


def max_pool_backward(dy, winner, x_shape, k=2, s=None):
    """Return the gradient of max_pool's images: each window's winner gets the window's whole gradient.

    dy: (N, OH, OW, C) floats, the gradient of y. winner: (N, OH, OW, C), as max_pool returns it. x_shape: (N,
    H, W, C). k, s: as for max_pool. Returns dx: of x_shape and dy's dtype. A pixel that wins several windows
    gets the sum; one that wins none gets 0.

    >>> dx = max_pool_backward(np.array([[[[5.0]]]]), np.array([[[[1]]]]), (1, 2, 2, 1))
    >>> dx[0, :, :, 0]
    array([[0., 5.],
           [0., 0.]])

    Hint. Go over p and q again. In the windows where `winner == p * k + q`, that pixel gets dy, in all others
    nothing: np.where(winner == p * k + q, dy, 0). Add it to the same pixels that the forward looked at. In
    the example only p * k + q = 0 * 2 + 1 finds its number.
    """
    raise NotImplementedError
