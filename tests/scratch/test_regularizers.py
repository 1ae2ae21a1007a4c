"""Regularizers: the penalties by hand, their gradients by wiggling, and both in the loss of a model."""

import numpy as np
import pytest

from scratch import regularizers
from scratch.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from scratch.models import Sequential
from scratch.regularizers import L1, L1L2, L2
from tests.cases import EVERY_ENGINE
from tests.numeric import numeric_gradient

LOSS = "sparse_categorical_crossentropy"


def test_penalties_by_hand():
    w = np.array([[1.0, -2.0], [0.0, 0.5]])
    assert L1(0.5)(w) == 1.75
    assert L2(0.5)(w) == 2.625
    assert L1L2(0.5, 0.25)(w) == 1.75 + 1.3125
    assert L1L2()(w) == 0.0
    np.testing.assert_array_equal(L1(0.5).gradient(w), [[0.5, -0.5], [0.0, 0.5]])
    np.testing.assert_array_equal(L2(0.5).gradient(w), w)


@pytest.mark.parametrize("regularizer", [L1(0.3), L2(0.3), L1L2(0.2, 0.7)])
def test_gradients(regularizer, rng):
    w = rng.uniform(0.1, 1.0, (3, 4)) * rng.choice([-1, 1], (3, 4))  # clear of the kink at 0
    expected = numeric_gradient(lambda: regularizer(w), w)
    np.testing.assert_allclose(regularizer.gradient(w), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_has_the_dtype_of_the_weights(dtype):
    assert L1L2(np.float64(0.1), 0.1).gradient(np.ones(2, dtype)).dtype == dtype
    assert type(L2()(np.ones(2, dtype))) is float


def tiny(engine, dtype="float64", regularized=True):
    """Return a network whose convolution the fast engine fuses, and 6 images for it."""
    options = {"kernel_regularizer": L1L2(0.05, 0.03), "bias_regularizer": "l2"} if regularized else {}
    layers = [
        Input((8, 8, 1)),
        Conv2D(2, 3, activation="relu", **options),
        MaxPooling2D(2),
        Flatten(),
        Dense(5, use_bias=False, **options),
        Dense(10, activation="softmax"),
    ]
    generator = np.random.default_rng(0)
    model = Sequential(layers, dtype=dtype, rng=generator)
    model.layers[0].params["bias"][...] = [0.3, -0.2]
    model.compile("sgd", LOSS, engine=engine)
    return model, generator.random((6, 8, 8, 1)), generator.integers(0, 10, 6)


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_gradients_of_a_whole_network(engine):
    model, x, y = tiny(engine)
    _, grads = model.loss_and_grads(x, y)
    for name, param in model.named_params().items():
        expected = numeric_gradient(lambda: model.loss_and_grads(x, y)[0], param, step=1e-6)
        np.testing.assert_allclose(grads[name], expected, rtol=0, atol=1e-8, err_msg=name)


def test_every_loss_that_is_reported_has_the_penalty():
    (model, x, y), (plain, *_) = tiny("reference"), tiny("reference", regularized=False)
    conv, dense = model.layers[0].params, model.layers[3].params
    both = L1L2(0.05, 0.03)
    penalty = both(conv["kernel"]) + 0.01 * (0.3**2 + 0.2**2) + both(dense["kernel"])
    assert model.penalty == pytest.approx(penalty, rel=1e-14)
    assert plain.penalty == 0
    assert model.loss_and_grads(x, y)[0] == pytest.approx(plain.loss_and_grads(x, y)[0] + penalty, rel=1e-14)
    # a smaller last batch has the whole penalty, too
    expected = plain.evaluate(x, y, batch_size=4, verbose=0)[0] + penalty
    assert model.evaluate(x, y, batch_size=4, verbose=0)[0] == pytest.approx(expected, rel=1e-14)
    logs = model.fit(x, y, batch_size=6, validation_data=(x, y), verbose=0).history
    assert logs["loss"] == pytest.approx([expected], rel=1e-14)
    assert logs["val_loss"] == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-14)


def test_names():
    assert regularizers.get(None) is None
    assert type(regularizers.get("l1")) is L1
    assert regularizers.get("L2").l2 == regularizers.get(L2).l2 == 0.01
    both = regularizers.get("l1_l2")
    assert (both.l1, both.l2) == (0.01, 0.01)
    assert regularizers.l2(0.5).l2 == 0.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Dense(3, kernel_regularizer="l3"),
            "unknown regularizer 'l3': expected one of l1, l1_l2, l2",
        ),
        (lambda: Conv2D(3, 3, bias_regularizer=0.01), "regularizer: expected a name .* received 0.01"),
        (lambda: L2(-0.1), "l2: expected a number of at least 0, received -0.1"),
        (lambda: L1L2(float("nan")), "l1: expected a number of at least 0, received nan"),
    ],
)
def test_wrong_calls(make, message):
    with pytest.raises(ValueError, match=message):
        make()
