"""What is offered takes Keras's arguments: ours are handed on, older spellings understood, others refused."""

import numpy as np
import pytest

from scratch import layers, optimizers, regularizers, schedules
from scratch.compat import offering
from scratch.compat.keras import callbacks, initializers, losses, utils
from scratch.compat.keras import layers as offered
from scratch.compat.keras import optimizers as offered_optimizers
from scratch.compat.keras.activations import leaky_relu, relu, softmax
from scratch.compat.keras.metrics import CategoricalAccuracy
from scratch.compat.offering import NotHereError
from scratch.compat.sequential import Sequential
from scratch.compat.settings import settings
from scratch.compat.tensors import tensor


class TestArguments:
    def test_positional_ones_are_in_keras_order(self):
        layer = offered.Conv2D(4, 3, (2, 2), "same", None, (1, 1), 1, "relu", False)
        assert type(layer) is layers.Conv2D
        assert (layer.filters, layer.strides, layer.padding) == (4, (2, 2), "same")
        assert type(layer.activation) is layers.ReLU
        assert not layer.use_bias

    @pytest.mark.parametrize(
        "shape", [{"input_shape": [28, 28, 1]}, {"batch_input_shape": (None, 28, 28, 1)}]
    )
    def test_the_first_shape_in_any_spelling(self, shape):
        model = Sequential([offered.Conv2D(2, 3, **shape)])
        assert model.built
        assert model.output_shape == (26, 26, 2)

    def test_input_dim(self):
        assert Sequential([offered.Dense(3, input_dim=5)]).get_weights()[0].shape == (5, 3)

    @pytest.mark.parametrize(
        ("make", "what"),
        [
            (
                lambda: offered.Dense(3, kernel_constraint="max"),
                "keras.layers.Dense: kernel_constraint='max'",
            ),
            (lambda: offered.Dense(3, bogus=1), "there is no argument 'bogus', only units"),
            (lambda: offered.Dropout(0.5, (1, 2)), r"keras.layers.Dropout: noise_shape=\(1, 2\) is not here"),
            (lambda: offered.ReLU(max_value=6), "keras.layers.ReLU: max_value=6 is not here: expected None"),
            (lambda: offered.Dense(3, dtype="float16"), "dtype='float16' is not here"),
            (
                lambda: offered_optimizers.Adam(use_ema=True),
                "keras.optimizers.Adam: use_ema=True is not here",
            ),
            (lambda: losses.CategoricalCrossentropy(reduction="sum"), "reduction='sum' is not here"),
            (lambda: Sequential().compile("sgd", "mse"), "unknown loss 'mse'"),
            (
                lambda: Sequential().compile(loss_weights=[1]),
                r"model.compile: loss_weights=\[1\] is not here",
            ),
            (lambda: Sequential().compile(loss=lambda y, p: 0), "a function of one's own, is not here"),
        ],
    )
    def test_what_is_not_here_is_named(self, make, what):
        with pytest.raises(ValueError, match=what):
            make()

    def test_what_changes_no_result_is_noted(self, capsys):
        offering._noted.clear()
        Sequential([offered.Dense(2)]).compile("sgd", "categorical_crossentropy", jit_compile=True)
        assert "jit_compile=True changes nothing here" in capsys.readouterr().err

    def test_a_class_of_ones_own_is_refused(self):
        with pytest.raises(NotHereError, match=r"out of keras.layers.Layer is not here"):

            class Mine(offered.Layer):
                pass

    def test_isinstance(self):
        assert isinstance(offered.Dense(3), offered.Dense)
        assert not isinstance(offered.Flatten(), offered.Dense)


class TestOlderSpellings:
    def test_an_optimizer(self):
        sgd = offered_optimizers.SGD(lr=0.1, decay=0.5, momentum=0.9, nesterov=True)
        assert type(sgd) is optimizers.SGD
        assert isinstance(sgd.schedule, schedules.InverseTimeDecay)
        assert [sgd.schedule(step) for step in (0, 2)] == [0.1, 0.05]

    def test_epsilon_none(self):
        assert offered_optimizers.RMSprop(lr=0.001, rho=0.9, epsilon=None, decay=0.0).epsilon == 1e-7

    def test_leaky_relu(self):
        assert offered.LeakyReLU(alpha=0.1).negative_slope == 0.1
        assert type(offered.ReLU(negative_slope=0.1)) is layers.LeakyReLU

    def test_a_kernel_in_two_numbers(self, monkeypatch, capsys):
        offering._noted.clear()
        layer = offered.Convolution2D(4, 3, 2)
        assert (layer.kernel_size, layer.strides) == ((3, 3), (2, 2))
        assert "a kernel of 3x3 in steps of 2, as in Keras 3" in capsys.readouterr().err
        monkeypatch.setattr(settings, "keras_1", True)
        layer = offered.Convolution2D(4, 3, 2, border_mode="same", subsample=(2, 1))
        assert (layer.kernel_size, layer.strides, layer.padding) == ((3, 2), (2, 1), "same")
        assert offered.Convolution2D(nb_filter=4, nb_row=1, nb_col=5).kernel_size == (1, 5)
        assert capsys.readouterr().err == ""

    @pytest.mark.parametrize("shape", [(1, 28, 28), [3, 32, 32]])
    def test_channels_that_come_first_are_noted(self, shape, capsys):
        offering._noted.clear()
        offered.Conv2D(4, 1, input_shape=shape)
        offered.Input(shape)
        assert f"the shape {tuple(shape)} is read as (height, width, channels)" in capsys.readouterr().err
        offered.Input((28, 28, 1))
        assert capsys.readouterr().err == ""

    @pytest.mark.parametrize("metrics", ["acc", ["accuracy"], [CategoricalAccuracy()]])
    def test_metrics_in_third_place(self, metrics):
        model = Sequential([offered.Dense(2)])
        model.compile("sgd", "categorical_crossentropy", metrics)
        assert len(model.metrics) == 1
        model.compile("sgd", "categorical_crossentropy", None, ["acc", "accuracy"])
        assert len(model.metrics) == 2


class TestNames:
    def test_functions_and_uncalled_classes_are_names(self):
        layer = offered.Dense(
            2, activation=relu, kernel_initializer=initializers.HeNormal, kernel_regularizer="l2"
        )
        assert type(layer.activation) is layers.ReLU
        assert type(layer.kernel_regularizer) is regularizers.L2

    def test_activations_compute(self):
        assert softmax([[0.0, 0.0]]).numpy().tolist() == [[0.5, 0.5]]
        np.testing.assert_allclose(
            softmax(np.array([[0.0, 1.0], [0.0, 3.0]]), axis=0)[0], [0.5, 1 / (1 + np.exp(2))]
        )
        assert leaky_relu([-1, 2], alpha=0.5).tolist() == [-0.5, 2]
        assert relu(features=[-1.0], name="mine").tolist() == [0]
        with pytest.raises(NotHereError, match=r"keras\.activations\.relu: max_value=6 is not here"):
            relu([7.0], max_value=6)

    def test_lambda_callback(self):
        with pytest.raises(ValueError, match="expected an occasion"):
            callbacks.LambdaCallback(on_lunch=print)


class TestUtils:
    def test_to_categorical(self):
        np.testing.assert_array_equal(utils.to_categorical([[1], [0]]), [[0, 1], [1, 0]])
        assert utils.to_categorical(np.array([2]), num_classes=4).tolist() == [[0, 0, 1, 0]]
        assert utils.to_categorical(y=[1], nb_classes=3).tolist() == [[0, 1, 0]]
        with pytest.raises(ValueError, match="expected classes from 0 to 1, received 2 to 2"):
            utils.to_categorical([2], 2)

    def test_get_file(self, monkeypatch):
        monkeypatch.setattr(settings, "data", "digits")
        with np.load(utils.get_file("mnist.npz", "https://example.org/mnist.npz")) as data:
            assert data["x_test"].shape == (10_000, 28, 28)
        with pytest.raises(NotHereError, match=r"'flowers\.zip' is not here: expected 'mnist\.npz'"):
            utils.get_file(origin="https://example.org/flowers.zip")

    def test_tensors(self):
        x = tensor([[1.0, 3.0]])
        assert type(x.numpy()) is np.ndarray
        assert f"{tensor(2.5):.2f}" == "2.50"
        assert int(x.argmax()) == 1
