"""Activations: functions of one number, and softmax, a function of a row."""

from copy import copy

from scratch.layers.arguments import number_between
from scratch.layers.base import Layer
from scratch.lookup import find_instance


class ReLU(Layer):
    """max(x, 0), element by element.

    max_value: what larger values become; threshold: from where values are let through; negative_slope: the
    slope below it. See scratch.operations.activations.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **options):
        super().__init__(**options)
        self.max_value = None if max_value is None else number_between(max_value, "max_value", 0)
        self.negative_slope = number_between(negative_slope, "negative_slope", 0)
        self.threshold = number_between(threshold, "threshold", 0)

    @property
    def is_plain(self):
        """Whether it is max(x, 0) and no more."""
        return self.max_value is None and self.negative_slope == self.threshold == 0

    def forward(self, x, training=False):
        """See Layer."""
        if self.is_plain:
            y, self.cache = self.ops.relu_forward(x)
        else:
            arguments = self.max_value, self.negative_slope, self.threshold
            y, self.cache = self.ops.limited_relu_forward(x, *arguments)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        if self.is_plain:
            return self.ops.relu_backward(dy, self.cache)
        return self.ops.limited_relu_backward(dy, self.cache)


class LeakyReLU(Layer):
    """x where it is positive, else negative_slope * x, element by element."""

    def __init__(self, negative_slope=0.3, **options):
        super().__init__(**options)
        self.negative_slope = number_between(negative_slope, "negative_slope", 0)

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.leaky_relu_forward(x, self.negative_slope)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.leaky_relu_backward(dy, self.cache)


class ELU(Layer):
    """x where it is positive, else alpha * (exp(x) - 1), element by element."""

    def __init__(self, alpha=1.0, **options):
        super().__init__(**options)
        self.alpha = number_between(alpha, "alpha", 0)

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.elu_forward(x, self.alpha)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.elu_backward(dy, self.cache)


class SiLU(Layer):
    """x * sigmoid(x), element by element; in Keras, Activation("silu") or, its other name, "swish"."""

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.silu_forward(x)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.silu_backward(dy, self.cache)


class Sigmoid(Layer):
    """1 / (1 + exp(-x)), element by element; in Keras, Activation("sigmoid")."""

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.sigmoid_forward(x)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.sigmoid_backward(dy, self.cache)


class Tanh(Layer):
    """tanh(x), element by element; in Keras, Activation("tanh")."""

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.tanh_forward(x)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.tanh_backward(dy, self.cache)


class Softmax(Layer):
    """Scores to probabilities, over the last axis.

    At the end of a model whose loss is a cross-entropy it is passed by in training: the loss is computed, and
    differentiated, from the logits (see scratch.losses).
    """

    gives_probabilities = True

    def __init__(self, axis=-1, **options):
        super().__init__(**options)
        if axis != -1:
            raise ValueError(f"Softmax: expected axis=-1, the last one, received {axis!r}")

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = self.ops.softmax_forward(x)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.ops.softmax_backward(dy, self.cache)

    def forward_to_logits(self, x, training=False):
        """See Layer: what comes in are the logits."""
        return x

    def backward_from_logits(self, dz, need_dx=True):
        """See Layer."""
        return dz


ACTIVATIONS = {
    "relu": ReLU,
    "relu6": ReLU(6.0),
    "leaky_relu": LeakyReLU(0.2),  # Keras's activation of that name, whose slope is not its layer's
    "elu": ELU,
    "silu": SiLU,
    "swish": SiLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "softmax": Softmax,
}


def get_activation(identifier):
    """Return a layer for an activation's name, class or object; None for None or "linear".

    Of an object a copy is taken: two layers that were given the same one must not share its cache.
    """
    if identifier is None or identifier == "linear":
        return None
    return copy(find_instance(identifier, ACTIVATIONS | {"linear": None}, "activation", Layer))


class LayerWithActivation(Layer):
    """A layer in two steps: `linear`, and then an activation, a layer of its own, where one was asked for."""

    def __init__(self, activation=None, **options):
        super().__init__(**options)
        self.activation = get_activation(activation)

    def use_ops(self, ops):
        """See Layer."""
        super().use_ops(ops)
        if self.activation is not None:
            self.activation.use_ops(ops)

    def linear(self, x):
        """Return the result without the activation."""
        raise NotImplementedError

    def linear_backward(self, dz, need_dx=True):
        """Fill `grads`, return dx, for the gradient of what `linear` returned."""
        raise NotImplementedError

    @property
    def gives_probabilities(self):
        """Whether the activation is a softmax."""
        return self.activation is not None and self.activation.gives_probabilities

    def forward(self, x, training=False):
        """See Layer."""
        z = self.linear(x)
        return z if self.activation is None else self.activation.forward(z, training)

    def backward(self, dy, need_dx=True):
        """See Layer."""
        dz = dy if self.activation is None else self.activation.backward(dy)
        return self.linear_backward(dz, need_dx)

    def forward_to_logits(self, x, training=False):
        """See Layer."""
        z = self.linear(x)
        return z if self.activation is None else self.activation.forward_to_logits(z, training)

    def backward_from_logits(self, dz, need_dx=True):
        """See Layer."""
        dz = dz if self.activation is None else self.activation.backward_from_logits(dz)
        return self.linear_backward(dz, need_dx)


class Activation(LayerWithActivation):
    """An activation on its own: "linear" or a name in ACTIVATIONS, such as "relu"."""

    def __init__(self, activation, **options):
        super().__init__(activation, **options)

    def linear(self, x):
        """See LayerWithActivation: nothing comes before the activation."""
        return x

    def linear_backward(self, dz, need_dx=True):
        """See LayerWithActivation."""
        return dz
