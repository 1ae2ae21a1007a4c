"""Learning-rate schedules beside Keras's own, step by step."""

import numpy as np
import pytest

from scratch import schedules

pytestmark = pytest.mark.keras

SCHEDULES = [
    ("ExponentialDecay", (0.1, 7, 0.9), {}),
    ("ExponentialDecay", (0.1, 7, 0.9), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 3, 0.5), {}),
    ("InverseTimeDecay", (0.1, 3, 0.5), {"staircase": True}),
    ("CosineDecay", (0.1, 20), {}),
    ("CosineDecay", (0.1, 20), {"alpha": 0.1}),
    ("CosineDecay", (0.01, 20), {"alpha": 0.1, "warmup_target": 0.3, "warmup_steps": 5}),
    ("CosineDecay", (0.1, 20), {"warmup_target": 0.2}),
    ("PiecewiseConstantDecay", ([3, 10], [0.1, 0.2, 0.05]), {}),
    ("PiecewiseConstantDecay", ([4], [0.1, 0.2]), {}),
]


@pytest.mark.parametrize(("name", "arguments", "options"), SCHEDULES)
def test_a_schedule(name, arguments, options, keras):
    ours = getattr(schedules, name)(*arguments, **options)
    theirs = getattr(keras.optimizers.schedules, name)(*arguments, **options)
    steps = range(40)
    expected = [float(theirs(np.int64(step))) for step in steps]
    # Keras computes in float32; the cosine near its end is a small difference of numbers near 1
    np.testing.assert_allclose([ours(step) for step in steps], expected, rtol=1e-5, atol=1e-8)
    assert len(set(expected)) > 1
