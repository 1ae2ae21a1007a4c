"""Every layer of the table: its gradients, its shapes, its precision; and what it says to a wrong call."""

import re

import numpy as np
import pytest

from scratch.errors import ShapeError
from scratch.layers import (
    ELU,
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
    Rescaling,
    Reshape,
    ZeroPadding2D,
)
from scratch.models import Sequential
from tests.cases import ALL_CASES, ENGINES, EVERY_ENGINE, SMOOTH_CASES, fill_weights, make_gradient
from tests.numeric import numeric_gradient

# Central differences of step 1e-5 on values of about 1: 1e-10 from the curvature of tanh and softmax, 1e-11
# from rounding. A wrong factor or index is off by 1e-3 or more.
TOLERANCE = 1e-8


def built(case, engine, dtype="float64"):
    layer = case.make_layer()
    layer.use_ops(ENGINES[engine])
    layer.build(case.shape[1:], np.random.default_rng(3), dtype)
    fill_weights(layer, np.random.default_rng(3))
    return layer


@pytest.mark.parametrize("engine", EVERY_ENGINE)
@pytest.mark.parametrize("case", SMOOTH_CASES, ids=str)
def test_gradients_at_every_index(case, engine):
    layer, x = built(case, engine), case.make_input()
    dy = make_gradient(layer.forward(x, case.training).shape)
    dx = layer.backward(dy)

    def loss():
        return float((layer.forward(x, case.training) * dy).sum())

    np.testing.assert_allclose(dx, numeric_gradient(loss, x), rtol=0, atol=TOLERANCE)
    assert layer.grads.keys() == layer.params.keys()
    for name, param in layer.params.items():
        expected = numeric_gradient(loss, param)
        np.testing.assert_allclose(layer.grads[name], expected, rtol=0, atol=TOLERANCE, err_msg=name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", EVERY_ENGINE)
@pytest.mark.parametrize("case", ALL_CASES, ids=str)
def test_shapes_are_as_built_and_precision_is_kept(case, engine, dtype):
    layer, x = built(case, engine, dtype), case.make_input(dtype)
    before = x.copy()
    y = layer.forward(x, case.training)
    assert y.shape == (len(x), *layer.output_shape)
    dx = layer.backward(make_gradient(y.shape, dtype))
    assert dx.shape == x.shape
    assert {a.dtype for a in (y, dx, *layer.weights.values(), *layer.grads.values())} == {np.dtype(dtype)}
    np.testing.assert_array_equal(x, before)  # nobody writes into somebody else's array


WEIGHTED_CASES = [c for c in SMOOTH_CASES if c.text.startswith(("Conv2D", "Dense", "BatchNormalization"))]


@pytest.mark.parametrize("case", WEIGHTED_CASES, ids=str)
def test_need_dx_false_spares_dx_and_nothing_else(case):
    layer, x = built(case, "reference"), case.make_input()
    dy = make_gradient(layer.forward(x, case.training).shape)
    layer.backward(dy)
    grads = {name: g.copy() for name, g in layer.grads.items()}
    assert layer.backward(dy, need_dx=False) is None
    for name, g in grads.items():
        np.testing.assert_array_equal(layer.grads[name], g)


def test_a_backward_overwrites_the_gradients_of_the_one_before():
    layer, x = Dense(3), np.ones((2, 4))
    dy = make_gradient(layer(x).shape)
    layer.backward(dy)
    first = layer.grads["kernel"].copy()
    layer.backward(dy)
    np.testing.assert_array_equal(layer.grads["kernel"], first)


def test_flatten_is_row_major_over_height_width_channels():
    x = np.arange(24.0).reshape(1, 2, 3, 4)
    np.testing.assert_array_equal(Flatten()(x), np.arange(24.0)[None])


class TestDropout:
    def test_in_training_it_drops_and_scales(self, rng):
        layer, x = Dropout(0.25), np.ones((200, 100))
        layer.build((100,), rng, "float64")
        y = layer.forward(x, training=True)
        assert set(np.unique(y)) == {0.0, 1 / 0.75}
        # the mean of 20,000 draws of variance 1/3: four standard deviations are 0.016
        assert y.mean() == pytest.approx(1.0, abs=0.016)
        np.testing.assert_array_equal(layer.backward(np.full_like(x, 2.0)), 2 * y)

    def test_outside_training_it_does_nothing(self, rng):
        layer = Dropout(0.9)
        x = rng.random((3, 4))
        np.testing.assert_array_equal(layer(x), x)

    def test_its_seed_decides(self, rng):
        x = np.ones((5, 6))
        first, second = (Dropout(0.5, seed=7)(x, training=True) for _ in range(2))
        np.testing.assert_array_equal(first, second)


class TestBatchNormalization:
    def test_in_training_each_channel_has_mean_beta_and_deviation_gamma(self, rng):
        layer, x = BatchNormalization(epsilon=0), rng.normal(3, 5, size=(50, 4, 4, 2))
        layer.build((4, 4, 2), rng, "float64")
        layer.params["gamma"][...], layer.params["beta"][...] = [2, 3], [-1, 7]
        y = layer.forward(x, training=True)
        np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), [-1, 7], rtol=1e-13)
        np.testing.assert_allclose(y.std(axis=(0, 1, 2)), [2, 3], rtol=1e-13)

    def test_the_moving_averages_step_in_training_only(self, rng):
        layer, x = BatchNormalization(momentum=0.75), np.array([[0.0], [4.0]])
        layer.build((1,), rng, "float64")
        for _ in range(3):
            layer.forward(x)
        assert [w.item() for w in layer.state.values()] == [0, 1]
        layer.forward(x, training=True)
        # the mean is 2 and the variance 4: the biased one, not 8
        assert [w.item() for w in layer.state.values()] == [0.25 * 2, 0.75 + 0.25 * 4]

    def test_it_keeps_its_state_and_learns_the_rest(self):
        layer = BatchNormalization()
        model = Sequential([Input((4,)), Dense(3), layer, Dense(2)], dtype="float64")
        assert list(layer.weights) == ["gamma", "beta", "moving_mean", "moving_variance"]
        learned = ["dense/kernel", "dense/bias", "batch_normalization/gamma", "batch_normalization/beta"]
        assert list(model.named_params())[:4] == learned
        assert [w.shape for w in model.get_weights()[2:6]] == [(3,)] * 4
        assert (model.count_params(), layer.count_params()) == (15 + 12 + 8, 12)
        model.build((4,))  # again: what is there is kept
        assert model.named_weights()["batch_normalization/moving_mean"] is layer.state["moving_mean"]
        other = Sequential([Input((4,)), Dense(3), BatchNormalization(), Dense(2)], dtype="float64")
        other.set_weights([w + 0.5 for w in model.get_weights()])
        assert other.layers[1].state["moving_variance"].tolist() == [1.5] * 3

    def test_a_summary_tells_what_is_learned_from_what_is_kept(self, capsys):
        Sequential([Input((4,)), Dense(3), BatchNormalization(), Dense(2)]).summary()
        text = capsys.readouterr().out
        for expected in ("Total params: 35", "Trainable params: 29", "Non-trainable params: 6"):
            assert expected in text


@pytest.mark.parametrize("dtype", ["uint8", "int64", "bool", "float16"])
def test_a_layer_called_on_other_numbers_computes_in_float32(dtype):
    layer = Conv2D(4, 3)
    y = layer(np.ones((1, 5, 5, 1), dtype))
    assert y.dtype == layer.params["kernel"].dtype == np.float32
    assert np.ptp(layer.params["kernel"]) > 0


WRONG_ARGUMENTS = [
    (lambda: Conv2D(0, 3), "filters: expected a positive whole number, received 0"),
    (lambda: Conv2D(2.5, 3), "filters: expected a positive whole number, received 2.5"),
    (lambda: Conv2D("8", 3), "filters: expected a positive whole number, received '8'"),
    (lambda: Conv2D(8, (3, 3, 3)), "kernel_size: expected a positive whole number or a pair of them"),
    (lambda: Conv2D(8, 2.5), "kernel_size: expected"),
    (lambda: Conv2D(8, (2.5, 2)), "kernel_size: expected"),
    (lambda: Conv2D(8, 3, strides=0), "strides: expected"),
    (lambda: Conv2D(8, 3, padding="full"), "padding: expected 'valid' or 'same', received 'full'"),
    (lambda: Conv2D(8, 3, strides=2, dilation_rate=2), "both above 1"),
    (lambda: Conv2D(8, 3, groups=3), "expected filters to be a multiple of groups=3, received 8"),
    (lambda: Conv2D(8, 3, data_format="channels_first"), "data_format: expected 'channels_last'"),
    (
        lambda: Conv2D(8, 3, activation="rleu"),
        "unknown activation 'rleu': expected one of elu, leaky_relu, linear,",
    ),
    (lambda: Conv2D(8, 3, kernel_initializer="glorot"), "unknown initializer 'glorot'"),
    (lambda: Dense(-1), "units: expected a positive whole number, received -1"),
    (lambda: Dense(3, activation=3), "activation: expected a name"),
    (lambda: MaxPooling2D((2, 0)), "pool_size: expected"),
    (lambda: MaxPooling2D(padding="SAMES"), "padding: expected"),
    (lambda: AveragePooling2D(2, strides=-1), "strides: expected"),
    (lambda: GlobalMaxPooling2D("channels_first"), "data_format: expected 'channels_last'"),
    (lambda: BatchNormalization(momentum=1.5), "momentum: expected a number from 0 to 1, received 1.5"),
    (lambda: BatchNormalization(epsilon=-1e-3), "epsilon: expected a number of at least 0, received -0.001"),
    (lambda: BatchNormalization(gamma_initializer="one"), "unknown initializer 'one'"),
    (lambda: ReLU(-1), "max_value: expected a number of at least 0, received -1"),
    (lambda: ReLU(6, None), "negative_slope: expected a number of at least 0, received None"),
    (lambda: ReLU(threshold=float("inf")), "threshold: expected a number of at least 0, received inf"),
    (lambda: LeakyReLU(-0.1), "negative_slope: expected a number of at least 0, received -0.1"),
    (lambda: LeakyReLU(float("nan")), "negative_slope: expected a number of at least 0, received nan"),
    (lambda: ELU("1"), "alpha: expected a number of at least 0, received '1'"),
    (lambda: Rescaling("1/255"), "scale: expected a number or a list of numbers, received '1/255'"),
    (lambda: Rescaling(1, offset=[[1]]), "offset: expected a number or a list of numbers, received [[1]]"),
    (lambda: Reshape((-1, -1)), "target_shape: expected a tuple of positive whole numbers, at most one"),
    (lambda: Reshape((2, 0)), "target_shape: expected"),
    (lambda: Reshape(12), "target_shape: expected"),
    (
        lambda: ZeroPadding2D(-1),
        "padding: expected a whole number of at least 0 or a pair of them, received -1",
    ),
    (lambda: ZeroPadding2D((1, 2, 3)), "padding: expected a whole number or a pair of them or of pairs"),
    (lambda: Dropout(1.0), "rate: expected a fraction"),
    (lambda: Dropout("half"), "rate: expected a fraction"),
    (lambda: Activation("softplus"), "unknown activation 'softplus'"),
    (lambda: Input((28, 0, 1)), "shape: expected"),
    (lambda: Input(28), "shape: expected"),
]


@pytest.mark.parametrize(("make", "message"), WRONG_ARGUMENTS, ids=[m for _, m in WRONG_ARGUMENTS])
def test_a_wrong_argument_is_named(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


class TestShapesThatDoNotFit:
    def test_a_kernel_larger_than_its_image(self):
        with pytest.raises(ShapeError, match=r"layer 'conv2d' \(Conv2D\): its 5x3 window .* 4x6 image"):
            Conv2D(2, (5, 3))(np.zeros((1, 4, 6, 1)))

    def test_a_dilated_kernel_larger_than_its_image(self):
        with pytest.raises(ShapeError, match=r"dilation 3x3\) is larger than its 6x6 image"):
            Conv2D(2, 3, dilation_rate=3)(np.zeros((1, 6, 6, 1)))

    def test_a_pool_larger_than_its_image(self):
        with pytest.raises(ShapeError, match=r"layer 'max_pooling2d' .* its 3x3 window .* 2x9 image"):
            MaxPooling2D(3)(np.zeros((1, 2, 9, 1)))

    def test_a_convolution_of_what_is_no_image(self):
        with pytest.raises(
            ShapeError, match=r"expected images of shape \(height, width, channels\), received"
        ):
            Conv2D(2, 3)(np.zeros((1, 28, 28)))

    def test_a_global_pool_or_a_margin_of_what_is_no_image(self):
        for layer in (GlobalAveragePooling2D(), GlobalMaxPooling2D(), ZeroPadding2D()):
            with pytest.raises(ShapeError, match=r"expected images of shape .* received shape \(28, 28\)"):
                layer(np.zeros((1, 28, 28)))

    def test_inputs_without_an_axis_to_compute_on(self):
        for layer in (Dense(2), BatchNormalization()):
            with pytest.raises(ShapeError, match="expected inputs with at least one axis beside the batch"):
                layer(np.zeros(5))

    def test_another_axis_than_the_channels(self):
        with pytest.raises(ShapeError, match=r"expected axis=-1 or 3 for inputs .*, 5, 6, 2\), received 1"):
            BatchNormalization(axis=1)(np.zeros((1, 5, 6, 2)))

    def test_values_that_cannot_be_laid_out_so(self):
        for shape in ((5, 5), (-1, 7)):
            with pytest.raises(ShapeError, match=r"24 values, of shape \(4, 6\), cannot be laid out as"):
                Reshape(shape)(np.zeros((1, 4, 6)))

    def test_a_scale_for_another_number_of_channels(self):
        with pytest.raises(ShapeError, match="expected a scale for each of 3 channels, received 2"):
            Rescaling([1, 2])(np.zeros((1, 4, 4, 3)))

    def test_channels_that_groups_do_not_divide(self):
        with pytest.raises(ShapeError, match="channels in a multiple of groups=2, received 3"):
            Conv2D(4, 3, groups=2)(np.zeros((1, 5, 5, 3)))

    def test_another_shape_than_the_layer_was_built_for(self):
        layer = Dense(2, name="scores")
        layer(np.zeros((1, 4)))
        with pytest.raises(
            ShapeError, match=r"layer 'scores' \(Dense\): expected .*\(None, 4\), received \(1, 5\)"
        ):
            layer(np.zeros((1, 5)))
