"""A stack of layers, as one function with gradients: everything about a model but its training."""

import threading
from contextlib import nullcontext
from importlib import import_module
from io import StringIO

import numpy as np
from rich.console import Console
from rich.table import Table

from scratch import console, door
from scratch.errors import ShapeError
from scratch.forks import check_not_forked, held_across_forks
from scratch.layers import Input
from scratch.layers.base import Layer
from scratch.nested import NestedModel
from scratch.rng import default_rng

ENGINES = ("reference", "fast")
# One computation at a time: one of Numba's thread pools ends the process when two threads enter it at once.
computing = held_across_forks(threading.RLock())


class Network:
    """Layers, each fed with what the one before it returns.

    layers: a list of layers, headed by an Input or else built for the first data that it sees.
    dtype: "float32" or "float64", of parameters and of everything computed.
    rng: a np.random.Generator that initial weights, dropout and the order of images are drawn from (default:
    the project's default generator).
    """

    def __init__(self, layers=(), name=None, dtype="float32", rng=None):
        if dtype not in ("float32", "float64", np.float32, np.float64):
            raise ValueError(f"dtype: expected 'float32' or 'float64', received {dtype!r}")
        if not isinstance(rng, np.random.Generator | None):
            raise ValueError(f"rng: expected a np.random.Generator, received {rng!r}")
        if isinstance(layers, Layer | Input | Network):
            raise ValueError(f"layers: expected a list of layers, received one, {type(layers).__name__}")
        self.name = name or "sequential"
        self.dtype = np.dtype(dtype)
        self.rng = rng or default_rng()
        self.layers = []
        self.use_engine("reference")
        self.input_shape = self.output_shape = None
        for layer in layers or ():
            self.add(layer)

    def add(self, layer):
        """Put a layer at the end, or a model, as a layer. An Input may come first, and nowhere else."""
        if isinstance(layer, Network):
            layer = NestedModel(layer)
        if isinstance(layer, Input):
            if self.layers or self.input_shape:
                raise ValueError("Input: expected as the first of a model's layers, received after others")
            self.input_shape = self.output_shape = layer.shape
            return
        if not isinstance(layer, Layer):
            raise ValueError(f"expected a layer, received {layer!r}")
        if any(layer is other for other in self.layers):
            raise ValueError(
                f"layer {layer.name!r} is in the model already: expected a layer of its own in each place"
            )
        self.give_name(layer)
        if not self.layers and not self.input_shape:
            self.input_shape = self.output_shape = layer.given_shape
        self.layers.append(layer)
        self.use_engine(self.engine)
        if self.input_shape:
            self.output_shape = layer.build(self.output_shape, self.rng, self.dtype)

    def pop(self):
        """Take the last layer away, and return it. Raises ValueError where there is none."""
        if not self.layers:
            raise ValueError("the model has no layers: there is none to take away")
        layer = self.layers.pop()
        self.use_engine(self.engine)
        if self.input_shape:
            self.output_shape = self.layers[-1].output_shape if self.layers else self.input_shape
        return layer

    def get_layer(self, name=None, index=None):
        """Return a layer by its name or its place, from 0. Raises ValueError where there is none."""
        if (name is None) == (index is None):
            raise ValueError("get_layer: expected a name or an index, and not both")
        named = (
            {layer.name: layer for layer in self.layers} if index is None else dict(enumerate(self.layers))
        )
        wanted = name if index is None else index % max(1, len(self.layers))
        if wanted not in named:
            names = ", ".join(layer.name for layer in self.layers)
            raise ValueError(f"get_layer: there is no layer {wanted!r} in {names}")
        return named[wanted]

    def give_name(self, layer):
        """Make the layer's name the only one of its kind: conv2d, conv2d_1, conv2d_2, as Keras counts."""
        taken = {other.name for other in self.layers}
        if layer.name in taken and not layer.auto_named:
            raise ValueError(f"expected a name of its own for each layer, received {layer.name!r} twice")
        base, count = layer.name, 0
        while layer.name in taken:
            count += 1
            layer.name = f"{base}_{count}"

    def build(self, input_shape):
        """Make all parameters that do not exist yet, for inputs of `input_shape`.

        input_shape: without the batch axis, or with None in its place, as Keras has it.
        """
        shape = tuple(input_shape)
        self.input_shape = shape = Input(shape[1:] if shape[:1] == (None,) else shape).shape
        for layer in self.layers:
            shape = layer.build(shape, self.rng, self.dtype)
        self.output_shape = shape
        self.use_engine(self.engine)

    def use_engine(self, engine):
        """Choose who computes: "reference", the textbook, or "fast", the compiled kernels (scratch.fast).

        Raises ValueError for another name.
        """
        if engine not in ENGINES:
            raise ValueError(f"engine: expected {' or '.join(map(repr, ENGINES))}, received {engine!r}")
        self.engine = engine
        self._stages = None

    @property
    def stages(self):
        """The layers as the engine runs them, in order: "fast" makes one of several where it can."""
        if self.engine == "fast":
            check_not_forked()
        if self._stages is None:
            ops = import_module(f"scratch.{self.engine}")  # Numba takes a second to import
            for layer in self.layers:
                layer.use_ops(ops)
            self._stages, self._threads_for = self.layers, nullcontext
            if self.engine == "fast":
                jit = import_module("scratch.fast.jit")
                jit.announce_compilation()
                self._threads_for = jit.threads_for
                self._stages = import_module("scratch.fused").accelerate(self.layers)
        return self._stages

    @property
    def built(self):
        """Whether the parameters exist."""
        return self.input_shape is not None and bool(self.layers)

    def as_input(self, x):
        """Return `x` as the model takes it (see scratch.door); build the model for its shape if need be."""
        if not self.layers:
            raise ValueError("the model has no layers: expected at least one, add it with model.add(...)")
        if not self.built:
            if np.ndim(x) < 2:
                raise ShapeError(
                    f"the model's input: expected a batch of inputs, received shape {np.shape(x)}"
                )
            self.build(np.shape(x)[1:])
        return door.as_input(x, self.input_shape, self.dtype)

    # Forward and backward

    def __call__(self, x, training=False):
        """Return what the network says of a few images, without the loop and the progress of `predict`.

        x: (N, *input_shape), numbers of any dtype. Returns (N, *output_shape) of the model's dtype.
        """
        return self.forward(self.as_input(x), training)

    def forward(self, x, training=False):
        """Return (N, *output_shape) for x: (N, *input_shape), which is as `as_input` returns it."""
        with computing:
            stages = self.stages
            with self._threads_for(len(x)):
                for stage in stages:
                    x = stage.forward(x, training)
        return x

    @property
    def gives_probabilities(self):
        """Whether the network ends in a softmax, so that losses are computed from its logits."""
        return self.layers[-1].gives_probabilities

    def forward_to_logits(self, x, training=False):
        """Return logits (N, K) for x: (N, *input_shape); the network's output where no softmax ends it."""
        with computing:
            *body, last = self.stages
            for stage in body:
                x = stage.forward(x, training)
            return last.forward_to_logits(x, training)

    def backward_from_logits(self, dz):
        """Fill every layer's `grads` from dz, the gradient of what forward_to_logits returned.

        It ends at the first layer with parameters, whose input's gradient nobody needs.
        """
        first = next((i for i, stage in enumerate(self.stages) if stage.params), len(self.stages))
        for i in range(len(self.stages) - 1, first - 1, -1):
            stage = self.stages[i]
            backward = stage.backward_from_logits if stage is self.stages[-1] else stage.backward
            dz = backward(dz, need_dx=i > first)

    # Parameters

    @property
    def trained(self):
        """The layers that training changes: all but those with trainable=False."""
        return [layer for layer in self.layers if layer.trainable]

    def named_params(self):
        """Return all that is learned, a dict such as {"conv2d/kernel": array}: the arrays, not copies."""
        return {f"{layer.name}/{key}": p for layer in self.trained for key, p in layer.params.items()}

    def named_grads(self):
        """Return the gradients of the last backward, under the same names as the parameters."""
        return {f"{layer.name}/{key}": layer.grads[key] for layer in self.trained for key in layer.params}

    def named_weights(self):
        """Return all that the network keeps, named likewise: parameters, and what no gradient changes."""
        return {f"{layer.name}/{key}": w for layer in self.layers for key, w in layer.weights.items()}

    def get_weights(self):
        """Return copies of named_weights(), a list in Keras's order: a layer's parameters, then its state."""
        return [w.copy() for w in self.named_weights().values()]

    def set_weights(self, weights):
        """Copy a list of arrays, in get_weights's order, into the network. Raises ShapeError where they don't
        fit.
        """
        known = self.named_weights()
        if len(weights) != len(known):
            raise ShapeError(f"expected {len(known)} arrays of weights, received {len(weights)}")
        for (name, w), new in zip(known.items(), weights, strict=True):
            if np.shape(new) != w.shape:
                raise ShapeError(f"weights of {name}: expected shape {w.shape}, received {np.shape(new)}")
        for w, new in zip(known.values(), weights, strict=True):
            w[...] = new

    def count_params(self):
        """Return how many numbers the network keeps: those that it learns, and its layers' state."""
        return sum(layer.count_params() for layer in self.layers)

    def summary(self, line_length=None, print_fn=None):
        """Print the layers, the shape of what each returns, and how many parameters it has.

        line_length: characters in a line (default: as many as the terminal has); print_fn: a function that is
        given each line instead.
        """
        if line_length is None and print_fn is None:
            self.print_summary(console.out)
            return
        page = Console(file=StringIO(), width=line_length, highlight=False)
        self.print_summary(page)
        for line in page.file.getvalue().splitlines():
            (print_fn or console.say)(line)

    def print_summary(self, page):
        """Print the summary to a rich Console."""
        table = Table(title=f'Model: "{self.name}"', title_justify="left")
        table.add_column("Layer (type)")
        table.add_column("Output Shape")
        table.add_column("Param #", justify="right")
        for layer in self.layers:
            shape = str((None, *layer.output_shape)) if self.built else "?"
            params = f"{layer.count_params():,}" if self.built else "0 (unbuilt)"
            kind = type(getattr(layer, "network", layer)).__name__  # of a model in the model, its own
            table.add_row(f"{layer.name} ({kind})", shape, params)
        page.print(table)
        total = self.count_params()
        trainable = sum(p.size for p in self.named_params().values())
        page.print(f" Total params: {total:,} ({total * self.dtype.itemsize / 1024:.2f} KB)")
        page.print(f" Trainable params: {trainable:,}\n Non-trainable params: {total - trainable:,}")
