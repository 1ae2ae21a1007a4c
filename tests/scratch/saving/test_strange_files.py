"""Files that are in order but unusual: each is read as its author meant it, or refused by name."""

import io
import warnings

import h5py
import numpy as np
import pytest

from scratch import saving
from scratch.errors import FileFormatError
from scratch.models import load_model
from scratch.saving.overview import overview
from tests.scratch.saving import dialects
from tests.scratch.saving.dialects import NAMES, legacy, sequential, weights

pytestmark = pytest.mark.slow  # together they take more than a few seconds


def loaded(path):
    """Return the model in a file, and the notes on it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = load_model(path, engine="reference")
    return model, [str(warning.message) for warning in caught]


def assert_same(model, expected=None):
    """Check that a model says what network() says."""
    x = np.random.default_rng(3).random((4, *dialects.SHAPE), dtype=np.float32)
    expected = (expected or dialects.network()).predict(x, verbose=0)
    np.testing.assert_array_equal(model.predict(x.reshape(4, *model.input_shape), verbose=0), expected)


def changed(change, style="tf.keras"):
    """Return a legacy file whose layers' entries, a list, are changed by change(layers)."""
    config = sequential(style)
    change(config["config"]["layers"])
    return legacy(config)


def with_optimizer(config, arrays):
    """Return a legacy file compiled with an optimizer that has a state, {name: array}."""
    training = {"loss": dialects.LOSS, "metrics": dialects.METRICS, "optimizer_config": config}
    data = io.BytesIO(legacy(sequential("tf.keras"), training=training))
    with h5py.File(data, "r+") as file:
        group = file.create_group("optimizer_weights")
        group.attrs["weight_names"] = [name.encode() for name in arrays]
        for name, array in arrays.items():
            group[name] = array
    return data.getvalue()


LEARNED = [
    (layer, name, array)
    for layer, names in NAMES.items()
    for name, array in zip(names, weights()[layer], strict=True)
    if not name.startswith("moving")
]


def slots(*names):
    """Return {name in the file: array} of slots, one after the other for all parameters: Keras up to 2.10."""
    return {
        f"Opt/{layer}/{name}/{slot}:0": array + number + 1
        for number, slot in enumerate(names)
        for layer, name, array in LEARNED
    }


COUNT = {"Opt/iter:0": np.int64(7)}
NOT_KEPT = {f"vhat_{number}:0": np.zeros(1, "f4") for number in range(len(LEARNED))}
OLD_STATES = {
    "tf.keras Adam": ("Adam", {}, COUNT | slots("m", "v"), ["momentum", "velocity"]),
    "tf.keras Adam, amsgrad": (
        "Adam",
        {"amsgrad": True},
        COUNT | slots("m", "v", "vhat"),
        ["momentum", "velocity", "velocity_hat"],
    ),
    "Keras 2.3 Adam": (
        "Adam",
        {"amsgrad": False},
        {"Adam/iterations:0": np.int64(7)} | slots("m", "v") | NOT_KEPT,
        ["momentum", "velocity"],
    ),
    "tf.keras RMSprop": (
        "RMSprop",
        {"momentum": 0.5, "centered": True},
        COUNT | slots("rms", "momentum", "mg"),
        ["velocity", "momentum", "average_gradient"],
    ),
    "tf.keras SGD": ("SGD", {"momentum": 0.5}, COUNT | slots("momentum"), ["momentum"]),
    "Keras 2.3 SGD": ("SGD", {"momentum": 0.0}, {"SGD/iterations:0": np.int64(7)} | slots("moment"), []),
}


@pytest.mark.parametrize("name", OLD_STATES)
def test_the_state_of_old_optimizers(name, written):
    cls, options, arrays, kept = OLD_STATES[name]
    config = {"class_name": cls, "config": {"name": cls, "learning_rate": 0.25, "decay": 0.0} | options}
    model, notes = loaded(written(with_optimizer(config, arrays)))
    assert notes == []
    assert model.optimizer.iterations == 7
    for found, (_, _, array) in zip(model.optimizer.slots, LEARNED, strict=True):
        assert list(found) == kept
        for number, slot in enumerate(kept):
            np.testing.assert_array_equal(found[slot], array + number + 1)


def test_a_state_without_names_is_noted(written):
    config = {"class_name": "Adadelta", "config": {"lr": 1.0, "rho": 0.95}}
    arrays = {f"Variable_{number}:0": array for number, (_, _, array) in enumerate(LEARNED)}
    model, notes = loaded(written(with_optimizer(config, arrays)))
    assert model.optimizer.iterations == 0
    assert "no names that we know" in notes[0]


LION_STATE = COUNT | {"Opt/learning_rate:0": np.float32(0.5)} | slots("m")
FOREIGN_STATES = {
    "of an optimizer that is not here": ({"class_name": "Lion", "config": {"learning_rate": 0.5}}, "'Lion'"),
    "of an optimizer that is not named": (None, "does not say which optimizer"),
    "negative where a root is taken": ({"class_name": "RMSprop", "config": {}}, "not that of such"),
}


@pytest.mark.parametrize("name", FOREIGN_STATES)
def test_the_state_of_another_optimizer_is_not_taken_over(name, written):
    config, words = FOREIGN_STATES[name]
    state = {key: -value if key.endswith("m:0") else value for key, value in LION_STATE.items()}
    model, (note,) = loaded(written(with_optimizer(config, state)))
    assert words in note
    assert model.optimizer.iterations == 0
    assert model.optimizer.slots is None


def test_names_cannot_steer_a_terminal(written):
    content = changed(lambda layers: layers[-1]["config"].update(name="\x1b[31mred\n\ud800"))
    path = written(content)
    model, _ = loaded(path)
    assert model.layers[-1].name == "_[31mred__"
    assert overview(saving.read(path)).layers[-1].name == "_[31mred__"


def test_a_value_that_is_shown_is_cut_short(written):
    content = changed(lambda layers: layers[0]["config"].update(filters="9" * 5_000))
    with pytest.raises(FileFormatError, match=r"filters: .*9\.\.\.$") as caught:
        loaded(written(content))
    assert len(str(caught.value)) < 1_000


def test_a_metric_of_an_odd_name_goes_by_its_function(written):
    metric = {"class_name": "MeanMetricWrapper", "config": {"name": {"a": 1}, "fn": "accuracy"}}
    training = {"loss": dialects.LOSS, "metrics": [metric], "optimizer_config": None}
    model, _ = loaded(written(legacy(sequential("tf.keras"), training=training)))
    assert [metric.name for metric in model.metrics] == ["accuracy"]


def test_names_with_slashes_become_names_that_keras_3_takes(written, tmp_path):
    names = {"conv2d": "block/conv", "dense": "head/a", "dense_1": "head/b"}
    config = sequential("tf.keras")
    for layer in config["config"]["layers"]:
        layer["config"]["name"] = names.get(layer["config"]["name"], layer["config"]["name"])
    groups = {}
    for layer, own_names in NAMES.items():
        group = names.get(layer, layer)
        pairs = zip(own_names, weights()[layer], strict=True)
        groups[group] = [(f"{group}/{name}:0", array) for name, array in pairs]
    model, _ = loaded(written(legacy(config, groups=groups)))
    assert_same(model)
    assert [layer.name for layer in model.layers][::4] == ["block_conv", "head_a"]
    saving.save_model(model, tmp_path / "new.keras")
    assert all("/" not in layer.name for layer in saving.read(tmp_path / "new.keras").chain.layers)


def insert(index, class_name, **config):
    """Return a change that puts one more layer in."""
    entry = {"class_name": class_name, "config": {"name": f"new_{index}"} | config}
    return lambda layers: layers.insert(index, entry)


def remove(*keys):
    """Return a change that takes all optional keys out of the configs."""

    def change(layers):
        for layer in layers:
            for key in keys:
                layer["config"].pop(key, None)

    return change


def set_config(index, **values):
    """Return a change of one layer's config."""
    return lambda layers: layers[index]["config"].update(values)


OPTIONAL = ["use_bias", "kernel_initializer", "kernel_regularizer", "kernel_constraint", "bias_regularizer"]
OPTIONAL += ["dtype", "trainable", "data_format", "padding", "activity_regularizer"]
TANH = {"class_name": "Activation", "config": {"name": "activation_1", "activation": "tanh"}}
POLICY = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
READ = {
    "an input in the middle": insert(3, "InputLayer", batch_input_shape=[None, 2, 2, 3]),
    "activation as an object": set_config(4, activation=TANH),
    "activation as a function": set_config(4, activation={"class_name": "function", "config": "tanh"}),
    "a layer that only trains": insert(4, "GaussianNoise", stddev=0.1),
    "a linear activation": insert(4, "Activation", activation="linear"),
    "optional keys missing": remove(*OPTIONAL),
    "no strides": lambda layers: layers[2]["config"].pop("strides"),
    "strides that are null": set_config(2, strides=None),
    "a mixed policy": set_config(0, dtype=POLICY),
    "a size as one number": set_config(2, pool_size=2, strides=2),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read(name, written):
    assert_same(loaded(written(changed(READ[name])))[0])


REFUSED = {
    "channels first": (set_config(0, data_format="channels_first"), ["(channels, height, width)", "conv2d"]),
    "channels first in a Flatten": (
        set_config(3, data_format="channels_first"),
        ["flatten", "channels_last"],
    ),
    "an unknown layer": (insert(3, "PReLU"), ["PReLU", "not here"]),
    "an unknown activation": (set_config(4, activation="selu"), ["selu", "dense"]),
    "an activation without a function": (set_config(4, activation="Activation"), ["Activation", "dense"]),
    "relu with a ceiling": (insert(3, "ReLU", max_value=6.0), ["max_value=6.0"]),
    "another axis": (set_config(1, axis=[1]), ["axis", "batch_normalization"]),
    "quantized": (set_config(4, quantization_config={"class_name": "Int8"}), ["quantization_config"]),
    "an integer policy": (set_config(4, dtype="int8"), ["int8"]),
    "a layer without a class": (lambda layers: layers[2].pop("class_name"), ["name of a class"]),
    "a layer without a name": (set_config(2, name=5), ["name of a layer"]),
    "filters missing": (remove("filters"), ["conv2d"]),
    "units missing": (remove("units"), ["dense"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_by_name(name, written, assert_refused):
    change, words = REFUSED[name]
    assert_refused(written(changed(change)), *words)
