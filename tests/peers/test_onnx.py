"""ONNX's own tests of its operators, and the models that PyTorch was exported to, put to our layers.

Which cases are left out, and why, is in onnx_exclusions.toml; onnx_adapter.py leads from an operator to a
layer.
"""

import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.cases import EVERY_ENGINE
from tests.peers.exclusions import Exclusions, judge

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install -e .[dev]")

from onnx.backend.test.loader import load_model_tests  # noqa: E402

from tests.peers.onnx_adapter import OPERATORS, run_model  # noqa: E402

pytestmark = pytest.mark.slow  # ONNX takes five seconds to make its cases

# What ONNX's own runner allows each number, and what we allow it besides, relative to the largest of them:
# float32 rounds at 6e-8, the sums here have up to 144 terms, and the worst is off by 2e-7.
UPSTREAM = {"rtol": 1e-3, "atol": 1e-7}
TOLERANCE = 1e-6
# Its expected numbers are written down with four digits.
ROUNDED = {"test_averagepool_2d_ceil_last_window_starts_on_pad"}


@dataclass(frozen=True)
class OnnxCase:
    """A model, the first of our operators in it, and its data sets: lists of inputs and of outputs."""

    name: str
    model: object
    operator: str
    data_sets: list

    def check(self, engine):
        """Raise AssertionError unless our layers give the outputs that the case expects."""
        for inputs, expected in self.data_sets:
            received = run_model(self.model, inputs, engine)
            for ours, theirs in zip(received, expected, strict=True):
                assert ours.shape == theirs.shape
                assert ours.dtype == theirs.dtype
                np.testing.assert_allclose(ours, theirs, **UPSTREAM)
                if theirs.dtype.kind == "f" and self.name not in ROUNDED:
                    largest = np.abs(theirs).max(initial=0)
                    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE * largest)


def arrays(tensors):
    """Return tensors as arrays; some of ONNX's data are protocol buffers."""
    to_array = onnx.numpy_helper.to_array
    return [to_array(t) if isinstance(t, onnx.TensorProto) else np.asarray(t) for t in tensors]


def first_of_ours(model):
    """Return the first of our operators in an ONNX model; None if there is none."""
    return next((node.op_type for node in model.graph.node if node.op_type in OPERATORS), None)


def node_cases():
    """Yield ONNX's tests of single operators, but not the same ones again, written in simpler operators."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # making some of the cases divides by zero
        tests = load_model_tests(kind="node")
    for test in tests:
        operator = first_of_ours(test.model)
        if operator and "_expanded" not in test.name:
            data_sets = [tuple(map(arrays, pair)) for pair in test.data_sets]
            yield OnnxCase(test.name, test.model, operator, data_sets)


def model_cases(kind):
    """Yield the cases that ONNX keeps as files, in folders of one `kind`."""
    for test in load_model_tests(kind=kind):
        folder = Path(test.model_dir)
        model = onnx.load(folder / "model.onnx")
        if operator := first_of_ours(model):
            places = sorted(folder.glob("test_data_set_*"))
            data_sets = [(load(place, "input"), load(place, "output")) for place in places]
            yield OnnxCase(test.name, model, operator, data_sets)


def load(folder, what):
    """Return the arrays in a folder's files what_0.pb, what_1.pb, ..."""
    count = len(list(folder.glob(f"{what}_*.pb")))
    return arrays(onnx.load_tensor(folder / f"{what}_{i}.pb") for i in range(count))


@pytest.fixture(scope="module")
def cases():
    """Return all cases that have one of our operators, by name."""
    kinds = "pytorch-converted", "pytorch-operator", "simple"
    found = [*node_cases(), *(case for kind in kinds for case in model_cases(kind))]
    return {case.name: case for case in found}


@pytest.fixture(scope="module")
def exclusions():
    """Return what is left out."""
    return Exclusions("onnx_exclusions.toml")


@pytest.mark.parametrize("engine", EVERY_ENGINE)
@pytest.mark.parametrize("operator", OPERATORS)
def test_operator(operator, engine, cases, exclusions, record_property):
    chosen = {name: partial(case.check, engine) for name, case in cases.items() if case.operator == operator}
    assert chosen
    judge(chosen, exclusions, record_property)


def test_every_exclusion_is_of_a_case_that_exists(cases, exclusions):
    assert exclusions.unknown(cases) == []
