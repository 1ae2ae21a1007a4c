"""Holding layers still: in float64, with the same random numbers, and afterwards as they were."""

from contextlib import contextmanager
from importlib import import_module

import numpy as np

from scratch.errors import DigitsError
from scratch.nested import NestedModel
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
    layers, copies = list(with_inner(layers)), {}
    before = [(layer, dict(layer.params), layer.grads) for layer in layers]
    states = [(array, array.copy()) for layer in layers for array in layer.state.values()]
    try:
        for layer, params, _ in before:
            for name, p in params.items():  # a model within the model shares the arrays of its layers
                layer.params[name] = copies.setdefault(id(p), p.astype(np.float64))
        yield
    finally:
        for layer, params, grads in before:
            layer.params.update(params)
            layer.grads = grads
        for array, values in states:
            array[...] = values


def with_inner(layers):
    """Yield the layers and, after each that is a model within the model, those of that one."""
    for layer in layers:
        yield layer
        if isinstance(layer, NestedModel):
            yield from with_inner(layer.network.layers)


class Randomness:
    """The random generators of some layers, so that they draw the same again: a dropout's mask is held."""

    def __init__(self, layers):
        generators = (getattr(layer, "rng", None) for layer in with_inner(layers))
        found = {id(g): g for g in generators if isinstance(g, np.random.Generator)}
        self.generators = list(found.values())

    def states(self):
        """Return the generators' states now."""
        return [g.bit_generator.state for g in self.generators]

    def restore(self, states):
        """Put the generators where they were."""
        for generator, state in zip(self.generators, states, strict=True):
            generator.bit_generator.state = state
