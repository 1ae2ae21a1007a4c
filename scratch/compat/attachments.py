"""What scripts ask of layers, losses and optimizers beyond what ours have; put on for this process alone."""

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


def weight(layer, name):
    """Return one of a layer's arrays, as a Tensor. Raises AttributeError where it has none of that name."""
    if name not in layer.weights:
        raise AttributeError(f"{type(layer).__name__} {layer.name!r} has no {name}")
    return tensor(layer.weights[name])
