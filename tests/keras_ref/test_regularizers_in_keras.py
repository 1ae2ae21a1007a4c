"""A network with regularizers beside its twin: the same loss, penalties included, and the same steps."""

import numpy as np
import pytest

from keras_ref import compare, twin
from scratch import layers, models, optimizers, regularizers

pytestmark = pytest.mark.keras


@pytest.fixture
def float64(keras):
    """Have Keras compute in float64: it converts penalties to whatever its default is."""
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


@pytest.fixture
def pair(keras, float64):
    """Return a network and its twin in float64, with the same weights; factors that float32 has exactly."""

    def body(layers, regularizers):
        return [
            layers.Conv2D(
                3,
                3,
                activation="relu",
                kernel_regularizer=regularizers.L2(2.0**-5),
                bias_regularizer=regularizers.l1(0.125),
            ),
            layers.MaxPooling2D(2),
            layers.Conv2D(4, 3, kernel_regularizer=regularizers.L1(2.0**-7)),
            layers.Flatten(),
            layers.Dense(
                10,
                activation="softmax",
                kernel_regularizer=regularizers.l1_l2(l1=2.0**-8, l2=2.0**-6),
                bias_regularizer=regularizers.l2(0.5),
            ),
        ]

    rng = np.random.default_rng(0)
    head = [layers.Input((28, 28, 1))]
    ours = models.Sequential(head + body(layers, regularizers), dtype="float64", rng=rng)
    head = [keras.Input((28, 28, 1))]
    theirs = keras.Sequential(head + body(keras.layers, keras.regularizers))
    for name, p in ours.named_params().items():
        if name.endswith("bias"):
            p[...] = rng.uniform(-0.5, 0.5, p.shape)
    twin.copy_to_keras(ours, theirs)
    return ours, theirs


@pytest.mark.parametrize("engine", ["reference", pytest.param("fast", marks=pytest.mark.compiled)])
def test_ten_training_steps_in_step(pair, engine, digits, keras):
    ours, theirs = pair
    (x, y), _ = digits
    x, y = x[:48, ..., None] / 256, y[:48]
    ours.compile(optimizers.SGD(0.125, momentum=0.875), compare.LOSS, metrics=["accuracy"], engine=engine)
    loss = keras.losses.SparseCategoricalCrossentropy(dtype="float64")
    theirs.compile(keras.optimizers.SGD(0.125, momentum=0.875), loss, metrics=["accuracy"])
    start = ours.get_weights()
    assert ours.penalty > 0.5
    assert ours.penalty == pytest.approx(float(sum(theirs.losses)), rel=1e-14)
    for step in range(10):
        part = slice(16 * (step % 3), 16 * (step % 3) + 16)
        mine = ours.train_on_batch(x[part], y[part])
        yours, _ = theirs.train_on_batch(x[part], y[part])
        theirs.reset_metrics()
        assert mine == pytest.approx(float(yours), rel=1e-13)
        assert twin.max_weight_difference(ours, theirs) <= 1e-12
    assert max(np.abs(a - b).max() for a, b in zip(start, ours.get_weights(), strict=True)) > 0.01
    # 48 images in batches of 20: the penalty counts fully for each, also for the last and smaller one
    assert ours.evaluate(x, y, 20, verbose=0) == pytest.approx(theirs.evaluate(x, y, 20, verbose=0), rel=1e-7)


def test_the_penalties_of_the_names(keras, rng):
    w = rng.normal(size=(3, 4))
    for name in ("l1", "l2"):
        assert regularizers.get(name)(w) == pytest.approx(float(keras.regularizers.get(name)(w)), rel=1e-7)
    # Keras's documentation has this name and says what it stands for; its code does not know it
    both = keras.regularizers.L1L2(l1=0.01, l2=0.01)
    assert regularizers.get("l1_l2")(w) == pytest.approx(float(both(w)), rel=1e-7)
