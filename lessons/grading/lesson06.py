"""Lesson 6: a convolution with channels and filters, and the padding "same"."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(6)
X, W, B = rng.normal(size=(2, 6, 5, 2)), rng.normal(size=(3, 2, 2, 3)), rng.normal(size=3)
MANY = rng.normal(size=(16, 14, 14, 8))
SIZES = ((6, 3, 2), (7, 4, 1), (5, 2, 3), (9, 5, 4))


def whole(*shape):
    """Return small whole numbers as floats: a case that can be followed on paper."""
    return np.random.default_rng(shape).integers(1, 6, shape).astype(np.float64)


def conv2d_in_keras(conv2d, keras):
    """Compare with Keras's Conv2D."""
    layer = keras.layers.Conv2D(3, (3, 2), dtype="float64")
    layer.build(X.shape)
    layer.set_weights([W, B])
    return [("y", conv2d(X, W, B), np.asarray(layer(X)))]


def padding_in_keras(same_padding, keras):
    """Compare Keras's "same" with its "valid" on images that were padded as the learner says."""
    compared = []
    for n, k, s in SIZES:
        x, w = rng.normal(size=(1, n, n, 1)), rng.normal(size=(k, k, 1, 1))
        padded = np.pad(x, ((0, 0), same_padding(n, k, s), same_padding(n, k, s), (0, 0)))
        received = np.asarray(keras.ops.conv(padded, w, strides=s, padding="valid"))
        expected = np.asarray(keras.ops.conv(x, w, strides=s, padding="same"))
        compared.append((f"the convolution of {n} pixels, kernel {k}, stride {s},", received, expected))
    return compared


EXERCISES = (
    Exercise(
        "conv2d",
        returns=("y",),
        cases=(
            case(whole(1, 1, 2, 1), np.array([1.0, 3]).reshape(1, 2, 1, 1), np.zeros(1), note="one window"),
            case(whole(1, 1, 3, 1), np.array([1.0, 3]).reshape(1, 2, 1, 1), np.zeros(1), note="two windows"),
            case(whole(1, 3, 3, 1), whole(2, 2, 1, 1), np.array([10.0])),
            case(
                whole(1, 2, 2, 2), whole(1, 1, 2, 2), np.array([10.0, 20]), note="two channels, two filters"
            ),
            case(
                whole(1, 1, 3, 1).astype("f"), whole(1, 2, 1, 1).astype("f"), np.zeros(1, "f"), note="float32"
            ),
            case(X, W, B),
        ),
        mistakes=(
            Mistake(
                "the kernel is flipped: weight (p, q) meets the pixel x[i + p, j + q]; no framework turns it",
                "w[p, q]",
                "w[KH - 1 - p, KW - 1 - q]",
            ),
            Mistake(
                "missing accumulation: only the last weight's product is left in y; add them up (+=)",
                "y += x",
                "y = x",
            ),
            Mistake(
                "off by one: H - KH + 1 windows fit, not H - KH",
                "x.shape[1] - KH + 1, x.shape[2] - KW + 1",
                "x.shape[1] - KH, x.shape[2] - KW",
            ),
            Mistake("the bias is missing", "return y + b", "return y"),
            Mistake(
                "the bias is added once for every weight; add it once in the end",
                "@ w[p, q]",
                "@ w[p, q] + b * (w.size > 0)",
            ),
            Mistake(  # the same, by somebody who adds it nowhere else
                "the bias is added once for every weight; add it once in the end",
                "@ w[p, q]\n    return y + b",
                "@ w[p, q] + b\n    return y",
            ),
            Mistake(
                "only the first channel is seen: the sum goes over all channels, too",
                "x[:, p : p + OH, q : q + OW] @ w[p, q]",
                "x[:, p : p + OH, q : q + OW, :1] @ w[p, q, :1]",
            ),
            Mistake(
                "a mean for a sum: the products are averaged over the window",
                "return y + b",
                "return y / (KH * KW) + b",
            ),
            Mistake(
                "channels and filters are exchanged: w is (KH, KW, C, F), and the sum goes over C",
                "@ w[p, q]",
                "@ w[p, q].T",
            ),
            Mistake(
                "rows and columns are exchanged: p counts rows, q columns",
                "x[:, p : p + OH, q : q + OW]",
                "x.swapaxes(1, 2)[:, p : p + OH, q : q + OW]",
            ),
        ),
        keras=conv2d_in_keras,
        timed=case(
            MANY, rng.normal(size=(3, 3, 8, 16)), np.zeros(16), note="16 images of 14x14x8, 16 filters"
        ),
    ),
    Exercise(
        "same_padding",
        returns=("before", "after"),
        cases=(
            case(3, 3),
            case(6, 2, note="an odd number of zeros"),
            case(6, 5),
            case(6, 3, 2, note="stride 2"),
            case(5, 3, 2, note="stride 2, an odd number of pixels"),
            case(6, 1, 2, note="nothing is missing: the stride is larger than the kernel"),
            case(7, 4, 3),
        ),
        mistakes=(
            Mistake(
                "off by one in the padding: of an odd number of zeros the extra one goes after, not before",
                "before = missing // 2",
                "before = -(-missing // 2)",
            ),
            Mistake(
                "the stride is forgotten: with a stride the last window ends earlier, at (m - 1) * s + k",
                "max((windows - 1) * s + k - n, 0)",
                "k - 1",
            ),
            Mistake(
                "the same number of zeros on both sides: an odd number can't be halved",
                "return before, missing - before",
                "return before, before",
            ),
            Mistake(
                "less than no padding: where the stride is larger than the kernel, nothing is missing; "
                "max(..., 0)",
                "max((windows - 1) * s + k - n, 0)",
                "(windows - 1) * s + k - n",
            ),
            Mistake(
                "rounding: there are ceil(n / s) windows, rounded up; n // s rounds down",
                "-(-n // s)",
                "n // s",
            ),
            Mistake(
                "off by one: the last window *starts* at (m - 1) * s and ends k pixels later",
                "(windows - 1) * s",
                "windows * s",
            ),
            Mistake(
                "k - s zeros are right only where s divides n: the last of ceil(n / s) windows ends at "
                "(m - 1) * s + k",
                "max((windows - 1) * s + k - n, 0)",
                "max(k - s, 0)",
            ),
            Mistake(
                "half a pixel: / gives floats; count zeros in whole numbers, with //",
                "return before, missing - before",
                "return missing / 2, missing / 2",
            ),
        ),
        keras=padding_in_keras,
    ),
)
