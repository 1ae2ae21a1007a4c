"""Lesson 1: scaling and flattening images, and splitting off the validation set."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(1)
IMAGES, LABELS = rng.integers(0, 256, (7, 3, 4), np.uint8), np.arange(7, dtype=np.uint8)
MANY = rng.integers(0, 256, (2_000, 28, 28), np.uint8)


def in_keras(scale_and_flatten, keras):
    """Compare with Keras's Rescaling and Flatten."""
    layers = keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.Flatten()])
    return [("the result", scale_and_flatten(IMAGES), np.asarray(layers(IMAGES)))]


EXERCISES = (
    Exercise(
        "scale_and_flatten",
        returns=("the result",),
        cases=(
            case(np.array([[[0, 255]]], np.uint8)),
            case(np.array([[[0, 51], [102, 255]]], np.uint8)),
            case(np.array([[[0, 51]], [[102, 153]]], np.uint8), note="two images; none of them has a 255"),
            case(IMAGES),
        ),
        mistakes=(
            Mistake("divided by 256: the largest byte is 255, and is to become 1", "(255)", "(256)"),
            Mistake(
                "divided by the largest pixel of these images; every batch is to be scaled alike, by 255",
                "np.float32(255)",
                "x.max()",
            ),
            Mistake("not scaled: the values still run to 255", " / np.float32(255)", ""),
            Mistake(
                "divided by // or in whole numbers: all but 255 becomes 0",
                "rows.astype(np.float32) / np.float32(255)",
                "(rows // 255).astype(np.float32)",
            ),
            Mistake(
                "column by column: each image's rows are to follow one another",
                "x.reshape(len(x), -1)",
                "x.transpose(0, 2, 1).reshape(len(x), -1)",
            ),
            Mistake(
                "all images became one long row: the first axis, the images, has to stay",
                "x.reshape(len(x), -1)",
                "x.reshape(-1)",
            ),
            Mistake(
                "it is float64: make it float32 before dividing, as networks take it",
                "rows.astype(np.float32) / np.float32(255)",
                "rows / 255",
            ),
        ),
        keras=in_keras,
        timed=case(MANY, note="2,000 images of 28x28"),
    ),
    Exercise(
        "split",
        returns=("x_train", "y_train", "x_val", "y_val"),
        cases=(
            case(np.arange(0, 40, 10), np.arange(4), 0.25),
            case(np.arange(0, 50, 10), np.arange(5), 0.4),
            case(np.arange(0, 50, 10), np.arange(5), 0.5, note="5 images cannot be halved"),
            case(IMAGES, LABELS, 0.3),
        ),
        mistakes=(
            Mistake(
                "the first images are kept for validation; it is to be the last",
                "return x[:n], y[:n], x[n:], y[n:]",
                "m = len(x) - n\n    return x[m:], y[m:], x[:m], y[:m]",
            ),
            Mistake(
                "training and validation are exchanged in what is returned: x_train, y_train, x_val, y_val",
                "return x[:n], y[:n], x[n:], y[n:]",
                "return x[n:], y[n:], x[:n], y[:n]",
            ),
            Mistake(
                "the order of what is returned: x_train, y_train, x_val, y_val",
                "y[:n], x[n:]",
                "x[n:], y[:n]",
            ),
            Mistake("off by one: an image between the two is lost", "x[n:], y[n:]", "x[n + 1 :], y[n + 1 :]"),
            Mistake("off by one: an image is in both", "x[n:], y[n:]", "x[n - 1 :], y[n - 1 :]"),
            Mistake(
                "`fraction` is the share for validation, not for training",
                "(1 - fraction)",
                "fraction",
            ),
            Mistake(
                "rounding: the training set has int(N * (1 - fraction)) images, rounded down, not to the "
                "nearest number",
                "int(len(x) * (1 - fraction))",
                "round(len(x) * (1 - fraction))",
            ),
            Mistake(
                "rounding: the training set has int(N * (1 - fraction)) images, rounded down, and the "
                "validation set the rest",
                "int(len(x) * (1 - fraction))",
                "len(x) - int(len(x) * fraction)",
            ),
        ),
        timed=case(MANY, np.arange(len(MANY)), 0.1, note="2,000 images of 28x28"),
    ),
)
