"""Each attack is refused, by name and in time, through the function that everybody calls."""

import os
import resource
import sys
import warnings

import numpy as np
import pytest

from scratch import saving
from scratch.models import load_model
from tests.scratch.saving import dialects
from tests.scratch.saving.attacks import ATTACKS, config_with, layer_with, with_kernel

pytestmark = pytest.mark.slow  # together they take more than a few seconds


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(name, written, assert_refused):
    attack = ATTACKS[name]
    message = assert_refused(written(attack.make(), "from outside.keras"), *attack.words)
    assert "root:" not in message  # of /etc/passwd
    assert "Traceback" not in message


def test_nothing_is_unpacked_onto_the_disk(written, assert_refused, tmp_path):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = folder / "x.keras"
    path.write_bytes(ATTACKS["archive_member_above"].make())
    assert_refused(path, "leads out of it")
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")) == ["a", "a/b", "a/b/x.keras"]


def test_this_process_does_not_grow(written, assert_refused):
    """A file that claims a gigabyte costs the caller nothing like it."""
    if sys.platform != "linux":
        pytest.skip("reads /proc")

    def memory():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    paths = [
        written(ATTACKS[name].make(), f"{name}.keras")
        for name in ("archive_of_many_zeros", "array_of_a_trillion", "packed_zeros")
    ]
    before = memory()
    for path in paths:
        assert_refused(path)
    assert memory() - before < 30e6


@pytest.mark.parametrize(
    "name", ["external_link", "array_of_a_trillion", "lambda_of_keras_3", "pickled_weights"]
)
def test_an_attack_of_each_family(name, written, assert_refused):
    """A few of the above, for those who run the quick tests alone."""
    assert_refused(written(ATTACKS[name].make()), *ATTACKS[name].words)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_reported(number, written):
    kernel = dialects.weights()["dense"][0].copy()
    kernel[2, 3] = number
    kind = "1 NaN and 0 infinite" if np.isnan(number) else "0 NaN and 1 infinite"
    with pytest.warns(UserWarning, match=f"'dense/kernel' hold {kind} numbers of 60"):
        model = load_model(written(with_kernel(kernel)), engine="reference")
    np.testing.assert_array_equal(model.layers[4].params["kernel"], kernel)


def test_numbers_too_large_for_float32_are_reported(written):
    content = dialects.legacy(dialects.sequential("keras 2.3"), change=lambda a: a.astype("f8") * 1e300)
    with pytest.warns(UserWarning, match="infinite numbers"):
        load_model(written(content), engine="reference")


@pytest.mark.parametrize(
    ("training", "sentence"),
    [
        ({"optimizer_config": {"class_name": "Evil", "config": {}}}, "its optimizer 'Evil' is not here"),
        ({"optimizer_config": {"class_name": "Lambda"}}, "is a Lambda"),
        ({"optimizer_config": {"class_name": "SGD", "config": {"lr": -1}}}, "learning_rate: expected"),
        ({"optimizer_config": {"class_name": "SGD", "config": {"lr": [1]}}}, "learning_rate: expected"),
        ({"loss": "mse"}, "its loss 'mse' is not here"),
        ({"loss": {"class_name": "function", "module": "evil", "config": "f"}}, "class of its author's own"),
        ({"metrics": ["accuracy", {"class_name": "AUC", "config": {}}]}, "its metric 'AUC' is not here"),
        ({"metrics": [{"a": {"b": 3}}]}, "its metric"),
    ],
)
def test_training_that_is_not_here_is_left_out(training, sentence, written):
    content = dialects.legacy(dialects.sequential("keras 2.3"), training=dialects.TRAINING | training)
    with pytest.warns(UserWarning, match=sentence):
        model = load_model(written(content), engine="reference")
    assert model.predict(np.zeros((1, *dialects.SHAPE)), verbose=0).shape == (1, 4)


def test_what_only_training_would_notice_is_noted(written):
    content = layer_with(4, kernel_constraint={"class_name": "MaxNorm", "config": {"max_value": 2}})
    with pytest.warns(UserWarning, match="layer 'dense' \\(Dense\\): its kernel_constraint is not here"):
        load_model(written(content), engine="reference")
    regularizer = {"class_name": "OrthogonalRegularizer", "config": {"factor": 0.01}}
    with pytest.warns(UserWarning, match="its regularizer OrthogonalRegularizer is not here"):
        load_model(written(layer_with(4, kernel_regularizer=regularizer)), engine="reference")


def test_layers_that_act_in_training_alone_are_left_out(written):
    def change(config):
        noise = {"class_name": "GaussianNoise", "config": {"name": "noise", "stddev": 0.1}}
        config["config"]["layers"].insert(1, noise)

    with pytest.warns(UserWarning, match="layer 'noise' \\(GaussianNoise\\) acts in training alone"):
        model = load_model(written(config_with(change)), engine="reference")
    assert len(model.layers) == 6


def test_the_order_of_names_in_a_list_does_not_matter(written):
    """Weights are found by the layers' names; a file whose layers are listed in another order is sound."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        names = ["dense_1", "dense", "conv2d", "batch_normalization", "flatten", "max_pooling2d"]
        from tests.scratch.saving.attacks import with_attribute

        model = load_model(written(with_attribute("layer_names", names, "model_weights")), engine="reference")
    for found, array in zip(model.get_weights(), dialects.flat_weights(), strict=True):
        np.testing.assert_array_equal(found, array)


def test_a_file_that_is_replaced_by_a_pipe_keeps_nobody_waiting(tmp_path, assert_refused):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(tmp_path / "pipe.h5")
    assert_refused(tmp_path / "pipe.h5", "a device or a pipe", act=saving.read)
