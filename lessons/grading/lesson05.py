"""Lesson 5: ReLU's backward, and He's initializer."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, Seed, case
from lessons.grading.keras_side import with_gradients

rng = np.random.default_rng(5)
SIGNALS, SLOPES = rng.normal(size=(2, 3, 4))
SIGNALS[0, 0] = 0  # where TensorFlow takes 0, too
MANY = rng.normal(size=(2_000, 784))
DENSE, CONVOLUTION = (300, 100), (3, 3, 32, 64)
CHANCE = 0.05  # 18,000 draws and more: what is measured is off by less than 2%


def checked(relu_backward):
    """Check dx against differences, away from the kink."""
    from scratch.gradcheck import check_operation

    def forward(x):
        return np.maximum(x, 0), x

    return check_operation(forward, lambda dy, x: relu_backward(dy, x), SIGNALS[1:])


def relu_in_keras(relu_backward, keras):
    """Compare with what TensorFlow derives from keras.ops.relu, at 0, too."""
    _, (dx,) = with_gradients(keras.ops.relu, SIGNALS, dy=SLOPES)
    return [("dx", relu_backward(SLOPES, SIGNALS), dx)]


def measured(w):
    """Return what tells one distribution from another, {name: number}."""
    w = np.asarray(w, np.float64)
    return {
        "smallest": w.min(),
        "largest": w.max(),
        "standard deviation": w.std(),
        "share of different values": diversity(w),
    }


def diversity(w):
    """Return which share of the values are different from all others, rounded as float32 is."""
    return len(np.unique(w)) / w.size


def he_in_keras(he_uniform, keras):
    """Compare the bounds with those of Keras's HeUniform."""
    ours = measured(he_uniform(CONVOLUTION, np.random.default_rng(0)))
    theirs = measured(np.asarray(keras.initializers.HeUniform(seed=0)(CONVOLUTION)))
    return [(f"the {name}", np.round(ours[name], 2), np.round(theirs[name], 2)) for name in list(ours)[:2]]


EXERCISES = (
    Exercise(
        "relu_backward",
        returns=("dx",),
        cases=(
            case(np.array([5.0]), np.array([2.0])),
            case(np.array([5.0, 6.0]), np.array([2.0, -3.0])),
            case(np.array([-5.0, -6.0]), np.array([2.0, -3.0]), note="negative gradients"),
            case(np.array([5.0, 6.0]), np.array([2.0, 0.0]), note="exactly 0"),
            case(np.array([5.0, 6.0]), np.array([0.5, 2.0]), note="between 0 and 1"),
            case(np.float32([[5, 6]]), np.float32([[2, -3]]), note="float32"),
            case(SLOPES, SIGNALS),
        ),
        mistakes=(
            Mistake("the gradient at 0: there it is 0, so x > 0 and not x >= 0", "x > 0", "x >= 0"),
            Mistake(
                "the mask is that of dy; what counts is where x, on the way forward, was positive",
                "x > 0, dy",
                "dy > 0, dy",
            ),
            Mistake("x is compared with 1, as in the hint's example; ReLU begins at 0", "x > 0", "x > 1"),
            Mistake("dy is multiplied by x itself; the slope of ReLU is 1 or 0", "dy, 0", "dy * x, 0"),
            Mistake("it returns the forward, max(0, x), not the gradient", "x > 0, dy, 0", "x > 0, x, 0"),
            Mistake(
                "the slope itself is returned: multiply it by dy (the chain rule)",
                "np.where(x > 0, dy, 0)",
                "np.where(x > 0, 1, 0).astype(dy.dtype)",
            ),
            Mistake(
                "dy is handed on unchanged: where x < 0, ReLU stops it", "np.where(x > 0, dy, 0)", "dy + 0"
            ),
        ),
        gradient=checked,
        keras=relu_in_keras,
        timed=case(MANY, MANY[::-1].copy(), note="2,000 images of 784 numbers"),
    ),
    Exercise(
        "he_uniform",
        returns=("w",),
        measure=measured,
        cases=(
            case(DENSE, Seed(0), tolerance=CHANCE, note="a dense layer"),
            case((100, 300), Seed(1), tolerance=CHANCE, note="a dense layer, more outputs than inputs"),
            case(CONVOLUTION, Seed(2), tolerance=CHANCE, note="a convolution"),
        ),
        mistakes=(
            Mistake(
                "n_in is the number of outputs here; it is how many numbers each output is computed from, "
                "all axes of the kernel but the last",
                "np.prod(shape[:-1])",
                "shape[-1]",
            ),
            Mistake(
                "for a convolution n_in is KH * KW * C, not the first axis alone",
                "np.prod(shape[:-1])",
                "shape[0]",
            ),
            Mistake(
                "for a convolution n_in is KH * KW * C, not the channels alone",
                "np.prod(shape[:-1])",
                "shape[-2]",
            ),
            Mistake(
                "the outputs are counted, too: n_in is the product of all axes of the kernel but the last",
                "shape[:-1]",
                "shape",
            ),
            Mistake(
                "this is Glorot's: He's takes n_in alone, h = sqrt(6 / n_in)",
                "6 / n_in",
                "6 / (n_in + np.prod(shape[:-2]) * shape[-1])",
            ),
            Mistake(
                "the variance is taken for the bound: U[-h, h] with h = sqrt(6 / n_in) has variance 2 / n_in",
                "6 / n_in",
                "2 / n_in",
            ),
            Mistake(
                "a normal distribution of variance 2 / n_in: that is He's, too, but it is asked for U[-h, h]",
                "rng.uniform(-h, h, size=shape)",
                "rng.normal(0, np.sqrt(2 / n_in), size=shape)",
            ),
            Mistake("only positive weights: draw from -h to h, not from 0", "(-h, h", "(0, h"),
            Mistake("the square root is missing: h = sqrt(6 / n_in)", "np.sqrt(6 / n_in)", "6 / n_in"),
            Mistake(
                "all weights are equal: one number was drawn, not one for each place (size=shape)",
                "rng.uniform(-h, h, size=shape)",
                "np.full(shape, rng.uniform(-h, h))",
            ),
        ),
        keras=he_in_keras,
        timed=case(CONVOLUTION, Seed(0), note="3x3 from 32 channels to 64 filters"),
    ),
)
