"""Every layer of the table against Keras's: what it returns, and all its gradients."""

import numpy as np
import pytest

from scratch import layers
from tests.cases import ALL_CASES, ENGINES, make_gradient

pytestmark = pytest.mark.keras

# Relative to the sum of the absolute values of all products that were added up: what rounding may do. float32
# rounds at 6e-8, float64 at 1.1e-16; the sums here have up to some hundred terms, in another order on either
# side.
TOLERANCE = {"float32": 1e-6, "float64": 1e-14}


def gradients_in_keras(layer, x, dy):
    """Return y, dx and the parameters' gradients from TensorFlow's GradientTape, as arrays."""
    import tensorflow as tf

    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=False)
    sources = [x, *(v.value for v in layer.trainable_variables)]
    return [np.asarray(y), *(np.asarray(g) for g in tape.gradient(y, sources, dy))]


def gradients_from_scratch(layer, x, dy):
    """Return the same from our own layer."""
    y = layer.forward(x)
    dx = layer.backward(dy)
    return [y, dx, *layer.grads.values()]


def sums_of_absolute_products(layer, x, dy):
    """Return, for each of the same arrays, an upper bound of the sum of the absolute values of what was added
    up.

    Convolution, dense and pooling are sums of products: on absolute values, each sum is that of the absolute
    products. A named activation neither enlarges values by more than 1 nor slopes by more than 1.
    """
    bound = type(layer).__new__(type(layer))
    bound.__dict__ = layer.__dict__ | {"activation": None, "grads": {}}
    bound.params = {name: np.abs(p) for name, p in layer.params.items()}
    return [b + np.abs(dy).max() for b in gradients_from_scratch(bound, np.abs(x), np.abs(dy))]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", ALL_CASES, ids=str)
def test_a_layer_is_what_it_is_in_keras(case, engine, dtype, keras, rng):
    x = case.make_input(dtype)
    ours = case.make_layer()
    ours.use_ops(ENGINES[engine])
    ours.build(case.shape[1:], rng, dtype)
    for param in ours.params.values():
        param[...] = rng.uniform(-1, 1, param.shape)  # biases, too: zeros would hide errors
    keras.config.set_dtype_policy(dtype)
    try:
        theirs = case.make_layer(keras.layers)
        theirs.build((None, *case.shape[1:]))
    finally:
        keras.config.set_dtype_policy("float32")
    theirs.set_weights(list(ours.params.values()))
    dy = make_gradient(ours.forward(x).shape, dtype)

    expected = gradients_in_keras(theirs, x, dy)
    received = gradients_from_scratch(ours, x, dy)
    bounds = sums_of_absolute_products(ours, x, dy)
    assert len(expected) == len(received)
    for name, want, have, bound in zip(
        ["y", "dx", "dkernel", "dbias"], expected, received, bounds, strict=False
    ):
        assert have.dtype == want.dtype == dtype
        assert have.shape == want.shape
        worst = (np.abs(have - want) / bound).max()
        assert worst <= TOLERANCE[dtype], f"{name} differs by {worst:.1e} of its sum of absolute products"


def test_the_table_holds_every_layer():
    named = {case.text.partition("(")[0] for case in ALL_CASES}
    assert named == set(layers.__all__) - {
        "Input",
        "Layer",
        "Sigmoid",
        "Tanh",
    }  # the last two are no layers in Keras
