"""Parts of the gradient checker on their own: layers from text, the picture, the adjoint test's bound."""

import numpy as np
import pytest

from scratch import figures
from scratch.errors import DigitsError
from scratch.figures.gradcheck import error_against_step
from scratch.gradcheck import check, check_layer
from scratch.gradcheck.expression import LAYERS, check_size, default_shape, layer_from
from scratch.layers import Conv2D, Dense, Flatten, MaxPooling2D
from tests.cases import ALL_CASES

OF_ONE_SHAPE = ("BatchNormalization(axis", "Rescaling([", "Reshape")  # what they were made for


class TestExpressions:
    @pytest.mark.parametrize("case", ALL_CASES, ids=str)
    def test_every_row_of_the_table_can_be_written(self, case):
        layer, expected = layer_from(case.text), case.make_layer()
        assert type(layer) is type(expected)
        for name in ("filters", "kernel_size", "strides", "padding", "units", "rate", "pool_size", "groups"):
            assert getattr(layer, name, None) == getattr(expected, name, None)
        shape = case.shape[1:] if case.text.startswith(OF_ONE_SHAPE) else default_shape(layer)
        check_size(layer, 3, shape)
        assert layer.build(shape, np.random.default_rng(0))

    def test_spaces_and_signs(self):
        assert layer_from("  Conv2D( 4 , ( 3 , 2 ) )\n").kernel_size == (3, 2)
        assert type(layer_from("Softmax(axis=-1)")) is LAYERS["Softmax"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "expected a layer such as Conv2D"),
            ("Conv2D", r"write it with its arguments, Conv2D\(...\)"),
            ("Conv2D(4, 3", "expected a layer such as"),
            ("Conv2D(4, 3) + 1", "expected a layer such as"),
            ("layers.Conv2D(4, 3)", "expected a layer such as"),
            ("[Conv2D(4, 3)]", "expected a layer such as"),
            ("lambda: 0", "expected a layer such as"),
            ("\0", "expected a layer such as"),
            ("(" * 400, "expected a layer such as"),
            ("Dense(" + "-" * 450 + "1)", "Dense: "),
            ("Dense(" + " " * 600 + "3)", "no more than 500 characters"),
            ("open('/etc/passwd')", "there is no layer 'open': expected one of ELU, Activation"),
            ("Layer()", "there is no layer 'Layer'"),
            ("Input((3,))", "there is no layer 'Input'"),
            (
                "Conv2D(__import__('os').getpid(), 3)",
                "expected numbers, texts and tuples as arguments, received",
            ),
            ("Dense(2 ** 100)", "expected numbers, texts and tuples"),
            ("Dense(*[3])", "expected numbers, texts and tuples"),
            ("Dense(**{'units': 3})", "expected arguments such as in"),
            ("Dense(units)", "expected numbers, texts and tuples"),
            ("Dense()", "Dense: missing a required argument: 'units'; its arguments are"),
            ("Conv2D(4, 3, paddin='same')", "Conv2D: got an unexpected keyword argument 'paddin'"),
            ("Conv2D(0, 3)", "Conv2D: filters: expected a positive whole number, received 0"),
            ("Conv2D(4, 3, activation='rleu')", "unknown activation 'rleu'"),
            ("Conv2D(4, 3, activation=3)", "activation: expected a name"),
            ("Conv2D({1}, 3)", "filters: expected a positive whole number"),
        ],
    )
    def test_anything_else_is_refused_in_a_sentence(self, text, message):
        with pytest.raises(DigitsError, match=message) as caught:
            layer_from(text)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("text", "shape"),
        [("Dense(999999999)", (5,)), ("Conv2D(500, 400)", (500, 500, 3)), ("ReLU()", (10**7,))],
    )
    def test_what_is_far_too_large_is_refused_before_it_is_made(self, text, shape):
        with pytest.raises(DigitsError, match="too large to check: expected no more than 1,000,000"):
            check_size(layer_from(text), 3, shape)

    def test_default_shapes(self):
        assert default_shape(Dense(3)) == (5,)
        assert default_shape(Flatten()) == (4, 3, 2)
        assert default_shape(MaxPooling2D()) == (7, 6, 2)
        assert default_shape(Conv2D(4, (9, 2), groups=2)) == (12, 6, 4)
        assert default_shape(Conv2D(4, 3, dilation_rate=4)) == (12, 11, 2)


class TestAdjoint:
    def test_the_bound_is_that_of_rounding(self):
        report = check_layer(Conv2D(8, 3, padding="same", activation="relu"), (9, 8, 4))
        assert [r.name for r in report.adjoint] == ["dx", "dw", "db"]
        for result in report.adjoint:
            assert result.gap <= result.bound
            numbers = 3 * 9 * 8 * (4 + 8) + 9 * 4 * 8 + 8
            assert result.bound == pytest.approx(numbers * 2.0**-52)
            assert 0 < abs(result.forward) <= result.absolute
        # and it would notice a single wrong entry, which is a share of about 1 in so many products
        assert max(r.bound for r in report.adjoint) < 1e-3 / numbers

    def test_what_is_not_linear_is_left_out(self):
        assert check_layer(Dense(3, activation="tanh"), (4,)).adjoint == []
        assert check_layer(Dense(3, activation="softmax"), (4,)).adjoint == []


class TestPicture:
    @pytest.fixture
    def findings(self):
        x = np.array([0.5, 1.0, 2.0])
        wrong = check(lambda x: np.sin(x).sum(), x, lambda x: 2 * np.cos(x), name="w")
        kink = check(lambda x: np.maximum(x - 1, 0).sum(), x, lambda x: (x > 1) * 1.0, name="b")
        missing = check(lambda x: x.sum(), x, lambda x: None, name="none")
        reports = check(lambda x: np.sin(x).sum(), x, np.cos), wrong, kink, missing
        return [f for report in reports for f in report.findings.values()]

    def test_a_line_each_with_its_verdict(self, findings):
        figure = error_against_step(findings, "A title with $signs$")
        (axes,) = figure.axes
        lines = {line.get_label(): line for line in axes.get_lines() if not line.get_label().startswith("_")}
        assert list(lines) == ["dx", "dw: wrong", "db: cannot tell", "the step taken"]
        assert axes.get_xscale() == axes.get_yscale() == "log"
        np.testing.assert_array_equal(lines["dx"].get_xdata(), findings[0].steps)
        np.testing.assert_allclose(
            lines["dx"].get_ydata(), np.maximum(findings[0].errors / findings[0].scale, 1e-17)
        )
        right, level = lines["dx"].get_ydata(), lines["dw: wrong"].get_ydata()
        assert right.min() < 1e-9 < 1e-6 < right.max()
        assert level.min() > 0.3
        assert "step" in axes.get_xlabel().lower()
        tensors = list(lines.values())[:3]
        assert (
            len({line.get_marker() for line in tensors}) == len({line.get_color() for line in tensors}) == 3
        )
        assert figures.png(figure).startswith(b"\x89PNG")

    def test_nothing_to_draw(self, findings):
        figure = error_against_step([findings[-1]], "Nothing")
        assert "No tensor was compared" in figure.axes[0].texts[0].get_text()
        assert figures.png(figure).startswith(b"\x89PNG")
