"""Lesson 7: the gradients of a convolution's kernel, bias and images."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case
from lessons.grading.keras_side import with_gradients
from scratch.reference import conv2d_forward

rng = np.random.default_rng(7)
X, W = rng.normal(size=(2, 6, 5, 2)), rng.normal(size=(3, 2, 2, 3))
DY = rng.normal(size=(2, 4, 4, 3))
DY_STRIDED = rng.normal(size=(2, 2, 2, 3))  # for X and W with stride 2: column 4 is in no window
MANY, MANY_DY = rng.normal(size=(16, 14, 14, 8)), rng.normal(size=(16, 12, 12, 16))
ASSIGNED = (
    "missing accumulation: windows overlap, and what a pixel gets from each is added (+=), not assigned (=)"
)


def whole(*shape):
    """Return small whole numbers as floats: a case that can be followed on paper."""
    return np.random.default_rng(shape).integers(1, 6, shape).astype(np.float64)


def checked_kernel(kernel_gradients):
    """Check dw and db against differences."""
    from scratch.gradcheck import check_operation

    def forward(w, b):
        return conv2d_forward(X, w, b)[0], None

    return check_operation(forward, lambda dy, cache: kernel_gradients(X, dy), W, np.zeros(3))


def checked_input(input_gradient):
    """Check dx against differences, with stride 2."""
    from scratch.gradcheck import check_operation

    def forward(x):
        return conv2d_forward(x, W, None, (2, 2))[0], None

    return check_operation(forward, lambda dy, cache: input_gradient(dy, W, X.shape, 2), X)


def kernel_in_keras(kernel_gradients, keras):
    """Compare with what TensorFlow derives from Keras's convolution."""
    dw, db = kernel_gradients(X, DY)
    _, (dw_keras, db_keras) = with_gradients(
        lambda w, b: keras.ops.conv(X, w, padding="valid") + b, W, np.zeros(3), dy=DY
    )
    return [("dw", dw, dw_keras), ("db", db, db_keras)]


def input_in_keras(input_gradient, keras):
    """Compare with what TensorFlow derives from Keras's convolution, with stride 2."""
    dx = input_gradient(DY_STRIDED, W, X.shape, 2)
    _, (dx_keras,) = with_gradients(
        lambda x: keras.ops.conv(x, W, strides=2, padding="valid"), X, dy=DY_STRIDED
    )
    return [("dx", dx, dx_keras)]


EXERCISES = (
    Exercise(
        "kernel_gradients",
        returns=("dw", "db"),
        cases=(
            case(whole(1, 2, 3, 1), whole(1, 1, 2, 1)),
            case(whole(1, 3, 3, 1), whole(1, 2, 2, 1)),
            case(whole(2, 2, 2, 1), whole(2, 1, 2, 1), note="two images"),
            case(whole(1, 2, 2, 2), whole(1, 2, 1, 3), note="two channels, three filters"),
            case(whole(1, 2, 3, 1).astype("f"), whole(1, 1, 2, 1).astype("f"), note="float32"),
            case(X, DY),
        ),
        mistakes=(
            Mistake(
                "the kernel is flipped: dw[p, q] belongs to the pixels x[i + p, j + q], not to those at the "
                "kernel's other end",
                "return dw,",
                "return dw[::-1, ::-1],",
            ),
            Mistake(
                "missing accumulation: only the last image is left in dw; add up over all images (+=)",
                "met, dy)",
                "met[-1:], dy[-1:])",
            ),
            Mistake(
                "missing accumulation: only the last window is left in dw; add up over all windows (+=)",
                "met, dy)",
                "met[:, -1:, -1:], dy[:, -1:, -1:])",
            ),
            Mistake(
                "a mean for a sum: dw is divided by the number of images; if the loss is a mean, dy has that "
                "factor already",
                "met, dy)",
                "met, dy) / len(x)",
            ),
            Mistake(
                "a mean for a sum: db is the mean of dy; each dy has slope 1, so add them up",
                "dy.sum(axis=(0, 1, 2))",
                "dy.mean(axis=(0, 1, 2))",
            ),
            Mistake(
                "db adds up over the images only; b[f] is in every pixel of the result, too: axis=(0, 1, 2)",
                "dy.sum(axis=(0, 1, 2))",
                "dy.sum(axis=0)",
            ),
            Mistake(
                "db adds up over rows and columns only; b[f] is in every image, too: axis=(0, 1, 2)",
                "dy.sum(axis=(0, 1, 2))",
                "dy.sum(axis=(1, 2))",
            ),
            Mistake(
                "db adds up over everything; each filter has a bias of its own: axis=(0, 1, 2) leaves F",
                "dy.sum(axis=(0, 1, 2))",
                "dy.sum()",
            ),
            Mistake(
                "off by one: from OH = H - KH + 1 it follows that KH = H - OH + 1",
                "(H - OH + 1, W - OW + 1, C, F)",
                "(H - OH, W - OW, C, F)",
            ),
            Mistake(
                "axis order: the channels come before the filters in dw, (KH, KW, C, F)",
                "return dw,",
                "return dw.transpose(0, 1, 3, 2),",
            ),
        ),
        gradient=checked_kernel,
        keras=kernel_in_keras,
        timed=case(MANY, MANY_DY, note="16 images of 14x14x8, 16 filters of 3x3"),
    ),
    Exercise(
        "input_gradient",
        returns=("dx",),
        cases=(
            case(whole(1, 1, 1, 1), whole(1, 2, 1, 1), (1, 1, 2, 1), note="one window"),
            case(whole(1, 1, 2, 1), whole(1, 2, 1, 1), (1, 1, 3, 1), note="two windows that overlap"),
            case(whole(1, 2, 2, 1), whole(2, 2, 1, 1), (1, 3, 3, 1)),
            case(whole(1, 1, 1, 2), whole(1, 2, 2, 2), (1, 1, 2, 2), note="two channels, two filters"),
            case(whole(1, 1, 2, 1), whole(1, 2, 1, 1), (1, 1, 4, 1), 2, note="stride 2"),
            case(
                whole(1, 1, 2, 1),
                whole(1, 2, 1, 1),
                (1, 2, 6, 1),
                3,
                note="stride 3: some pixels are in no window",
            ),
            case(whole(1, 1, 1, 1).astype("f"), whole(1, 2, 1, 1).astype("f"), (1, 1, 2, 1), note="float32"),
            case(DY, W, X.shape),
            case(DY_STRIDED, W, X.shape, 2),
        ),
        mistakes=(
            Mistake(
                ASSIGNED,
                "dx[:, rows, columns] +=",
                "dx[:, rows, columns] =",
            ),
            Mistake(  # the same, by somebody who goes over the windows, not the weights
                ASSIGNED,
                "for p, q in np.ndindex(KH, KW):\n"
                "        rows = slice(p, p + s * (OH - 1) + 1, s)\n"
                "        columns = slice(q, q + s * (OW - 1) + 1, s)\n"
                "        dx[:, rows, columns] += dy @ w[p, q].T",
                "for i, j in np.ndindex(OH, OW):\n"
                "        dx[:, s * i : s * i + KH, s * j : s * j + KW] = np.einsum('nf,pqcf->npqc', "
                "dy[:, i, j], w)",
            ),
            Mistake(  # and over the filters, too
                ASSIGNED,
                "dx[:, rows, columns] += dy @ w[p, q].T\n    return dx",
                "pass\n    for i, j, f in np.ndindex(dy.shape[1:]):\n"
                "        dx[:, s * i : s * i + KH, s * j : s * j + KW] = (\n"
                "            dy[:, i, j, f, None, None, None] * w[..., f]\n        )\n    return dx",
            ),
            Mistake(
                "the kernel is flipped: weight (p, q) sends its share to the pixel (s i + p, s j + q) "
                "that it lay on",
                "w[p, q].T",
                "w[KH - 1 - p, KW - 1 - q].T",
            ),
            Mistake(
                "the stride is forgotten: the window of y[i, j] starts at (s i, s j)",
                "rows = slice(p, p + s * (OH - 1) + 1, s)\n"
                "        columns = slice(q, q + s * (OW - 1) + 1, s)",
                "rows, columns = slice(p, p + OH), slice(q, q + OW)",
            ),
            Mistake(
                "channels and filters are exchanged: dx[c] sums w[p, q, c, f] * dy[f] over the filters f, "
                "which is dy @ w[p, q].T",
                "w[p, q].T",
                "w[p, q]",
            ),
            Mistake(
                "the shape of dx is x_shape, also where the last rows or columns are in no window",
                "np.zeros(x_shape, dy.dtype)",
                "np.zeros((len(dy), s * (dy.shape[1] - 1) + len(w), s * (dy.shape[2] - 1) + w.shape[1], "
                "x_shape[3]), dy.dtype)",
            ),
            Mistake(
                "a mean for a sum: dx is divided by the number of windows or weights; what each sends "
                "is added",
                "dy @ w[p, q].T",
                "dy @ w[p, q].T / (KH * KW)",
            ),
        ),
        gradient=checked_input,
        keras=input_in_keras,
        timed=case(
            MANY_DY,
            rng.normal(size=(3, 3, 8, 16)),
            MANY.shape,
            note="16 images of 14x14x8, 16 filters of 3x3",
        ),
    ),
)
