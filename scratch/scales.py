"""Other people's networks on our images: the shape in which they take them, and the scale of their pixels.

A file of Keras's says the shape. Of the scale it says nothing: x / 255 was computed by a program that nobody
kept. So each usual scale is tried on some images. The network was trained on the one on which it is least
surprised by the labels, that is, on which its mean cross-entropy is smallest; of those on which it gets about
as many right, for a network that is too sure of itself is less surprised by fainter images, though it reads
them worse.
"""

import math
from dataclasses import dataclass

import numpy as np

from scratch import reference
from scratch.errors import DigitsError
from scratch.losses import one_hot
from scratch.progress import watch

SIDE, CLASSES = 28, 10
# Names as they are typed, and what each does to x, pixels from 0 paper to 255 ink.
SCALES = {
    "1/255": ("x / 255, from 0 to 1", lambda x: x / 255),
    "raw": ("x as it is, from 0 to 255", lambda x: x),
    "centred": ("x / 255 - 0.5, from -0.5 to 0.5", lambda x: x / 255 - 0.5),
}
SAMPLE, SEED = 500, 0
CHANCE = 0.02  # accuracies on the sample that differ by less may do so by chance
MOST_VALUES = 1 << 24  # that a layer holds for one batch: 64 MiB
MOST_IMAGES = 250  # in one batch


@dataclass(frozen=True)
class Score:
    """How a network does on labelled images: mean cross-entropy in nats (infinite where the network says NaN)
    and the share of images that it gets right.
    """

    cross_entropy: float
    accuracy: float


def guess(model, images, labels):
    """Return (the name of the most likely scale in SCALES, {name: Score} for each of them).

    images: (N, 28, 28) uint8, of which a sample of 500 is used; labels: (N,). Raises DigitsError for a model
    that takes no such images, does not return ten scores, or returns NaN on every scale.
    """
    chosen = np.random.default_rng(SEED).permutation(len(images))[:SAMPLE]
    found = {name: score(model, images[chosen], labels[chosen], name) for name in SCALES}
    if not any(math.isfinite(score.cross_entropy) for score in found.values()):
        raise DigitsError("the network answers NaN or infinity on every scale: its weights are no good")
    return most_likely(found), found


def most_likely(found):
    """Return the name of the most likely scale, given {name: Score}."""
    sound = {name: score for name, score in found.items() if math.isfinite(score.cross_entropy)}
    most = max(score.accuracy for score in sound.values())
    good = [name for name, score in sound.items() if score.accuracy > most - CHANCE]
    return min(good, key=lambda name: sound[name].cross_entropy)


def score(model, images, labels, scale, show=False):
    """Return the Score on images (N, 28, 28) uint8 with labels (N,), the pixels on the scale of that name.

    show: whether to put up a bar. Raises DigitsError for a model that is not about such images.
    """
    check(model)
    total, right, step = 0.0, 0, batch_size(model)
    for start in watch(range(0, len(images), step), "evaluating", show):
        part = slice(start, start + step)
        z = logits(model, to_input(images[part], model.input_shape, scale))
        right += int((z.argmax(axis=1) == labels[part]).sum())
        total += cross_entropy(z, labels[part]) * len(z)
    return Score(total / len(images), right / len(images))


def check(model):
    """Raise DigitsError unless a model takes images of 28x28 in some shape and returns ten scores."""
    shape = model.input_shape
    if not takes_images(shape):
        raise DigitsError(
            f"the network takes inputs of shape {shape}: expected images of {SIDE}x{SIDE} pixels, such as "
            f"({SIDE}, {SIDE}, 1), ({SIDE}, {SIDE}) or ({SIDE * SIDE},)"
        )
    if model.output_shape != (CLASSES,):
        raise DigitsError(
            f"the network returns shape {model.output_shape} for each image: expected ({CLASSES},), a score "
            f"for each digit"
        )


def takes_images(shape):
    """Return whether our images can be put into that shape: grey, or the same grey in three colours."""
    return (math.prod(shape) == SIDE * SIDE and set(shape) <= {1, SIDE, SIDE * SIDE}) or is_colour(shape)


def is_colour(shape):
    """Return whether images of that shape have a red, a green and a blue channel."""
    return tuple(shape) == (SIDE, SIDE, 3)


def to_input(images, input_shape, scale):
    """Return images (N, 28, 28) uint8 as float32 (N, *input_shape) on the scale of that name in SCALES."""
    x = SCALES[scale][1](images.astype(np.float32))
    if is_colour(input_shape):
        return np.repeat(x[..., None], 3, axis=3)
    return x.reshape(len(x), *input_shape)


def batch_size(model):
    """Return how many images at a time, so that large networks get by with the memory there is."""
    largest = max(math.prod(layer.output_shape) for layer in model.layers)
    return max(1, min(MOST_IMAGES, MOST_VALUES // largest))


def gives_probabilities(model, x):
    """Return whether what a model says of inputs x are shares of one, and not scores of any size."""
    return model.gives_probabilities or are_probabilities(model(x))


def are_probabilities(y):
    """Return whether rows (N, K) each sum to 1 and hold nothing negative."""
    return bool((y >= 0).all() and np.allclose(y.sum(axis=1), 1, atol=1e-3))


def logits(model, x):
    """Return (N, K) whose softmax are a model's probabilities for inputs x.

    What is no softmax at the end of the model is taken as follows: rows that sum to 1 are probabilities all
    the same; numbers from 0 to 1, as sigmoids return them, are in proportion to them; all else are logits.
    """
    with np.errstate(all="ignore"):  # on a scale that it was not made for, a network may overflow
        x = model.as_input(x)
        if model.gives_probabilities:
            return model.forward_to_logits(x)
        y = model.forward(x)
        if are_probabilities(y) or ((y >= 0) & (y <= 1)).all():
            return np.log(np.maximum(y, 1e-7))
        return y


def cross_entropy(z, labels):
    """Return the mean cross-entropy of logits (N, K), a float; infinite where one of them is not finite."""
    z = z.astype(np.float64)
    if not np.isfinite(z).all():
        return math.inf
    return float(reference.softmax_cross_entropy_forward(z, one_hot(labels, z.shape[1], z.dtype))[0])
