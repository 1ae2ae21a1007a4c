"""The order in which training sees the images: a new permutation each epoch, cut into batches."""

import numpy as np


class Batches:
    """Images and labels in batches; epoch e is in the same order for everybody who knows the seed.

    x: (N, ...) and y: (N, ...), arrays of the same length; batch_size: images a step, the last one may be
    smaller; shuffle: a new random order each epoch, else the order of the arrays; seed: a whole number.
    """

    def __init__(self, x, y, batch_size=32, shuffle=True, seed=0):
        self.x, self.y = x, y
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self._epoch, self._order = None, None

    def __len__(self):
        """Return the number of batches in an epoch."""
        return -(-len(self.x) // self.batch_size)

    def order(self, epoch):
        """Return the indices (N,) of the images as epoch number `epoch` (from 0) takes them."""
        if self._epoch != epoch:
            n = len(self.x)
            rng = np.random.default_rng([self.seed, epoch])
            self._epoch, self._order = epoch, rng.permutation(n) if self.shuffle else np.arange(n)
        return self._order

    def batch(self, epoch, step):
        """Return the images and the labels of one step (from 0) of one epoch."""
        indices = self.order(epoch)[step * self.batch_size : (step + 1) * self.batch_size]
        return self.x[indices], self.y[indices]
