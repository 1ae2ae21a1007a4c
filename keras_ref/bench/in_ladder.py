"""No network, but one convolution: the second of "cnn", by one of the rungs of scratch.ladder."""

import time

import numpy as np

from keras_ref.bench.contestant import Contestant
from scratch import ladder

SHAPE = (128, 13, 13, 32)  # N, H, W, C: a batch as it reaches the second convolution
KERNEL = (3, 3, 32, 64)
# Fewer images for who needs a second for one.
IMAGES = {"loops in Python": 1, "loops in Numba": 16}
SECONDS = 0.3  # so long a rung is called again and again, a median's worth


def inputs(images):
    """Return x, w, b with so many images: random, but the same for everybody."""
    rng = np.random.default_rng(0)
    w = 0.1 * rng.standard_normal(KERNEL, dtype=np.float32)
    b = 0.1 * rng.standard_normal(KERNEL[-1], dtype=np.float32)
    return rng.random((images, *SHAPE[1:]), dtype=np.float32), w, b


class Library(Contestant):
    """All rungs; a process is asked for one."""

    def images(self, rung):
        """Return how many images the rung is given at once."""
        return IMAGES.get(rung, SHAPE[0])

    def result(self, rung):
        """Return what the rung computes for the first image, as lists."""
        return ladder.RUNGS[rung](*inputs(1)).tolist()

    def microseconds(self, rung):
        """Return the median microseconds that the rung takes for an image."""
        arguments, compute, seconds = inputs(self.images(rung)), ladder.RUNGS[rung], []
        while sum(seconds) < SECONDS:
            started = time.perf_counter()
            compute(*arguments)
            seconds.append(time.perf_counter() - started)
        return 1e6 * float(np.median(seconds)) / self.images(rung)
