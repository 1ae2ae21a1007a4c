"""The operations beyond our own networks' at their edges, and on numbers worked out by hand."""

import numpy as np
import pytest

from scratch import reference
from scratch.errors import ShapeError


class TestAveragePooling:
    def test_padding_does_not_count(self):
        x = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)
        y, cache = reference.average_pool2d_forward(x, (2, 2), padding="same")
        np.testing.assert_array_equal(y[0, :, :, 0], [[3, 4.5], [7.5, 9]])
        dx = reference.average_pool2d_backward(np.ones_like(y), cache)
        np.testing.assert_array_equal(dx[0, :, :, 0], [[0.25, 0.25, 0.5], [0.25, 0.25, 0.5], [0.5, 0.5, 1]])

    def test_pixels_that_no_window_sees_have_no_gradient(self):
        y, cache = reference.average_pool2d_forward(np.ones((1, 5, 5, 1)), (2, 2))
        dx = reference.average_pool2d_backward(np.ones_like(y), cache)
        assert dx.shape == (1, 5, 5, 1)
        assert dx[:, 4].sum() == dx[:, :, 4].sum() == 0

    def test_a_pool_that_does_not_fit(self):
        with pytest.raises(ShapeError, match=r"a window of 3x5 pixels .* an image of 4x4"):
            reference.average_pool2d_forward(np.zeros((1, 4, 4, 1)), (3, 5))


class TestGlobalMaxPooling:
    def test_equals_share_the_gradient(self):
        x = np.array([[1.0, 3.0], [3.0, 3.0]]).reshape(1, 2, 2, 1)
        y, cache = reference.global_max_pool2d_forward(x)
        dx = reference.global_max_pool2d_backward(np.full_like(y, 6.0), cache)
        np.testing.assert_array_equal(dx[0, :, :, 0], [[0, 2], [2, 2]])

    def test_nan_wins(self):
        x = np.array([[1.0, np.nan], [3.0, np.inf]]).reshape(1, 2, 2, 1)
        y, cache = reference.global_max_pool2d_forward(x)
        assert np.isnan(y).all()
        dx = reference.global_max_pool2d_backward(np.ones_like(y), cache)
        np.testing.assert_array_equal(dx[0, :, :, 0], [[0, 1], [0, 0]])


class TestActivations:
    def test_at_their_kinks_and_beyond_numbers(self):
        x, dy = np.array([-1.0, -0.0, 0.0, 2.0, np.nan, np.inf]), np.full(6, 8.0)
        y, cache = reference.leaky_relu_forward(x, 0.25)
        np.testing.assert_array_equal(y, [-0.25, 0, 0, 2, np.nan, np.inf])
        np.testing.assert_array_equal(reference.leaky_relu_backward(dy, cache), [2, 2, 2, 8, 2, 8])
        x6 = np.array([-np.inf, -1, 0, 0.5, 6, 7, np.inf, np.nan])
        y, cache = reference.limited_relu_forward(x6, max_value=6.0)
        np.testing.assert_array_equal(y, [0, 0, 0, 0.5, 6, 6, 6, np.nan])
        dx = reference.limited_relu_backward(np.full(8, 8.0), cache)
        np.testing.assert_array_equal(dx, [0, 0, 0, 8, 8, 0, 0, 8])
        y, cache = reference.limited_relu_forward(x6, 6.0, 0.5, threshold=0.5)
        np.testing.assert_array_equal(y, [-np.inf, -0.75, -0.25, 0, 6, 6, 6, np.nan])
        np.testing.assert_array_equal(reference.limited_relu_backward(dx, cache), [0, 0, 0, 4, 8, 0, 0, 8])
        y, cache = reference.elu_forward(x, 0.5)
        np.testing.assert_array_equal(y, [0.5 * np.expm1(-1), 0, 0, 2, np.nan, np.inf])
        dx = reference.elu_backward(dy, cache)
        np.testing.assert_allclose(dx, [4 * np.exp(-1), 4, 4, 8, np.nan, 8], rtol=1e-15)

    def test_far_from_zero_nothing_overflows(self):
        x = np.array([-1e4, -700.0, 700.0, 1e4])
        for name, expected in (("elu", [-1, -1, 700, 1e4]), ("silu", [0, 0, 700, 1e4])):
            y, cache = getattr(reference, f"{name}_forward")(x)
            np.testing.assert_allclose(y, expected, atol=1e-12)
            dx = getattr(reference, f"{name}_backward")(np.ones(4), cache)
            np.testing.assert_allclose(dx, [0, 0, 1, 1], atol=1e-12)

    def test_elu_keeps_its_digits_near_zero(self):
        y, _ = reference.elu_forward(np.array([-1e-20]))
        np.testing.assert_allclose(y, [-1e-20], rtol=1e-15)


class TestBatchNorm:
    def test_by_hand(self):
        x = np.array([[1.0, 0.0], [3.0, 0.0], [5.0, 3.0]])  # means 3 and 1, variances 8/3 and 2
        mean, variance = reference.batch_statistics(x)
        np.testing.assert_allclose([mean, variance], [[3, 1], [8 / 3, 2]], rtol=1e-15)
        gamma, beta = np.array([2.0, 1.0]), np.array([0.0, 10.0])
        y, _ = reference.batch_norm_forward(x, gamma, beta, mean, variance, epsilon=4 / 3)
        np.testing.assert_allclose(y[:, 0], [-2, 0, 2], rtol=1e-15)
        np.testing.assert_allclose(y[:, 1], 10 + (x[:, 1] - 1) / np.sqrt(10 / 3), rtol=1e-15)

    def test_in_training_neither_a_shift_nor_a_scale_of_x_has_a_gradient(self, rng):
        """Normalizing undoes both, so dx is at right angles to them; without epsilon, exactly."""
        x = rng.normal(size=(6, 3, 3, 2))
        y, cache = reference.batch_norm_forward(x, None, None, *reference.batch_statistics(x), 0.0, True)
        dx, dgamma, dbeta = reference.batch_norm_backward(rng.normal(size=y.shape), cache)
        assert dgamma is None
        assert dbeta is None
        assert np.abs(dx).max() > 0.1
        np.testing.assert_allclose(dx.sum(axis=(0, 1, 2)), 0, atol=1e-13)
        np.testing.assert_allclose((dx * x).sum(axis=(0, 1, 2)), 0, atol=1e-13)
