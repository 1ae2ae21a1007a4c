"""Lesson 3: the backward of a dense layer and of the sigmoid."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case
from lessons.grading.keras_side import with_gradients
from scratch.reference import dense_forward, sigmoid_forward

rng = np.random.default_rng(3)
X, W, B, DY = (rng.normal(size=shape) for shape in ((5, 3), (3, 4), 4, (5, 4)))
SIGNALS, SLOPES = rng.normal(size=(2, 3, 4))
MANY = rng.normal(size=(2_000, 784))


def checked_dense(dense_backward):
    """Check dx, dw and db against differences."""
    from scratch.gradcheck import check_operation

    return check_operation(dense_forward, lambda dy, cache: dense_backward(dy, *cache[:2]), X, W, B)


def checked_sigmoid(sigmoid_backward):
    """Check dx against differences."""
    from scratch.gradcheck import check_operation

    def forward(x):
        return sigmoid_forward(x)[0], x

    return check_operation(forward, lambda dy, x: sigmoid_backward(dy, x), SIGNALS)


def dense_in_keras(dense_backward, keras):
    """Compare with what TensorFlow derives from Keras's product and sum."""
    _, expected = with_gradients(lambda x, w, b: keras.ops.matmul(x, w) + b, X, W, B, dy=DY)
    return list(zip(("dx", "dw", "db"), dense_backward(DY, X, W), expected, strict=True))


def sigmoid_in_keras(sigmoid_backward, keras):
    """Compare with what TensorFlow derives from keras.ops.sigmoid."""
    _, (dx,) = with_gradients(keras.ops.sigmoid, SIGNALS, dy=SLOPES)
    return [("dx", sigmoid_backward(SLOPES, SIGNALS), dx)]


EXERCISES = (
    Exercise(
        "dense_backward",
        returns=("dx", "dw", "db"),
        cases=(
            case(np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]]), note="one number"),
            case(np.array([[1.0, 2.0]]), np.array([[3.0]]), np.array([[5.0, 6.0]])),
            case(
                np.array([[1.0, 2.0], [3.0, 4.0]]),
                np.array([[1.0, 0.0], [2.0, 1.0]]),
                np.array([[1.0, 3.0], [0.0, 5.0]]),
                note="two images, two features",
            ),
            case(*(a.astype(np.float32) for a in (DY[:2], X[:2], W)), note="float32"),
            case(DY, X, W),
        ),
        mistakes=(
            Mistake("a transposition is missing in dx: dx = dy @ w.T", "dy @ w.T", "dy @ w"),
            Mistake("a transposition is missing in dw: dw = x.T @ dy", "x.T @ dy", "x @ dy"),
            Mistake("dw is transposed: it has the shape of w, (D, F)", "x.T @ dy", "dy.T @ x"),
            Mistake(
                "a mean for a sum: dw is divided by N; if the loss is a mean, dy has that factor already",
                "x.T @ dy",
                "x.T @ dy / len(x)",
            ),
            Mistake("a mean for a sum: db adds up the rows of dy", "dy.sum(axis=0)", "dy.mean(axis=0)"),
            Mistake("db adds up along the wrong axis: over the images, axis 0", "axis=0", "axis=1"),
            Mistake(
                "missing accumulation: db is dy itself; every image adds to the same bias",
                "dy.sum(axis=0)",
                "dy",
            ),
            Mistake(
                "db adds up over everything; each of the F outputs has a bias of its own: axis=0",
                "dy.sum(axis=0)",
                "dy.sum()",
            ),
            Mistake(
                "missing accumulation: only the last image is left in dw; add up over all images (+=)",
                "x.T @ dy",
                "x[-1:].T @ dy[-1:]",
            ),
            Mistake("the order of what is returned: dx, dw, db", "return dx, dw, db", "return dw, dx, db"),
        ),
        gradient=checked_dense,
        keras=dense_in_keras,
        timed=case(rng.normal(size=(2_000, 100)), MANY, rng.normal(size=(784, 100)), note="2,000 images"),
    ),
    Exercise(
        "sigmoid_backward",
        returns=("dx",),
        cases=(
            case(np.array([1.0]), np.array([0.0])),
            case(np.array([1.0, 2.0]), np.array([1.0, -2.0])),
            case(np.array([1.0, 1.0]), np.array([-1000.0, 1000.0]), note="very far from 0"),
            case(np.float32([[1, 2]]), np.float32([[0, 1]]), note="float32"),
            case(SLOPES, SIGNALS),
        ),
        mistakes=(
            Mistake(
                "the chain rule's factor dy is missing: it is dy times the slope",
                "return dy * y",
                "return y",
            ),
            Mistake(
                "the slope is computed from x; it is y * (1 - y), with y the sigmoid of x",
                "y = 1 / (1 + np.exp(-x))",
                "y = x",
            ),
            Mistake("the factor 1 - y is missing: the slope is y * (1 - y)", "y * (1 - y)", "y"),
            Mistake("the factor y is missing: the slope is y * (1 - y)", "y * (1 - y)", "(1 - y)"),
            Mistake("a sign: the sigmoid is 1 / (1 + exp(-x))", "y * (1 - y)", "y * (y - 1)"),
            Mistake(
                "exp(x) overflows for large x, and infinity / infinity is NaN: the sigmoid is "
                "1 / (1 + exp(-x))",
                "1 / (1 + np.exp(-x))",
                "np.exp(x) / (1 + np.exp(x))",
            ),
            Mistake(
                "exp(-x) overflows for large -x, and infinity / infinity is NaN: use y * (1 - y)",
                "dy * y * (1 - y)",
                "dy * np.exp(-x) / (1 + np.exp(-x)) ** 2",
            ),
        ),
        gradient=checked_sigmoid,
        keras=sigmoid_in_keras,
        timed=case(MANY, MANY, note="2,000 images of 784 numbers"),
    ),
)
