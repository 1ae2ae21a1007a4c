"""Holding layers still: in float64, with the same random numbers, and afterwards as they were."""

from contextlib import contextmanager
from importlib import import_module

import numpy as np

from scratch.errors import DigitsError
from scratch.network import ENGINES


@contextmanager
def kept(layers, engine=None):
    """Let the layers compute with `engine`; afterwards they are what they were."""
    if engine not in (None, *ENGINES):
        raise DigitsError(f"engine: expected {' or '.join(map(repr, ENGINES))}, received {engine!r}")
    before = [(layer, layer.ops, dict(vars(layer))) for layer in layers]
    try:
        for layer in layers if engine else ():
            layer.use_ops(import_module(f"scratch.{engine}"))
        yield
    finally:
        for layer, ops, attributes in before:
            layer.use_ops(ops)  # also of the activation inside it
            vars(layer).clear()
            vars(layer).update(attributes)


@contextmanager
def in_float64(layers):
    """Give the layers float64 copies of their parameters, and afterwards their own arrays again.

    What they keep besides, moving averages, is what it was again, too.
    """
    before = [(layer, dict(layer.params), layer.grads) for layer in layers]
    states = [(array, array.copy()) for layer in layers for array in layer.state.values()]
    try:
        for layer, params, _ in before:
            layer.params.update({name: p.astype(np.float64) for name, p in params.items()})
        yield
    finally:
        for layer, params, grads in before:
            layer.params.update(params)
            layer.grads = grads
        for array, values in states:
            array[...] = values


class Randomness:
    """The random generators of some layers, so that they draw the same again: a dropout's mask is held."""

    def __init__(self, layers):
        found = {
            id(g): g for layer in layers if isinstance(g := getattr(layer, "rng", None), np.random.Generator)
        }
        self.generators = list(found.values())

    def states(self):
        """Return the generators' states now."""
        return [g.bit_generator.state for g in self.generators]

    def restore(self, states):
        """Put the generators where they were."""
        for generator, state in zip(self.generators, states, strict=True):
            generator.bit_generator.state = state
