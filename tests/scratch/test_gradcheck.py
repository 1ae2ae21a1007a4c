"""The gradient checker on right gradients, at kinks, and where it can't tell (wrong ones: the next file)."""

import json
import re

import numpy as np
import pytest

from scratch import architectures, gradcheck, reference
from scratch.errors import DigitsError, ShapeError
from scratch.gradcheck import CANNOT_TELL, RIGHT, WRONG, check, check_layer, check_model, check_operation
from scratch.layers import Activation, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D, ReLU
from scratch.losses import SparseCategoricalCrossentropy
from scratch.models import Sequential
from tests.cases import ENGINES, EVERY_ENGINE, SMOOTH_CASES, TIED_POOLINGS

# neither linear nor, with its branches held, linear in pieces; "elu" is a part of "relu"
NOT_LINEAR = re.compile(
    r"softmax|sigmoid|tanh|Softmax|\b[Ee]lu\b|ELU|[Ss]i[Ll][Uu]|swish|LeakyReLU|ReLU\([^)]|relu6|GlobalMax"
)

# the kinks that the checker sees by themselves; it finds others by the slopes to either side
WATCHED = [case for case in TIED_POOLINGS if case.text.startswith(("MaxPooling2D", "ReLU()"))]


class TestRight:
    @pytest.mark.parametrize("engine", EVERY_ENGINE)
    @pytest.mark.parametrize("case", SMOOTH_CASES, ids=str)
    def test_every_layer_of_the_table(self, case, engine):
        report = check_layer(case.make_layer(), x=case.make_input(), engine=engine)
        assert report.verdict == RIGHT, report
        assert all(f.checked == f.size for f in report.findings.values())
        # a mistake in one part of a million of the largest entry would have been seen
        assert all(f.tolerance < 1e-6 * f.scale for f in report.findings.values())
        linear = not NOT_LINEAR.search(case.text)
        assert {r.name for r in report.adjoint} == (set(report.findings) if linear else set())
        assert all(r.passed for r in report.adjoint)

    @pytest.mark.slow
    def test_no_random_layer_is_called_wrong(self):
        verdicts = [random_layer_report(seed) for seed in range(200)]
        assert WRONG not in verdicts
        assert verdicts.count(RIGHT) > 150  # the others are saturated, dead, or softmaxes of one class

    @pytest.mark.parametrize(
        ("forward", "backward", "shape"),
        [
            (reference.relu_forward, reference.relu_backward, (3, 4)),
            (reference.sigmoid_forward, reference.sigmoid_backward, (3, 4)),
            (reference.softmax_forward, reference.softmax_backward, (3, 4)),
            (reference.max_pool2d_forward, reference.max_pool2d_backward, (2, 5, 4, 2)),
        ],
    )
    def test_a_pair_of_functions(self, forward, backward, shape, rng):
        assert check_operation(forward, backward, rng.normal(size=shape)).verdict == RIGHT

    def test_options_and_arguments_that_are_none_are_passed_on(self, rng):
        x, w = rng.normal(size=(2, 6, 5, 2)), rng.normal(size=(3, 3, 2, 3))
        report = check_operation(
            reference.conv2d_forward, reference.conv2d_backward, x, w, None, strides=(2, 2), padding="same"
        )
        assert report.verdict == RIGHT
        assert list(report.findings) == ["dx", "dw"]

    @pytest.mark.parametrize("wrt", [None, ["z"]])
    def test_a_loss_is_differentiated_by_its_first_argument(self, wrt, rng):
        z, y = rng.normal(size=(4, 3)), np.eye(3)[[0, 2, 1, 1]]
        pair = reference.softmax_cross_entropy_forward, reference.softmax_cross_entropy_backward
        report = check_operation(*pair, z, y, wrt=wrt)
        assert (report.verdict, list(report.findings)) == (RIGHT, ["dz"])

    def test_a_gradient_may_be_a_function_and_a_point_a_number(self):
        assert check(lambda x: x**3, 2.0, lambda x: 3 * x**2).verdict == RIGHT

    @pytest.mark.parametrize("engine", EVERY_ENGINE)
    def test_a_model_with_its_loss(self, engine, rng):
        model = tiny(rng, engine)
        report = check_model(model, rng.random((3, 8, 8, 1)), [3, 1, 9])
        assert report.verdict == RIGHT, report
        assert list(report.findings) == ["dx", *model.named_params()]

    @pytest.mark.slow
    @pytest.mark.compiled
    def test_the_default_network(self, digits, rng):
        model = architectures.build("cnn", "float64", rng)
        model.compile("sgd", "sparse_categorical_crossentropy", engine="fast")
        for name, p in model.named_params().items():
            if name.endswith("bias"):
                p[...] = rng.uniform(-0.1, 0.1, p.shape)
        (x, y), _ = digits
        x = x[:2, ..., None] / 255 + rng.uniform(-0.1, 0.1, (2, 28, 28, 1))
        report = check_model(model, x, y[:2], entries=100, sample=40, directions=4)
        assert report.verdict == RIGHT, report


def random_layer_report(seed):
    rng = np.random.default_rng(seed)
    (height, width, channels), padding = (int(n) for n in rng.integers(1, 7, 3)), ("valid", "same")[seed % 2]
    activation = rng.choice(["linear", "relu", "tanh", "sigmoid", "softmax"])
    size = int(rng.integers(1, height + 1)), int(rng.integers(1, width + 1))
    strides, units = int(rng.integers(1, 4)), int(rng.integers(1, 6))
    layer, shape = [
        (Conv2D(units, size, strides, padding, activation=activation), (height, width, channels)),
        (MaxPooling2D(size, strides, padding), (height, width, channels)),
        (Dense(units, activation=activation), (width, channels)),
        (Dropout(float(rng.uniform(0, 0.9)), seed=seed), (height, width)),
    ][seed // 2 % 4]
    x = rng.normal(size=(int(rng.integers(1, 4)), *shape)) * 10.0 ** rng.integers(-3, 4)
    report = check_layer(layer, x=x, training=True, seed=seed)
    assert all(r.passed for r in report.adjoint)
    return report.verdict


def tiny(rng, engine="reference", dtype="float64"):
    layers = [
        Input((8, 8, 1)),
        Conv2D(2, 3, activation="relu"),
        MaxPooling2D(2),
        Dropout(0.25),
        Flatten(),
        Dense(5, activation="tanh"),
        Dense(10, activation="softmax"),
    ]
    model = Sequential(layers, dtype=dtype, rng=rng)
    model.compile("sgd", "sparse_categorical_crossentropy", engine=engine)
    return model


def relu_sum(x):
    return np.maximum(x, 0).sum()


class TestKinks:
    """Where there is no derivative, a gradient is not called wrong, and the culprit is named."""

    @pytest.mark.parametrize("case", WATCHED, ids=str)
    @pytest.mark.parametrize("engine", EVERY_ENGINE)
    def test_ties_and_zeros(self, case, engine):
        layer = case.make_layer()
        report = check_layer(layer, x=case.make_input(), engine=engine)
        assert report.verdict == CANNOT_TELL
        expected = "changes sides" if case.text == "ReLU()" else "has another winner"
        assert f"layer {layer.name!r} {expected} within every usable step" in str(report)
        assert "which is right for the branch taken at x" in str(report)
        # with branches held, the layer is linear, and its backward the adjoint
        assert all(r.passed for r in report.adjoint)

    @pytest.mark.parametrize("case", [case for case in TIED_POOLINGS if case not in WATCHED], ids=str)
    def test_others_are_never_called_wrong(self, case):
        verdict = check_layer(case.make_layer(), x=case.make_input()).verdict
        smooth = case.text == "ELU()"  # with alpha = 1, its slope has no step
        assert verdict == (RIGHT if smooth else CANNOT_TELL)

    def test_in_any_function(self):
        report = check(relu_sum, np.array([-1.0, 0.0, 2.0]), lambda x: (x > 0) * 1.0)
        assert report.verdict == CANNOT_TELL
        assert "the function has a kink, and so no derivative, within every usable step of one of its" in str(
            report
        )
        assert "at dx[1] the slope is 0 to the left and 1 to the right, and the backward says 0" in str(
            report
        )
        assert report["dx"].undecided_count == 1

    @pytest.mark.parametrize("distance", [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7])
    @pytest.mark.parametrize("side", [-1, 1])
    def test_smaller_steps_do_not_reach_a_kink_close_by(self, distance, side):
        x = np.array([-1.0, side * distance, 2.0, 1.5])
        assert check(relu_sum, x, lambda x: (x > 0) * 1.0).verdict == RIGHT
        assert check(relu_sum, x, lambda x: (x > 0) * 1.5).verdict == WRONG
        assert check_layer(ReLU(), x=x[None]).verdict == RIGHT

    @pytest.mark.parametrize("distance", [1e-10, 1e-13])
    def test_a_kink_closer_than_any_step(self, distance):
        report = check(relu_sum, np.array([-1.0, distance, 2.0]), lambda x: (x > 0) * 1.0)
        assert report.verdict == CANNOT_TELL

    def test_kinks_that_cancel(self):
        """relu(x) - relu(-x) = x shows no kink at 0, but the backward takes both derivatives as 0."""
        model = Sequential([Input((1,)), Dense(2, activation="relu"), Dense(1)], dtype="float64")
        model.set_weights([np.array([[1.0, -1.0]]), np.zeros(2), np.array([[1.0], [-1.0]]), np.zeros(1)])
        layers = model.layers

        class Both(Dense):
            def make(self, input_shape, rng, dtype):
                return (1,)

            def use_ops(self, ops):
                self.ops = ops
                for layer in layers:
                    layer.use_ops(ops)

            def forward(self, x, training=False):
                return layers[1].forward(layers[0].forward(x))

            def backward(self, dy, need_dx=True):
                return layers[0].backward(layers[1].backward(dy))

        report = check_layer(Both(1), x=np.zeros((1, 1)))
        assert report.verdict == CANNOT_TELL
        assert "the slope is" in str(report)
        assert "the backward says 0, which is right for the branch taken at x" in str(report)

    @pytest.mark.slow
    def test_zero_biases_on_a_black_background(self, rng):
        """The classical false alarm: there, differences see half of the slope."""
        layers = [Input((8, 8, 1)), Conv2D(3, 3, activation="relu"), MaxPooling2D(), Flatten(), Dense(3)]
        model = Sequential(layers, dtype="float64", rng=rng)
        model.compile("sgd", SparseCategoricalCrossentropy(from_logits=True), engine="reference")
        images = np.zeros((2, 8, 8, 1))
        images[:, :3, :3] = rng.random((2, 3, 3, 1))
        report = check_model(model, images, [0, 2])
        assert report.verdict == CANNOT_TELL
        assert report["conv2d/bias"].undecided_count == 3
        assert "a ReLU of layer 'conv2d' changes sides" in report["conv2d/bias"].sentence
        assert report["conv2d/kernel"].verdict == report["dense/kernel"].verdict == RIGHT
        model.named_params()["conv2d/bias"][...] = [0.1, -0.1, 0.2]
        assert check_model(model, images, [0, 2])["conv2d/bias"].verdict == RIGHT

    def test_a_wrong_gradient_does_not_hide_behind_kinks(self):
        x = np.array([-1.0, 0.0, 2.0, 3.0])
        report = check(relu_sum, x, lambda x: (x > 0) * 2.0)
        assert report.verdict == WRONG
        assert report["dx"].wrong_count == 2


class TestCannotTell:
    def test_a_function_that_is_flat_here(self):
        report = check(relu_sum, np.array([-1.0, -2.0]), lambda x: np.zeros(2))
        assert report.verdict == CANNOT_TELL
        assert "a backward that returns nothing would pass, too" in str(report)

    def test_a_function_that_is_not_the_same_twice(self, rng):
        report = check(lambda x: rng.random() * x.sum(), np.ones(2), np.ones(2))
        assert report.verdict == CANNOT_TELL
        assert "the function is not the same twice" in str(report)

    def test_a_function_that_is_not_finite(self):
        assert "the function itself is nan" in str(check(lambda x: np.log(x).sum(), -np.ones(2), np.ones(2)))
        report = check(lambda x: np.inf if x[0] != 1 else 1.0, np.ones(1), np.ones(1))
        assert "no step gives a finite difference" in str(report)

    def test_steps_that_leave_the_domain_are_not_taken(self):
        x = np.array([0.05, 2.0, 1e-4])
        assert check(lambda x: np.log(x).sum(), x, lambda x: 1 / x).verdict == RIGHT

    def test_noise_that_hides_everything(self):
        report = check(lambda x: 5e11 + (x**2).sum(), np.array([0.5, 0.25]), lambda x: 2 * x)
        assert report.verdict == CANNOT_TELL
        assert "no step makes the differences better than" in str(report)

    def test_nothing_at_all(self):
        assert check(lambda x: x.sum(), np.zeros((0, 3)), np.zeros((0, 3))).verdict == CANNOT_TELL


class TestFloat32:
    def test_a_point_in_float32_is_checked_in_float64(self, rng):
        x = rng.normal(size=(2, 3)).astype("float32")
        report = check(lambda x: np.tanh(x).sum(), x, lambda x: 1 - np.tanh(x) ** 2)
        assert report.verdict == RIGHT
        assert "x is float32: differences in float32 can't tell" in str(report)
        assert report["dx"].tolerance < 1e-8

    def test_a_gradient_in_float32_is_held_to_its_own_precision(self, rng):
        x = rng.normal(size=5)
        report = check(lambda x: np.tanh(x).sum(), x, (1 - np.tanh(x) ** 2).astype("float32"))
        assert report.verdict == RIGHT
        assert "dx itself is float32" in str(report)
        wrong = (1 - np.tanh(x) ** 2).astype("float32") * np.float32(1.001)
        assert check(lambda x: np.tanh(x).sum(), x, wrong).verdict == WRONG

    def test_a_function_that_computes_in_float32_is_not_called_wrong(self):
        for seed in range(20):
            x = np.random.default_rng(seed).normal(size=4) * 10.0 ** (seed % 4 - 1)
            report = check(lambda x: float((np.float32(x) ** 2).sum()), x, lambda x: 2 * x)
            assert report.verdict == RIGHT, report
            assert report["dx"].tolerance > 1e-7 * report["dx"].scale

    def test_a_float32_layer_and_model(self, rng):
        layer = Dense(3)
        layer(np.ones((1, 4), np.float32))
        assert "the layer's parameters are float32" in str(check_layer(layer))
        report = check_model(tiny(rng, dtype="float32"), rng.random((3, 8, 8, 1)), [3, 1, 9])
        assert report.verdict == RIGHT
        assert "the model is float32" in str(report)


class TestCurve:
    """E(h) = a * h**2 + b / h, and what follows from it."""

    def test_truncation_is_a_sixth_of_the_third_derivative(self):
        finding = check(lambda x: (x**3).sum(), np.array([1.0, 2.0]), lambda x: 3 * x**2)["dx"]
        assert finding.curve.truncation == pytest.approx(1.0, rel=0.01)
        assert finding.curve.order == pytest.approx(2.0, abs=0.01)
        assert finding.curve.kind == "truncation"

    def test_rounding_is_about_that_of_the_value(self):
        finding = check(lambda x: np.sin(x).sum() + 1000, np.array([1.0, 2.0]), np.cos)["dx"]
        spacing = np.spacing(1000.0)
        assert spacing / 4 < finding.curve.rounding < 4 * spacing

    def test_the_best_step_is_where_both_are_small(self):
        finding = check(lambda x: np.sin(x).sum(), np.array([1.0, 2.0]), np.cos)["dx"]
        best = (finding.curve.rounding / (2 * finding.curve.truncation)) ** (1 / 3)
        assert best / 10**0.5 <= finding.step <= best * 10**0.5 * 1.5
        at = {h: error for h, error in zip(finding.steps, finding.errors, strict=True)}
        assert at[finding.step] < at[1e-2] / 1e3
        assert at[finding.step] < at[1e-9] / 10

    def test_of_a_linear_function_only_rounding_is_seen(self):
        finding = check(lambda x: (2 * x).sum(), np.array([1.0, 2.0]), 2 * np.ones(2))["dx"]
        assert finding.curve.truncation == 0
        assert finding.curve.kind == "rounding alone"
        assert finding.step == finding.steps[0]

    def test_many_kinks_are_told_from_truncation(self, rng):
        centers = rng.normal(size=500) * 0.1

        def f(x):
            return np.abs(x[:, None] - centers).mean()

        x = rng.normal(size=4) * 0.1
        finding = check(f, x, lambda x: np.sign(x[:, None] - centers).mean(axis=1) / len(x))["dx"]
        assert finding.verdict == RIGHT
        assert finding.curve.kind == "kinks"

    def test_steps_can_be_chosen(self):
        steps = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
        assert tuple(check(np.sum, np.ones(2), np.ones(2), steps=steps)["dx"].steps) == steps
        for wrong in ((1e-3, 1e-2, 1e-1, 1.0), (1e-3,), (1.0, 0.1, 0.0, -1.0)):
            with pytest.raises(DigitsError, match="steps: expected at least four positive numbers"):
                check(np.sum, np.ones(2), np.ones(2), steps=wrong)


class TestSamples:
    def test_a_large_tensor_is_sampled_and_that_is_said(self, rng):
        x = rng.normal(size=(30, 100))
        report = check(lambda x: np.sin(x).sum(), x, np.cos)
        finding = report["dx"]
        assert report.verdict == RIGHT
        assert finding.directions == 10
        assert 180 <= finding.checked <= 200
        expected = f"{finding.checked} of 3,000 entries (a seeded sample) and 10 random directions"
        assert expected in str(report)
        again = check(lambda x: np.sin(x).sum(), x, np.cos)["dx"]
        np.testing.assert_array_equal(again.numeric, finding.numeric)
        other = check(lambda x: np.sin(x).sum(), x, np.cos, seed=1)["dx"]
        assert not np.array_equal(np.isnan(other.numeric), np.isnan(finding.numeric))

    def test_random_directions_see_what_the_sample_misses(self, rng):
        x = rng.normal(size=(30, 100))
        sampled = ~np.isnan(check(lambda x: np.sin(x).sum(), x, np.cos)["dx"].numeric)
        index = tuple(np.argwhere(~sampled)[0])
        wrong = np.cos(x)
        wrong[index] *= 2
        report = check(lambda x: np.sin(x).sum(), x, wrong)
        assert report.verdict == WRONG
        assert "gradient wrong at dx along random direction" in str(report)
        assert "(none of the entries sampled is)" in str(report)

    def test_limits_can_be_chosen(self, rng):
        x = rng.normal(size=50)
        assert check(lambda x: np.sin(x).sum(), x, np.cos, entries=49, sample=20)["dx"].checked <= 20
        assert check(lambda x: np.sin(x).sum(), x, np.cos, entries=50)["dx"].checked == 50


class TestNothingIsChanged:
    def test_arrays_and_point(self, rng):
        x = rng.normal(size=(2, 3))
        before = x.copy()
        check(lambda x: np.sin(x).sum(), x, np.cos)
        np.testing.assert_array_equal(x, before)

        def greedy(x):
            x *= 2  # writes into its argument
            return x.sum()

        assert check(greedy, x, 2 * np.ones((2, 3))).verdict == RIGHT
        np.testing.assert_array_equal(x, before)

    @pytest.mark.parametrize("engine", EVERY_ENGINE)
    def test_a_layer(self, engine):
        built, fresh = Conv2D(3, 2, activation="relu"), Dropout(0.5, seed=3)
        x = np.random.default_rng(1).normal(size=(2, 4, 4, 1))
        built.build((4, 4, 1), np.random.default_rng(0))
        params, copies = dict(built.params), [p.copy() for p in built.params.values()]
        attributes = dict(vars(built)), dict(vars(built.activation))
        check_layer(built, x=x, engine=engine)
        assert vars(built) == attributes[0]
        assert built.activation.ops is attributes[1].get("ops", reference)
        for (name, p), copy in zip(params.items(), copies, strict=True):
            assert built.params[name] is p
            np.testing.assert_array_equal(p, copy)
        check_layer(fresh, (5,), training=True)
        assert fresh.input_shape is None

    @pytest.mark.parametrize("engine", EVERY_ENGINE)
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_a_model_and_its_random_numbers(self, dtype, engine):
        model = tiny(np.random.default_rng(5), engine, dtype)
        params, state = model.named_params(), model.rng.bit_generator.state
        copies = model.get_weights()
        report = check_model(model, np.random.default_rng(0).random((2, 8, 8, 1)), [0, 1], training=True)
        assert report.verdict == RIGHT
        assert model.rng.bit_generator.state == state
        for (name, p), copy in zip(model.named_params().items(), copies, strict=True):
            assert p is params[name]
            np.testing.assert_array_equal(p, copy)
        assert {layer.ops for layer in model.layers} == {ENGINES[engine]}


def test_a_dropouts_mask_is_held():
    report = check_layer(Dropout(0.5), (20,), training=True)
    assert report.verdict == RIGHT
    assert 0 < (report["dx"].analytic == 0).sum() < 60  # it did drop some
    assert not report["dx"].undecided


def test_a_report_is_plain_data_and_sentences():
    for report in (
        check(relu_sum, np.array([-1.0, 0.0, 2.0]), lambda x: (x > 0) * 2.0),
        check(relu_sum, np.array([np.nan]), np.zeros(1)),
        check(lambda x: x.sum(), np.ones(3), np.array([1.0, np.nan, np.inf])),
        check_layer(Dense(2), (3,)),
    ):
        data = json.loads(json.dumps(report.as_dict(), allow_nan=False))
        assert data["verdict"] == report.verdict
        assert [t["name"] for t in data["tensors"]] == list(report.findings)
        assert "\n".join(data["sentences"]) in str(report)
    assert data["adjoint"][0]["gap"] <= data["adjoint"][0]["bound"] < 1e-13
    assert gradcheck.Report({}).verdict == CANNOT_TELL


class TestWrongCalls:
    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (
                lambda: check(np.sin, np.ones(3), np.ones(3)),
                r"f: expected a function that returns one number, .* \(3,\)",
            ),
            (lambda: check_layer(Dense(3)), "input_shape: expected the shape of one input"),
            (lambda: check_layer(Dense(3), (4,), engine="slow"), "engine: expected 'reference' or 'fast'"),
            (
                lambda: check_operation(np.sin, None, np.ones(3), names=["x"]),
                "forward: expected it to return a pair",
            ),
            (
                lambda: check_operation(
                    reference.relu_forward, reference.relu_backward, np.ones(3), wrt=["y"]
                ),
                r"wrt: expected names of arrays of floats \(x\), received 'y'",
            ),
        ],
    )
    def test_is_one_sentence(self, call, message):
        with pytest.raises(DigitsError, match=message):
            call()

    def test_a_layer_built_for_another_shape(self):
        layer = Activation("relu")
        assert check_layer(layer, (4,)).verdict == RIGHT
        dense = Dense(3)
        dense(np.ones((1, 4)))
        with pytest.raises(ShapeError, match="parameters for inputs of shape"):
            check_layer(dense, (5,))
