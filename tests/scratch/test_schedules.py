"""Learning-rate schedules: a few values by hand; tests/keras_ref compares them with Keras's."""

import pytest

from scratch.schedules import (
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
)


def values(schedule, steps):
    return [schedule(step) for step in steps]


def test_exponential_decay():
    assert values(ExponentialDecay(0.5, 4, 0.25), [0, 2, 4, 8]) == [0.5, 0.25, 0.125, 0.03125]
    staircase = ExponentialDecay(0.5, 4, 0.25, staircase=True)
    assert values(staircase, [0, 3, 4, 7, 8]) == [0.5, 0.5, 0.125, 0.125, 0.03125]


def test_inverse_time_decay():
    assert values(InverseTimeDecay(0.5, 4, 1.0), [0, 4, 12]) == [0.5, 0.25, 0.125]
    assert values(InverseTimeDecay(0.5, 4, 1.0, staircase=True), [3, 4, 11, 12]) == [
        0.5,
        0.25,
        0.5 / 3,
        0.125,
    ]


def test_cosine_decay():
    assert values(CosineDecay(0.5, 4), [0, 2, 4, 100]) == pytest.approx([0.5, 0.25, 0, 0], abs=1e-16)
    with_rest = CosineDecay(0.5, 4, alpha=0.5)
    assert values(with_rest, [0, 2, 4, 100]) == pytest.approx([0.5, 0.375, 0.25, 0.25], abs=1e-16)
    rising = CosineDecay(0.0, 4, warmup_target=0.5, warmup_steps=2)
    assert values(rising, [0, 1, 2, 4, 6, 7]) == pytest.approx([0, 0.25, 0.5, 0.25, 0, 0], abs=1e-16)


def test_piecewise_constant_decay():
    """A boundary belongs to what comes before it."""
    schedule = PiecewiseConstantDecay([2, 5], [0.5, 0.25, 0.125])
    assert values(schedule, range(8)) == [0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125]
    assert values(PiecewiseConstantDecay([], [0.5]), [0, 9]) == [0.5, 0.5]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExponentialDecay(0.1, 0, 0.5), "decay_steps: expected a number above 0, received 0"),
        (lambda: ExponentialDecay(-0.1, 1, 0.5), "initial_learning_rate: expected a number of at least 0"),
        (lambda: ExponentialDecay(0.1, 1, "half"), "decay_rate: expected a number of at least 0"),
        (lambda: CosineDecay(0.1, -5), "decay_steps: expected a number of at least 0, received -5"),
        (lambda: CosineDecay(0.1, 5, warmup_target=-1), "warmup_target: expected a number of at least 0"),
        (lambda: PiecewiseConstantDecay([1, 2], [0.1]), "values: expected one more than boundaries, 3, rec"),
        (lambda: PiecewiseConstantDecay([2, 2], [0.1] * 3), r"boundaries: expected increasing .* \[2, 2\]"),
        (lambda: PiecewiseConstantDecay([2], [0.1, None]), "values: expected a number of at least 0"),
    ],
)
def test_wrong_calls(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_base_class_is_for_others_to_fill_in():
    with pytest.raises(NotImplementedError):
        LearningRateSchedule()(0)
