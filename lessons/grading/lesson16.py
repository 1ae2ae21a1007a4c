"""Lesson 16: windows as the rows of a matrix, and operations for each byte."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(16)
X, W = rng.normal(size=(2, 5, 6, 2)), rng.normal(size=(3, 2, 2, 4))


def image(*shape):
    """Return images whose pixels are numbered."""
    return np.arange(float(np.prod(shape))).reshape(shape)


def in_keras(im2col, keras):
    """Compare the matrix product with Keras's convolution."""
    expected = np.asarray(keras.ops.conv(X, W, padding="valid"))
    received = im2col(X, 3, 2) @ W.reshape(-1, 4)
    return [("P times the kernel", received.reshape(expected.shape), expected)]


EXERCISES = (
    Exercise(
        "im2col",
        returns=("P",),
        cases=(
            case(image(1, 1, 3, 1), 1, 2),
            case(image(1, 2, 3, 1), 2, 2),
            case(image(1, 3, 2, 1), 2, 1, note="a window of 2 rows and 1 column"),
            case(image(1, 1, 3, 2), 1, 2, note="two channels"),
            case(image(2, 2, 3, 1), 2, 2, note="two images"),
            case(image(1, 2, 3, 1).astype(np.float32), 2, 2, note="float32"),
            case(X, 3, 2),
        ),
        mistakes=(
            Mistake(
                "axis order: a row has all channels of a pixel together, (KH, KW, C); here the channels "
                "come first",
                "return P.reshape",
                "return P.transpose(0, 1, 2, 5, 3, 4).reshape",
            ),
            Mistake(
                "transposed: the windows are the rows of P, not its columns",
                "KH * KW * C)",
                "KH * KW * C).T",
            ),
            Mistake(
                "off by one: H - KH + 1 windows fit along H",
                "H - KH + 1, W - KW + 1",
                "H - KH, W - KW",
            ),
            Mistake(
                "the kernel is flipped: place (p, q) of a window sees the pixel (i + p, j + q)",
                "P[:, :, :, p, q] =",
                "P[:, :, :, KH - 1 - p, KW - 1 - q] =",
            ),
            Mistake(
                "the windows go column by column: first along a row of windows, then to the next",
                "return P.reshape",
                "return P.swapaxes(1, 2).reshape",
            ),
            Mistake(
                "within a window the numbers go column by column: (KH, KW, C), q runs faster than p",
                "return P.reshape",
                "return P.swapaxes(3, 4).reshape",
            ),
            Mistake(
                "the images come last: all windows of the first image, then those of the second",
                "return P.reshape",
                "return P.transpose(1, 2, 0, 3, 4, 5).reshape",
            ),
        ),
        keras=in_keras,
        timed=case(rng.normal(size=(32, 13, 13, 32)), 3, 3, note="32 images of 13x13x32, 3x3 windows"),
    ),
    Exercise(
        "arithmetic_intensity",
        returns=("the intensity",),
        cases=(
            case(1, 1, 1),
            case(1, 100, 100),
            case(128, 100, 10),
            case(128, 5408, 100, 8, note="float64"),
        ),
        mistakes=(
            Mistake(
                "a multiplication and an addition for each product are two operations: 2 n D F",
                "2 * n * D * F",
                "n * D * F",
            ),
            Mistake(
                "numbers, not bytes, are in the denominator: each has `size` bytes",
                "(size * numbers)",
                "numbers",
            ),
            Mistake(
                "all vectors are read and written, not one: n * D and n * F",
                "n * D + D * F + n * F",
                "D + D * F + F",
            ),
            Mistake(
                "brackets: a / b * c is (a / b) * c; divide by (size * numbers)",
                "(size * numbers)",
                "size * numbers",
            ),
            Mistake("// cuts the result down to a whole number", "operations / ", "operations // "),
            Mistake("what is written is not counted: n vectors of F numbers", " + n * F", ""),
            Mistake("the matrix is read once for all vectors, not once for each", "D * F +", "n * D * F +"),
            Mistake("the matrix is not counted: D F numbers are read, too", "D * F +", ""),
            Mistake(
                "bytes per operation: it is the other way round",
                "operations / (size * numbers)",
                "(size * numbers) / operations",
            ),
            Mistake("`size` is an argument: float64 has 8 bytes", "(size * numbers)", "(4 * numbers)"),
        ),
    ),
)
