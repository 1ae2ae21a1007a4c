"""The order in which training sees the images: a new permutation each epoch, cut into batches."""

import numpy as np

from scratch.errors import DataError, ShapeError
from scratch.layers.arguments import positive


class Batches:
    """Images and labels in batches; epoch e is in the same order for everybody who knows the seed.

    x: (N, ...) and y: (N, ...), arrays of the same length; batch_size: images a step, the last one may be
    smaller; shuffle: a new random order each epoch, else the order of the arrays; seed: a whole number.
    weights: (N,), factors of the images' losses. steps: so many batches an epoch, not all.
    """

    def __init__(self, x, y, batch_size=32, shuffle=True, seed=0, weights=None, steps=None):
        self.x, self.y, self.weights = x, y, weights
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self._epoch, self._order = None, None
        self.steps = -(-len(x) // batch_size)
        if steps is not None and positive(steps, "steps") > self.steps:
            raise DataError(
                f"expected at most {self.steps} steps, as the data have batches, received {steps}"
            )
        self.steps = steps or self.steps

    def __len__(self):
        """Return the number of batches in an epoch."""
        return self.steps

    def order(self, epoch):
        """Return the indices (N,) of the images as epoch number `epoch` (from 0) takes them."""
        if self._epoch != epoch:
            n = len(self.x)
            rng = np.random.default_rng([self.seed, epoch])
            self._epoch, self._order = epoch, rng.permutation(n) if self.shuffle else np.arange(n)
        return self._order

    def batch(self, epoch, step):
        """Return the images and the labels of one step (from 0) of one epoch; their weights, if there are."""
        indices = slice(step * self.batch_size, (step + 1) * self.batch_size)
        if self.shuffle:  # else slices are views, which cost nothing
            indices = self.order(epoch)[indices]
        if self.weights is None:
            return self.x[indices], self.y[indices]
        return self.x[indices], self.y[indices], self.weights[indices]


class Stream:
    """Batches that somebody else makes, one at a time: a generator, or a sequence such as Keras's.

    source: has a length and gives batch i for source[i], or can be iterated over. Each batch is a tuple
    (x, y) or (x, y, weights), or x alone. steps: batches an epoch, which a source without a length needs.
    shuffle: take the batches of a sequence in a new order each epoch, drawn from rng. check: a function that
    a batch goes through.
    """

    batch_size = None

    def __init__(self, source, steps=None, shuffle=False, rng=None, check=lambda *batch: batch):
        self.source, self.rng, self.check = source, rng if shuffle else None, check
        self.by_index = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        if steps is None and not hasattr(source, "__len__"):
            raise DataError(
                "steps_per_epoch (for validation: validation_steps; elsewhere: steps): expected a number, "
                f"since a {type(source).__name__} does not say how many batches it has"
            )
        self.steps = len(source) if steps is None else positive(steps, "steps")
        self.iterator = None if self.by_index else iter(source)

    def __len__(self):
        """Return the number of batches in an epoch."""
        return self.steps

    def batch(self, epoch, step):
        """Return the next batch, a tuple as `check` returns it; step: counted from 0 in each epoch."""
        batch = self.indexed(step) if self.by_index else self.next_one(step)
        return self.check(*batch) if isinstance(batch, tuple | list) else self.check(batch)

    def indexed(self, step):
        """Return a batch of a sequence, which is told of each epoch's end as Keras tells it."""
        count = len(self.source)
        if step == 0:
            self.order = np.arange(count) if self.rng is None else self.rng.permutation(count)
        batch = self.source[int(self.order[step % count])]
        if step == self.steps - 1 and hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()
        return batch

    def next_one(self, step):
        """Return what an iterator gives next; what can be iterated over again begins anew in each epoch."""
        if step == 0 and iter(self.source) is not self.source:
            self.iterator = iter(self.source)
        try:
            return next(self.iterator)
        except StopIteration:
            raise DataError(
                f"the generator ended after {step} of the {self.steps} batches of this epoch: expected one "
                f"that goes on, or fewer steps"
            ) from None


def is_stream(x):
    """Return whether `x` makes batches, instead of being all of the data."""
    if hasattr(x, "__array__") or isinstance(x, list | tuple | Batches | str | dict) or x is None:
        return False
    return hasattr(x, "__next__") or hasattr(x, "__iter__") or hasattr(x, "__getitem__")


def loss_weights(y, sample_weight=None, class_weight=None):
    """Return the factors (N,) of the images' losses, or None for 1 throughout.

    y: labels (N,) or one-hot rows (N, K); sample_weight: (N,) numbers; class_weight: a dict of numbers by
    class, 1 for the others. Raises ValueError where both are given, as Keras does, or one does not fit.
    """
    if sample_weight is not None and class_weight is not None:
        raise ValueError("class_weight and sample_weight: expected one of the two, received both")
    if class_weight is not None:
        if not isinstance(class_weight, dict):
            raise ValueError(f"class_weight: expected a dict of numbers by class, received {class_weight!r}")
        labels = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)
        sample_weight = [class_weight.get(int(label), 1.0) for label in labels]
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype="float64")
    if weights.size != len(y) or weights.ndim > 2:
        raise ShapeError(
            f"sample_weight: expected a number for each of {len(y)} images, received shape {weights.shape}"
        )
    if not np.isfinite(weights).all():
        raise ValueError("sample_weight, class_weight: expected finite numbers, received NaN or infinity")
    return weights.reshape(-1)
