"""Files between the two: each loads what the other writes, and training goes on in either."""

import json
import warnings
import zipfile
from copy import deepcopy

import h5py
import numpy as np
import pytest

from scratch import layers, saving
from scratch.models import Sequential, load_model
from scratch.saving import training, writing
from tests.cases import CONVOLUTIONS, NORMALIZATIONS, OTHERS, POOLINGS
from tests.scratch.saving.networks import OPTIMIZERS, everything, small

pytestmark = pytest.mark.keras

# What newer versions of Keras note beside, with values that older ones always had: older ones choke on them.
NEWER = {
    "input_axes",
    "optional",
    "output_axes",
    "quantization_config",
    "renorm",
    "renorm_clipping",
    "renorm_momentum",
    "shared_object_id",
    "synchronized",
}


@pytest.fixture(autouse=True)
def quiet_keras():
    """Keras says of each legacy file that it is one, and of our `alpha` that it was renamed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def images(n=6, shape=(12, 12, 1)):
    return np.random.default_rng(7).random((n, *shape), dtype=np.float32) * 255


def compare_configs(ours, theirs, place=""):
    """Check that each entry of ours is Keras's, and that Keras has no more but what is new."""
    if isinstance(ours, list) and isinstance(theirs, list):
        assert len(ours) == len(theirs), place
        for number, pair in enumerate(zip(ours, theirs, strict=True)):
            compare_configs(*pair, f"{place}/{number}")
        return
    if not isinstance(ours, dict):
        assert ours == theirs, place
        return
    assert isinstance(theirs, dict), place
    assert set(ours) <= set(theirs), place
    assert set(theirs) - set(ours) <= NEWER, place
    for name, value in ours.items():
        compare_configs(value, theirs[name], f"{place}/{name}")


CASES = CONVOLUTIONS + POOLINGS + NORMALIZATIONS + OTHERS


@pytest.mark.parametrize("text", dict.fromkeys(case.text for case in CASES))
def test_a_layer_is_written_down_as_keras_does(text, keras):
    case = next(case for case in CASES if case.text == text)
    ours, theirs = case.make_layer(), case.make_layer(keras.layers)
    ours.build(case.shape[1:])
    # Built as in any model, by a call. Keras's build() notes the shape that it is given (`build_config`), but
    # a layer that has nothing to build says in its constructor that it is built, so that no call gets there.
    keras.Sequential([keras.Input(case.shape[1:]), theirs])
    ours.name = theirs.name
    entry = json.loads(writing.to_json(writing.layer_entry(ours, "float32", legacy=False)))
    compare_configs(entry, json.loads(json.dumps(keras.saving.serialize_keras_object(theirs))))


def test_a_whole_model_is_written_down_as_keras_does(keras, tmp_path):
    keras.utils.clear_session()  # or its names would count on from the tests before
    ours = Sequential([layers.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)], name="twin")
    ours.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], engine="reference")
    theirs = keras.Sequential(
        [
            keras.Input((4,), name="input_layer"),
            keras.layers.Dense(3, activation="relu", name="dense"),
            keras.layers.Dense(2, name="dense_1"),
        ],
        name="twin",
    )
    loss = keras.losses.SparseCategoricalCrossentropy()
    theirs.compile(keras.optimizers.Adam(), loss, metrics=["accuracy"])
    configs, members = [], []
    for model, name in ((ours, "ours.keras"), (theirs, "theirs.keras")):
        model.save(tmp_path / name)
        with zipfile.ZipFile(tmp_path / name) as archive:
            members.append(archive.namelist())
            configs.append(json.loads(archive.read("config.json")))
    assert members[0] == members[1]
    # Keras notes the learning rate as float32 has it, and gives its optimizer a name of its own
    rates = [config["compile_config"]["optimizer"]["config"].pop("learning_rate") for config in configs]
    assert np.float32(rates[0]) == np.float32(rates[1])
    loss = configs[1]["compile_config"]["loss"]["config"]
    assert loss.pop("ignore_class") is None
    compare_configs(*configs)


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
def test_keras_loads_what_we_write_and_we_what_keras_writes(name, keras, tmp_path):
    """scratch -> Keras -> scratch: predictions to 1e-6, weights to the bit."""
    model, x = everything(), images()
    expected = model.predict(x, verbose=0)
    if name == "m.weights.h5":
        model.save(tmp_path / "whole.keras")
        model.save_weights(tmp_path / name)
        theirs = keras.models.load_model(tmp_path / "whole.keras")
        theirs.set_weights([np.zeros_like(w) for w in theirs.get_weights()])
        theirs.load_weights(tmp_path / name)
        theirs.save_weights(tmp_path / f"back.{name}")
        back = everything()
        for array in back.named_weights().values():
            array[...] = 0
        back.load_weights(tmp_path / f"back.{name}")
    else:
        model.save(tmp_path / name)
        theirs = keras.models.load_model(tmp_path / name)
        theirs.save(tmp_path / f"back.{name}")
        back = load_model(tmp_path / f"back.{name}", engine="reference")
    np.testing.assert_allclose(theirs.predict(x, verbose=0), expected, rtol=0, atol=1e-6)
    assert [layer.name for layer in theirs.layers] == [layer.name for layer in model.layers]
    for ours, array, other in zip(back.get_weights(), model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, array)
        np.testing.assert_array_equal(other, array)
    np.testing.assert_array_equal(back.predict(x, verbose=0), expected)


def keras_networks(keras):
    """Return {name: (network, shape of an input)}: kinds of models that Keras has and we do not."""
    K = keras.layers
    image = keras.Input((12, 12, 1))
    x = K.BatchNormalization()(K.Conv2D(4, 3, activation="relu")(image))
    functional = keras.Model(image, K.Dense(5, activation="softmax")(K.Flatten()(K.Dropout(0.5)(x))))
    body = keras.Sequential(
        [keras.Input((12, 12, 1)), K.Conv2D(4, 3), K.BatchNormalization(), K.MaxPooling2D(2)]
    )
    body.layers[0].trainable = False
    nested = keras.Sequential([body, K.GlobalAveragePooling2D(), K.Dense(5, activation="softmax")])
    unbuilt = keras.Sequential([K.Flatten(), K.Dense(5, activation="elu")])
    unbuilt.build((None, 12, 12, 1))
    return {"functional": functional, "nested": nested, "unbuilt": unbuilt}


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
@pytest.mark.parametrize("kind", ["functional", "nested", "unbuilt"])
def test_other_kinds_of_keras_models(kind, name, keras, tmp_path):
    theirs = keras_networks(keras)[kind]
    theirs.set_weights([np.random.default_rng(1).uniform(0.1, 1, w.shape) for w in theirs.get_weights()])
    theirs.save(tmp_path / name)
    ours = load_model(tmp_path / name, engine="reference")
    expected = theirs.predict(images() / 255, verbose=0)
    np.testing.assert_allclose(ours.predict(images() / 255, verbose=0), expected, rtol=1e-6, atol=1e-6)


def data():
    generator = np.random.default_rng(2)
    return generator.random((8, 6), dtype=np.float32), np.arange(8) % 3


# Three more steps, each of up to 0.01 for Adam and 0.1 for SGD. Both compute in float32, of 7 digits, and
# Keras takes Adam's powers of beta in float32, too: together some 1e-7 of a step. Measured: 4e-7.
STEPS, TOLERANCE = 3, 2e-6


@pytest.mark.parametrize("number", range(len(OPTIMIZERS)))
def test_training_goes_on_in_keras_as_it_would_here(number, keras, tmp_path):
    x, y = data()
    model = small(deepcopy(OPTIMIZERS[number]))
    for _ in range(3):
        model.train_on_batch(x, y)
    model.save(tmp_path / "m.keras")
    theirs = keras.models.load_model(tmp_path / "m.keras")
    assert int(theirs.optimizer.iterations) == 3
    before = model.get_weights()
    for _ in range(STEPS):
        model.train_on_batch(x, y)
        theirs.train_on_batch(x, y)
    # what a fresh optimizer would have done is far away
    assert (
        max(np.abs(a - b).max() for a, b in zip(before, model.get_weights(), strict=True)) > 100 * TOLERANCE
    )
    for ours, other in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(ours, other, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("number", range(len(OPTIMIZERS)))
def test_training_goes_on_here_as_it_would_in_keras(number, keras, tmp_path):
    x, y = data()
    optimizer = training.write_optimizer(deepcopy(OPTIMIZERS[number]))
    K = keras.layers
    stack = [keras.Input((6,)), K.Dense(5, activation="relu", use_bias=False), K.BatchNormalization()]
    theirs = keras.Sequential([*stack, K.Dense(3, activation="softmax")])
    theirs.set_weights(small("sgd").get_weights())
    theirs.compile(keras.optimizers.deserialize(optimizer), "sparse_categorical_crossentropy")
    for _ in range(3):
        theirs.train_on_batch(x, y)
    theirs.save(tmp_path / "m.keras")
    model = load_model(tmp_path / "m.keras", engine="reference")
    assert model.optimizer.iterations == 3
    for _ in range(STEPS):
        theirs.train_on_batch(x, y)
        model.train_on_batch(x, y)
    for ours, other in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(ours, other, rtol=TOLERANCE, atol=TOLERANCE)


def test_a_file_that_keras_opens_without_a_word(keras, tmp_path):
    """No warning: neither of a state that is not taken over, nor of anything else."""
    x, y = data()
    model = small("adam")
    model.train_on_batch(x, y)
    model.save(tmp_path / "m.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keras.models.load_model(tmp_path / "m.keras").train_on_batch(x, y)


def test_bfloat16(keras, tmp_path):
    theirs = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, dtype="bfloat16")])
    theirs.save(tmp_path / "m.keras")
    with h5py.File(tmp_path / "m.weights.h5", "w"):
        pass
    ours = load_model(tmp_path / "m.keras", engine="reference")
    expected = [np.asarray(w.value).astype("f4") for w in theirs.weights]
    for found, array in zip(ours.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(found, array)
    assert saving.read(tmp_path / "m.keras").keras_version == keras.__version__
