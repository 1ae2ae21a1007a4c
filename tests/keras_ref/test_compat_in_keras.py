"""All that is offered under Keras's names has Keras's arguments, in Keras's order, with Keras's defaults."""

import inspect
from operator import attrgetter

import numpy as np
import pytest

from scratch.compat import sequential, signatures
from scratch.compat.importing import MODULES, source_of
from scratch.compat.keras.preprocessing import image
from scratch.compat.names import KERAS
from scratch.compat.offering import REQUIRED, WITHOUT_EFFECT, NotHereError, Offered

pytestmark = pytest.mark.keras
ABSTRACT = {"Layer", "Metric", "Optimizer"}  # there to be asked after, not to be made
OTHER_SPELLINGS = {"input_dim", "batch_input_shape", "batch_shape"}  # of input_shape
OFFERED = [
    (module, name, thing)
    for module in sorted(MODULES["keras"])
    for name, thing in (
        (name, getattr(source_of(f"keras.{module}"), name)) for name in source_of(f"keras.{module}").__all__
    )
    if isinstance(thing, Offered) and name not in ABSTRACT
]


def arguments(function):
    """Return {argument: default} of Keras's, in order."""
    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {p.name: p.default for p in parameters if p.name not in ("self", "args") and p.kind not in kinds}


def check(ours, theirs, what):
    """Check that a table of arguments begins with Keras's."""
    first = list(ours)[: len(theirs)]
    assert first == list(theirs), what
    for name, default in theirs.items():
        assert ours[name] == default or default is REQUIRED, f"{what}: {name}"


def in_keras(keras, module, name):
    """Return what Keras has under a name, or None for names that were Keras 2's."""
    try:
        return attrgetter(f"{module}.{name}")(keras)
    except AttributeError:
        return None


@pytest.mark.parametrize(("module", "name", "offered"), OFFERED, ids=[f"{m}.{n}" for m, n, _ in OFFERED])
def test_arguments(module, name, offered, keras):
    theirs = in_keras(keras, module, name)
    if theirs is None:
        assert name.islower(), "a name that Keras does not have"
        return
    own = arguments(theirs.__init__ if isinstance(theirs, type) else theirs)
    check(offered.parameters, own, offered.name)
    for option in set(offered.parameters) - offered.takes - WITHOUT_EFFECT - OTHER_SPELLINGS:
        given = {p: None for p, default in offered.parameters.items() if default is REQUIRED}
        with pytest.raises(NotHereError, match=option):
            offered.bound((), given | {option: "odd"})


@pytest.mark.parametrize("name", ["compile", "fit", "evaluate", "predict", "summary"])
def test_methods(name, keras):
    check(getattr(signatures, name.upper()), arguments(getattr(keras.Sequential, name)), name)


@pytest.mark.parametrize("name", sorted(KERAS))
def test_names(name, keras):
    module = keras if name == "keras" else in_keras(keras, name, "__dict__") and attrgetter(name)(keras)
    if name.startswith("preprocessing") or module is None:
        return
    missing = {n for n in dir(module) if not n.startswith("_")} - KERAS[name] - {"load_data"}
    assert not missing, "names of Keras's that scratch/compat/names.py does not have"


def test_image_data_generator():
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    check(image.ARGUMENTS, arguments(ImageDataGenerator.__init__), "ImageDataGenerator")
    flow = arguments(ImageDataGenerator.flow)
    assert list(image.FLOW) == list(flow)


def test_weighted_losses(keras, rng):
    """A weighted training step is Keras's."""
    x, y = rng.random((8, 4)).astype("float32"), np.arange(8) % 3
    weights = rng.random(8).astype("float32")
    theirs = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    theirs.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
    ours = sequential.Sequential()
    from scratch.layers import Dense, Input

    ours.add(Input((4,)))
    ours.add(Dense(3, activation="softmax"))
    ours.compile("sgd", "sparse_categorical_crossentropy")
    ours.optimizer.learning_rate = 0.5
    ours.set_weights(theirs.get_weights())
    loss = theirs.train_on_batch(x, y, sample_weight=weights)
    assert ours.train_on_batch(x, y, sample_weight=weights) == pytest.approx(float(loss), rel=1e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)  # float32, one step
