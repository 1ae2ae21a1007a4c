"""Activations, and dropout: what leaves shapes as they are."""

import math

import numpy as np

from scratch import layers
from tests.cases import ENGINES
from tests.peers.onnx_adapter.call import Inexpressible


def activation(make):
    """Return an operator that is our activation, element by element: make(call) returns the layer."""

    def compute(call):
        return [call.compute(make(call), call.input(0))]

    return compute


def swish(call):
    """Swish: x * sigmoid(alpha * x), of which we have alpha = 1."""
    if call.get("alpha", 1.0) != 1.0:
        raise Inexpressible("our SiLU has no alpha")
    return [call.compute(layers.SiLU(), call.input(0))]


def along_axis(call, function):
    """Return what `function`, of rows (M, K), makes of x along the node's axis."""
    x = call.input(0)
    if call.opset < 13:  # all axes from this one on are one row
        axis = call.get("axis", 1)
        return function(x.reshape(math.prod(x.shape[:axis]), -1)).reshape(x.shape)
    x = np.moveaxis(x, call.get("axis", -1), -1)
    y = function(x.reshape(-1, x.shape[-1])).reshape(x.shape)
    return np.moveaxis(y, -1, call.get("axis", -1))


def softmax(call):
    """Softmax, over the last axis once the node's is moved there."""
    return [along_axis(call, lambda rows: call.compute(layers.Softmax(), rows))]


def log_softmax(call):
    """LogSoftmax: log p_k is what our cross-entropy says of a row whose label is k, but for its sign."""
    return [along_axis(call, lambda rows: log_probabilities(call, rows))]


def log_probabilities(call, rows):
    """Return log softmax(z) of rows z: (M, K), by our cross-entropy."""
    ops, one_hot = ENGINES[call.engine], np.eye(rows.shape[1], dtype=rows.dtype)
    logs = [[-ops.softmax_cross_entropy_forward(z[None], k[None])[0] for k in one_hot] for z in rows]
    return np.array(logs, rows.dtype)


def dropout(call):
    """Dropout: in training, our layer draws from the generator that ONNX's own test draws from."""
    x, ratio, training = call.input(0), call.input(1), bool(call.input(2))
    ratio = call.get("ratio", 0.5) if ratio is None else float(ratio)
    outputs = []
    for batch in (x, np.ones_like(x)):  # what becomes of ones says what was kept
        layer = layers.Dropout(ratio)
        layer.build(x.shape[1:])
        layer.rng = np.random.RandomState(call.get("seed", 0))
        layer.use_ops(ENGINES[call.engine])
        outputs.append(layer.forward(batch, training))
    return [outputs[0], outputs[1] > 0]
