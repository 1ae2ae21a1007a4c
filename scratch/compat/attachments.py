"""What scripts ask of layers, losses and optimizers beyond what ours have; put on for this process alone."""

from types import SimpleNamespace

from scratch.compat.tensors import Rate, tensor
from scratch.layers.base import Layer
from scratch.losses import Loss
from scratch.optimizers import Optimizer

WEIGHTS = ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")


def install():
    """Put all of it on, once."""
    if hasattr(Optimizer, "lr"):
        return
    rate, call = Optimizer.learning_rate, Loss.__call__
    Optimizer.learning_rate = Optimizer.lr = property(
        lambda optimizer: Rate(rate.fget(optimizer), optimizer),
        lambda optimizer, value: rate.fset(optimizer, value),
    )
    Loss.__call__ = lambda *arguments, **options: tensor(call(*arguments, **options), "float32")
    for name in WEIGHTS:
        setattr(Layer, name, property(lambda layer, name=name: weight(layer, name)))
    Layer.input = property(lambda layer: shaped(layer.input_shape))
    Layer.output = property(lambda layer: shaped(layer.output_shape))
    Layer.variables = property(lambda layer: [tensor(w) for w in layer.weights.values()])
    Layer.trainable_variables = Layer.trainable_weights = property(
        lambda layer: [tensor(w) for w in layer.params.values()] if layer.trainable else []
    )
    Layer.get_config = config_of


def shaped(shape):
    """Return what stands for a layer's input or output, of which there is but its shape."""
    return SimpleNamespace(shape=None if shape is None else (None, *shape))


def config_of(layer):
    """Return what a layer was made with, a dict, as Keras's get_config does."""
    from scratch.saving.writing import layer_entry

    return layer_entry(layer, "float32", legacy=False)["config"]


def weight(layer, name):
    """Return one of a layer's arrays, as a Tensor. Raises AttributeError where it has none of that name."""
    if name not in layer.weights:
        raise AttributeError(f"{type(layer).__name__} {layer.name!r} has no {name}")
    return tensor(layer.weights[name])
