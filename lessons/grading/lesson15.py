"""Lesson 15: occlusion, and an adversarial image."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(15)
IMAGE = rng.random((5, 6))
GRADIENT = rng.normal(size=(5, 6))


def corner(image):
    """f(image) = image[0, 0]"""
    return image[0, 0]


def weighted(image):
    """f(image) = sum of image[i, j] * (i + 10 j)"""
    return (image * (np.arange(image.shape[0])[:, None] + 10 * np.arange(image.shape[1]))).sum()


def squared(image):
    """f(image) = (sum of image)**2"""
    return image.sum() ** 2


def sign_in_keras(adversarial, keras):
    """Compare with Keras's sign and clip."""
    expected = np.asarray(keras.ops.clip(IMAGE + 0.1 * keras.ops.sign(GRADIENT), 0, 1))
    return [("x'", adversarial(IMAGE, GRADIENT, 0.1), expected)]


EXERCISES = (
    Exercise(
        "occlusion",
        returns=("the map",),
        cases=(
            case(corner, np.array([[3.0, 1.0]]), 1),
            case(corner, np.array([[3.0, 1.0, 2.0]]), 2, note="two pixels are covered"),
            case(weighted, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 1),
            case(squared, np.array([[1.0, 2.0], [3.0, 4.0]]), 1, note="each pixel depends on all others"),
            case(weighted, IMAGE, 3),
            case(squared, IMAGE, 2),
        ),
        mistakes=(
            Mistake(
                "the sign: what the answer loses is f(image) - f(covered), positive where the network looks",
                "f(image) - f(covered)",
                "f(covered) - f(image)",
            ),
            Mistake(
                "the answer itself is in the map, not what it loses", "f(image) - f(covered)", "f(covered)"
            ),
            Mistake(
                "what was covered stays covered: begin with a fresh copy at every place",
                "for i, j in np.ndindex(lost.shape):\n        covered = image.copy()",
                "covered = image.copy()\n    for i, j in np.ndindex(lost.shape):",
            ),
            Mistake(
                "off by one: there are H - k + 1 places, the last one covers the last row",
                "np.zeros((H - k + 1, W - k + 1))",
                "np.zeros((H - k, W - k))",
            ),
            Mistake(
                "covered with 1, which is ink: cover with paper, 0",
                "= 0\n",
                "= 1\n",
            ),
            Mistake(
                "one pixel is covered, not k x k",
                "covered[i : i + k, j : j + k]",
                "covered[i, j]",
            ),
            Mistake(
                "all but the window is covered: set the pixels in it to 0, and leave the others",
                "covered[i : i + k, j : j + k] = 0",
                "covered[:] = 0\n        covered[i : i + k, j : j + k] = image[i : i + k, j : j + k]",
            ),
            Mistake("the map is transposed: rows first", "return lost", "return lost.T"),
        ),
        timed=case(squared, rng.random((28, 28)), 7, note="a 28 x 28 image, a cover of 7 x 7"),
    ),
    Exercise(
        "adversarial",
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
                "epsilon * np.sign(dx)",
                "epsilon * dx",
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
                "np.sign(dx)",
                "np.where(dx >= 0, 1, -1)",
            ),
            Mistake(
                "the gradient is divided by its length: that is another attack; here every pixel moves "
                "by epsilon",
                "np.sign(dx)",
                "dx / max(np.sqrt((dx**2).sum()), 1e-12)",
            ),
        ),
        keras=sign_in_keras,
        timed=case(
            rng.random((1_000, 28, 28)), rng.normal(size=(1_000, 28, 28)), 0.1, note="1,000 images of 28x28"
        ),
    ),
)
