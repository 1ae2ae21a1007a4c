"""Every layer of the table against Keras's: what it returns, and all its gradients."""

import numpy as np
import pytest

from scratch import layers
from tests.cases import ALL_CASES, ENGINES, WRONG_IN_TENSORFLOW, fill_weights, make_gradient

pytestmark = pytest.mark.keras

# Relative to the sum of the absolute values of all products that were added up: what rounding may do. float32
# rounds at 6e-8, float64 at 1.1e-16; the sums here have up to some hundred terms, in another order on either
# side.
TOLERANCE = {"float32": 1e-6, "float64": 1e-14}


def gradients_in_keras(layer, x, dy, training):
    """Return y, dx and the parameters' gradients from TensorFlow's GradientTape, as arrays."""
    import tensorflow as tf

    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=training)
    sources = [x, *(v.value for v in layer.trainable_variables)]
    return [np.asarray(y), *(np.asarray(g) for g in tape.gradient(y, sources, dy))]


def gradients_from_scratch(layer, x, dy, training):
    """Return the same from our own layer."""
    y = layer.forward(x, training)
    dx = layer.backward(dy)
    return [y, dx, *layer.grads.values()]


def sums_of_absolute_products(layer, x, dy, training):
    """Return, for each of the same arrays, an upper bound of the sum of the absolute values of what was added
    up.

    Convolution, dense and pooling are sums of products: on absolute values, each sum is that of the absolute
    products. A named activation neither enlarges values by more than 1 nor slopes by more than 1.2.
    """
    bound = type(layer).__new__(type(layer))
    bound.__dict__ = layer.__dict__ | {"activation": None, "grads": {}}
    bound.params = {name: np.abs(p) for name, p in layer.params.items()}
    if isinstance(layer, layers.BatchNormalization):
        return normalization_bounds(bound, x, np.abs(dy), training)
    return [b + np.abs(dy).max() for b in gradients_from_scratch(bound, np.abs(x), np.abs(dy), training)]


def normalization_bounds(bound, x, dy, training):
    """Return the same for a normalization, whose parameters and dy are made absolute already.

    What it subtracts, the mean, is to be added: a negative mean does that. In training, dx is a sum of three.
    """
    axes = tuple(range(x.ndim - 1))
    if training:
        mean, variance = np.abs(x).mean(axis=axes), x.var(axis=axes)
    else:
        mean, variance = np.abs(bound.state["moving_mean"]), bound.state["moving_variance"]
    bound.state = {"moving_mean": -mean, "moving_variance": variance}
    y, dx, *of_params = gradients_from_scratch(bound, np.abs(x), dy, False)
    if training:
        x_hat = (np.abs(x) + mean) / np.sqrt(variance + bound.epsilon)
        dx = dx + dx.mean(axis=axes) + x_hat * (dx * x_hat).mean(axis=axes)
    return [y, dx, *of_params]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", [c for c in ALL_CASES if c not in WRONG_IN_TENSORFLOW], ids=str)
def test_a_layer_is_what_it_is_in_keras(case, engine, dtype, keras, rng):
    x = case.make_input(dtype)
    ours = case.make_layer()
    ours.use_ops(ENGINES[engine])
    ours.build(case.shape[1:], rng, dtype)
    fill_weights(ours, rng)
    keras.config.set_dtype_policy(dtype)
    try:
        theirs = case.make_layer(keras.layers)
        theirs.build((None, *case.shape[1:]))
    finally:
        keras.config.set_dtype_policy("float32")
    theirs.set_weights(list(ours.weights.values()))
    dy = make_gradient((case.shape[0], *ours.output_shape), dtype)
    bounds = sums_of_absolute_products(ours, x, dy, case.training)

    expected = gradients_in_keras(theirs, x, dy, case.training)
    received = gradients_from_scratch(ours, x, dy, case.training)
    names = ["y", "dx", *(f"d{name}" for name in ours.params)]
    for name, want, have, bound in zip(names, expected, received, bounds, strict=True):
        assert have.dtype == want.dtype == dtype
        assert have.shape == want.shape
        worst = (np.abs(have - want) / bound).max()
        assert worst <= TOLERANCE[dtype], f"{name} differs by {worst:.1e} of its sum of absolute products"
    for (name, have), want in zip(ours.weights.items(), theirs.get_weights(), strict=True):
        # a moving average is a sum of two numbers of about 1; all else is as it was
        np.testing.assert_allclose(have, want, rtol=0, atol=TOLERANCE[dtype], err_msg=name)


def test_leaky_relu_by_name_has_another_slope_than_the_layer(keras, rng):
    x = rng.normal(size=(3, 4)).astype("float32")
    for slope, make in (
        (0.2, lambda library: library.Activation("leaky_relu")),
        (0.3, lambda library: library.LeakyReLU()),
    ):
        y = make(layers)(x)
        np.testing.assert_array_equal(y, np.asarray(make(keras.layers)(x)))
        np.testing.assert_allclose(y[x < 0] / x[x < 0], slope, rtol=1e-6)


@pytest.mark.parametrize("case", WRONG_IN_TENSORFLOW, ids=str)
def test_a_gradient_that_tensorflow_has_wrong(case, keras, rng):
    """The layer is linear: what it makes of an image with a single 1 says all about that pixel's gradient."""
    x, ours, theirs = case.make_input("float32"), case.make_layer(), case.make_layer(keras.layers)
    ours.build(case.shape[1:], rng)
    dy = make_gradient((case.shape[0], *ours.output_shape), "float32")
    y, wrong = gradients_in_keras(theirs, x, dy, False)
    np.testing.assert_allclose(ours.forward(x), y, rtol=0, atol=TOLERANCE["float32"])
    units = np.eye(x.size, dtype="float32").reshape(x.size, *case.shape[1:])
    by_their_forward = (np.asarray(theirs(units)) * dy).sum(axis=(1, 2, 3)).reshape(x.shape)
    np.testing.assert_allclose(ours.backward(dy), by_their_forward, rtol=0, atol=TOLERANCE["float32"])
    # where this fails, TensorFlow has mended it, and the row can join the others
    assert np.abs(wrong - by_their_forward).max() > 0.01


def test_the_table_holds_every_layer():
    named = {case.text.partition("(")[0] for case in ALL_CASES}
    assert named == set(layers.__all__) - {
        "Input",
        "Layer",
        "Sigmoid",
        "SiLU",
        "Tanh",
    }  # the last three are no layers in Keras
