"""Lesson 12: a step with momentum, and a step of Adam."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(12)
W, G, V, M = rng.normal(size=(4, 5))
ONE, ZERO = np.array([1.0]), np.array([0.0])
GRADIENTS = rng.normal(size=(3, 5)).astype(np.float32)
MANY = rng.normal(size=(3, 100_000))


def steps_in_keras(keras, optimizer):
    """Return the weights after Keras's optimizer has taken a step with each of GRADIENTS."""
    w = keras.Variable(W.astype(np.float32))
    for g in GRADIENTS:
        optimizer.apply([keras.ops.convert_to_tensor(g)], [w])
    return np.asarray(w)


def momentum_in_keras(momentum_step, keras):
    """Compare three steps with those of Keras's SGD."""
    w, v = W, np.zeros(5)
    for g in GRADIENTS:
        w, v = momentum_step(w, g, v, 0.1, 0.9)
    return [("w after three steps", w, steps_in_keras(keras, keras.optimizers.SGD(0.1, momentum=0.9)))]


def adam_in_keras(adam_step, keras):
    """Compare three steps with those of Keras's Adam, with a large epsilon."""
    w, m, v = W, np.zeros(5), np.zeros(5)
    for t, g in enumerate(GRADIENTS, 1):
        w, m, v = adam_step(w, g, m, v, t, 0.1, 0.9, 0.999, 0.01)
    expected = steps_in_keras(keras, keras.optimizers.Adam(0.1, epsilon=0.01))
    return [("w after three steps", w, expected)]


EXERCISES = (
    Exercise(
        "momentum_step",
        returns=("w", "v"),
        cases=(
            case(ONE, np.array([2.0]), ZERO, 0.1, 0.9, note="the first step"),
            case(ONE, np.array([2.0]), np.array([-0.5]), 0.1, 0.9),
            case(ONE, ZERO, np.array([-0.5]), 0.1, 0.9, note="no gradient: it rolls on"),
            case(*np.float32([[1], [2], [-0.5]]), 0.1, 0.9, note="float32"),
            case(W, G, V, 0.01, 0.8),
        ),
        mistakes=(
            Mistake("the sign: the velocity goes against the gradient", "- eta * g", "+ eta * g"),
            Mistake(
                "the weights take the old velocity: compute the new one first",
                "return w + v, v",
                "return w + (v + eta * g) / mu, v",
            ),
            Mistake(
                "the learning rate is applied to the whole velocity (PyTorch's form); here it is part of it, "
                "v <- mu v - eta g",
                "v = mu * v - eta * g\n    return w + v, v",
                "v = mu * v + g\n    return w - eta * v, v",
            ),
            Mistake(
                "the velocity points along the gradient and is taken off; here it is v <- mu v - eta g, "
                "and added",
                "- eta * g\n    return w + v, v",
                "+ eta * g\n    return w - v, v",
            ),
            Mistake(
                "a running mean of the gradient, times the learning rate: here it is v <- mu v - eta g, "
                "w <- w + v",
                "v = mu * v - eta * g\n    return w + v, v",
                "v = mu * v + (1 - mu) * g\n    return w - eta * v, v",
            ),
            Mistake(
                "a running mean: the gradient is not multiplied by 1 - mu here",
                "- eta * g",
                "- (1 - mu) * eta * g",
            ),
            Mistake("the velocity is not kept: v <- mu v - eta g", "mu * v - eta * g", "0 * v - eta * g"),
            Mistake(
                "this is Nesterov's step; plain momentum is w <- w + v",
                "return w + v, v",
                "return w + mu * v - eta * g, v",
            ),
            Mistake("the order of what is returned: w, then v", "return w + v, v", "return v, w + v"),
        ),
        keras=momentum_in_keras,
        timed=case(*MANY, 0.1, 0.9, note="100,000 weights"),
    ),
    Exercise(
        "adam_step",
        returns=("w", "m", "v"),
        cases=(
            case(ONE, np.array([2.0]), ZERO, ZERO, 1, 0.1, 0.9, 0.99, 0.5, note="the first step"),
            case(
                ONE,
                np.array([2.0]),
                np.array([1.0]),
                np.array([9.0]),
                3,
                0.1,
                0.9,
                0.99,
                0.5,
                note="the third",
            ),
            case(ONE, np.array([-2.0]), np.array([1.0]), np.array([9.0]), 2, 0.1, 0.5, 0.75, 0.0),
            case(W, G, M, V**2, 5, 0.01, 0.9, 0.999, 1e-7),
        ),
        mistakes=(
            Mistake(
                "the correction of the start is missing: m and v begin at 0, and are too small at first",
                "eta * correction * m",
                "eta * m",
            ),
            Mistake(
                "the square is missing in v: it is the running mean of g**2",
                "(1 - beta_2) * g**2",
                "(1 - beta_2) * g",
            ),
            Mistake(
                "epsilon is added to sqrt(v), not to v under the root",
                "(np.sqrt(v) + epsilon)",
                "np.sqrt(v + epsilon)",
            ),
            Mistake(
                "epsilon is added to the corrected root, as in the paper's algorithm 1; Keras, and the "
                "formula here, add it to sqrt(v) as it is",
                "eta * correction * m / (np.sqrt(v) + epsilon)",
                "eta * (m / (1 - beta_1**t)) / (np.sqrt(v / (1 - beta_2**t)) + epsilon)",
            ),
            Mistake(
                "off by one: t is the number of this step, 1 for the first",
                "np.sqrt(1 - beta_2**t) / (1 - beta_1**t)",
                "np.sqrt(1 - beta_2 ** (t + 1)) / (1 - beta_1 ** (t + 1))",
            ),
            Mistake(
                "beta_1 and 1 - beta_1 are exchanged: most of the old mean stays",
                "beta_1 * m + (1 - beta_1) * g",
                "(1 - beta_1) * m + beta_1 * g",
            ),
            Mistake(
                "a square root is missing in the correction: sqrt(1 - beta_2**t) / (1 - beta_1**t)",
                "np.sqrt(1 - beta_2**t)",
                "(1 - beta_2**t)",
            ),
            Mistake(
                "m and v are returned corrected; the running means themselves go into the next step",
                "return w, m, v",
                "w = w + eta * correction * m / (np.sqrt(v) + epsilon)\n"
                "    m, v = m / (1 - beta_1**t), v / (1 - beta_2**t)\n"
                "    return w - eta * m / (np.sqrt(v) + epsilon), m, v",
            ),
            Mistake("the sign: a step against the gradient", "w = w - eta", "w = w + eta"),
            Mistake(
                "the gradient is divided, not its running mean m",
                "correction * m /",
                "correction * g /",
            ),
            Mistake(
                "the square root is missing: m is divided by sqrt(v) + epsilon",
                "(np.sqrt(v) + epsilon)",
                "(v + epsilon)",
            ),
            Mistake(
                "m and v are returned corrected; only the step is, the running means go on as they are",
                "return w, m, v",
                "return w, m / (1 - beta_1**t), v / (1 - beta_2**t)",
            ),
        ),
        keras=adam_in_keras,
        timed=case(*MANY, MANY[0] ** 2, 1, 0.1, 0.9, 0.999, 1e-7, note="100,000 weights"),
    ),
)
