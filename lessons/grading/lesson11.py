"""Lesson 11: differences in units in the last place, and a dense kernel in Keras's order."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(11)
A = rng.normal(size=(3, 4)).astype(np.float32)
B = A + np.float32(1e-6) * rng.normal(size=(3, 4)).astype(np.float32)
H, W, C = 3, 4, 2
KERNEL, IMAGES = rng.normal(size=(H * W * C, 5)), rng.normal(size=(6, C, H, W))


def order_in_keras(to_keras_order, keras):
    """Compare the images channel by channel with Keras's Flatten and Dense on the same images, (H, W, C)."""
    layers = keras.Sequential(
        [keras.Input((H, W, C)), keras.layers.Flatten(), keras.layers.Dense(5, use_bias=False)]
    )
    layers.set_weights([to_keras_order(KERNEL, H, W, C).astype(np.float32)])
    received = np.asarray(layers(IMAGES.transpose(0, 2, 3, 1).astype(np.float32)))
    return [("what Keras returns", received, (IMAGES.reshape(6, -1) @ KERNEL).astype(np.float32))]


EXERCISES = (
    Exercise(
        "ulp_gap",
        returns=("the gap",),
        cases=(
            case(np.array([1.0]), np.array([1.0 + 2.0**-50])),
            case(np.float32([1.0]), np.float32([1.0 + 2.0**-20]), note="float32"),
            case(np.array([1.0, 2.0]), np.array([1.0, 2.0]), note="equal"),
            case(np.array([1.0 + 2.0**-50]), np.array([1.0]), note="the first one is larger"),
            case(
                np.float32([1.0, 100.0]),
                np.float32([1.0 + 2.0**-20, 100.0]),
                note="the largest number is 100",
            ),
            case(np.float32([1.0]), np.float32([64.0]), note="the largest number is in the second"),
            case(np.float32([-64.0, 1.0]), np.float32([-65.0, 1.0]), note="the largest in size is negative"),
            case(A, B),
        ),
        mistakes=(
            Mistake(
                "float64's spacing is taken for float32 numbers: np.spacing(largest) has the dtype of "
                "its argument",
                "np.spacing(largest)",
                "np.spacing(float(largest))",
            ),
            Mistake(
                "the machine epsilon is taken: that is the spacing at 1, and the spacing grows with the "
                "number",
                "np.spacing(largest)",
                "np.finfo(a.dtype).eps",
            ),
            Mistake(
                "each difference is divided by the spacing of its own numbers; expected that of the largest "
                "number, once",
                "float(np.abs(a - b).max() / np.spacing(largest))",
                "float((np.abs(a - b) / np.spacing(np.maximum(np.abs(a), np.abs(b)))).max())",
            ),
            Mistake(
                "an absolute value is missing around a - b",
                "np.abs(a - b).max()",
                "(a - b).max()",
            ),
            Mistake(
                "the largest number of the first array alone: take both",
                "max(np.abs(a).max(), np.abs(b).max())",
                "np.abs(a).max()",
            ),
            Mistake(
                "an absolute value is missing: the largest number may be negative",
                "max(np.abs(a).max(), np.abs(b).max())",
                "max(a.max(), b.max())",
            ),
            Mistake(
                "not divided by the spacing: it is asked for in units in the last place",
                " / np.spacing(largest)",
                "",
            ),
        ),
        timed=case(rng.random(10**6), rng.random(10**6), note="a million numbers"),
    ),
    Exercise(
        "to_keras_order",
        returns=("the kernel",),
        cases=(
            case(np.array([[0], [1], [10], [11]]), 1, 2, 2),
            case(np.array([[0, 1], [2, 3]]), 1, 2, 1, note="one channel: nothing changes"),
            case(np.arange(12).reshape(12, 1), 2, 3, 2),
            case(np.float32([[0], [1], [10], [11]]), 2, 1, 2, note="float32"),
            case(KERNEL, H, W, C),
        ),
        mistakes=(
            Mistake(
                "a reshape alone: it gives the axes other names, and leaves the numbers where they were",
                "by_channel.transpose(1, 2, 0, 3).reshape(H * W * C, F)",
                "by_channel.reshape(H * W * C, F)",
            ),
            Mistake(
                "axis order: the other way round, from Keras's order to channel by channel",
                "by_channel = kernel.reshape(C, H, W, F)\n    return by_channel.transpose(1, 2, 0, 3)",
                "return kernel.reshape(H, W, C, F).transpose(2, 0, 1, 3)",
            ),
            Mistake(
                "axis order: rows and columns are exchanged, too; expected (H, W, C, F)",
                "transpose(1, 2, 0, 3)",
                "transpose(2, 1, 0, 3)",
            ),
            Mistake(
                "axis order: the channels are last before the transpose already; rows that go channel "
                "by channel are (C, H, W, F)",
                "kernel.reshape(C, H, W, F)",
                "kernel.reshape(H, W, C, F)",
            ),
            Mistake(
                "the kernel is transposed as a whole: its columns, the units, stay as they are",
                "reshape(H * W * C, F)",
                "reshape(H * W * C, F).T",
            ),
            Mistake(
                "still four axes: a dense kernel has two, (H * W * C, F)",
                ".reshape(H * W * C, F)",
                "",
            ),
        ),
        keras=order_in_keras,
        timed=case(rng.random((1_600, 100)), 5, 5, 64, note="1,600 x 100"),
    ),
)
