"""Exercises for lesson 7, convolution backwards: `digits check 7` says whether you got them right.

N images, H height, W width, C channels in, F filters; KH, KW the kernel's height and width; OH, OW the
result's. The convolution is that of lesson 6, without padding. Write each function in the place of its
last line.
"""

import numpy as np  # noqa: F401 (for your code)


def kernel_gradients(x, dy):
    """Return the gradients of a convolution's kernel and bias, for stride 1.

        dw[p, q, c, f] = sum over n, i, j of  x[n, i + p, j + q, c] * dy[n, i, j, f]
        db[f] = sum over n, i, j of  dy[n, i, j, f]

    x: (N, H, W, C), the images. dy: (N, OH, OW, F), the gradient of the result. Both are floats. Returns dw:
    (KH, KW, C, F) and db: (F,), of x's dtype. The kernel's size follows from the others': OH = H - KH + 1.

    >>> dw, db = kernel_gradients(np.ones((1, 3, 3, 1)), np.ones((1, 2, 2, 1)))
    >>> dw[:, :, 0, 0], db
    (array([[4., 4.],
           [4., 4.]]), array([4.]))

    Hint. Go over p and q only: in all windows at once, weight (p, q) lay on the pixels x[:, p : p + OH, q : q
    + OW]. For OH = OW = 2, weight (1, 0) lay on the rows 1 and 2 and on the columns 0 and 1. What remains
    is a sum of products over n, i and j: np.einsum("nijc,nijf->cf", ..., ...) writes it down as it is spoken.
    """
    raise NotImplementedError


def input_gradient(dy, w, x_shape, s=1):
    """Return the gradient of a convolution's images, for stride `s`.

        dx[n, s*i + p, s*j + q, c]  gets  dy[n, i, j, f] * w[p, q, c, f]  from every i, j, p, q and f

    dy: (N, OH, OW, F), the gradient of the result. w: (KH, KW, C, F). Both are floats. x_shape: (N, H, W, C).
    s: 1 or more. Returns dx: of x_shape and dy's dtype; a pixel that no window saw has gradient 0.

    >>> dx = input_gradient(np.ones((1, 2, 2, 1)), np.ones((2, 2, 1, 1)), (1, 3, 3, 1))
    >>> dx[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])

    Hint. Begin with zeros and *add*: windows overlap. The pixels that weight (p, q) lay on are every s-th row
    from p and every s-th column from q, OH and OW of them: for s = 2, OH = 3 and p = 1 the rows 1, 3 and 5,
    which is the slice 1 : 1 + 2 * (3 - 1) + 1 : 2.
    """
    raise NotImplementedError
