"""What is written is read as it was: every layer, every optimizer, and the next steps of training."""

import warnings

import numpy as np
import pytest

from scratch import layers, losses, metrics, optimizers, saving, schedules
from scratch.errors import FileFormatError
from scratch.models import Sequential, load_model
from scratch.saving import layer_table, training, values
from tests.cases import CONVOLUTIONS, NORMALIZATIONS, OTHERS, POOLINGS, fill_weights
from tests.scratch.saving.networks import OPTIMIZERS, everything, small

CASES = CONVOLUTIONS + POOLINGS + NORMALIZATIONS + OTHERS
# Layers that are another class in Keras: there, they are an Activation.
RENAMED = {cls: layers.Activation for cls in layer_table.AS_ACTIVATION}
FORMATS = ["m.keras", "m.h5"]


def reread(model, path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.save(path)
        return load_model(path, engine="reference")


def test_every_layer_has_a_row():
    """A layer that is added to scratch.layers is written down, or this says so."""
    public = {getattr(layers, name) for name in layers.__all__} - {layers.Layer, layers.Input}
    assert {row.cls for row in layer_table.LAYERS.values()} | set(layer_table.AS_ACTIVATION) == public
    assert {row.cls.__name__ for row in layer_table.LAYERS.values()} == set(layer_table.LAYERS)


def test_every_argument_is_written_down():
    """All that a constructor takes is in the row, or stands there with its one value."""
    for name, row in layer_table.LAYERS.items():
        taken = set(values.arguments(row.cls)) - {"name", "input_shape", "trainable"}  # what all layers take
        assert taken == set(row.arguments) | (taken & set(row.fixed)), name


def test_everything_in_training_has_a_row():
    assert set(training.OPTIMIZERS) == {cls.__name__ for cls in optimizers.OPTIMIZERS.values()}
    assert set(training.LOSSES) == {cls.__name__ for cls in losses.LOSSES.values()}
    assert set(training.METRICS) == {cls.__name__ for cls in metrics.METRICS.values()}
    kinds = [cls for cls in vars(schedules).values() if isinstance(cls, type)]
    kinds = {cls.__name__ for cls in kinds if issubclass(cls, schedules.LearningRateSchedule)}
    assert set(training.SCHEDULES) == kinds - {"LearningRateSchedule"}
    for name, own in training.OPTIMIZERS.items():
        taken = set(values.arguments(getattr(optimizers, name))) - {
            "learning_rate",
            "options",
            "weight_decay",
        }
        assert taken == set(own), name


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_layer_from_its_config(case, rng):
    """Its config goes into JSON's words and back; through files, all of them go together below."""
    from scratch.saving import building, configs, writing
    from scratch.saving.chain import LayerConfig

    layer = case.make_layer()
    layer.build(case.shape[1:])
    entry = configs.plain(writing.json.loads(writing.to_json(writing.layer_entry(layer, "float32", False))))
    config = layer_table.canonical_config(entry["class_name"], entry["config"])
    chain = LayerConfig(entry["class_name"], layer.name, config, "", "", True)
    notes = []
    again = building.make_layer(chain, entry["class_name"], config, notes)
    assert notes == []
    assert type(again) is RENAMED.get(type(layer), type(layer))
    again.build(case.shape[1:])
    assert again.weights.keys() == layer.weights.keys()
    fill_weights(layer, rng)
    for name, array in layer.weights.items():
        again.weights[name][...] = array
    x = case.make_input("float32")
    np.testing.assert_array_equal(again(x), layer(x))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_network_of_everything(name, dtype, tmp_path, rng):
    model = everything(dtype)
    x = rng.random((3, 12, 12, 1)) * 255
    again = reread(model, tmp_path / name)
    assert again.name == "everything"
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert again.named_weights().keys() == model.named_weights().keys()
    for found, array in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, array)
        assert found.dtype == dtype
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert again.optimizer is None
    model.save_weights(tmp_path / "m.weights.h5")
    other = everything(dtype)
    for array in other.named_weights().values():
        array[...] = 0
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))
    # written anew, it is the same file
    again.save(tmp_path / f"again-{name}")
    assert (tmp_path / f"again-{name}").read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: f"{type(o).__name__}-{OPTIMIZERS.index(o)}")
def test_training_goes_on_to_the_bit(optimizer, tmp_path, rng):
    from copy import deepcopy

    x, y = rng.random((8, 6)), np.arange(8) % 3
    model = small(deepcopy(optimizer))
    for _ in range(3):
        model.train_on_batch(x, y)
    again = reread(model, tmp_path / "m.keras")
    for _ in range(3):
        assert model.train_on_batch(x, y) == again.train_on_batch(x, y)
    for found, array in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, array)


def test_a_learning_rate_that_was_changed(tmp_path, rng):
    model = small("adam")
    model.train_on_batch(rng.random((4, 6)), [0, 1, 2, 0])
    model.optimizer.learning_rate = 0.125
    assert reread(model, tmp_path / "m.keras").optimizer.learning_rate == 0.125


def test_before_the_first_step(tmp_path):
    again = reread(small("adam"), tmp_path / "m.keras")
    assert again.optimizer.iterations == 0
    assert again.optimizer.learning_rate == 0.001


@pytest.mark.slow
@pytest.mark.parametrize(
    "loss",
    [
        None,
        losses.SparseCategoricalCrossentropy(from_logits=True),
        losses.CategoricalCrossentropy(label_smoothing=0.1, name="mine"),
    ],
)
@pytest.mark.parametrize("name", FORMATS)
def test_losses_and_metrics(loss, name, tmp_path):
    model = Sequential([layers.Input((3,)), layers.Dense(2)])
    chosen = ["accuracy", "acc", metrics.CategoricalAccuracy("mine"), metrics.SparseCategoricalAccuracy()]
    model.compile("sgd", loss, chosen, engine="reference")
    again = reread(model, tmp_path / name)
    assert [(type(m), m.name) for m in again.metrics] == [(type(m), m.name) for m in model.metrics]
    if loss is None:
        assert again.loss is None
    else:
        assert (type(again.loss), vars(again.loss)) == (type(loss), vars(loss))


def test_what_keras_does_not_have_is_not_written(tmp_path):
    class Mine(optimizers.SGD):
        pass

    model = small(Mine())
    with pytest.raises(FileFormatError, match="the optimizer Mine is not one of Keras's"):
        model.save(tmp_path / "m.keras")
    model = small(optimizers.SGD(lambda: 0.1))
    with pytest.raises(FileFormatError, match="a function of one's own"):
        model.save(tmp_path / "m.keras")
    assert list(tmp_path.iterdir()) == []


def test_convert(tmp_path, rng):
    model = small("adam")
    x = rng.random((4, 6))
    model.save(tmp_path / "m.h5")
    converted = saving.convert(tmp_path / "m.h5", tmp_path / "m.keras")
    again = load_model(tmp_path / "m.keras", engine="reference")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert converted.count_params() == model.count_params()


def test_many_layers_and_long_names(tmp_path):
    """More names than fit into one attribute of HDF5."""
    names = [f"{'a_layer_of_a_very_long_name_' * 20}{i}" for i in range(150)]
    model = Sequential([layers.Input((2,)), *(layers.ReLU(name=name) for name in names)])
    assert [layer.name for layer in reread(model, tmp_path / "m.h5").layers] == names


@pytest.mark.slow
def test_a_big_model(tmp_path):
    """100 MB, read and written."""
    model = Sequential([layers.Input((5000,)), layers.Dense(5000, kernel_initializer="zeros")])
    model.layers[0].params["kernel"][::7, ::11] = 1.5
    again = reread(model, tmp_path / "m.keras")
    assert (tmp_path / "m.keras").stat().st_size > 100e6
    np.testing.assert_array_equal(again.layers[0].params["kernel"], model.layers[0].params["kernel"])


def test_loading_leaves_the_default_generator_alone(tmp_path):
    from scratch import rng as generators

    model = small("adam")
    model.save(tmp_path / "m.keras")
    generators.set_random_seed(3)
    expected = generators.default_rng().random()
    generators.set_random_seed(3)
    load_model(tmp_path / "m.keras", engine="reference")
    assert generators.default_rng().random() == expected
