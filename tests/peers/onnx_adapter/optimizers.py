"""Steps of optimizers, whose state ONNX hands in and takes back."""

import math

import numpy as np

from scratch import optimizers
from scratch.fast.optimizers import update_for


def take_step(call, optimizer, arrays, gradients, slots):
    """Take one step, in place, with our optimizer in the state `slots`, a list for each slot's name."""
    optimizer.build(arrays)
    optimizer.fast_update = update_for(optimizer) if call.engine == "fast" else None
    for name, values in slots.items():
        for slot, value in zip(optimizer.slots, values, strict=True):
            slot[name][...] = value
    optimizer.apply(gradients, arrays)
    return [[slot[name] for slot in optimizer.slots] for name in slots]


def tensors_of(call, kinds):
    """Return the rate, the step's number, and `kinds` lists of arrays; the gradients regularized.

    What ONNX adds to a gradient for regularization would be part of the loss with us.
    """
    rate, step, *arrays = call.inputs
    count = len(arrays) // kinds
    groups = [[a.copy() for a in arrays[i * count : (i + 1) * count]] for i in range(kinds)]
    weight = np.float32(call.get("norm_coefficient", 0.0))
    groups[1] = [g + weight * x for x, g in zip(*groups[:2], strict=True)]
    return float(rate), int(step), groups


def adam(call):
    """Adam: before its first step ONNX's corrects no bias, so the rate is given without that correction."""
    rate, step, (arrays, gradients, v, h) = tensors_of(call, 4)
    beta_1, beta_2 = call.get("alpha", 0.9), call.get("beta", 0.999)
    if step == 0:
        rate *= (1 - beta_1) / math.sqrt(1 - beta_2)
    optimizer = optimizers.Adam(rate, beta_1, beta_2, call.get("epsilon", 0.0))
    optimizer.iterations = max(step - 1, 0)
    v, h = take_step(call, optimizer, arrays, gradients, {"momentum": v, "velocity": h})
    return [*arrays, *v, *h]


def momentum(call):
    """Momentum: our velocity is ONNX's times -rate. ONNX dampens gradients by beta, but not in step 0."""
    rate, step, (arrays, gradients, v) = tensors_of(call, 3)
    dampened = [np.float32(call.get("beta") if step else 1.0) * g for g in gradients]
    nesterov = call.get("mode") == "nesterov"
    optimizer = optimizers.SGD(rate, call.get("alpha"), nesterov=nesterov)
    (v,) = take_step(call, optimizer, arrays, dampened, {"momentum": [-rate * each for each in v]})
    return [*arrays, *(each / np.float32(-rate) for each in v)]
