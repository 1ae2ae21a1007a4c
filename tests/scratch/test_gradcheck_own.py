"""Layers and functions of one's own: what is wrong with their backward is said, and right ones are right."""

import numpy as np
import pytest

from scratch import reference
from scratch.errors import DigitsError
from scratch.gradcheck import CANNOT_TELL, RIGHT, WRONG, check, check_layer, check_model, check_operation
from scratch.gradcheck.expression import layer_from
from scratch.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input, Softmax
from scratch.layers.base import Layer
from scratch.models import Sequential
from tests.cases import EVERY_ENGINE


class OwnDense(Layer):
    """A dense layer as a learner might write it; `spoil` may change its gradients before it keeps them."""

    def __init__(self, units, spoil=lambda layer, grads, dy: grads):
        super().__init__()
        self.units, self.spoil = units, spoil

    def make(self, input_shape, rng, dtype):
        self.params = {"kernel": rng.normal(size=(*input_shape, self.units)), "bias": np.zeros(self.units)}
        return (self.units,)

    def forward(self, x, training=False):
        self.x = x
        return x @ self.params["kernel"] + self.params["bias"]

    def backward(self, dy, need_dx=True):
        dx = dy @ self.params["kernel"].T
        self.grads = self.spoil(self, {"kernel": self.x.T @ dy, "bias": dy.sum(axis=0)}, dy)
        return dx


def report_on(spoil):
    return check_layer(OwnDense(3, spoil), (5,))


class TestALayerOfOnesOwn:
    def test_that_is_right(self):
        report = check_layer(OwnDense(3), (5,))
        assert (report.verdict, report.notes) == (RIGHT, [])
        assert [result.passed for result in report.adjoint] == [True] * 3

    @pytest.mark.parametrize("convert", [np.ndarray.tolist, lambda g: g.astype(np.float32)])
    def test_that_returns_lists_or_float32_is_no_less_right(self, convert):
        report = report_on(lambda layer, grads, dy: {name: convert(g) for name, g in grads.items()})
        assert report.verdict == RIGHT
        assert [result.passed for result in report.adjoint] == [True] * 3

    def test_float32_does_not_hide_a_mistake_from_the_adjoint_test(self):
        report = report_on(lambda layer, grads, dy: {n: np.float32(g * 1.001) for n, g in grads.items()})
        assert [result.passed for result in report.adjoint] == [True, False, False]

    def test_that_adds_to_the_gradient_of_the_call_before(self):
        report = report_on(
            lambda layer, grads, dy: {name: g + layer.grads.get(name, 0) for name, g in grads.items()}
        )
        assert report.verdict == WRONG
        for name in ("dw", "db"):
            assert f"a second backward returns another {name} than the first" in str(report)

    def test_that_changes_a_parameter(self):
        def step(layer, grads, dy):
            layer.params["kernel"] -= 0.01 * grads["kernel"]
            return grads

        assert "the backward changes parameter 'kernel' in place" in str(report_on(step))

    def test_that_changes_dy_is_not_called_wrong_for_it(self):
        def double(layer, grads, dy):
            dy *= 2
            return grads

        report = report_on(double)
        assert report.verdict == RIGHT
        assert report.notes == [
            "the backward changes dy in place, which others read after it: let it work on a copy"
        ]

    @pytest.mark.parametrize(
        ("change", "mistake"),
        [
            (lambda g: -g, "a sign"),
            (lambda g: g / 3, "a factor of the batch size (3) is missing"),
            (lambda g: g * 3, "a factor of the batch size (3) too many"),
            (lambda g: g.T, "axes are transposed"),
            (
                lambda g: g.T.reshape(g.shape),
                "a transposition: its entries are right, but laid out in another",
            ),
            (lambda g: g + np.eye(*g.shape, k=-4) * 1e-7, "one entry alone is wrong"),
            (lambda g: g * 1j, "it is of dtype complex128; expected real numbers"),
        ],
    )
    def test_whose_dw_is_wrong(self, change, mistake):
        report = report_on(lambda layer, grads, dy: grads | {"kernel": change(grads["kernel"])})
        assert {f.name for f in report.findings.values() if f.verdict == WRONG} == {"dw"}
        assert mistake in report["dw"].sentence

    def test_a_dropout_that_forgets_its_mask(self):
        class Forgetful(Dropout):
            def backward(self, dy, need_dx=True):
                return dy

        report = check_layer(Forgetful(0.5), (8,), training=True)
        assert "dropout's mask is missing in the backward" in report["dx"].sentence


class TestConvolutionsInLoops:
    """As in tutorials: a loop over images, rows and columns, which adds up a part for each window."""

    def report(self, combine, stop=False):
        rng = np.random.default_rng(0)
        x, w, b = rng.normal(size=(3, 5, 6, 2)), rng.normal(size=(3, 2, 2, 4)), rng.normal(size=4)

        def backward(dy, cache):
            dx, dw, db = reference.conv2d_backward(dy, cache)
            dw, db = np.zeros_like(dw), np.zeros_like(db)
            for n, i, j in np.ndindex(dy.shape[:3]):
                part = x[n, i : i + 3, j : j + 2, :, None] * dy[n, i, j]
                dw, db = combine(dw, part), combine(db, dy[n, i, j])
                if stop:
                    break
            return dx, dw, db

        return check_operation(reference.conv2d_forward, backward, x, w, b)

    def test_that_are_right(self):
        assert self.report(np.add).verdict == RIGHT

    def test_that_assign_instead_of_adding(self):
        report = self.report(lambda total, part: part)
        for name in ("dw", "db"):
            assert "only the last window of the last image counts" in report[name].sentence

    def test_that_return_in_the_loop(self):
        report = self.report(np.add, stop=True)
        for name in ("dw", "db"):
            assert "only the first window of the first image counts" in report[name].sentence

    @pytest.mark.parametrize(
        ("gradient", "index"), [("dx", (1, 2, 2, 0)), ("dw", (1, 1, 0, 3)), ("db", (2,))]
    )
    def test_that_are_off_at_one_index(self, gradient, index):
        rng = np.random.default_rng(0)
        x, w, b = rng.normal(size=(3, 5, 6, 2)), rng.normal(size=(3, 2, 2, 4)), rng.normal(size=4)

        def backward(dy, cache):
            found = dict(zip(("dx", "dw", "db"), reference.conv2d_backward(dy, cache), strict=True))
            found[gradient][index] += 1e-3
            return tuple(found.values())

        report = check_operation(reference.conv2d_forward, backward, x, w, b)
        place = f"{gradient}[{','.join(map(str, index))}]"
        assert report[gradient].sentence.startswith(f"gradient wrong at {place}: analytic ")
        assert "one entry alone is wrong" in report[gradient].sentence


class TestRegularizers:
    @pytest.mark.parametrize("engine", EVERY_ENGINE)
    @pytest.mark.parametrize(
        ("text", "shape"),
        [
            ("Conv2D(2, 3, kernel_regularizer='l2')", (5, 4, 2)),
            ("Conv2D(2, 3, kernel_regularizer='l1', activation='relu')", (5, 4, 2)),
            ("Conv2D(4, 2, groups=2, kernel_regularizer='l1_l2', bias_regularizer='l2')", (4, 3, 2)),
            ("Dense(3, kernel_regularizer='l2', bias_regularizer='l1')", (5,)),
        ],
    )
    def test_of_layers_are_part_of_what_is_checked(self, text, shape, engine):
        report = check_layer(layer_from(text), shape, engine=engine)
        assert report.verdict == RIGHT
        assert all(result.passed for result in report.adjoint)

    def test_whose_gradient_is_wrong(self):
        layer = layer_from("Dense(3, kernel_regularizer='l2')")
        layer.kernel_regularizer.gradient = lambda w: 0.01 * w  # the 2 is missing
        assert check_layer(layer, (5,))["dw"].verdict == WRONG


def learner(*layers):
    model = Sequential([Input((5, 5, 1)), *layers], dtype="float64", rng=np.random.default_rng(0))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


class TestModels:
    X, Y = np.random.default_rng(1).normal(size=(3, 5, 5, 1)), (0, 2, 1)

    def test_penalties_are_part_of_the_loss(self):
        model = learner(Conv2D(2, 3, kernel_regularizer="l2"), Flatten(), Dense(3, bias_regularizer="l2"))
        model.layers[-1].params["bias"][...] = [0.5, -1, 2]
        assert check_model(model, self.X, self.Y).verdict == RIGHT

    def test_what_is_frozen_has_no_gradient_and_that_is_said(self):
        model = learner(Conv2D(2, 3, trainable=False), Flatten(), Dense(3, activation="softmax"))
        report = check_model(model, self.X, self.Y)
        assert report.verdict == RIGHT
        assert list(report.findings) == ["dx", "dense/kernel", "dense/bias"]
        assert "frozen (trainable=False), so that there is no gradient to check: 'conv2d'" in report.notes

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_a_model_within_the_model_is_moved_in_all_its_layers(self, dtype):
        layers = Conv2D(2, 3, activation="tanh"), Dropout(0.25), BatchNormalization(), Flatten(), Dense(3)
        inner = Sequential([Input((5, 5, 1)), *layers], dtype=dtype, rng=np.random.default_rng(0))
        model = Sequential([inner, Softmax()], dtype=dtype)
        model.compile("sgd", "sparse_categorical_crossentropy")
        before = inner.get_weights()
        report = check_model(model, self.X, self.Y, training=True)
        assert report.verdict == RIGHT
        assert len(report.findings) == 7
        for now, was in zip(inner.get_weights(), before, strict=True):
            assert now.dtype == dtype
            np.testing.assert_array_equal(now, was)
        assert model.layers[0].params["conv2d/kernel"] is inner.layers[0].params["kernel"]

    def test_moving_averages_are_left_as_they_were(self):
        model = learner(BatchNormalization(), Flatten(), Dense(3, activation="softmax"))
        before = model.get_weights()
        assert check_model(model, self.X, self.Y, training=True).verdict == RIGHT
        for now, was in zip(model.get_weights(), before, strict=True):
            np.testing.assert_array_equal(now, was)

    def test_those_of_a_single_layer_too(self):
        layer = BatchNormalization()
        layer.build((4, 3), np.random.default_rng(0), "float64")
        before = {name: array.copy() for name, array in layer.state.items()}
        assert check_layer(layer, training=True).verdict == RIGHT
        for name, array in layer.state.items():
            np.testing.assert_array_equal(array, before[name])


class TestFunctions:
    def test_a_factor_near_1_is_named(self):
        x = np.array([1.0, 5.0, 20.0])
        report = check(lambda x: np.exp(x).sum(), x, np.exp(x) * 1.00001)
        assert "a constant factor: all of it is 1 + 1.0e-05 times what it should be" in str(report)

    def test_a_factor_is_seen_between_ties(self):
        x = np.random.default_rng(0).integers(-1, 2, (3, 6, 6, 2)).astype(float)
        forward, backward = reference.max_pool2d_forward, reference.max_pool2d_backward
        assert check_operation(forward, backward, x).verdict == CANNOT_TELL
        report = check_operation(forward, lambda dy, cache: 2 * backward(dy, cache), x)
        assert "a constant factor: all of it is 2 times what it should be" in report["dx"].sentence

    def test_what_is_0_at_the_only_entry_known_is_no_factor(self):
        """The slope of one entry is not known, at a kink; the other is 0 where it should be 2."""
        x = np.array([-1e-12, 1.0])
        report = check(lambda x: np.maximum(x, 0).sum() + x.sum(), x, np.array([1.0, 0.0]))
        assert report.verdict == WRONG
        assert "factor" not in str(report)

    @pytest.mark.parametrize("gradient", [np.array(["a", "b"]), np.array([1, None]), np.ones(2) * 1j])
    def test_what_is_no_number_is_no_gradient(self, gradient):
        report = check(lambda x: (x**2).sum(), np.ones(2), gradient)
        assert f"it is of dtype {gradient.dtype}; expected real numbers" in str(report)

    def test_a_point_that_is_no_array_of_numbers(self):
        with pytest.raises(DigitsError, match=r"x: expected an array of numbers, received \['a'\]"):
            check(lambda x: 0.0, ["a"], None)

    def test_gradients_in_a_dict(self):
        with pytest.raises(DigitsError, match=r"in the order of the arrays \(x, w\), received a dict"):
            check_operation(
                lambda x, w: (x @ w, (x, w)), lambda dy, cache: {"x": dy}, np.ones((2, 3)), np.ones((3, 2))
            )
