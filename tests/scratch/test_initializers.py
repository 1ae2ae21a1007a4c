"""Initializers: their spread, their bounds, and their seeds."""

import numpy as np
import pytest

from scratch import initializers, rng
from scratch.initializers import INITIALIZERS, Constant, VarianceScaling, compute_fans

DENSE, CONV = (300, 100), (3, 3, 32, 64)


def test_fans_of_a_convolution_count_its_window():
    assert compute_fans(DENSE) == (300, 100)
    assert compute_fans(CONV) == (9 * 32, 9 * 64)
    assert compute_fans((7,)) == (7, 7)
    assert compute_fans(()) == (1, 1)


@pytest.mark.parametrize("shape", [DENSE, CONV])
@pytest.mark.parametrize(
    ("name", "variance", "limit"),
    [
        ("glorot_uniform", lambda i, o: 2 / (i + o), lambda i, o: np.sqrt(6 / (i + o))),
        ("he_uniform", lambda i, o: 2 / i, lambda i, o: np.sqrt(6 / i)),
        ("lecun_uniform", lambda i, o: 1 / i, lambda i, o: np.sqrt(3 / i)),
        ("glorot_normal", lambda i, o: 2 / (i + o), None),
        ("he_normal", lambda i, o: 2 / i, None),
        ("lecun_normal", lambda i, o: 1 / i, None),
    ],
)
def test_variance_and_bounds(name, variance, limit, shape):
    values = initializers.get(name)(shape, "float64", np.random.default_rng(0))
    fans = compute_fans(shape)
    # some 20,000 to 30,000 values: the variance of a sample is right to about 1%; 4% are four deviations
    assert values.var() == pytest.approx(variance(*fans), rel=0.04)
    bound = limit(*fans) if limit else 2 * np.sqrt(variance(*fans)) / initializers.TRUNCATED_STDDEV
    assert 0.99 * bound < np.abs(values).max() <= bound


def test_untruncated_and_plain_ones():
    generator = np.random.default_rng(0)
    values = VarianceScaling(1.0, "fan_out", "untruncated_normal")(DENSE, "float64", generator)
    assert values.std() == pytest.approx(0.1, rel=0.03)
    assert np.abs(values).max() > 0.3  # beyond three deviations, which a truncated one never is
    assert (Constant(3.5)((2, 2)) == 3.5).all()
    assert (initializers.get("ones")((2,)) == 1).all()
    assert (initializers.get("zeros")((2,)) == 0).all()


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_shape_dtype_and_seed(name):
    make = initializers.get(name)
    for dtype in ("float32", "float64"):
        first, second = (make((4, 5), dtype, np.random.default_rng(7)) for _ in range(2))
        assert first.shape == (4, 5)
        assert first.dtype == dtype
        np.testing.assert_array_equal(first, second)


def test_a_seed_of_its_own_is_the_same_every_time():
    make = initializers.HeNormal(seed=3)
    np.testing.assert_array_equal(make((3, 3)), make((3, 3), rng=np.random.default_rng(99)))


def test_the_default_generator_starts_anew_with_its_seed():
    draws = []
    for _ in range(2):
        rng.set_random_seed(5)
        draws.append(initializers.get("glorot_uniform")((3, 3)))
    np.testing.assert_array_equal(*draws)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0,), "positive scale"),
        ((1.0, "fan"), "expected mode"),
        ((1.0, "fan_in", "normal"), "distribution"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        VarianceScaling(*arguments)
