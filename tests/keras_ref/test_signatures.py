"""Names, arguments and defaults: what we have of Keras has the same name, place and default as there."""

import inspect
from operator import attrgetter

import pytest

from scratch import (
    callbacks,
    feeding,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    schedules,
)

pytestmark = pytest.mark.keras

CLASSES = [
    *(
        (layers, "layers", name)
        for name in layers.__all__
        if name not in {"Input", "Layer", "Softmax", "Sigmoid", "SiLU", "Tanh"}
    ),
    *((optimizers, "optimizers", cls.__name__) for cls in optimizers.OPTIMIZERS.values()),
    *(
        (schedules, "optimizers.schedules", name)
        for name in ("ExponentialDecay", "InverseTimeDecay", "CosineDecay", "PiecewiseConstantDecay")
    ),
    *((regularizers, "regularizers", name) for name in ("L1", "L2", "L1L2", "l1", "l2", "l1_l2")),
    *(
        (callbacks, "callbacks", name)
        for name in callbacks.__all__
        if name not in {"Callback", "CallbackList", "EpochTimer", "History"}
    ),
    *((losses, "losses", name) for name in ("SparseCategoricalCrossentropy", "CategoricalCrossentropy")),
    *(
        (initializers, "initializers", cls.__name__)
        for cls in dict.fromkeys(initializers.INITIALIZERS.values())
    ),
]
METHODS = ["compile", "fit", "evaluate", "predict", "train_on_batch"]
# ours alone; and what Keras often takes among its **kwargs
NOT_COMPARED = {"engine", "name", "input_shape", "trainable"}


def arguments(function):
    """Return {argument: default} in order, without self and without **options."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.name != "self" and p.kind is not p.VAR_KEYWORD}


def same(a, b):
    """Return whether two defaults mean the same: a list is as good as a tuple."""
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return tuple(a) == tuple(b)
    return a == b


def check(ours, theirs, what):
    ours = {name: default for name, default in arguments(ours).items() if name not in NOT_COMPARED}
    theirs = arguments(theirs)
    assert set(ours) <= set(theirs), f"{what}: {set(ours) - set(theirs)} is not in Keras"
    order = [name for name in theirs if name in ours]
    assert list(ours) == order, f"{what}: another order than in Keras"
    for name, default in ours.items():
        assert same(default, theirs[name]), f"{what}: {name}={default!r}, in Keras {theirs[name]!r}"


@pytest.mark.parametrize(("module", "place", "name"), CLASSES, ids=[name for *_, name in CLASSES])
def test_a_class(module, place, name, keras):
    theirs = attrgetter(f"{place}.{name}")(keras)
    check(getattr(module, name).__init__, theirs.__init__, name)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_of_sequential(name, keras):
    check(getattr(models.Sequential, name), getattr(keras.Sequential, name), name)


def test_the_default_batch_size():
    assert feeding.DEFAULT_BATCH_SIZE == 32  # stated in the docstring of keras.Model.fit


def test_callbacks_have_keras_methods(keras):
    ours = {name for name in vars(callbacks.Callback) if name.startswith(("on_", "set_"))}
    assert ours <= set(dir(keras.callbacks.Callback))


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (optimizers, [*optimizers.OPTIMIZERS, *(cls.__name__ for cls in optimizers.OPTIMIZERS.values())]),
        (regularizers, ["l1", "l2", "L1", "L2"]),
        (metrics, ["sparse_categorical_accuracy", "SparseCategoricalAccuracy", "CategoricalAccuracy"]),
        (
            initializers,
            ["glorot_uniform", "GlorotUniform", "he_normal", "HeNormal", "uniform", "normal", "zeros"],
        ),
    ],
)
def test_names_that_keras_understands(module, names, keras):
    theirs = getattr(keras, module.__name__.rpartition(".")[2])
    for name in names:
        assert type(module.get(name)).__name__ == type(theirs.get(name)).__name__
