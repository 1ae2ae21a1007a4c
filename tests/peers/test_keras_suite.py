"""Keras's own tests, as its wheel ships them, run on our layers, losses and optimizers.

Which are left out, and why, is in keras_exclusions.toml; keras_adapter.py says how our classes come into
them.
"""

from functools import partial

import numpy as np
import pytest

from tests.cases import EVERY_ENGINE
from tests.peers.exclusions import Exclusions, judge
from tests.peers.keras_adapter import Standins, TestsOnOurs

pytestmark = pytest.mark.keras

# A test module of Keras, below keras.src, and its classes that are about what we have, too.
SUITES = {
    "layers.convolutional.conv_test": ["ConvBasicTest", "ConvCorrectnessTest"],
    "layers.core.dense_test": ["DenseTest"],
    "layers.pooling.max_pooling_test": ["MaxPoolingBasicTest", "MaxPoolingCorrectnessTest"],
    "layers.pooling.average_pooling_test": ["AveragePoolingBasicTest", "AveragePoolingCorrectnessTest"],
    "layers.pooling.global_max_pooling_test": [
        "GlobalMaxPoolingBasicTest",
        "GlobalMaxPoolingCorrectnessTest",
    ],
    "layers.pooling.global_average_pooling_test": [
        "GlobalAveragePoolingBasicTest",
        "GlobalAveragePoolingCorrectnessTest",
    ],
    "layers.activations.elu_test": ["ELUTest"],
    "layers.activations.leaky_relu_test": ["LeakyReLUTest"],
    "layers.activations.softmax_test": ["SoftmaxTest"],
    "layers.reshaping.zero_padding2d_test": ["ZeroPadding2DTest"],
    "losses.losses_test": ["CategoricalCrossentropyTest", "SparseCategoricalCrossentropyTest"],
    "optimizers.sgd_test": ["SGDTest"],
    "optimizers.rmsprop_test": ["RMSpropTest"],
    "optimizers.adam_test": ["AdamTest"],
}
CLASSES = [(module, name) for module, names in SUITES.items() for name in names]


def cases_of(module, name):
    """Return the tests of one class, a dict of functions of an engine; parametrised ones under numbers."""
    module = pytest.importorskip(f"keras.src.{module}", reason="this Keras came without its tests")
    ours = type(name, (TestsOnOurs, getattr(module, name)), {})
    tests = [test for test in dir(ours) if test.startswith("test")]
    return {f"{name}.{test}": partial(run, module, ours, test) for test in tests}


def run(module, ours, test, engine):
    """Run one test of Keras's on our classes; raises whatever it raises."""
    standins = Standins(engine)
    np.random.seed(0)  # the tests draw from the global generator
    with standins.in_place_of_keras(module):
        ours(test).debug()
    assert standins.made, "the test asks for nothing of ours"


@pytest.fixture(scope="module")
def exclusions():
    """Return what is left out."""
    return Exclusions("keras_exclusions.toml")


@pytest.mark.parametrize("engine", EVERY_ENGINE)
@pytest.mark.parametrize(("module", "name"), CLASSES, ids=[name for _, name in CLASSES])
def test_class(module, name, engine, keras, exclusions, record_property):
    cases = {case: partial(run_case, engine) for case, run_case in cases_of(module, name).items()}
    assert cases
    judge(cases, exclusions, record_property)


def test_every_exclusion_is_of_a_case_that_exists(keras, exclusions):
    known = {case for module, name in CLASSES for case in cases_of(module, name)}
    assert exclusions.unknown(known) == []
