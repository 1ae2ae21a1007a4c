"""The protocol of a layer, all of it.

    build(input_shape, rng, dtype)  makes the parameters, returns the output shape (shapes have no batch axis)
    forward(x, training=False)      returns y, and remembers the cache of its operations
    backward(dy, need_dx=True)      fills `grads`, returns dx; None, if `need_dx` is False, to save work
    params, grads                   dicts of arrays with the same keys; each backward overwrites `grads`
    state                           a dict of arrays that are kept, too, but that no gradient changes
    penalty                         a float that its regularizers add to the loss; its gradient is in `grads`
    ops                             the module whose operations it calls: scratch.reference or scratch.fast

Calling a layer, `y = layer(x)`, builds it if need be, checks the shape of x, and goes forward.
"""

import numpy as np

from scratch import reference
from scratch.errors import ShapeError
from scratch.layers.arguments import positive
from scratch.lookup import snake_case
from scratch.rng import default_rng
from scratch.windows import output_size


class Layer:
    """One step of a network; the base of all others. The module's text is the protocol.

    What every layer takes beside its own arguments: name, what messages and parameters are called after, by
    default the class's name in snake_case; input_shape, of the first layer of a model that has no Input;
    trainable: False keeps its parameters as they are.
    """

    ops = reference
    penalty = 0.0
    gives_probabilities = (
        False  # whether the layer ends in a softmax, which a loss would rather see the logits of
    )

    def __init__(self, name=None, input_shape=None, trainable=True):
        self.name = name or snake_case(type(self).__name__)
        self.auto_named = name is None
        self.given_shape = None if input_shape is None else Input(input_shape).shape
        self.trainable = trainable
        self.params, self.grads, self.state = {}, {}, {}
        self.input_shape = self.output_shape = None

    def build(self, input_shape, rng=None, dtype="float32"):
        """Make the parameters for inputs of `input_shape`, random ones drawn from `rng`; return the output
        shape.

        Raises ShapeError where the layer can't take inputs of this shape.
        """
        input_shape = tuple(input_shape)
        if self.weights and input_shape != self.input_shape:
            raise self.shape_error(
                f"it has parameters for inputs of shape {self.input_shape} already; received {input_shape}"
            )
        if not self.weights:  # what has been learned is kept, also when the layer is put into another model
            self.input_shape = input_shape
            self.output_shape = self.make(input_shape, rng or default_rng(), dtype)
        return self.output_shape

    @property
    def weights(self):
        """All arrays that the layer keeps, in Keras's order: first its parameters, then its state."""
        return self.params | self.state

    def make(self, input_shape, rng, dtype):
        """What `build` leaves to each kind of layer: fill `params` and `state`, return the output shape."""
        return input_shape

    def get_weights(self):
        """Return copies of the layer's weights, a list of arrays in Keras's order."""
        return [w.copy() for w in self.weights.values()]

    def set_weights(self, weights):
        """Copy a list of arrays, in get_weights's order, into the layer. Raises ShapeError where they don't
        fit.
        """
        shapes = [np.shape(w) for w in weights]
        expected = [w.shape for w in self.weights.values()]
        if shapes != expected:
            raise self.shape_error(f"expected weights of shapes {expected}, received {shapes}")
        for w, new in zip(self.weights.values(), weights, strict=True):
            w[...] = new

    def use_ops(self, ops):
        """Compute with the operations of the module `ops`: scratch.reference or scratch.fast."""
        self.ops = ops

    def forward(self, x, training=False):
        """Return y for a batch x: (N, *input_shape) -> (N, *output_shape)."""
        raise NotImplementedError

    def backward(self, dy, need_dx=True):
        """Return dx for dy: (N, *output_shape) -> (N, *input_shape), after the forward that it belongs to."""
        raise NotImplementedError

    def forward_to_logits(self, x, training=False):
        """Go forward, but stop short of a softmax at the end; the same as `forward` where there is none."""
        return self.forward(x, training)

    def backward_from_logits(self, dz, need_dx=True):
        """Go backward from the gradient of what forward_to_logits returned."""
        return self.backward(dz, need_dx)

    def __call__(self, x, training=False):
        """Return y for a batch x, building the layer for its shape and dtype if it has not been built.

        What is neither float32 nor float64 becomes float32.
        """
        if isinstance(x, Input):
            raise ValueError(
                f"layer {self.name!r} was called on an Input: Keras's functional API is not here; "
                f"expected Sequential([Input(shape), {type(self).__name__}(...), ...])"
            )
        x = np.asarray(x)
        if x.dtype not in (np.float32, np.float64):
            x = x.astype(np.float32)
        if self.input_shape is None:
            self.build(x.shape[1:], dtype=x.dtype)
        if x.shape[1:] != self.input_shape:
            raise self.shape_error(
                f"expected inputs of shape {(None, *self.input_shape)}, received {x.shape}"
            )
        return self.forward(x, training)

    def __getattr__(self, name):
        if name == "cache":
            raise ValueError(f"layer {self.name!r}: expected a forward before its backward, received none")
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def shape_error(self, message):
        """Return a ShapeError that names this layer."""
        return ShapeError(f"layer {self.name!r} ({type(self).__name__}): {message}")

    def check_image(self, input_shape):
        """Raise ShapeError unless `input_shape` is (H, W, C)."""
        if len(input_shape) != 3:
            raise self.shape_error(
                f"expected images of shape (height, width, channels), received shape {tuple(input_shape)}"
            )

    def image_output_size(self, input_shape, size, strides, padding, dilation=(1, 1)):
        """Return (OH, OW) of windows of `size` over an input shape (H, W, C); raise ShapeError where they
        don't fit.
        """
        self.check_image(input_shape)
        axes = zip(input_shape, size, strides, dilation, strict=False)
        output = tuple(output_size(n, k, s, padding, d) for n, k, s, d in axes)
        if min(output) < 1:
            raise self.shape_error(
                f"its {size[0]}x{size[1]} window (dilation {dilation[0]}x{dilation[1]}) is larger than its "
                f"{input_shape[0]}x{input_shape[1]} image; make the window smaller, use "
                f"padding='same', or take away a layer that shrinks the image before it"
            )
        return output

    def count_params(self):
        """Return how many numbers the layer keeps: those that it learns, and its state."""
        return sum(array.size for array in self.weights.values())


class Input:
    """The shape of one input, without the batch axis: `Sequential([Input((28, 28, 1)), ...])`; no layer."""

    def __init__(self, shape, name=None):
        if not isinstance(shape, tuple | list):
            raise ValueError(f"shape: expected a tuple such as (28, 28, 1), received {shape!r}")
        self.shape = tuple(positive(n, "shape") for n in shape)
        self.name = name
