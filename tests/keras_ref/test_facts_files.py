"""What "the same as Keras" means, a named test for each fact: the files that Keras writes and reads.

They are about Keras alone: whoever reads or writes these files without Keras can rely on them. Files of
Keras 2, whose names end in ":0", can't be made here. See test_facts.py.
"""

import json
import zipfile

import h5py
import numpy as np
import pytest

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def model(keras):
    """Return a compiled model with two layers of the same class, named by hand."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Rescaling(1 / 256),
            layers.Conv2D(2, 3, name="first"),
            layers.Conv2D(3, 2, name="named_by_hand"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(4),
        ]
    )
    model.compile("adam", "mse")
    model.fit(np.ones((2, 6, 6, 1)), np.ones((2, 4)), verbose=0)
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def weights(model, folder):
    """Return the open .weights.h5 of the model."""
    model.save_weights(folder / "a.weights.h5")
    with h5py.File(folder / "a.weights.h5") as file:
        yield file


class TestWeights:
    def test_a_layers_parameters_are_vars_0_and_1_under_its_class_in_snake_case(self, weights, model):
        for group, layer in [("conv2d", "first"), ("dense", model.layers[-1].name)]:
            kernel, bias = model.get_layer(layer).get_weights()
            np.testing.assert_array_equal(weights[f"layers/{group}/vars/0"], kernel)
            np.testing.assert_array_equal(weights[f"layers/{group}/vars/1"], bias)

    def test_the_group_comes_from_class_and_order_and_not_from_the_layers_name(self, weights, model):
        kernel, _ = model.get_layer("named_by_hand").get_weights()
        np.testing.assert_array_equal(weights["layers/conv2d_1/vars/0"], kernel)
        assert not [name for name in weights["layers"] if "named" in name]

    def test_batch_normalization_is_gamma_beta_moving_mean_moving_variance(self, weights, model):
        layer = next(layer for layer in model.layers if "batch" in layer.name)
        group = weights["layers/batch_normalization/vars"]
        for i, name in enumerate(["gamma", "beta", "moving_mean", "moving_variance"]):
            np.testing.assert_array_equal(group[str(i)], np.asarray(getattr(layer, name)))
        assert len(group) == 4

    def test_a_compiled_model_adds_its_optimizers_variables(self, weights, model):
        assert len(weights["optimizer/vars"]) == len(model.optimizer.variables)

    def test_a_file_of_nothing_but_the_layers_vars_loads_and_predicts_identically(self, keras, model, folder):
        with h5py.File(folder / "plain.weights.h5", "w") as file:
            for group, layer in [
                ("conv2d", "first"), ("conv2d_1", "named_by_hand"), ("dense", model.layers[-1].name),
                ("batch_normalization", model.layers[3].name),
            ]:  # fmt: skip
                for i, array in enumerate(model.get_layer(layer).get_weights()):
                    file[f"layers/{group}/vars/{i}"] = array
        other = keras.Sequential.from_config(model.get_config())  # not compiled
        x = np.random.default_rng(0).random((3, 6, 6, 1))
        expected = model.predict(x, verbose=0)
        assert not np.array_equal(other.predict(x, verbose=0), expected)
        other.load_weights(folder / "plain.weights.h5")
        np.testing.assert_array_equal(other.predict(x, verbose=0), expected)


@pytest.fixture(scope="module")
def archive(model, folder):
    """Return the open .keras file of the model."""
    model.save(folder / "a.keras")
    with zipfile.ZipFile(folder / "a.keras") as archive:
        yield archive


class TestKerasFiles:
    def test_a_keras_file_is_an_uncompressed_zip_of_metadata_config_and_weights(self, archive):
        assert {entry.filename for entry in archive.infolist()} == {
            "metadata.json",
            "config.json",
            "model.weights.h5",
        }
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}

    def test_its_metadata_say_which_keras_wrote_it(self, archive, keras):
        assert json.loads(archive.read("metadata.json"))["keras_version"] == keras.__version__

    def test_its_config_names_the_layers_classes_in_order(self, archive):
        config = json.loads(archive.read("config.json"))
        classes = [layer["class_name"] for layer in config["config"]["layers"]]
        assert classes[:4] == ["InputLayer", "Rescaling", "Conv2D", "Conv2D"]

    def test_its_weights_are_those_of_a_weights_file(self, archive, weights):
        with archive.open("model.weights.h5") as stream, h5py.File(stream) as file:
            np.testing.assert_array_equal(file["layers/conv2d_1/vars/0"], weights["layers/conv2d_1/vars/0"])


@pytest.fixture(scope="module")
def file(model, folder):
    """Return the open legacy .h5 file of the model."""
    model.save(folder / "a.h5")
    with h5py.File(folder / "a.h5") as file:
        yield file


class TestLegacyFiles:
    def test_the_root_has_the_config_as_json_the_version_and_the_backend(self, file, keras):
        assert json.loads(file.attrs["model_config"])["class_name"] == "Sequential"
        assert file.attrs["keras_version"] == keras.__version__
        assert file.attrs["backend"] == "tensorflow"

    def test_the_order_of_a_layers_weights_is_in_an_attribute(self, file, model):
        group = file["model_weights/named_by_hand"]
        names = [str(name) for name in group.attrs["weight_names"]]
        assert [name.rpartition("/")[2] for name in names] == ["kernel", "bias"]
        for name, array in zip(names, model.get_layer("named_by_hand").get_weights(), strict=True):
            np.testing.assert_array_equal(group[name], array)

    def test_a_file_of_weights_alone_has_the_layers_at_its_root(self, model, folder):
        from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

        with h5py.File(folder / "weights_alone.h5", "w") as file:
            save_weights_to_hdf5_group(file, model)
            assert "model_config" not in file.attrs
            assert {"first", "named_by_hand"} <= set(file)
