"""Every layer of the table: its gradients, its shapes, its precision; and what it says to a wrong call."""

import re

import numpy as np
import pytest

from scratch.errors import ShapeError
from scratch.layers import Activation, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from tests.cases import ALL_CASES, ENGINES, EVERY_ENGINE, SMOOTH_CASES, make_gradient
from tests.numeric import numeric_gradient

# Central differences of step 1e-5 on values of about 1: 1e-10 from the curvature of tanh and softmax, 1e-11
# from rounding. A wrong factor or index is off by 1e-3 or more.
TOLERANCE = 1e-8


def built(case, engine, dtype="float64"):
    layer = case.make_layer()
    layer.use_ops(ENGINES[engine])
    layer.build(case.shape[1:], np.random.default_rng(3), dtype)
    if "bias" in layer.params:
        layer.params["bias"][...] = np.linspace(
            -0.3, 0.4, layer.params["bias"].size
        )  # not zeros: they hide errors
    return layer


@pytest.mark.parametrize("engine", EVERY_ENGINE)
@pytest.mark.parametrize("case", SMOOTH_CASES, ids=str)
def test_gradients_at_every_index(case, engine):
    layer, x = built(case, engine), case.make_input()
    dy = make_gradient(layer.forward(x).shape)
    dx = layer.backward(dy)

    def loss():
        return float((layer.forward(x) * dy).sum())

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
    y = layer.forward(x)
    assert y.shape == (len(x), *layer.output_shape)
    dx = layer.backward(make_gradient(y.shape, dtype))
    assert dx.shape == x.shape
    assert {a.dtype for a in (y, dx, *layer.params.values(), *layer.grads.values())} == {np.dtype(dtype)}
    np.testing.assert_array_equal(x, before)  # nobody writes into somebody else's array


@pytest.mark.parametrize("case", [c for c in SMOOTH_CASES if c.text.startswith(("Conv2D", "Dense"))], ids=str)
def test_need_dx_false_spares_dx_and_nothing_else(case):
    layer, x = built(case, "reference"), case.make_input()
    dy = make_gradient(layer.forward(x).shape)
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
    (lambda: Conv2D(8, 3, activation="rleu"), "unknown activation 'rleu': expected one of linear, relu,"),
    (lambda: Conv2D(8, 3, kernel_initializer="glorot"), "unknown initializer 'glorot'"),
    (lambda: Dense(-1), "units: expected a positive whole number, received -1"),
    (lambda: Dense(3, activation=3), "activation: expected a name"),
    (lambda: MaxPooling2D((2, 0)), "pool_size: expected"),
    (lambda: MaxPooling2D(padding="SAMES"), "padding: expected"),
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
