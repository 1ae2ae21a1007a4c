"""One node of an ONNX model, and how a layer of ours is asked to compute it."""

from dataclasses import dataclass, field

import numpy as np

from tests.cases import ENGINES


class Inexpressible(Exception):
    """There is no layer of ours to hand this to."""


@dataclass
class Call:
    """One node: its operator's name, attributes, inputs (None where left out), outputs' names and version."""

    operator: str
    attributes: dict
    inputs: list
    outputs: list
    opset: int
    engine: str
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def get(self, attribute, default=None):
        """Return an attribute; bytes as text."""
        value = self.attributes.get(attribute, default)
        return value.decode() if isinstance(value, bytes) else value

    def input(self, index):
        """Return an input, or None where there are fewer."""
        return self.inputs[index] if index < len(self.inputs) else None

    def compute(self, layer, x, training=False, **weights):
        """Return what our `layer`, made to hold `weights`, makes of a batch x."""
        x = np.asarray(x)
        layer.use_ops(ENGINES[self.engine])
        layer.build(x.shape[1:], self.rng, x.dtype if x.dtype == np.float64 else "float32")
        for name, value in weights.items():
            layer.weights[name][...] = value
        return layer(x, training)
