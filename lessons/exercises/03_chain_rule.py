"""Exercises for lesson 3, the chain rule: `digits check 3` says whether you got them right.

N images, D features in, F features out. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def dense_backward(dy, x, w):
    """Return the gradients of a dense layer, y = x w + b.

    dy: (N, F), the gradient of y. x: (N, D), what it saw. w: (D, F), its kernel. All are floats. Returns dx:
    (N, D), dw: (D, F) and db: (F,).

    >>> dx, dw, db = dense_backward(np.array([[1.0, 2.0]]), np.array([[3.0]]), np.array([[5.0, 6.0]]))
    >>> dx, dw, db
    (array([[17.]]), array([[3., 6.]]), array([1., 2.]))

    Hint. Each gradient has the shape of what it belongs to, and for two of them only one product with one
    transposition has it: dx is (N, D), so it is (N, F) times (F, D). In the example, dx = 1 * 5 + 2 * 6. The
    bias is added in every row, so db adds up the rows.
    """
    raise NotImplementedError


def sigmoid_backward(dy, x):
    """Return the gradient of the sigmoid's input, y = 1 / (1 + exp(-x)), element by element.

    dy: the gradient of y. x: what it saw, floats of the same shape, perhaps as large as 1000 or as small as
    -1000. Returns dx, of that shape.

    >>> sigmoid_backward(np.array([1.0, 8.0]), np.array([0.0, 0.0]))
    array([0.25, 2.  ])

    Hint. By the quotient rule the slope is exp(-x) / (1 + exp(-x))**2. Write it with y alone: at x = 0, y is
    1/2 and the slope 1/4, which is y * (1 - y). That never divides infinity by infinity.
    """
    raise NotImplementedError
