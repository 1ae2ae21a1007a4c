"""A model as a layer of another: `Sequential([model, Softmax()])` shares the model's parameters."""

from copy import copy

import numpy as np

from scratch.layers.base import Layer


class NestedModel(Layer):
    """A whole network in the place of a layer.

    network: what it stands for. Its parameters are shared: what the outer model learns, the network has
    learned.
    """

    def __init__(self, network):
        super().__init__(network.name)
        self.network, self.auto_named = network, True
        self.given_shape = network.input_shape
        self.input_shape, self.output_shape = network.input_shape, network.output_shape

    def build(self, input_shape, rng=None, dtype="float32"):
        """See Layer; a network that exists already keeps its parameters."""
        if self.network.built and tuple(input_shape) != self.network.input_shape:
            raise self.shape_error(
                f"expected inputs of shape {self.network.input_shape}, received {tuple(input_shape)}"
            )
        if not self.network.built:
            self.network.rng, self.network.dtype = rng or self.network.rng, np.dtype(dtype)
            self.network.build(input_shape)
        self.input_shape, self.output_shape = self.network.input_shape, self.network.output_shape
        self.params = self.network.named_params()
        self.state = {k: w for k, w in self.network.named_weights().items() if k not in self.params}
        return self.output_shape

    @property
    def weights(self):
        """See Layer; in the order of the network's layers."""
        return self.network.named_weights()

    @property
    def penalty(self):
        """See Layer."""
        return sum(layer.penalty for layer in self.network.layers)

    @property
    def gives_probabilities(self):
        """Whether the network ends in a softmax."""
        return self.network.gives_probabilities

    def use_ops(self, ops):
        """See Layer."""
        self.network.use_engine(ops.__name__.rpartition(".")[2])

    def forward(self, x, training=False):
        """See Layer."""
        return self.network.forward(x, training)

    def forward_to_logits(self, x, training=False):
        """See Layer."""
        return self.network.forward_to_logits(x, training)

    def backward(self, dy, need_dx=True):
        """See Layer."""
        return self.back("backward", dy, need_dx)

    def backward_from_logits(self, dz, need_dx=True):
        """See Layer."""
        return self.back("backward_from_logits", dz, need_dx)

    def back(self, of_last, dy, need_dx):
        """Go backward through all stages, through the last one by its method `of_last`."""
        first, last = self.network.stages[0], self.network.stages[-1]
        for stage in reversed(self.network.stages):
            backward = getattr(stage, of_last) if stage is last else stage.backward
            dy = backward(dy, need_dx=need_dx or stage is not first)
        self.grads = self.network.named_grads()
        return dy


def laid_open(model):
    """Return the model with the layers of nested models in the places of these; itself if there are none.

    The arrays are shared. For files, which hold no model in a model.
    """
    if not any(isinstance(layer, NestedModel) for layer in model.layers):
        return model
    flat, names = copy(model), set()
    flat.layers = []
    for layer in all_layers(model):
        twin = copy(layer)
        while twin.name in names:
            twin.name += "_inner"
        names.add(twin.name)
        flat.layers.append(twin)
    return flat


def all_layers(model):
    """Yield a model's layers in order, those of nested models in their places."""
    for layer in model.layers:
        if isinstance(layer, NestedModel):
            yield from all_layers(layer.network)
        else:
            yield layer
