"""Lesson 2: softmax with a temperature, and the gradient of the cross-entropy."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case
from lessons.grading.keras_side import with_gradients
from scratch.reference import softmax_cross_entropy_forward

rng = np.random.default_rng(2)
SCORES = rng.normal(size=(3, 4))
TARGETS = np.array([[1.0, 0, 0, 0], [0, 0.9, 0.1, 0], [0, 0, 0, 1]])
MANY = rng.normal(size=(5_000, 10))
T = 2.0


def softmax_in_keras(softmax, keras):
    """Compare with keras.ops.softmax."""
    return [("p", softmax(SCORES, T), np.asarray(keras.ops.softmax(SCORES / T)))]


def gradient(cross_entropy_gradient):
    """Check against differences of the loss."""
    from scratch.gradcheck import check

    def loss(z):
        return softmax_cross_entropy_forward(z / T, TARGETS)[0]

    return check(loss, SCORES, lambda z: cross_entropy_gradient(z, TARGETS, T), "z", len(SCORES))


def gradient_in_keras(cross_entropy_gradient, keras):
    """Compare with what TensorFlow derives from Keras's CategoricalCrossentropy."""
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, dtype="float64")
    _, (dz,) = with_gradients(lambda z: loss(TARGETS, z / T), SCORES)
    return [("dz", cross_entropy_gradient(SCORES, TARGETS, T), dz)]


EXERCISES = (
    Exercise(
        "softmax",
        returns=("p",),
        cases=(
            case(np.array([[1.0, 2.0]])),
            case(np.array([[1.0, 2.0, 1.0], [0.0, 0.0, 3.0]])),
            case(np.array([[1.0, 2.0]]), 4.0, note="a temperature of 4"),
            case(np.array([[1000.0, 1001.0], [0.0, 1.0]]), note="rows that lie far apart"),
            case(np.float32([[1.0, 2.0, 0.0]]), 0.5, note="float32"),
            case(SCORES, T),
        ),
        mistakes=(
            Mistake(
                "each row's largest score is not subtracted before exp, so a large score overflows",
                "np.exp(scaled - scaled.max(axis=1, keepdims=True))",
                "np.exp(scaled)",
            ),
            Mistake(
                "the largest score of the whole array is subtracted: where rows lie far apart, a row "
                "underflows to 0 / 0; take each row's own, max(axis=1, keepdims=True)",
                "scaled.max(axis=1, keepdims=True)",
                "scaled.max()",
            ),
            Mistake(
                "the wrong axis: it adds up over the images (axis 0); the probabilities of each image, "
                "a row, have to add up to 1",
                "powers.sum(axis=1, keepdims=True)",
                "powers.sum(axis=0, keepdims=True)",
            ),
            Mistake(
                "it divides by the sum over the whole array; each row has a sum of its own (axis=1)",
                "powers.sum(axis=1, keepdims=True)",
                "powers.sum()",
            ),
            Mistake(  # the same, by somebody who subtracts nothing before
                "it divides by the sum over the whole array; each row has a sum of its own (axis=1)",
                "powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))\n"
                "    return powers / powers.sum(axis=1, keepdims=True)",
                "powers = np.exp(scaled)\n    return powers / powers.sum()",
            ),
            Mistake(
                "the wrong axis: the largest score of each class is subtracted (axis 0), not of each row",
                "scaled.max(axis=1, keepdims=True)",
                "scaled.max(axis=0)",
            ),
            Mistake(
                "exp is missing: the scores themselves are divided by their sum",
                "np.exp(scaled - scaled.max(axis=1, keepdims=True))",
                "scaled",
            ),
            Mistake("the temperature is not used", "scaled = z / T", "scaled = z + 0"),
            Mistake("the scores are multiplied by the temperature, not divided", "z / T", "z * T"),
        ),
        keras=softmax_in_keras,
        timed=case(MANY, note="5,000 images, 10 classes"),
    ),
    Exercise(
        "cross_entropy_gradient",
        returns=("dz",),
        cases=(
            case(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])),
            case(np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0]]), note="two images"),
            case(SCORES[:2], TARGETS[:2], note="shares as targets"),
            case(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]), T, note="a temperature of 2"),
            case(np.float32([[1.0, 2.0]]), np.float32([[0.0, 1.0]]), note="float32"),
            case(SCORES, TARGETS, T),
        ),
        mistakes=(
            Mistake(
                "a sum for a mean: the loss is the mean over N images, so divide by N", "(T * len(z))", "T"
            ),
            Mistake("the sign: it is p - Y, what was said minus what is right", "(p - Y)", "(Y - p)"),
            Mistake(
                "divided by the number of all scores, N times K; the mean is over the N images alone",
                "len(z)",
                "z.size",
            ),
            Mistake(
                "the factor 1 / T is missing: the loss sees z / T, and the chain rule multiplies by its "
                "slope",
                "(T * len(z))",
                "len(z)",
            ),
            Mistake(
                "it is multiplied by T: the slope of z / T is 1 / T, so divide",
                "(p - Y) / (T * len(z))",
                "(p - Y) * T / len(z)",
            ),
            Mistake(
                "the loss itself is returned, one number; its gradient is (p - Y) / N",
                "(p - Y) / (T * len(z))",
                "-(Y * np.log(p)).sum() / len(z)",
            ),
            Mistake("the softmax is missing: p is softmax(z, T), not the scores", "softmax(z, T)", "z / T"),
            Mistake("p is taken without the temperature: softmax(z, T)", "softmax(z, T)", "softmax(z)"),
        ),
        gradient=gradient,
        keras=gradient_in_keras,
        timed=case(MANY, np.eye(10)[rng.integers(0, 10, len(MANY))], note="5,000 images, 10 classes"),
    ),
)
