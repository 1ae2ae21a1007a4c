"""What a script reads of layers and models looks as it does in Keras."""

import ast

import pytest

from scratch.compat import views
from scratch.compat.keras import layers
from scratch.compat.sequential import Sequential


class Own:
    """Something of the script's own with the same names."""

    output_shape, weights = (5,), {"a": 1}


def value_of(expression, **names):
    tree = views.seen_by(ast.parse(expression, mode="eval"))
    return eval(compile(tree, "script", "eval"), names | {views.NAME: views.view})


@pytest.fixture
def model():
    return Sequential([layers.Conv2D(4, 3, input_shape=(6, 6, 1)), layers.Flatten(), layers.Dense(2)])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("model.input_shape", (None, 6, 6, 1)),
        ("model.output_shape", (None, 2)),
        ("[layer.output_shape for layer in model.layers]", [(None, 4, 4, 4), (None, 64), (None, 2)]),
        ("[w.shape for w in model.layers[0].weights]", [(3, 3, 1, 4), (4,)]),
        ("model.layers[0].weights[1].numpy().tolist()", [0, 0, 0, 0]),
        ("len(model.weights)", 4),
        ("own.output_shape", (5,)),
        ("own.weights", {"a": 1}),
        ("Sequential().output_shape", None),
    ],
)
def test_as_keras_has_it(expression, expected, model):
    assert value_of(expression, model=model, own=Own(), Sequential=Sequential) == expected


def test_what_is_not_there_is_an_attribute_error(model):
    with pytest.raises(AttributeError, match="weights"):
        value_of("x.weights", x=3)


def test_setting_is_left_alone():
    tree = views.seen_by(ast.parse("own.weights = 3\nself.output_shape += (1,)"))
    assert ast.unparse(tree) == "own.weights = 3\nself.output_shape += (1,)"
