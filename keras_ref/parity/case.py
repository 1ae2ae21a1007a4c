"""A case: one configuration of a layer, drawn at random, to be computed on both sides."""

from dataclasses import dataclass, field
from importlib import import_module

import numpy as np

from keras_ref.backend import load_keras, load_tensorflow
from keras_ref.parity.bounds import of_products
from keras_ref.parity.chance import draw
from scratch import layers


@dataclass(frozen=True)
class Case:
    """A layer with its arguments, and what goes into it.

    layer: its name in scratch.layers; arguments: those of its constructor; shape: of the batch. values: what
    kind of numbers x and the parameters are (see chance.draw), dy_values: what kind dy is. training: whether
    the layer is in training. bounds: a function of keras_ref.parity.bounds. in_keras: its name and arguments
    there, if they are others.
    """

    layer: str
    arguments: dict
    shape: tuple
    values: str = "normal"
    training: bool = False
    bounds: object = of_products
    in_keras: tuple | None = None
    dy_values: str = "normal"
    built: dict = field(default_factory=dict, repr=False)  # Keras's layer by dtype: it takes time to make

    def __str__(self):
        """Return the constructor's call, the shape of what goes in, and what is special about it."""
        training = ", in training" if self.training else ""
        return f"{written(self.layer, self.arguments)} on {self.shape}, values {self.values!r}{training}"

    def keras_layer(self, dtype):
        """Return Keras's layer, built: the same one each time."""
        if dtype not in self.built:
            self.built[dtype] = self.make_keras(dtype)
        return self.built[dtype]

    def make_keras(self, dtype):
        """Return a layer of Keras, built."""
        name, arguments = self.in_keras or (self.layer, self.arguments)
        layer = getattr(load_keras().layers, name)(**arguments, dtype=dtype)
        layer.build((None, *self.shape[1:]))
        return layer

    def make_scratch(self, engine, dtype):
        """Return our layer, built, to compute with the engine of that name."""
        layer = getattr(layers, self.layer)(**self.arguments)
        layer.use_ops(import_module(f"scratch.{engine}"))
        layer.build(self.shape[1:], np.random.default_rng(0), dtype)
        return layer

    def arrays(self, rng):
        """Return what both sides are given, float64: "x", "dy", and the parameters by name.

        Their shapes are those that Keras wants.
        """
        layer = self.keras_layer("float64")
        params = {v.name: draw(rng, tuple(v.shape), self.values) for v in layer.weights}
        y_shape = tuple(layer.compute_output_shape(self.shape))
        return {"x": draw(rng, self.shape, self.values), "dy": draw(rng, y_shape, self.dy_values), **params}

    def keras(self, arrays, dtype):
        """Return what Keras computes: "y", "dx", and "dkernel", ... for each parameter."""
        layer = self.keras_layer(dtype)
        layer.set_weights([arrays[v.name] for v in layer.weights])
        variables = layer.trainable_variables
        y, gradients = differentiated(
            lambda x: layer(x, training=self.training), arrays, dtype, [v.value for v in variables]
        )
        names = ["dx", *(f"d{v.name}" for v in variables)]
        return {"y": y} | dict(zip(names, gradients, strict=True))

    def scratch(self, arrays, engine, dtype, expected):
        """Return what our own layer computes, by the same names; `expected` is what Keras computes."""
        layer = self.make_scratch(engine, dtype)
        for name, weight in layer.weights.items():
            weight[...] = arrays[name]
        y = layer.forward(arrays["x"].astype(dtype), self.training)
        dx = layer.backward(arrays["dy"].astype(dtype))
        return {"y": y, "dx": dx} | {f"d{name}": g for name, g in layer.grads.items()}


def differentiated(function, arrays, dtype, variables):
    """Return y of a function of a tensor x, and [dx, *gradients of the variables], by TensorFlow: arrays."""
    tf = load_tensorflow()
    x = tf.constant(arrays["x"], dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    dy = tf.constant(arrays["dy"], dtype)
    return y.numpy(), [g.numpy() for g in tape.gradient(y, [x, *variables], dy)]


def written(name, arguments):
    """Return a constructor's call as text: "Conv2D(filters=4, kernel_size=3)"."""
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


class DropoutCase(Case):
    """A Dropout, which on our side drops what Keras's has dropped: the two draw other random numbers."""

    def scratch(self, arrays, engine, dtype, expected):
        """See Case. No number that goes in is 0, so what is 0 in Keras's result has been dropped."""
        layer = self.make_scratch(engine, dtype)
        layer.rng = Replay(expected["y"] != 0)
        y = layer.forward(arrays["x"].astype(dtype), self.training)
        return {"y": y, "dx": layer.backward(arrays["dy"].astype(dtype))}


class Replay:
    """In the place of a random generator: numbers that are large just where something is to be kept."""

    def __init__(self, kept):
        self.kept = kept

    def random(self, shape):
        """Return numbers from 0 to 1, of `shape`: almost 1 where a number is to be kept, else 0."""
        assert shape == self.kept.shape
        return np.where(self.kept, np.nextafter(1.0, 0.0), 0.0)
