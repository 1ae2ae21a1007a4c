"""What "the same as Keras" means, a named test for each fact: losses, training, surroundings.

See test_facts.py; the facts about optimizers are in test_facts_optimizers.py.
"""

import io
import os
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console

from keras_ref import twin
from scratch import losses, optimizers, reference
from scratch.callbacks import Callback
from scratch.datasets import download
from scratch.layers import Dense, Input
from scratch.losses import SparseCategoricalCrossentropy
from scratch.models import Sequential
from scratch.progress import EpochBar

pytestmark = pytest.mark.keras

LOSS = "sparse_categorical_crossentropy"


def exact(value):
    """Return a hyperparameter as float32 has it."""
    return float(np.float32(value))


class TestLosses:
    def test_probabilities_are_clipped_to_1e_7_and_the_loss_is_the_mean_over_the_batch(self, keras):
        p, labels = np.array([[0.0, 1.0], [0.5, 0.5]]), np.array([0, 1])
        expected = (-np.log(1e-7) + np.log(2)) / 2
        theirs = keras.losses.SparseCategoricalCrossentropy(dtype="float64")(labels, p)
        for loss in (losses.SparseCategoricalCrossentropy()(labels, p), float(theirs)):
            # the clipped row does not quite sum to 1, which is put right after the logarithm: 1e-7
            assert loss == pytest.approx(expected, abs=1e-7)

    def test_probabilities_are_clipped_at_1_minus_1e_7_too(self, keras):
        p, labels = np.array([[1.0, 0.0]]), np.array([0])
        theirs = keras.losses.SparseCategoricalCrossentropy(dtype="float64")(labels, p)
        for loss in (losses.SparseCategoricalCrossentropy()(labels, p), float(theirs)):
            assert loss == pytest.approx(1e-7, rel=1e-6)

    def test_a_model_that_ends_in_softmax_is_evaluated_on_its_unclipped_logits(self, keras):
        layer, kernel = Dense(2, activation="softmax", use_bias=False), np.array([[1e4, -1e4], [0.0, 0.0]])
        x, label = np.array([[1.0, 0.0]]), np.array([1])
        for model in models(keras, layer, inputs=2, dtype="float32"):
            model.set_weights([kernel])
            model.compile("sgd", LOSS)
            assert model.evaluate(x, label, verbose=0) in (20000, [20000])
        clipped = keras.losses.SparseCategoricalCrossentropy()(label, np.array([[1.0, 0.0]]))
        assert float(clipped) == pytest.approx(-np.log(1e-7), rel=1e-6)

    def test_keras_does_not_find_the_logits_of_a_float64_model_whose_loss_is_given_by_name(self, keras):
        """Such a loss is computed in float32, and the conversion hides the softmax: it clips after all."""
        layer, kernel = Dense(2, activation="softmax", use_bias=False), np.array([[1e4, -1e4], [0.0, 0.0]])
        x, label = np.array([[1.0, 0.0]]), np.array([1])
        _, theirs = models(keras, layer, inputs=2)
        theirs.set_weights([kernel])
        theirs.compile("sgd", LOSS)
        assert theirs.evaluate(x, label, verbose=0) == pytest.approx(-np.log(1e-7), rel=1e-6)
        theirs.compile("sgd", keras.losses.SparseCategoricalCrossentropy(dtype="float64"))
        assert theirs.evaluate(x, label, verbose=0) == 20000

    def test_logits_far_apart_give_20000_and_a_gradient_of_1_0_minus_1(self, keras):
        import tensorflow as tf

        z, label = np.array([[1e4, 0.0, -1e4]]), np.array([2])
        ours, gradient = SparseCategoricalCrossentropy().value_and_grad(label, z, from_logits=True)
        variable = tf.convert_to_tensor(z)
        with tf.GradientTape() as tape:
            tape.watch(variable)
            theirs = keras.losses.SparseCategoricalCrossentropy(True, dtype="float64")(label, variable)
        assert ours == float(theirs) == 20000
        np.testing.assert_array_equal(gradient, [[1, 0, -1]])
        np.testing.assert_array_equal(np.asarray(tape.gradient(theirs, variable)), [[1, 0, -1]])

    def test_an_untrained_model_of_ten_classes_starts_near_ln_10(self, keras, rng):
        x, labels = rng.random((200, 20)), rng.integers(0, 10, 200)
        for model in models(keras, Dense(10, activation="softmax"), inputs=20):
            model.compile("sgd", LOSS)
            loss = np.ravel(model.evaluate(x, labels, verbose=0))[0]
            assert loss == pytest.approx(np.log(10), abs=0.5)

    @pytest.mark.parametrize("label", [3, -1])
    def test_a_label_outside_the_classes_is_an_error_and_ours_names_it_and_its_index(self, label, keras):
        import tensorflow as tf

        labels, z = np.array([0, label]), np.zeros((2, 3), np.float32)
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"label value of {label} which is outside"):
            keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, z)
        with pytest.raises(ValueError, match=f"label {label} at index 1 is not one of the 3 classes"):
            SparseCategoricalCrossentropy(from_logits=True)(labels, z)

    def test_a_last_smaller_batch_counts_for_less_in_the_loss_of_an_epoch(self, keras, rng):
        x, labels = rng.random((10, 4)), rng.integers(0, 3, 10)
        ours, theirs = models(keras, Dense(3, activation="softmax"), inputs=4)
        loss = SparseCategoricalCrossentropy()
        expected = loss(labels, ours(x))  # of all ten at once, each of which counts the same
        by_batches = np.mean([loss(labels[part], ours(x[part])) for part in (slice(0, 8), slice(8, 10))])
        assert abs(by_batches - expected) > 1e-3
        for model in (ours, theirs):
            model.compile(loss=LOSS)
            result = np.ravel(model.evaluate(x, labels, batch_size=8, verbose=0))[0]
            assert result == pytest.approx(expected, rel=1e-6)

    def test_cross_entropy_of_logits_golden_numbers(self, keras):
        z, labels = np.array([[8.0, 1, 1], [0, 9, 1], [2, 3, 5]]), np.arange(3)
        each = [0.001822, 0.000459, 0.169846]
        theirs = keras.losses.SparseCategoricalCrossentropy(True, reduction=None, dtype="float64")(labels, z)
        np.testing.assert_allclose(theirs, each, rtol=0, atol=5e-7)
        ours = [SparseCategoricalCrossentropy(True)(labels[[i]], z[[i]]) for i in range(3)]
        np.testing.assert_allclose(ours, each, rtol=0, atol=5e-7)
        assert np.mean(ours) == pytest.approx(0.0573, abs=1e-4)

    def test_cross_entropy_of_probabilities_that_do_not_sum_to_1_golden_number(self, keras):
        p, labels = np.array([[0.9, 0.05, 0.05], [0.5, 0.89, 0.6], [0.05, 0.01, 0.94]]), np.arange(3)
        theirs = keras.losses.SparseCategoricalCrossentropy(dtype="float64")(labels, p)
        for loss in (SparseCategoricalCrossentropy()(labels, p), float(theirs)):
            assert loss == pytest.approx(0.3239, abs=1e-4)


def models(keras, layer, inputs, dtype="float64"):
    """Return our model of one Dense layer and its twin in Keras, with the same weights."""
    ours = Sequential([Input((inputs,)), layer], dtype=dtype, rng=np.random.default_rng(0))
    activation = "softmax" if layer.gives_probabilities else None
    dense = keras.layers.Dense(layer.units, activation, use_bias=layer.use_bias, dtype=dtype)
    theirs = keras.Sequential([keras.Input((inputs,), dtype=dtype), dense])
    twin.copy_to_keras(ours, theirs)
    return ours, theirs


@pytest.fixture(scope="module")
def trained(keras):
    """Return both models, the histories of two epochs on 11 inputs, 3/10 of them held out, and the data."""
    rng = np.random.default_rng(0)
    x, y = rng.random((11, 4)), rng.integers(0, 3, 11)
    ours, theirs = models(keras, Dense(3, activation="softmax"), inputs=4)
    histories = []
    for model in (ours, theirs):
        model.compile("sgd", LOSS, metrics=["accuracy"])
        histories.append(
            model.fit(x, y, batch_size=4, epochs=2, validation_split=0.3, verbose=0, shuffle=False)
        )
    return ours, theirs, histories, x, y


class TestTraining:
    def test_fit_returns_a_history_of_python_floats_by_epoch(self, trained):
        for history in trained[2]:
            assert sorted(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
            assert {type(value) for values in history.history.values() for value in values} == {float}
            assert history.epoch == [0, 1]
            assert (history.params["epochs"], history.params["steps"]) == (2, 2)

    def test_validation_split_takes_the_last_rows_rounded_so_that_more_are_trained_on(self, trained):
        """split_at = floor(11 * 0.7) = 7: the last four rows, in both, before any shuffling."""
        ours, theirs, histories, x, y = trained
        for model, history in zip((ours, theirs), histories, strict=True):
            loss, _ = model.evaluate(x[7:], y[7:], verbose=0)
            assert history.history["val_loss"][-1] == pytest.approx(loss, rel=1e-6)
        for name, values in histories[0].history.items():
            # Keras counts its losses and metrics in float32
            np.testing.assert_allclose(values, histories[1].history[name], rtol=1e-5, err_msg=name)

    def test_accuracy_is_sparse_for_labels_and_categorical_for_one_hot_rows(self, keras, rng):
        x, y = rng.random((9, 4)), rng.integers(0, 3, 9)
        ours, theirs = models(keras, Dense(3, activation="softmax"), inputs=4)
        expected = (ours(x).argmax(axis=1) == y).mean()
        for model in (ours, theirs):
            for loss, labels in ((LOSS, y), ("categorical_crossentropy", np.eye(3)[y])):
                model.compile("sgd", loss, metrics=["accuracy"])
                result = model.evaluate(x, labels, verbose=0, return_dict=True)
                assert result["accuracy"] == pytest.approx(expected, rel=1e-6)

    def test_evaluate_returns_a_list_of_loss_and_accuracy_or_a_dict(self, trained):
        ours, theirs, _, x, y = trained
        for model in (ours, theirs):
            as_list = model.evaluate(x, y, verbose=0)
            as_dict = model.evaluate(x, y, verbose=0, return_dict=True)
            assert as_list == [as_dict["loss"], as_dict["accuracy"]]
            assert set(as_dict) == {"loss", "accuracy"}

    def test_summary_is_a_table_of_layers_shapes_and_parameters_and_then_totals(self, keras, capsys):
        printed = []
        for model in models(keras, Dense(3), inputs=4):
            model.summary()
            printed.append(capsys.readouterr().out)
        for text in printed:
            for expected in ("Layer (type)", "Output Shape", "Param #", "dense", "(None, 3)", "15"):
                assert expected in text
            for expected in (" Total params: 15", " Trainable params: 15", " Non-trainable params: 0"):
                assert expected in text

    def test_off_a_terminal_progress_is_not_a_line_for_each_batch(self, keras, capsys, rng):
        x, y = rng.random((60, 4)), rng.integers(0, 3, 60)
        ours, _ = models(keras, Dense(3, activation="softmax"), inputs=4)
        ours.compile("sgd", LOSS, metrics=["accuracy"])
        ours.fit(x, y, batch_size=2, epochs=2)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 2
        assert all(line.startswith(f"Epoch {i}/2") for i, line in enumerate(lines, start=1))

    def test_the_bar_of_an_epoch_has_20_cells(self, keras, capsys):
        ours = io.StringIO()
        terminal = Console(file=ours, force_terminal=True, width=80, color_system=None)
        bar = EpochBar("Epoch 1/1", 469, terminal)
        bar.update(bar.task, completed=469)
        terminal.print(bar.get_renderable())
        keras.utils.Progbar(469).update(469, finalize=True)
        for text in (ours.getvalue(), capsys.readouterr().out):
            assert "469/469" in text
            assert text.count("━") == 20

    def test_keras_calls_a_py_datasets_on_epoch_end_before_the_first_epoch_too(self, keras):
        """Which is why our batches are numbered by the epoch that a callback is told."""
        told = []

        class Data(keras.utils.PyDataset):
            def __len__(self):
                return 1

            def __getitem__(self, index):
                return np.ones((1, 2)), np.zeros(1)

            def on_epoch_end(self):
                told.append("data")

        class Listener(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                told.append(epoch)

        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
        model.compile("sgd", LOSS)
        model.fit(Data(), epochs=2, verbose=0, callbacks=[Listener()])
        assert told[0] == "data"
        assert [event for event in told if event != "data"] == [0, 1]
        assert {"on_epoch_begin", "on_epoch_end"} <= set(vars(Callback))


class TestSurroundings:
    def test_the_tests_run_on_tensorflows_plain_kernels(self, keras):
        assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0"

    def test_the_backend_counts_only_before_keras_is_imported(self, keras, monkeypatch):
        monkeypatch.setenv("KERAS_BACKEND", "numpy")
        assert keras.backend.backend() == "tensorflow"

    def test_tensorflow_is_imported_when_it_is_needed_and_not_before(self):
        code = (
            "import sys, keras_ref.twin, keras_ref.compare, keras_ref.bench, lessons.cli; "
            "assert not {'tensorflow', 'keras'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", code], check=True)

    def test_the_checksums_of_mnist_are_the_published_ones(self):
        known = {file.name: file.sha256 for mirror in download.MIRRORS for file in mirror.files}
        assert known == {
            "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            "mnist.npz": "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        }

    def test_two_right_trainings_drift_apart_in_float32_and_stay_together_in_float64(self, keras, rng):
        """Rounding, which Adam's division by sqrt(v) makes larger, and no mistake."""
        x, y = np.float32(rng.random((64, 12))), rng.integers(0, 3, 64)
        drift = {}
        for dtype in ("float32", "float64"):
            ours, theirs = models(keras, Dense(3, activation="softmax"), 12, dtype)
            arguments = {"learning_rate": exact(0.01), "beta_1": exact(0.9), "beta_2": exact(0.999)}
            ours.compile(optimizers.Adam(**arguments), LOSS, engine="reference")
            theirs.compile(
                keras.optimizers.Adam(**arguments), keras.losses.SparseCategoricalCrossentropy(dtype=dtype)
            )
            for _ in range(30):
                ours.train_on_batch(x, y)
                theirs.train_on_batch(x, y)
            drift[dtype] = twin.max_weight_difference(ours, theirs)
        assert drift["float64"] < 1e-13
        assert 1e-8 < drift["float32"] < 1e-3


def test_softmax_and_cross_entropy_are_differentiated_together_as_p_minus_y_over_n(keras, rng):
    import tensorflow as tf

    z, y = rng.normal(size=(4, 3)), np.eye(3)[[0, 1, 2, 1]]
    _, cache = reference.softmax_cross_entropy_forward(z, y)
    variable = tf.convert_to_tensor(z)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, dtype="float64")(y, variable)
    expected = (reference.softmax_forward(z)[0] - y) / 4
    for gradient in (reference.softmax_cross_entropy_backward(cache), tape.gradient(loss, variable)):
        np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-15)
