"""Every dialect of Keras's formats: the same weights, the same answers, the same training."""

import numpy as np
import pytest

from scratch import saving
from scratch.models import Sequential, load_model
from scratch.optimizers import SGD
from tests.scratch.saving import dialects

pytestmark = pytest.mark.slow  # together they take more than a few seconds

WHOLE = [name for name in dialects.DIALECTS if name not in dialects.WEIGHTS_ALONE]


def images(n=5):
    return np.random.default_rng(3).random((n, *dialects.SHAPE), dtype=np.float32)


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_model(name, dialect):
    model, expected = load_model(dialect(name), engine="reference"), dialects.network()
    assert isinstance(model, Sequential)
    assert [type(layer) for layer in model.layers] == [type(layer) for layer in expected.layers]
    for found, array in zip(model.get_weights(), dialects.flat_weights(), strict=True):
        np.testing.assert_array_equal(found, array)
        assert found.dtype == np.float32
    np.testing.assert_array_equal(model.predict(images(), verbose=0), expected.predict(images(), verbose=0))
    assert model.loss.name == dialects.LOSS
    assert [metric.name for metric in model.metrics] == dialects.METRICS
    assert type(model.optimizer) is SGD
    assert (model.optimizer.learning_rate, model.optimizer.momentum) == (0.25, 0.5)
    assert all(w.flags.writeable for w in model.named_weights().values())
    assert model.train_on_batch(images(), np.arange(5) % 4) > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", dialects.DIALECTS)
def test_weights_into_a_model_that_exists(name, dialect):
    if name in dialects.FROZEN:
        pytest.skip("its weights are those of a model in a model, out of order")
    model = dialects.network()
    for array in model.named_weights().values():
        array[...] = 0
    model.load_weights(dialect(name))
    for found, array in zip(model.get_weights(), dialects.flat_weights(), strict=True):
        np.testing.assert_array_equal(found, array)


@pytest.mark.slow
@pytest.mark.parametrize("name", dialects.DIALECTS)
def test_what_a_file_holds_can_be_looked_at(name, dialect):
    saved = saving.read(dialect(name))
    assert ("whole model" in saved.dialect) == (name in WHOLE)
    stored = saved.stored_weights()
    assert sorted(a.shape for layer in stored for a in layer.arrays) == sorted(
        a.shape for a in dialects.flat_weights()
    )
    if name in WHOLE:
        assert [layer.name for layer in saved.chain.layers] == dialects.LAYERS
        assert saved.training["loss"]


def test_its_versions_are_noted(dialect):
    assert saving.read(dialect("keras-2.0")).dialect == "whole model, legacy HDF5, Keras 2.0.4"
    assert saving.read(dialect("keras-3")).dialect == "whole model, Keras 3 archive, Keras 3.10.0"
    assert saving.read(dialect("keras-2-weights")).dialect == "weights alone, legacy HDF5, Keras 2.3.1"
    assert saving.read(dialect("keras-3-weights")).dialect == "weights alone, Keras 3 HDF5, version not noted"


def test_training_goes_on_where_it_was(dialect):
    model = load_model(dialect("keras-3"), engine="reference")
    assert model.optimizer.iterations == 3
    assert all((slots["momentum"] == 0.125).all() for slots in model.optimizer.slots)
    model = dialects.network()
    model.compile(SGD(0.5, momentum=0.5), dialects.LOSS, engine="reference")
    model.load_weights(dialect("keras-3-weights"))
    assert (model.optimizer.iterations, model.optimizer.learning_rate) == (3, 0.25)


def test_a_model_is_not_compiled_unless_that_is_wanted(dialect):
    model = load_model(dialect("keras-3"), compile=False)
    assert model.optimizer is model.loss is None
    assert model.engine == "fast"


def test_half_precision_and_double_precision(written):
    """float16 is exact in float32; what was made to compute in float64 does so here."""
    config = dialects.sequential("keras 2.3")
    model = load_model(written(dialects.legacy(config, change=dialects.half)), engine="reference")
    for found, array in zip(model.get_weights(), dialects.flat_weights(), strict=True):
        np.testing.assert_array_equal(found, array.astype("f2"))
    for layer in config["config"]["layers"]:
        layer["config"]["dtype"] = "float64"
    content = dialects.legacy(config, change=lambda a: a.astype("f8") + 1e-12)
    model = load_model(written(content), engine="reference")
    for found, array in zip(model.get_weights(), dialects.flat_weights(), strict=True):
        np.testing.assert_array_equal(found, array.astype("f8") + 1e-12)


def test_bfloat16_as_keras_stores_it(written):
    """The upper halves of float32 numbers, under a type that HDF5 does not know."""

    def fill(file):
        for place, arrays in zip(
            ["conv2d", "batch_normalization", "dense", "dense_1"], dialects.weights().values(), strict=True
        ):
            group = file.create_group(f"layers/{place}/vars")
            for number, array in enumerate(arrays):
                upper = (array.view("u4") >> 16).astype("u2")
                data = group.create_dataset(str(number), data=upper.view("V2"))
                data.attrs["dtype"] = "bfloat16"

    model = dialects.network()
    model.load_weights(written(dialects.hdf5(fill), "x.weights.h5"))
    for found, array in zip(model.get_weights(), dialects.flat_weights(), strict=True):
        np.testing.assert_array_equal(found, (array.view("u4") & 0xFFFF0000).view("f4"))


def test_a_frozen_layer_stays_as_it_is(dialect, rng):
    model = load_model(dialect("tf.keras-nested"), engine="reference")
    frozen, free = model.layers[0], model.layers[-1]
    before = frozen.params["kernel"].copy(), free.params["kernel"].copy()
    model.compile("sgd", loss="sparse_categorical_crossentropy", engine="reference")
    model.train_on_batch(rng.normal(size=(8, *model.input_shape)), rng.integers(0, model.output_shape[0], 8))
    assert (frozen.name, frozen.trainable, free.trainable) == ("conv2d", False, True)
    np.testing.assert_array_equal(frozen.params["kernel"], before[0])
    assert (free.params["kernel"] != before[1]).any()
