"""Drawing at random, a few words for it: each takes the generator first, an np.random.Generator."""

import numpy as np

from scratch.layers.arguments import pair


def one_of(rng, *options):
    """Return one of the options; one that is named twice is twice as likely."""
    return options[rng.integers(len(options))]


def whole(rng, low, high):
    """Return a whole number from `low` to `high`, both included."""
    return int(rng.integers(low, high + 1))


def size(rng, low, high):
    """Return a size for both axes of an image, or a (height, width) pair of them."""
    return one_of(rng, whole(rng, low, high), (whole(rng, low, high), whole(rng, low, high)))


def batch(rng):
    """Return how many images: often one; nine are more than the fast engine gives to one thread."""
    return one_of(rng, 1, 1, 2, 3, 9)


def some_axes(rng, fewest, most, longest):
    """Return the lengths of some axes, a tuple."""
    return tuple(whole(rng, 1, longest) for _ in range(whole(rng, fewest, most)))


def anything(rng):
    """Return the shape of a batch with one to four axes beside the batch's."""
    return (batch(rng), *some_axes(rng, 1, 4, 6))


def width(rng):
    """Return a number of features. The fast engine compiles a kernel for each 16 more: few, but wide ones."""
    return one_of(rng, whole(rng, 1, 16), whole(rng, 1, 16), whole(rng, 17, 32), whole(rng, 257, 300))


def images(rng, window, padding, dilation, channels):
    """Return the shape of a batch of images that a window fits into, or that is padded until it does.

    window, dilation: numbers or pairs; the image's own size leaves a remainder as often as chance has it.
    """
    shape = [batch(rng)]
    for k, d in zip(pair(window, "window"), pair(dilation, "dilation"), strict=True):
        least = (k - 1) * d + 1 if padding == "valid" else 1
        shape.append(least + whole(rng, 0, 8))
    return (*shape, channels)


def any_values(rng):
    """Return what kind of numbers an array is to hold: see `draw`."""
    return one_of(rng, "normal", "normal", "negative", "whole", "even")


def draw(rng, shape, values):
    """Return random float64 numbers of `shape` that float32 has exactly, too.

    values: "normal"; "negative", all of them below 0; "whole", from -2 to 2, so that many are the same, and
    sums of their products are exact; "even", one and the same number in a whole channel; "wide", from -30 to
    30, whose exponentials differ by far.
    """
    if values == "whole":
        return rng.integers(-2, 3, shape).astype(np.float64)
    if values == "even":
        numbers = np.broadcast_to(rng.normal(size=shape[-1:]), shape)
    elif values == "wide":
        numbers = rng.uniform(-30, 30, shape)
    else:
        numbers = rng.normal(size=shape)
    numbers = -np.abs(numbers) - 0.125 if values == "negative" else numbers
    return numbers.astype(np.float32).astype(np.float64)
