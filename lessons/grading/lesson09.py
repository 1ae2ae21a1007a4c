"""Lesson 9: shapes and parameters of a stack of layers, and the confusion matrix."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(9)
CNN = [
    ("conv", 32, 3),
    ("pool", 2),
    ("conv", 64, 3),
    ("pool", 2),
    ("flatten",),
    ("dense", 100),
    ("dense", 10),
]
TRUE = rng.integers(0, 4, 50)
ANSWERS = np.where(rng.random(50) < 0.5, TRUE, rng.integers(0, 4, 50))


def describe_in_keras(describe, keras):
    """Compare with Keras's own layers."""
    makers = {
        "conv": keras.layers.Conv2D,
        "pool": keras.layers.MaxPooling2D,
        "flatten": keras.layers.Flatten,
        "dense": keras.layers.Dense,
    }
    model = keras.Sequential([keras.Input((28, 28, 1)), *(makers[kind](*sizes) for kind, *sizes in CNN)])
    compared = []
    for (shape, parameters), layer in zip(describe((28, 28, 1), CNN), model.layers, strict=True):
        compared.append((f"the shape of {layer.name}", np.array(shape), np.array(layer.output.shape[1:])))
        compared.append((f"the parameters of {layer.name}", parameters, layer.count_params()))
    return compared


def matrix_in_tensorflow(confusion_matrix, keras):
    """Compare with tf.math.confusion_matrix: Keras has none."""
    import tensorflow as tf

    return [
        ("counts", confusion_matrix(TRUE, ANSWERS, 4), tf.math.confusion_matrix(TRUE, ANSWERS, 4).numpy())
    ]


EXERCISES = (
    Exercise(
        "describe",
        returns=("the list",),
        cases=(
            case((6, 5, 1), [("conv", 2, 3)]),
            case((6, 5, 3), [("conv", 2, 3)], note="three channels"),
            case((7, 4, 2), [("pool", 2)], note="7 rows: the last one is dropped"),
            case((2, 3, 4), [("flatten",), ("dense", 10)]),
            case((6, 6, 1), [("conv", 2, 3), ("conv", 4, 2)], note="two convolutions"),
            case((28, 28, 1), CNN),
        ),
        mistakes=(
            Mistake(
                "the bias of a convolution is not counted: one for each filter",
                "k * k * C * F + F",
                "k * k * C * F",
            ),
            Mistake(
                "the channels are not counted: a filter has a weight for every pixel of the window in every "
                "channel, k * k * C",
                "k * k * C * F + F",
                "k * k * F + F",
            ),
            Mistake(
                "the bias of a convolution is one for each filter, not one for each channel",
                "k * k * C * F + F",
                "k * k * C * F + C",
            ),
            Mistake(
                "the channels of the first input are taken; a layer's C is what the layer before returned",
                "k * k * C * F + F",
                "k * k * input_shape[-1] * F + F",
            ),
            Mistake(
                "axis order: a shape is (H, W, channels), with the filters last",
                "(H - k + 1, W - k + 1, F)\n",
                "(H - k + 1, W - k + 1, F)\n            found.append(((F, *shape[:2]), parameters))\n"
                "            continue\n",
            ),
            Mistake(
                "the order within a pair: the shape, then the parameters",
                "found.append((shape, parameters))",
                "found.append((parameters, shape))",
            ),
            Mistake(
                "a pool's windows do not overlap here: n // k of them, not n - k + 1",
                "(H // k, W // k, C)",
                "(H - k + 1, W - k + 1, C)",
            ),
            Mistake(
                "/ makes floats: sizes are whole numbers, //",
                "(H // k, W // k, C)",
                "(H / k, W / k, C)",
            ),
            Mistake(
                "a dense layer's shape is a tuple, (F,), also where it has one entry",
                "            shape = (F,)\n        found.append((shape, parameters))",
                "            shape = (F,)\n"
                "        found.append((F if kind == 'dense' else shape, parameters))",
            ),
            Mistake(
                "the bias of a convolution is one for each filter, not one for each weight or channel",
                "k * k * C * F + F",
                "k * k * C * F + 1",
            ),
            Mistake(
                "off by one: n - k + 1 windows of k pixels fit into n",
                "(H - k + 1, W - k + 1, F)",
                "(H - k, W - k, F)",
            ),
            Mistake(
                "the convolution keeps its size here: that would be padding='same'; expected n - k + 1",
                "(H - k + 1, W - k + 1, F)",
                "(H, W, F)",
            ),
            Mistake(
                "the channels stay as they were: behind a convolution there are as many as filters",
                "(H - k + 1, W - k + 1, F)",
                "(H - k + 1, W - k + 1, C)",
            ),
            Mistake(
                "a pool rounds up here: what fills no window is dropped",
                "(H // k, W // k, C)",
                "(-(-H // k), -(-W // k), C)",
            ),
            Mistake("the bias of a dense layer is not counted: one for each unit", "D * F + F", "D * F"),
            Mistake(
                "flatten forgets the channels: H * W * C", "int(np.prod(shape))", "int(np.prod(shape[:2]))"
            ),
        ),
        keras=describe_in_keras,
    ),
    Exercise(
        "confusion_matrix",
        returns=("counts",),
        cases=(
            case(np.array([0, 0, 1]), np.array([0, 1, 1]), 2),
            case(np.array([0, 0, 0]), np.array([1, 1, 1]), 2, note="one pair three times"),
            case(np.array([0, 1]), np.array([1, 0]), 3, note="a class that does not occur"),
            case(np.array([3, 9]), np.array([5, 9])),
            case(
                np.array([30], np.uint8),
                np.array([2], np.uint8),
                40,
                note="bytes: 30 * 40 is too large for one",
            ),
            case(TRUE, ANSWERS, 4),
        ),
        mistakes=(
            Mistake(
                "transposed: rows are the true digits, columns the answers",
                "y.astype(np.int64) * K + predicted",
                "predicted.astype(np.int64) * K + y",
            ),
            Mistake(
                "missing accumulation: counts[y, predicted] += 1 counts a pair once, however often it "
                "occurs; use np.bincount or np.add.at",
                "return np.bincount(pairs, minlength=K * K).reshape(K, K)",
                "return (np.bincount(pairs, minlength=K * K) > 0).astype(int).reshape(K, K)",
            ),
            Mistake(
                "only digits that occur have a row: the matrix is (K, K) in any case",
                "return np.bincount(pairs, minlength=K * K).reshape(K, K)",
                "K = max(y.max(), predicted.max()) + 1\n"
                "    return np.bincount(y.astype(np.int64) * K + predicted, minlength=K * K).reshape(K, K)",
            ),
            Mistake(
                "only mistakes are counted: right answers belong on the diagonal",
                "return np.bincount(pairs, minlength=K * K).reshape(K, K)",
                "counts = np.bincount(pairs, minlength=K * K).reshape(K, K)\n"
                "    return counts * (1 - np.eye(K, dtype=int))",
            ),
            Mistake(
                "the size is always 10: K is an argument",
                "return np.bincount(pairs, minlength=K * K).reshape(K, K)",
                "return np.bincount(y.astype(np.int64) * 10 + predicted, minlength=100).reshape(-1, 10)",
            ),
            Mistake(
                "shares, not counts: nothing is divided here",
                "return np.bincount(pairs, minlength=K * K).reshape(K, K)",
                "counts = np.bincount(pairs, minlength=K * K).reshape(K, K)\n"
                "    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)",
            ),
            Mistake(
                "the numbers of the pairs overflow: y * K does not fit into a byte; make y int first",
                "y.astype(np.int64) * K + predicted",
                "y * y.dtype.type(K) + predicted",
            ),
        ),
        keras=matrix_in_tensorflow,
        timed=case(rng.integers(0, 10, 100_000), rng.integers(0, 10, 100_000), note="100,000 images"),
    ),
)
