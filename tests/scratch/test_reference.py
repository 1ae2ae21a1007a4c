"""The textbook's operations on numbers known from elsewhere (TensorFlow's, mostly), and at their edges."""

import numpy as np
import pytest

from scratch import reference
from scratch.errors import ShapeError
from scratch.windows import extract_windows, output_size, padding_amounts


class TestSizes:
    @pytest.mark.parametrize(
        ("n", "k", "stride", "padding", "dilation", "expected"),
        [
            (28, 3, 1, "valid", 1, 26),
            (13, 2, 2, "valid", 1, 6),  # the last one is dropped
            (13, 2, 2, "same", 1, 7),
            (28, 3, 1, "same", 1, 28),
            (7, 3, 2, "valid", 2, 2),  # a dilated kernel of 3 reaches over 5
            (5, 1, 2, "valid", 1, 3),
            (4, 5, 1, "valid", 1, 0),
        ],
    )
    def test_output_size(self, n, k, stride, padding, dilation, expected):
        assert output_size(n, k, stride, padding, dilation) == expected

    def test_of_an_odd_padding_the_extra_pixel_goes_after(self):
        assert padding_amounts(6, 3, 2, "same") == (0, 1)
        assert padding_amounts(5, 3, 1, "same") == (1, 1)
        assert padding_amounts(5, 4, 1, "same") == (1, 2)
        assert padding_amounts(5, 1, 3, "same") == (0, 0)

    def test_windows_are_a_view(self):
        x = np.zeros((2, 6, 6, 3))
        assert np.shares_memory(extract_windows(x, (3, 3), (1, 1), "valid"), x)

    def test_a_window_that_does_not_fit(self):
        with pytest.raises(ShapeError, match=r"a window of 3x5 pixels .* an image of 4x4"):
            reference.max_pool2d_forward(np.zeros((1, 4, 4, 1)), (3, 5))


class TestConvolution:
    def test_one_window_by_hand(self):
        x = np.arange(9.0).reshape(1, 3, 3, 1)
        w = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(2, 2, 1, 1)
        y, _ = reference.conv2d_forward(x, w, np.array([10.0]))
        # the first: 0*1 + 1*2 + 3*3 + 4*4 + 10 = 37; the kernel is not flipped
        np.testing.assert_array_equal(y[0, :, :, 0], [[37, 47], [67, 77]])

    def test_it_is_the_sum_of_its_formula(self, rng):
        x, w = rng.normal(size=(2, 6, 7, 3)), rng.normal(size=(3, 2, 3, 4))
        y, _ = reference.conv2d_forward(x, w, strides=(2, 1))
        for n, i, j, f in np.ndindex(y.shape):
            total = sum(
                x[n, 2 * i + p, j + q, c] * w[p, q, c, f]
                for p in range(3)
                for q in range(2)
                for c in range(3)
            )
            assert y[n, i, j, f] == pytest.approx(total, abs=1e-13)

    def test_channels_that_differ(self):
        with pytest.raises(ShapeError, match="made for 2 channels; received an image with 3"):
            reference.conv2d_forward(np.zeros((1, 5, 5, 3)), np.zeros((3, 3, 2, 4)))
        with pytest.raises(ShapeError, match="2 groups of 2 channels; received an image with 3"):
            reference.grouped_conv2d_forward(np.zeros((1, 5, 5, 3)), np.zeros((3, 3, 2, 4)), groups=2)

    @pytest.mark.parametrize("view", ["transposed", "reversed", "read-only", "Fortran"])
    def test_any_memory_layout(self, view, rng):
        x = rng.normal(size=(2, 6, 6, 2))
        strange = {
            "transposed": lambda: np.ascontiguousarray(x.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3),
            "reversed": lambda: x[:, ::-1].copy()[:, ::-1],
            "read-only": x.copy,
            "Fortran": lambda: np.asfortranarray(x),
        }[view]()
        strange.flags.writeable = view != "read-only"
        w = rng.normal(size=(3, 3, 2, 3))
        for received, expected in zip(conv_and_back(strange, w), conv_and_back(x, w), strict=True):
            np.testing.assert_allclose(received, expected, rtol=0, atol=1e-14)


def conv_and_back(x, w):
    y, cache = reference.conv2d_forward(x, w, padding="same")
    dx, dw, _ = reference.conv2d_backward(y, cache)
    return y, dx, dw


class TestMaxPooling:
    def test_padding_never_wins(self):
        x = -np.arange(1.0, 17.0).reshape(1, 4, 4, 1)
        y, _ = reference.max_pool2d_forward(x, (3, 3), (2, 2), "same")
        np.testing.assert_array_equal(y[0, :, :, 0], [[-1, -3], [-9, -11]])

    def test_of_equals_the_first_takes_the_whole_gradient(self):
        y, cache = reference.max_pool2d_forward(np.zeros((1, 3, 3, 1)), (3, 3), (1, 1), "same")
        dx = reference.max_pool2d_backward(np.ones_like(y), cache)
        np.testing.assert_array_equal(dx[0, :, :, 0], [[4, 2, 0], [2, 1, 0], [0, 0, 0]])

    def test_nan_wins(self):
        x = np.array([[1.0, np.nan], [3.0, np.inf]]).reshape(1, 2, 2, 1)
        y, cache = reference.max_pool2d_forward(x)
        assert np.isnan(y).all()
        dx = reference.max_pool2d_backward(np.ones_like(y), cache)
        np.testing.assert_array_equal(dx[0, :, :, 0], [[0, 1], [0, 0]])

    def test_pixels_that_no_window_sees_have_no_gradient(self):
        y, cache = reference.max_pool2d_forward(np.ones((1, 5, 5, 1)), (2, 2))
        dx = reference.max_pool2d_backward(np.ones_like(y), cache)
        assert dx.shape == (1, 5, 5, 1)
        assert dx[:, 4].sum() == dx[:, :, 4].sum() == 0


class TestActivations:
    def test_relu_at_its_kink_and_beyond_numbers(self):
        x = np.array([-1.0, -0.0, 0.0, 2.0, np.nan, np.inf])
        y, cache = reference.relu_forward(x)
        np.testing.assert_array_equal(y, [0, 0, 0, 2, np.nan, np.inf])
        np.testing.assert_array_equal(reference.relu_backward(np.full(6, 7.0), cache), [0, 0, 0, 7, 0, 7])

    def test_sigmoid_does_not_overflow(self):
        y, _ = reference.sigmoid_forward(np.array([-1e4, -700, 0, 700, 1e4]))
        np.testing.assert_allclose(y, [0, np.exp(-700.0), 0.5, 1, 1], rtol=1e-12)

    def test_softmax_golden_numbers(self):
        y, _ = reference.softmax_forward(np.array([[1.0, 2, 1], [1e4, 1e4 + 1, 1e4]]))
        expected = [0.21194157, 0.5761169, 0.21194157]
        np.testing.assert_allclose(y, [expected, expected], atol=5e-8)
        y, _ = reference.softmax_forward(1e4 + np.arange(4.0)[None])
        np.testing.assert_allclose(y, [[0.0320586, 0.0871443, 0.2368828, 0.6439143]], atol=5e-8)

    def test_softmax_subtracts_the_maximum_of_each_row(self):
        y, _ = reference.softmax_forward(np.array([[1e4, 0.0], [-1e4, -1e4]]))
        np.testing.assert_array_equal(y, [[1, 0], [0.5, 0.5]])


class TestWhatIsLeftOut:
    """A bias that is not there, a gradient that nobody needs, an argument that nobody gave."""

    def test_without_a_bias_there_is_no_gradient_of_one(self, rng):
        x, w = rng.normal(size=(2, 5, 5, 4)), rng.normal(size=(3, 3, 4, 6))
        y, cache = reference.conv2d_forward(x, w)
        assert reference.conv2d_backward(y, cache)[2] is None
        y, cache = reference.grouped_conv2d_forward(x, w[:, :, :2], groups=2)
        assert reference.grouped_conv2d_backward(y, cache)[2] is None
        y, cache = reference.dense_forward(x, w[0, 0])
        assert reference.dense_backward(y, cache)[2] is None

    def test_one_group_is_the_default_and_a_plain_convolution(self, rng):
        x, w, b = rng.normal(size=(2, 5, 6, 3)), rng.normal(size=(3, 2, 3, 4)), rng.normal(size=4)
        for received, expected in [
            (reference.grouped_conv2d_forward(x, w), reference.conv2d_forward(x, w)),
            (reference.grouped_conv2d_forward(x, w, b), reference.conv2d_forward(x, w, b)),
        ]:
            np.testing.assert_array_equal(received[0], expected[0])
            dy = np.ones_like(received[0])
            both = (
                reference.grouped_conv2d_backward(dy, received[1]),
                reference.conv2d_backward(dy, expected[1]),
            )
            for ours, plain in zip(*both, strict=True):
                np.testing.assert_array_equal(ours, plain)

    @pytest.mark.parametrize("bias", [True, False])
    def test_each_group_is_a_convolution_of_its_own(self, bias, rng):
        x, w = rng.normal(size=(2, 7, 6, 4)), rng.normal(size=(3, 2, 2, 6))
        b = rng.normal(size=6) if bias else None
        options = (1, 1), "same", (2, 3)
        y, caches = reference.grouped_conv2d_forward(x, w, b, *options, groups=2)
        dx, dw, db = reference.grouped_conv2d_backward(np.sin(y), caches)
        for x_part, y_part in ((slice(0, 2), slice(0, 3)), (slice(2, 4), slice(3, 6))):
            own_b = b[y_part] if bias else None
            own, cache = reference.conv2d_forward(x[..., x_part], w[..., y_part], own_b, *options)
            own_dx, own_dw, own_db = reference.conv2d_backward(np.sin(own), cache)
            np.testing.assert_array_equal(y[..., y_part], own)
            np.testing.assert_array_equal(dx[..., x_part], own_dx)
            np.testing.assert_array_equal(dw[..., y_part], own_dw)
            np.testing.assert_array_equal(db[y_part] if bias else db, own_db)

    def test_dx_is_computed_unless_told_otherwise(self, rng):
        x, w = rng.normal(size=(2, 5, 5, 2)), rng.normal(size=(3, 3, 1, 4))
        y, caches = reference.grouped_conv2d_forward(x, w, groups=2)
        assert reference.grouped_conv2d_backward(y, caches)[0].shape == x.shape
        dx, dw, _ = reference.grouped_conv2d_backward(y, caches, need_dx=False)
        assert dx is None
        assert dw.shape == w.shape
        spied = []
        reference.grouped_conv2d_backward(
            y, caches, False, lambda dy, cache, need_dx=True: spied.append(need_dx) or (None, dy, None)
        )
        assert spied == [False, False]  # each group is spared the work
        y, cache = reference.dense_forward(x, w[0, 0, :, :].repeat(2, axis=0))
        assert reference.dense_backward(y, cache)[0].shape == x.shape


class TestDense:
    def test_features_that_differ(self):
        with pytest.raises(ShapeError, match="dense: the kernel was made for 4 features; received 3"):
            reference.dense_forward(np.zeros((5, 6, 3)), np.zeros((4, 2)))


class TestSoftmax:
    def test_it_runs_over_the_last_of_many_axes(self, rng):
        x, dy = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
        y, cache = reference.softmax_forward(x)
        dx = reference.softmax_backward(dy, cache)
        for n, row in np.ndindex(2, 3):
            expected, own = reference.softmax_forward(x[n, row][None])
            np.testing.assert_allclose(y[n, row], expected[0], rtol=1e-14)
            np.testing.assert_allclose(
                dx[n, row], reference.softmax_backward(dy[n, row][None], own)[0], atol=1e-15
            )

    def test_cross_entropy_subtracts_the_maximum_of_each_row(self):
        z, y = np.array([[1e4, 0.0], [-1e4, -1e4]]), np.eye(2)
        loss, cache = reference.softmax_cross_entropy_forward(z, y)
        assert loss == pytest.approx(np.log(2) / 2, rel=1e-15)  # log 1 of the first row, log 2 of the other
        np.testing.assert_allclose(
            reference.softmax_cross_entropy_backward(cache), [[0, 0], [0.25, -0.25]], atol=1e-16
        )


class TestDropout:
    def test_a_draw_of_exactly_the_rate_is_kept(self):
        """Draws are from [0, 1): those below the rate are a fraction `rate` of all, those up to it more."""

        class Fixed:
            def random(self, shape):
                return np.array([0.0, 0.25, 0.5, 0.75]).reshape(shape)

        y, _ = reference.dropout_forward(np.ones((2, 2)), 0.5, Fixed())
        np.testing.assert_array_equal(y, [[0, 0], [2, 2]])

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_precision_is_kept(self, dtype, rng):
        y, cache = reference.dropout_forward(np.ones((2, 2), dtype), 0.5, rng)
        assert y.dtype == reference.dropout_backward(y, cache).dtype == dtype


class TestClippedProbabilities:
    """Clipped to [1e-7, 1 - 1e-7], as Keras does; at the ends themselves nothing is clipped yet."""

    ENDS = np.array([[1e-7, 1 - 1e-7]])  # their sum is 1 exactly
    BEYOND = np.array([[0.0, 1.0]])

    def test_logarithms(self):
        z, _ = reference.log_probability_forward(self.BEYOND)
        np.testing.assert_array_equal(z, np.log(self.ENDS))

    def test_gradients_of_logarithms(self):
        dz = np.ones((1, 2))
        for p, expected in [(self.ENDS, 1 / self.ENDS), (self.BEYOND, [[0, 0]])]:
            np.testing.assert_array_equal(reference.log_probability_backward(dz, p), expected)

    @pytest.mark.parametrize("label", [0, 1])
    def test_gradients_of_the_loss(self, label):
        y = np.eye(2)[[label]]
        _, cache = reference.cross_entropy_forward(self.ENDS, y)
        q = self.ENDS[0, label]
        np.testing.assert_allclose(reference.cross_entropy_backward(cache), (1 - y / q), rtol=1e-9)
        _, cache = reference.cross_entropy_forward(self.BEYOND, y)
        np.testing.assert_array_equal(reference.cross_entropy_backward(cache), [[0, 0]])

    def test_one_clipped_among_others(self):
        p, y = np.array([[1e-9, 0.25, 0.75], [0.5, 0.3, 0.2]]), np.eye(3)[[0, 1]]
        _, cache = reference.cross_entropy_forward(p, y)
        # the first row's loss does not change with p; the second's is -log(p1 / sum of p), over 2 rows
        expected = [[0, 0, 0], [0.5, 0.5 * (1 - 1 / 0.3), 0.5]]
        np.testing.assert_allclose(reference.cross_entropy_backward(cache), expected, rtol=1e-9, atol=1e-15)
