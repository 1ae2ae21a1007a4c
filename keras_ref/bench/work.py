"""The arithmetic that a training step needs, to be held against the rate of this machine's matrix product.

Counted is what a dense step must do, whoever does it: for each convolution and each dense layer of N images,
a product and a sum (2 operations) for each weight and each place where it is used,

    forward        2 * N * (OH * OW) * KH * KW * C * F   a convolution
                   2 * N * D * F                         a dense layer
    backward, dw   the same again
    backward, dx   the same again, but for the first layer, whose input's gradient nobody needs

and nothing for bias, ReLU, pooling, softmax, loss and optimizer, which are a hundredth of it. Who visits only
the winners of a max-pooling does less, so that a share of the peak can, in principle, be more than 1.
"""

from math import prod


def layer_flop(layer):
    """Return the operations that a built layer's forward needs for one image, an int."""
    if "kernel" not in layer.params:
        return 0
    places = prod(layer.output_shape[:-1])  # (OH, OW, F), or (F,) of a dense layer: one place
    return 2 * places * layer.params["kernel"].size


def forward_flop(model):
    """Return the operations that a built model's forward needs for one image, an int."""
    return sum(map(layer_flop, model.layers))


def training_flop(model):
    """Return the operations that a training step needs for each image, an int."""
    first = next(flop for flop in map(layer_flop, model.layers) if flop)
    return 3 * forward_flop(model) - first
