"""What "the same as Keras" means, a named test for each fact: layers, padding, gradients.

Each is run on Keras and, where we have the thing, on our own. The facts about training are in
test_facts_training.py and test_facts_optimizers.py, those about files in test_facts_files.py; names,
arguments and defaults in test_signatures.py.
"""

import numpy as np
import pytest

from scratch import reference
from scratch.errors import ShapeError
from scratch.initializers import GlorotUniform, compute_fans
from scratch.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from scratch.layers.arguments import check_channels_last
from tests.cases import CONVOLUTIONS, ENGINES, Case

pytestmark = pytest.mark.keras

EVERY_ENGINE = pytest.mark.parametrize("engine", ENGINES)


def both(keras, text, x, engine="reference", dtype="float64"):
    """Return what our layer and Keras's return for x, by the same expression, with the same weights."""
    ours, theirs = pair(keras, text, x, dtype)
    ours.use_ops(ENGINES[engine])
    return ours.forward(x.astype(dtype)), np.asarray(theirs(x.astype(dtype)))


def pair(keras, text, x, dtype="float64"):
    """Return our layer and Keras's of that expression, built for x: (N, ...), with the same weights."""
    case = Case(text, x.shape)
    ours = case.make_layer()
    keras.config.set_dtype_policy(dtype)
    try:
        theirs = case.make_layer(keras.layers)
        theirs.build(x.shape)
    finally:
        keras.config.set_dtype_policy("float32")
    ours.build(x.shape[1:], np.random.default_rng(0), dtype)
    if ours.weights:
        theirs.set_weights(list(ours.weights.values()))
    return ours, theirs


def gradient_in_keras(layer, x, dy=1.0):
    """Return TensorFlow's gradient of the sum of layer(x) * dy with respect to x."""
    import tensorflow as tf

    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
    return np.asarray(tape.gradient(y, x, np.broadcast_to(dy, y.shape).astype(y.dtype.name)))


class TestLayers:
    def test_a_conv2d_kernel_is_height_width_channels_per_group_filters(self, keras):
        ours, theirs = pair(keras, "Conv2D(6, (3, 2), groups=2)", np.zeros((1, 5, 5, 4)))
        assert ours.params["kernel"].shape == tuple(theirs.kernel.shape) == (3, 2, 4 // 2, 6)

    def test_a_dense_kernel_is_inputs_by_units(self, keras):
        ours, theirs = pair(keras, "Dense(6)", np.zeros((1, 4)))
        assert ours.params["kernel"].shape == tuple(theirs.kernel.shape) == (4, 6)

    @EVERY_ENGINE
    def test_a_convolution_is_a_cross_correlation_its_kernel_is_not_flipped(self, engine, keras):
        x = np.zeros((1, 5, 5, 1))
        x[0, 2, 2] = 1  # an impulse returns the kernel turned by 180 degrees
        ours, theirs = pair(keras, "Conv2D(1, 3, use_bias=False)", x)
        ours.use_ops(ENGINES[engine])
        kernel = ours.params["kernel"][:, :, 0, 0]
        for y in (ours.forward(x), np.asarray(theirs(x))):
            np.testing.assert_array_equal(y[0, :, :, 0], kernel[::-1, ::-1])

    def test_the_strides_of_max_pooling_are_its_pool_size_unless_given(self, keras):
        for library in (MaxPooling2D, keras.layers.MaxPooling2D):
            assert tuple(library().pool_size) == tuple(library().strides) == (2, 2)
            assert tuple(library((3, 2)).strides) == (3, 2)
            assert tuple(library(3, strides=1).strides) == (1, 1)
            assert library().padding == "valid"

    def test_the_defaults_are_channels_last_float32_and_an_epsilon_of_1e_7(self, keras):
        assert keras.config.image_data_format() == "channels_last"
        assert keras.config.floatx() == "float32"
        assert keras.config.epsilon() == reference.EPSILON == 1e-7
        check_channels_last(keras.config.image_data_format())
        assert Dense(2)(np.zeros((1, 3), np.uint8)).dtype == np.float32

    def test_the_limit_of_glorot_uniform_is_the_root_of_6_over_fan_in_plus_fan_out(self, keras):
        shape = (300, 200)
        limit = np.sqrt(6 / (300 + 200))
        for values in (
            GlorotUniform(seed=0)(shape),
            np.asarray(keras.initializers.GlorotUniform(seed=0)(shape)),
        ):
            # of 60,000 draws the largest is within a thousandth of the limit
            assert 0.999 * limit < np.abs(values).max() <= limit * (1 + 1e-6)

    def test_both_fans_of_a_convolution_are_multiplied_by_the_size_of_its_window(self, keras):
        from keras.src.initializers.random_initializers import compute_fans as compute_fans_in_keras

        for shape in ((3, 2, 4, 8), (5, 7), (6,), ()):
            assert compute_fans(shape) == tuple(compute_fans_in_keras(shape))
        assert compute_fans((3, 2, 4, 8)) == (3 * 2 * 4, 3 * 2 * 8)

    def test_batch_normalization_defaults_to_a_momentum_of_99_percent_and_an_epsilon_of_1e_3(self, keras):
        for layer in (BatchNormalization(), keras.layers.BatchNormalization()):
            assert (layer.momentum, layer.epsilon) == (0.99, 1e-3)

    @EVERY_ENGINE
    def test_batch_normalization_divides_by_n_in_training_and_in_its_moving_variance(self, engine, keras):
        x = np.array([[0.0], [2.0], [4.0]])
        biased = x.var()  # 8 / 3; divided by n - 1, it would be 4
        ours, theirs = pair(keras, "BatchNormalization()", x)
        ours.use_ops(ENGINES[engine])
        for y, variance in (
            (ours.forward(x, training=True), ours.state["moving_variance"]),
            (np.asarray(theirs(x, training=True)), np.asarray(theirs.moving_variance)),
        ):
            # TensorFlow's variance is E[x^2] - E[x]^2, some roundings off; its momentum is float32's
            assert y[2, 0] == pytest.approx(2 / np.sqrt(biased + 1e-3), rel=1e-7)
            assert variance[0] == pytest.approx(0.99 + 0.01 * biased, rel=1e-6)

    def test_the_rate_of_dropout_is_what_is_dropped_and_survivors_are_scaled_up(self, keras):
        x = np.ones((100, 100), np.float32)
        ours, theirs = Dropout(0.25, seed=1), keras.layers.Dropout(0.25, seed=1)
        for y in (ours(x, training=True), np.asarray(theirs(x, training=True))):
            np.testing.assert_allclose(np.unique(y), [0, 1 / 0.75], rtol=1e-6)
            # 10,000 draws: four standard deviations are 1.7%
            assert (y == 0).mean() == pytest.approx(0.25, abs=0.018)

    def test_dropout_does_nothing_in_inference(self, keras, rng):
        x = rng.random((3, 4)).astype("float32")
        for layer in (Dropout(0.9), keras.layers.Dropout(0.9)):
            np.testing.assert_array_equal(np.asarray(layer(x)), x)
            np.testing.assert_array_equal(np.asarray(layer(x, training=False)), x)

    def test_flatten_is_row_major_over_height_width_channels(self, keras):
        x = np.arange(48.0).reshape(2, 2, 3, 4)
        for layer in (Flatten(), keras.layers.Flatten(dtype="float64")):
            np.testing.assert_array_equal(np.asarray(layer(x)), np.arange(48.0).reshape(2, 24))


class TestPadding:
    @EVERY_ENGINE
    def test_valid_a_2x2_pool_drops_the_last_row_and_column_of_13(self, engine, keras):
        x = np.arange(169.0).reshape(1, 13, 13, 1)
        for y in both(keras, "MaxPooling2D(2)", x, engine):
            assert y.shape == (1, 6, 6, 1)
            assert y.max() == x[0, 11, 11, 0]

    @pytest.mark.parametrize(("n", "k", "s"), [(13, 2, 2), (13, 3, 5), (6, 3, 2), (7, 1, 3), (5, 5, 1)])
    def test_valid_as_many_windows_as_fit_from_the_start(self, n, k, s, keras):
        for y in both(keras, f"Conv2D(1, {k}, strides={s})", np.zeros((1, n, n, 1))):
            assert y.shape[1:3] == ((n - k) // s + 1,) * 2

    @pytest.mark.parametrize(("n", "k", "s"), [(13, 2, 2), (13, 3, 5), (6, 3, 2), (7, 1, 3), (3, 5, 1)])
    def test_same_as_many_windows_as_strides_begin(self, n, k, s, keras):
        for y in both(keras, f"Conv2D(1, {k}, strides={s}, padding='same')", np.zeros((1, n, n, 1))):
            assert y.shape[1:3] == (-(-n // s),) * 2

    @EVERY_ENGINE
    def test_same_the_extra_pixel_of_an_odd_padding_goes_after(self, engine, keras):
        """6 pixels, a kernel of 3, strides of 2: (0, 1), where another library would put (1, 1)."""
        x = np.zeros((1, 6, 6, 1))
        x[0, 0, 0] = 1
        ours, theirs = pair(keras, "Conv2D(1, 3, strides=2, padding='same')", x)
        ours.use_ops(ENGINES[engine])
        for y in (ours.forward(x), np.asarray(theirs(x))):
            # the first window starts at the first pixel, not one before it
            assert y[0, 0, 0, 0] == ours.params["kernel"][0, 0, 0, 0]

    @EVERY_ENGINE
    @pytest.mark.parametrize(
        ("n", "k", "s", "d", "before"),
        [
            (6, 3, 2, 1, 0),
            (6, 2, 1, 3, 1),
            (5, 4, 1, 1, 1),
            (7, 3, 1, 2, 2),
            (8, 5, 3, 1, 1),
            (4, 1, 3, 1, 0),
        ],
    )
    def test_same_pads_the_total_that_the_formula_gives_half_of_it_before(
        self, n, k, s, d, before, engine, keras
    ):
        """total = max((out - 1) * s + (k - 1) * d + 1 - n, 0), of which total // 2 goes before."""
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        assert total // 2 == before
        text = f"Conv2D(1, {k}, strides={s}, dilation_rate={d}, padding='same')"
        x = np.zeros((1, n, n, 1))
        ours, theirs = pair(keras, text, x)
        ours.use_ops(ENGINES[engine])
        kernel = ours.params["kernel"][..., 0, 0]
        for place in range(min(n, (k - 1) * d + 1 - before)):
            impulse = x.copy()
            impulse[0, place, place] = 1  # the first window sees it `before` pixels further on
            seen, off_grid = divmod(place + before, d)
            expected = 0 if off_grid else kernel[seen, seen]
            for y in (ours.forward(impulse), np.asarray(theirs(impulse))):
                assert y[0, 0, 0, 0] == expected

    @EVERY_ENGINE
    def test_a_convolution_pads_with_0(self, engine, keras):
        for y in both(
            keras, "Conv2D(1, 3, padding='same', kernel_initializer='ones')", np.ones((1, 3, 3, 1)), engine
        ):
            np.testing.assert_array_equal(y[0, :, :, 0], [[4, 6, 4], [6, 9, 6], [4, 6, 4]])

    @EVERY_ENGINE
    def test_max_pooling_pads_with_what_never_wins(self, engine, keras):
        x = -np.arange(1.0, 17).reshape(1, 4, 4, 1)
        for y in both(keras, "MaxPooling2D(3, strides=2, padding='same')", x, engine):
            np.testing.assert_array_equal(y[0, :, :, 0], [[-1, -3], [-9, -11]])

    @EVERY_ENGINE
    def test_average_pooling_divides_by_the_number_of_real_pixels(self, engine, keras):
        for y in both(keras, "AveragePooling2D(3, strides=2, padding='same')", np.ones((1, 4, 4, 1)), engine):
            np.testing.assert_array_equal(y, np.ones((1, 2, 2, 1)))

    def test_strides_and_dilation_both_above_1_are_refused_by_the_constructor(self, keras):
        for library in (Conv2D, keras.layers.Conv2D):
            with pytest.raises(ValueError, match="strides"):
                library(2, 3, strides=2, dilation_rate=2)

    def test_a_kernel_larger_than_its_image_is_an_error(self, keras):
        x = np.zeros((1, 3, 3, 1), np.float32)
        with pytest.raises(ValueError, match="Computed output size would be zero or negative"):
            keras.layers.Conv2D(2, 5)(x)
        with pytest.raises(ShapeError, match=r"its 5x5 window .* is larger than its 3x3 image"):
            Conv2D(2, 5)(x)

    def test_a_pool_larger_than_its_image_is_an_error_with_us_and_an_empty_image_with_plain_kernels(
        self, keras
    ):
        """With oneDNN, Keras ends in an AbortedError that says nothing; with plain kernels, in no error."""
        x = np.zeros((1, 3, 3, 1), np.float32)
        assert keras.layers.MaxPooling2D(5)(x).shape == (1, 0, 0, 1)
        with pytest.raises(ShapeError, match=r"its 5x5 window .* is larger than its 3x3 image"):
            MaxPooling2D(5)(x)


class TestGradients:
    @EVERY_ENGINE
    def test_of_tied_maxima_the_first_in_row_major_order_takes_the_whole_gradient(self, engine, keras):
        x = np.zeros((1, 3, 3, 1))
        ours, theirs = pair(keras, "MaxPooling2D(3, strides=1, padding='same')", x)
        ours.use_ops(ENGINES[engine])
        dx = ours.backward(np.ones_like(ours.forward(x)))
        for gradient in (dx, gradient_in_keras(theirs, x)):
            np.testing.assert_array_equal(gradient[0, :, :, 0], [[4, 2, 0], [2, 1, 0], [0, 0, 0]])

    @EVERY_ENGINE
    def test_the_derivative_of_relu_is_0_at_0_and_at_minus_0(self, engine, keras):
        x = np.array([[-1.0, -0.0, 0.0, 2.0]])
        ours, theirs = pair(keras, "ReLU()", x)
        ours.use_ops(ENGINES[engine])
        ours.forward(x)
        for gradient in (ours.backward(np.ones_like(x)), gradient_in_keras(theirs, x)):
            np.testing.assert_array_equal(gradient, [[0, 0, 0, 1]])

    @EVERY_ENGINE
    def test_relu_of_nan_is_nan(self, engine, keras):
        for y in both(keras, "ReLU()", np.array([[np.nan, 1.0]]), engine):
            np.testing.assert_array_equal(y, [[np.nan, 1]])

    @EVERY_ENGINE
    def test_nan_wins_our_max_pooling_and_is_dropped_by_tensorflows(self, engine, keras):
        x = np.array([[1.0, np.nan], [3.0, 2.0]]).reshape(1, 2, 2, 1)
        ours, theirs = both(keras, "MaxPooling2D(2)", x, engine)
        assert np.isnan(ours).all()
        np.testing.assert_array_equal(theirs.ravel(), [3])

    @EVERY_ENGINE
    @pytest.mark.parametrize("text", ["Conv2D(2, 1, strides=3)", "MaxPooling2D(1, strides=3)"])
    def test_pixels_that_a_stride_larger_than_the_kernel_skips_have_gradient_0(
        self, text, engine, keras, rng
    ):
        x = rng.random((1, 7, 7, 1))
        ours, theirs = pair(keras, text, x)
        ours.use_ops(ENGINES[engine])
        dx = ours.backward(np.ones_like(ours.forward(x)))
        expected = gradient_in_keras(theirs, x)
        np.testing.assert_allclose(dx, expected, rtol=1e-13)
        seen = np.zeros((7, 7), bool)
        seen[::3, ::3] = True
        np.testing.assert_array_equal(dx[0, :, :, 0] != 0, seen)

    @EVERY_ENGINE
    @pytest.mark.parametrize("text", ["Conv2D(2, 3, strides=2)", "MaxPooling2D(3, strides=2)"])
    def test_rows_in_no_window_have_gradient_0_and_dx_has_the_shape_of_x(self, text, engine, keras, rng):
        x = rng.random((2, 8, 6, 2))  # (8 - 3) % 2 = (6 - 3) % 2 = 1
        ours, theirs = pair(keras, text, x)
        ours.use_ops(ENGINES[engine])
        dx = ours.backward(np.ones_like(ours.forward(x)))
        for gradient in (dx, gradient_in_keras(theirs, x)):
            assert gradient.shape == x.shape
            assert not gradient[:, -1].any()
            assert not gradient[:, :, -1].any()
            assert gradient[:, 6].any()


class TestGoldenNumbers:
    def test_softmax(self, keras):
        for x, expected in [
            ([1.0, 2, 1], [0.21194157, 0.5761169, 0.21194157]),
            ([1e4, 1e4 + 1, 1e4 + 2, 1e4 + 3], [0.0320586, 0.0871443, 0.2368828, 0.6439143]),
        ]:
            for y in both(keras, "Softmax()", np.array([x])):
                np.testing.assert_allclose(y, [expected], rtol=0, atol=5e-8)

    def test_keras_own_convolution_cases_are_in_the_table(self):
        """Filters, kernel, stride, padding, dilation, groups, on an input of 2x8x8x4."""
        expected = {
            (5, (2, 2), (1, 1), "valid", (1, 1), 1),
            (4, (3, 3), (2, 2), "same", (1, 1), 1),
            (6, (2, 2), (1, 1), "same", (2, 2), 2),
            (6, (2, 2), (1, 1), "same", (2, 3), 2),
            (6, (4, 3), (2, 1), "valid", (1, 1), 2),
        }
        layers = [case.make_layer() for case in CONVOLUTIONS if case.shape == (2, 8, 8, 4)]
        found = {(c.filters, c.kernel_size, c.strides, c.padding, c.dilation_rate, c.groups) for c in layers}
        assert found >= expected
