"""An optimizer's state in Keras's order: step count, learning rate, and what it keeps of each parameter."""

import math
from copy import copy

import numpy as np

from scratch.saving import weights

# Slots that stand together go parameter by parameter; one group comes after the other.
SLOT_GROUPS = (
    ("momentum", "velocity"),
    ("velocity_hat",),
    ("accumulator",),
    ("accumulated_grad", "accumulated_delta_var"),
)
RMSPROP_GROUPS = (("velocity",), ("momentum",), ("average_gradient",))
# Means and sums of squares; their roots are taken.
SQUARES = {"velocity", "velocity_hat", "accumulator", "accumulated_grad", "accumulated_delta_var"}


def order(optimizer, count, old=False):
    """Return (number of the parameter, name of the slot) in Keras's order, for `count` parameters.

    old: in the order of Keras up to 2.10.
    """
    groups = RMSPROP_GROUPS if type(optimizer).__name__ == "RMSprop" else SLOT_GROUPS
    if old:
        groups = [(name,) for group in groups for name in group]
    kept = [[name for name in group if name in optimizer.slot_names] for group in groups]
    return [(i, name) for group in kept for i in range(count) for name in group]


def variables(model):
    """Return a compiled model's optimizer's variables as Keras has them, a list of arrays."""
    optimizer, parameters = model.optimizer, list(model.named_params().values())
    if optimizer.slots is None:  # before the first step; Keras wants what it will begin with
        optimizer = copy(optimizer)
        optimizer.build(parameters)
    state = [np.asarray(optimizer.iterations, np.int64)]
    if optimizer.schedule is None:
        state.append(np.asarray(optimizer.learning_rate, np.float32))
    return state + [optimizer.slots[i][name] for i, name in order(optimizer, len(parameters))]


def is_there(contents):
    """Return whether a file holds what an optimizer keeps after a first step."""
    stored, _ = weights.optimizer_variables(contents)
    return stored is None or len(stored) > 2


def restore(model, contents, notes):
    """Give a model's optimizer the state in a file, where it is that of an optimizer like it."""
    stored, old = weights.optimizer_variables(contents)
    if stored is None:
        notes.append("its optimizer's state has no names that we know: further training starts afresh")
    if not stored:
        return
    optimizer, parameters = model.optimizer, list(model.named_params().values())
    slots = order(optimizer, len(parameters), old)
    count, *rest = stored
    if old and all(array.shape == (1,) for array in rest[len(slots) :]):
        rest = rest[: len(slots)]  # Keras 2.0 to 2.3 keep a number for each slot that Adam does without
    if not slots:  # Keras 2 keeps a momentum for SGD even where it is 0
        rest = [array for array in rest[:1] if array.shape == ()]
    rate = rest.pop(0) if len(rest) == len(slots) + 1 and rest[0].shape == () else None
    if not fits(count, rest, [(name, parameters[i]) for i, name in slots]):
        if len(stored) > 2:  # there was a first step
            notes.append("the state is not that of such an optimizer: further training starts afresh")
        return
    optimizer.build(parameters)
    for array, (i, name) in zip(rest, slots, strict=True):
        optimizer.slots[i][name][...] = array
    optimizer.iterations = int(count)
    if rate is not None and optimizer.schedule is None:
        restore_rate(optimizer, float(rate))


def fits(count, arrays, slots):
    """Return whether a step count and arrays are the state for slots, a list of (name, parameter).

    By shape alone, many an optimizer's state would do for another: but not by sign, where roots are taken.
    """
    return (
        count.shape == ()
        and 0 <= float(count) < 2**53
        and len(arrays) == len(slots)
        and all(a.shape == p.shape and a.dtype.kind == "f" for a, (_, p) in zip(arrays, slots, strict=True))
        and all(a.min(initial=0) >= 0 for a, (name, _) in zip(arrays, slots, strict=True) if name in SQUARES)
    )


def restore_rate(optimizer, rate):
    """Set the learning rate that training had come to; where it is the config's, keep that exacter number."""
    if np.float32(optimizer.learning_rate) != np.float32(rate) and math.isfinite(rate) and rate > 0:
        optimizer.learning_rate = rate
