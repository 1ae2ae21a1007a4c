"""A network of the layers that our own ones do not have: trained beside Keras, moving averages included."""

import numpy as np
import pytest

from keras_ref import compare, twin
from scratch import layers, models, optimizers

pytestmark = pytest.mark.keras

# float32 has all of these numbers exactly, which Keras rounds some of
LAYERS = """[
    {Input},
    Rescaling(1 / 256),
    ZeroPadding2D(((1, 0), (0, 1))),
    Conv2D(4, 3, use_bias=False),
    BatchNormalization(momentum=0.75),
    LeakyReLU(0.25),
    AveragePooling2D(2),
    Conv2D(6, 3, activation='swish'),
    BatchNormalization(scale=False),
    AveragePooling2D(3, strides=2, padding='same'),
    Conv2D(5, 3, activation='elu', padding='same'),
    Reshape((-1, 6, 5)),
    GlobalAveragePooling2D(),
    Dense(8, activation='tanh'),
    BatchNormalization(axis=1, epsilon=0.125),
    Dense(10, activation='softmax'),
]"""


@pytest.fixture
def pair(keras):
    """Return the network and its twin, in float64, with the same weights."""
    ours = models.Sequential(
        eval(LAYERS.format(Input="Input((28, 28, 1))"), vars(layers) | {}),
        dtype="float64",
        rng=np.random.default_rng(0),
    )
    keras.config.set_dtype_policy("float64")
    try:
        head = "Input((28, 28, 1), dtype='float64')"
        theirs = keras.Sequential(eval(LAYERS.format(Input=head), vars(keras.layers) | {}))
    finally:
        keras.config.set_dtype_policy("float32")
    twin.copy_to_keras(ours, theirs)
    return ours, theirs


@pytest.mark.parametrize("engine", ["reference", pytest.param("fast", marks=pytest.mark.compiled)])
def test_ten_training_steps_in_step(pair, engine, digits, keras):
    ours, theirs = pair
    ours.compile(optimizers.SGD(0.125, momentum=0.875), compare.LOSS, engine=engine)
    loss = keras.losses.SparseCategoricalCrossentropy(dtype="float64")
    theirs.compile(keras.optimizers.SGD(0.125, momentum=0.875), loss)
    (x, y), _ = digits
    x, y = x[:64, ..., None], y[:64]
    start, losses = ours.get_weights(), []
    for step in range(10):
        part = slice(step % 4 * 16, step % 4 * 16 + 16)
        losses.append(ours.train_on_batch(x[part], y[part]))
        theirs.train_on_batch(x[part], y[part])
        for side_by_side in twin.weights(ours, theirs):
            assert side_by_side.difference <= 1e-12, (step, side_by_side.name)
    assert losses[-1] < losses[0]
    for name, before, after in zip(ours.named_weights(), start, ours.get_weights(), strict=True):
        assert np.abs(after - before).max() > 1e-5, name
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=0, atol=1e-12)


def test_the_summary_counts_as_keras_does(pair, capsys):
    ours, theirs = pair
    assert ours.count_params() == theirs.count_params()
    ours.summary()
    text = capsys.readouterr().out
    frozen = sum(int(np.prod(w.shape)) for w in theirs.non_trainable_weights)
    assert f"Non-trainable params: {frozen}" in text
    assert [layer.name for layer in ours.layers] == [
        # Keras counts a name up over all models that a process has made
        "_".join(part for part in layer.name.split("_") if not part.isdigit()) + suffix
        for layer, suffix in zip(theirs.layers, suffixes(theirs.layers), strict=True)
    ]
    assert [(None, *a.output_shape) for a in ours.layers] == [b.output.shape for b in theirs.layers]


def suffixes(keras_layers):
    """Return "", "_1", "_2", ... for the first, second, third layer of each class."""
    kinds = [type(layer) for layer in keras_layers]
    counts = [kinds[:i].count(kind) for i, kind in enumerate(kinds)]
    return [f"_{n}" if n else "" for n in counts]
