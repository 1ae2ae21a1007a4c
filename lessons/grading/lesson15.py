"""Lesson 15: occlusion, and the fast gradient sign method."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(15)
IMAGE = rng.random((5, 6))
GRADIENT = rng.normal(size=(5, 6))


def corner(images):
    """p = (image[0, 0], 1 - image[0, 0])"""
    return np.stack([images[:, 0, 0], 1 - images[:, 0, 0]], axis=1)


def weighted(images):
    """p = (1 - s, s) with s the sum of image[i, j] * (i + 5 j + 1) / 500"""
    H, W = images.shape[1:]
    s = (images * (np.arange(H)[:, None] + 5 * np.arange(W) + 1)).sum(axis=(1, 2)) / 500
    return np.stack([1 - s, s], axis=1)


def squared(images):
    """p = (1 - s, s) with s = (sum of image)**2 / 1000"""
    s = images.sum(axis=(1, 2)) ** 2 / 1000
    return np.stack([1 - s, s], axis=1)


def sign_in_keras(fgsm, keras):
    """Compare with Keras's sign and clip."""
    expected = np.asarray(keras.ops.clip(IMAGE + 0.1 * keras.ops.sign(GRADIENT), 0, 1))
    return [("x'", fgsm(IMAGE, GRADIENT, 0.1), expected)]


EXERCISES = (
    Exercise(
        "occlusion_map",
        returns=("the map",),
        cases=(
            case(corner, np.array([[0.75, 1.0]]), 1),
            case(corner, np.array([[0.25, 1.0]]), 1, note="the answer is class 1"),
            case(corner, np.array([[0.75, 1.0, 1.0, 1.0]]), 3, note="three pixels are covered"),
            case(weighted, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 1),
            case(squared, np.array([[1.0, 2.0], [3.0, 4.0]]), 1, note="each pixel depends on all others"),
            case(weighted, IMAGE, 3),
            case(squared, IMAGE, 3),
        ),
        mistakes=(
            Mistake(
                "the sign: what the answer loses is p(image) - p(covered), positive where the network looks",
                "(before[k] - predict(copies)[:, k])",
                "(predict(copies)[:, k] - before[k])",
            ),
            Mistake(
                "the probability itself is in the map, not what is lost of it",
                "(before[k] - predict(copies)[:, k])",
                "predict(copies)[:, k]",
            ),
            Mistake(
                "at the edge the slice begins below 0, which Python counts from the end: max(0, i - "
                "side // 2)",
                "rows = slice(max(0, i - reach), i + reach + 1)\n"
                "        columns = slice(max(0, j - reach), j + reach + 1)",
                "rows = slice(i - reach, i + reach + 1)\n        columns = slice(j - reach, j + reach + 1)",
            ),
            Mistake(
                "what was covered stays covered: begin with a fresh copy at every place",
                "copies[number, rows, columns] = 0",
                "copies[number:, rows, columns] = 0",
            ),
            Mistake(
                "off by one: the square reaches to i + side // 2, and a slice ends before its last number",
                "i + reach + 1)\n        columns = slice(max(0, j - reach), j + reach + 1)",
                "i + max(reach, 1))\n        columns = slice(max(0, j - reach), j + max(reach, 1))",
            ),
            Mistake(
                "off by one: the square reaches to i + side // 2, and a slice ends before its last number",
                "i + reach + 1)\n        columns = slice(max(0, j - reach), j + reach + 1)",
                "i + reach)\n        columns = slice(max(0, j - reach), j + reach)",
            ),
            Mistake(
                "the square is too large: it reaches side // 2 in each direction, not side",
                "side // 2",
                "side",
            ),
            Mistake(
                "always class 0: k is the answer for the image as it is, the class of the largest "
                "probability",
                "before.argmax()",
                "0",
            ),
            Mistake(
                "the square hangs from pixel (i, j) to the right and down; it lies around it",
                "rows = slice(max(0, i - reach), i + reach + 1)\n"
                "        columns = slice(max(0, j - reach), j + reach + 1)",
                "rows, columns = slice(i, i + side), slice(j, j + side)",
            ),
            Mistake(
                "each covered image is asked for its own answer; expected the probability of the same "
                "class k",
                "predict(copies)[:, k]",
                "predict(copies).max(axis=1)",
            ),
            Mistake("covered with 1, which is ink: cover with paper, 0", "columns] = 0", "columns] = 1"),
        ),
        timed=case(squared, rng.random((28, 28)), 5, note="a 28 x 28 image, a square of 5 x 5"),
    ),
    Exercise(
        "fgsm",
        returns=("x'",),
        cases=(
            case(np.array([0.5]), np.array([0.001]), 0.25),
            case(np.array([0.5, 0.5]), np.array([-40.0, 0.0]), 0.25, note="a negative slope, and none"),
            case(np.array([0.9, 0.1]), np.array([1.0, -1.0]), 0.25, note="near 1 and near 0"),
            case(np.float32([0.5, 0.5]), np.float32([2.0, -2.0]), 0.25, note="float32"),
            case(IMAGE, GRADIENT, 0.1),
        ),
        mistakes=(
            Mistake(
                "the sign: it is to make the loss rise, so it goes along the gradient, x + ...; x - ... "
                "is learning",
                "x + step",
                "x - step",
            ),
            Mistake(
                "the gradient itself is added: only its sign counts, so that every pixel moves by epsilon",
                "epsilon * np.sign(gradient)",
                "epsilon * gradient",
            ),
            Mistake(
                "not kept between 0 and 1: there is nothing whiter than paper (np.clip)",
                "np.clip(x + step, 0, 1)",
                "(x + step)",
            ),
            Mistake(
                "scaled to [0, 1] instead of clipped: that changes every pixel",
                "np.clip(x + step, 0, 1)",
                "((x + step) / max((x + step).max(), 1))",
            ),
            Mistake(
                "where the slope is 0 the pixel stays as it is: np.sign is 0 there",
                "np.sign(gradient)",
                "np.where(gradient >= 0, 1, -1)",
            ),
            Mistake(  # the other way round
                "where the slope is 0 the pixel stays as it is: np.sign is 0 there",
                "np.sign(gradient)",
                "np.where(gradient > 0, 1, -1)",
            ),
            Mistake(
                "0 / 0 where the slope is 0: np.sign is 0 there",
                "np.sign(gradient)",
                "gradient / np.abs(gradient)",
            ),
            Mistake("epsilon is not used: every pixel moves by epsilon, not by 1", "epsilon * ", ""),
            Mistake("the image is missing: the step is added to x", "x + step", "step"),
            Mistake(
                "the gradient is divided by its length: that is another attack; here every pixel moves "
                "by epsilon",
                "np.sign(gradient)",
                "gradient / max(np.sqrt((gradient**2).sum()), 1e-12)",
            ),
        ),
        keras=sign_in_keras,
        timed=case(
            rng.random((1_000, 28, 28)), rng.normal(size=(1_000, 28, 28)), 0.1, note="1,000 images of 28x28"
        ),
    ),
)
