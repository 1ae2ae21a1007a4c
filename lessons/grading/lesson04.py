"""Lesson 4: central differences, and how far two gradients are apart."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case
from lessons.grading.keras_side import with_gradients

rng = np.random.default_rng(4)
X, OTHER = rng.normal(size=(2, 3, 4))


def sum_of_cubes(x):
    """f(x) = sum of x**3"""
    return (x**3).sum()


def square_of_sum(x):
    """f(x) = (sum of x)**3"""
    return x.sum() ** 3


def sum_of_exponentials(x):
    """f(x) = sum of exp(x)"""
    return np.exp(x).sum()


def in_keras(numerical_gradient, keras):
    """Compare with the gradient that TensorFlow derives."""
    _, (dx,) = with_gradients(lambda x: keras.ops.sum(keras.ops.exp(x)), X)
    return [("the gradient", numerical_gradient(sum_of_exponentials, X), dx)]


CENTRAL = "(f(x + step) - f(x - step)) / (2 * h)"
EXERCISES = (
    Exercise(
        "numerical_gradient",
        returns=("the gradient",),
        cases=(
            case(sum_of_cubes, np.array([2.0]), tolerance=1e-7),
            case(sum_of_cubes, np.array([2.0]), 0.5, note="a large step: 3 x**2 + h**2 is expected"),
            case(square_of_sum, np.array([[1.0, 2.0]]), 0.5, note="one slope depends on all entries"),
            case(sum_of_cubes, np.array([[1.0, 2.0], [3.0, -1.0]]), tolerance=1e-7),
            case(sum_of_exponentials, X, tolerance=1e-7),
        ),
        mistakes=(
            Mistake(
                "a difference to one side, (f(x + h) - f(x)) / h: its error shrinks with h, not with h "
                "squared",
                CENTRAL,
                "(f(x + step) - f(x)) / h",
            ),
            Mistake(
                "a difference to one side, (f(x) - f(x - h)) / h: its error shrinks with h, not with h "
                "squared",
                CENTRAL,
                "(f(x) - f(x - step)) / h",
            ),
            Mistake("divided by h: the two points are 2 h apart", "(2 * h)", "h"),
            Mistake(
                "the sign: what is above minus what is below",
                CENTRAL,
                "(f(x - step) - f(x + step)) / (2 * h)",
            ),
            Mistake(
                "all entries are moved at once: that is the slope along a diagonal; move one entry at a time",
                "step[index] = h",
                "step[...] = h",
            ),
            Mistake(
                "an entry is not put back before the next one is moved",
                "for index in np.ndindex(x.shape):\n        step = np.zeros(x.shape)\n        "
                "step[index] = h\n",
                "moved = np.zeros(x.shape)\n    for index in np.ndindex(x.shape):\n"
                "        step = np.zeros(x.shape)\n        step[index] = h\n        x = x + moved\n"
                "        moved = -step\n",
            ),
            Mistake(
                "multiplied by h: / 2 * h divides by 2 and multiplies by h; write / (2 * h)",
                "/ (2 * h)",
                "/ 2 * h",
            ),
            Mistake(
                "both sides are the same array: b = a is another name for it; take x.copy() for each",
                CENTRAL,
                "(f(x + 0 * step) - f(x - 0 * step)) / (2 * h)",
            ),
            Mistake(
                "it returns after the first entry: the return stands in the loop",
                "\n    return slopes",
                "\n        slopes.ravel()[1:] = 0\n        return slopes",
            ),
            Mistake("the step h is not used: it is an argument", "step[index] = h", "step[index] = h = 1e-5"),
        ),
        keras=in_keras,
        timed=case(sum_of_exponentials, rng.normal(size=(20, 20)), note="400 entries"),
    ),
    Exercise(
        "relative_error",
        returns=("the error",),
        cases=(
            case(np.array([4.0]), np.array([3.0])),
            case(np.array([3.0]), np.array([4.0]), note="the other one is larger"),
            case(np.array([-4.0, 1.0]), np.array([-3.0, 1.0]), note="negative entries"),
            case(np.array([4.0, 0.0]), np.array([3.0, 0.001]), note="a small entry that is quite different"),
            case(np.zeros(2), np.zeros(2), note="both are 0"),
            case(X, OTHER),
        ),
        mistakes=(
            Mistake(
                "each entry is divided by itself: an entry near 0 then counts as quite wrong by rounding "
                "alone; divide the largest difference by the largest entry",
                "float(np.abs(a - b).max() / largest) if largest else 0.0",
                "float(np.nan_to_num(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b))).max())",
            ),
            Mistake(
                "0 / 0 where both gradients are 0: the error is 0 then",
                "float(np.abs(a - b).max() / largest) if largest else 0.0",
                "np.abs(a - b).max() / largest",
            ),
            Mistake(
                "the largest of a alone is in the denominator: take both",
                "max(np.abs(a).max(), np.abs(b).max())",
                "np.abs(a).max()",
            ),
            Mistake(
                "the largest of b alone is in the denominator: take both",
                "max(np.abs(a).max(), np.abs(b).max())",
                "np.abs(b).max()",
            ),
            Mistake(
                "an absolute value is missing: the largest of the signed numbers is not the largest in size",
                "max(np.abs(a).max(), np.abs(b).max())",
                "max(a.max(), b.max())",
            ),
            Mistake(
                "an absolute value is missing around a - b: a difference below 0 counts as well",
                "float(np.abs(a - b).max()",
                "float((a - b).max()",
            ),
            Mistake(
                "a mean for a maximum: one wrong entry among many would not be seen",
                "np.abs(a - b).max()",
                "np.abs(a - b).mean()",
            ),
            Mistake(
                "not divided by the largest entry: a share is asked for",
                "np.abs(a - b).max() / largest",
                "np.abs(a - b).max()",
            ),
            Mistake(
                "the sum of both is in the denominator; expected the larger of the two",
                "max(np.abs(a).max(), np.abs(b).max())",
                "np.abs(a).max() + np.abs(b).max()",
            ),
        ),
    ),
)
