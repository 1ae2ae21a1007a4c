"""Lesson 8: max-pooling, forward and backward."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case
from lessons.grading.keras_side import with_gradients
from scratch.reference import max_pool2d_forward

rng = np.random.default_rng(8)
X = rng.permutation(2 * 7 * 6 * 2).reshape(2, 7, 6, 2) / 4.0  # all values differ: no ties
DY = rng.normal(size=(2, 3, 2, 2))  # for X under a 3x3 pool with stride 2
MANY = rng.normal(size=(32, 26, 26, 8))


def image(*rows):
    """Return one image of one channel."""
    return np.array(rows, np.float64)[None, :, :, None]


def winners(x, k, s=None):
    """Return the winners of the textbook's max-pooling as max_pool numbers them."""
    (winner, *_) = max_pool2d_forward(x, (k, k), (s or k,) * 2)[1]
    return winner[:, :, :, 0]


def backward_case(x, k=2, s=None, note="", dtype=np.float64):
    """Return a case of max_pool_backward, for the winners of `x`."""
    winner = winners(x, k, s)
    dy = np.arange(3, 3 + 2 * winner.size, 2, dtype=dtype).reshape(winner.shape)
    return case(dy, winner, x.shape, k, s, note=note)


def checked(max_pool_backward):
    """Check dx against differences, for windows that overlap."""
    from scratch.gradcheck import check_operation

    def forward(x):
        return max_pool2d_forward(x, (3, 3), (2, 2))[0], None

    return check_operation(
        forward, lambda dy, cache: max_pool_backward(dy, winners(X, 3, 2), X.shape, 3, 2), X
    )


def in_keras(keras):
    """Return y and dx of Keras's max-pooling of X, 3x3 with stride 2."""
    y, (dx,) = with_gradients(lambda x: keras.ops.max_pool(x, (3, 3), (2, 2), "valid"), X, dy=DY)
    return y, dx


def forward_in_keras(max_pool, keras):
    """Compare with keras.ops.max_pool."""
    return [("y", max_pool(X, 3, 2)[0], in_keras(keras)[0])]


def backward_in_keras(max_pool_backward, keras):
    """Compare with what TensorFlow derives from Keras's max-pooling."""
    return [("dx", max_pool_backward(DY, winners(X, 3, 2), X.shape, 3, 2), in_keras(keras)[1])]


ASSIGNED = (
    "missing accumulation: a pixel that wins several windows gets the sum (+=), not what the last one "
    "sent (=)"
)
OVERLAPPING = image([0, 0, 0], [0, 9, 0], [0, 0, 0])
EXERCISES = (
    Exercise(
        "max_pool",
        returns=("y", "winner"),
        cases=(
            case(image([1, 2], [4, 3])),
            case(image([1, 3], [3, 2]), note="two are equal: the first wins"),
            case(image([-3, -2], [-4, -1]), note="all are negative"),
            case(image([1, 2, 9], [4, 3, 9], [9, 9, 9]), note="the last row and column fill no window"),
            case(image([5, 2, 1], [4, 3, 7]), 2, 1, note="windows that overlap"),
            case(image([1, 2, 3, 4, 5, 6]), 1, 3, note="stride 3, windows of one pixel"),
            case(image([1, 2], [4, 3]).astype("f"), note="float32"),
            case(X, 3, 2),
        ),
        mistakes=(
            Mistake(
                "of equal pixels the last wins; the first is to stay: > in the place of >=",
                "better = pixel > y",
                "better = pixel >= y",
            ),
            Mistake(
                "the search starts at 0, which beats every negative pixel; start at minus infinity",
                "-np.inf, x.dtype",
                "0, x.dtype",
            ),
            Mistake(
                "off by one: (n - k) // s + 1 windows fit, the + 1 is missing",
                "(H - k) // s + 1, (W - k) // s + 1",
                "(H - k) // s, (W - k) // s",
            ),
            Mistake("the stride s is not used: windows lie s apart, not k", "s = s or k", "s = k"),
            Mistake(
                "it returns the mean of each window, not its largest pixel",
                "return y, winner",
                "from scratch.reference import average_pool2d_forward as average\n"
                "    return average(x, (k, k), (s, s))[0], winner",
            ),
            Mistake(
                "the winners are numbered column by column; the number of pixel (p, q) is p * k + q",
                "return y, winner",
                "return y, winner % k * k + winner // k",
            ),
            Mistake(
                "the winners are numbered from 1; the first pixel's number is 0",
                "return y, winner",
                "return y, winner + 1",
            ),
            Mistake(  # the stride again, by somebody whose result has the right shape
                "the stride is not used: window (i, j) begins at row s * i, not at row i",
                "p : p + s * (OH - 1) + 1 : s, q : q + s * (OW - 1) + 1 : s",
                "p : p + OH, q : q + OW",
            ),
            Mistake(  # the same, by somebody who looks for the largest column by column
                "the winners are numbered column by column; the number of pixel (p, q) is p * k + q",
                "(p, q) in enumerate(np.ndindex(k, k))",
                "(q, p) in enumerate(np.ndindex(k, k))",
            ),
            Mistake(
                "the winner is the largest value itself; expected its number in the window, p * k + q",
                "return y, winner",
                "return y, y.copy()",
            ),
        ),
        keras=forward_in_keras,
        timed=case(MANY, note="32 images of 26x26x8"),
    ),
    Exercise(
        "max_pool_backward",
        returns=("dx",),
        cases=(
            backward_case(image([1, 2], [4, 3])),
            backward_case(image([1, 3, 5, 6], [3, 2, 7, 8]), note="two windows"),
            backward_case(image([1, 2, 9], [4, 3, 9]), note="the last column fills no window"),
            backward_case(OVERLAPPING, 2, 1, note="windows that overlap: the 9 in the centre wins all four"),
            backward_case(image([1, 2, 3, 4, 5, 6]), 1, 3, note="stride 3, windows of one pixel"),
            backward_case(image([1, 2], [4, 3]), dtype=np.float32, note="float32"),
            backward_case(X, 3, 2),
        ),
        mistakes=(
            Mistake(
                ASSIGNED,
                "pixels += np.where(winner == number, dy, 0)",
                "pixels[...] = np.where(winner == number, dy, pixels)",
            ),
            Mistake(  # the same, by somebody who goes over the windows
                ASSIGNED,
                "    return dx",
                "    dx[...] = 0\n"
                "    for n, i, j, c in np.ndindex(dy.shape):\n"
                "        number = winner[n, i, j, c]\n"
                "        dx[n, s * i + number // k, s * j + number % k, c] = dy[n, i, j, c]\n"
                "    return dx",
            ),
            Mistake(  # the stride, by somebody who forgets it altogether
                "the stride is not used: window (i, j) begins at row s * i, not at row i",
                "p : p + s * (OH - 1) + 1 : s, q : q + s * (OW - 1) + 1 : s",
                "p : p + OH, q : q + OW",
            ),
            Mistake(
                "every pixel of a window gets the gradient; only the winner does",
                "np.where(winner == number, dy, 0)",
                "dy",
            ),
            Mistake(
                "the gradient is spread evenly over the window, as for a mean; the winner gets all of it",
                "np.where(winner == number, dy, 0)",
                "dy / k**2",
            ),
            Mistake("the stride s is not used: windows lie s apart, not k", "s = s or k", "s = k"),
            Mistake(
                "rows and columns are exchanged: the winner's row in the window is winner // k, its column "
                "winner % k",
                "winner == number",
                "winner == q * k + p",
            ),
            Mistake(
                "the winner gets 1, not the gradient dy of its window",
                "np.where(winner == number, dy, 0)",
                "np.where(winner == number, 1, 0).astype(dy.dtype)",
            ),
        ),
        gradient=checked,
        keras=backward_in_keras,
        timed=case(
            rng.normal(size=(32, 13, 13, 8)), winners(MANY, 2), MANY.shape, note="32 images of 26x26x8"
        ),
    ),
)
