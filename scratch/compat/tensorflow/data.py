"""tensorflow.data: a Dataset of arrays in memory, shuffled and in batches."""

import numpy as np

from scratch.compat.offering import NotHereError
from scratch.compat.tensors import tensor
from scratch.rng import default_rng

AUTOTUNE = -1


class Dataset:
    """Examples, or batches of them, that can be gone through again and again.

    make: a function that returns a new iterator over them; count: how many there are; batch_size: images in
    each, None for single examples.
    """

    def __init__(self, make, count, batch_size=None):
        self.make, self.count, self.batch_size = make, count, batch_size

    @classmethod
    def from_tensor_slices(cls, tensors, name=None):
        """Return a Dataset of the rows of an array, or of a tuple of arrays."""
        if isinstance(tensors, dict):
            raise NotHereError(
                "Dataset.from_tensor_slices: a dict is not here: expected arrays, or a tuple of them"
            )
        arrays = tuple(np.asarray(a) for a in (tensors if isinstance(tensors, tuple) else (tensors,)))
        data = cls(None, len(arrays[0]))
        data.make = lambda: data.rows(np.arange(data.count))
        data.arrays, data.alone = arrays, not isinstance(tensors, tuple)
        return data

    def rows(self, order):
        """Yield the rows in an order."""
        for i in order:
            row = tuple(tensor(array[i]) for array in self.arrays)
            yield row[0] if self.alone else row

    def __iter__(self):
        return self.make()

    def __len__(self):
        return self.count

    def cardinality(self):
        """Return the number of examples or batches, a Tensor."""
        return tensor(self.count)

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True, name=None):
        """Return the same in a new random order each time, of all, however small buffer_size is."""

        def shuffled():
            items = list(self)
            rng = default_rng() if seed is None else np.random.default_rng(seed)
            yield from (items[i] for i in rng.permutation(len(items)))

        return Dataset(shuffled, self.count, self.batch_size)

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None):
        """Return batches of so many examples, the last one smaller unless it is dropped."""

        def batches():
            items = []
            for item in self:
                items.append(item)
                if len(items) == batch_size:
                    yield together(items)
                    items = []
            if items and not drop_remainder:
                yield together(items)

        count = self.count // batch_size if drop_remainder else -(-self.count // batch_size)
        return Dataset(batches, count, batch_size)

    def map(self, map_func, num_parallel_calls=None, deterministic=None, name=None):
        """Return what a function makes of each."""

        def mapped():
            for item in self:
                yield map_func(*item) if isinstance(item, tuple) else map_func(item)

        return Dataset(mapped, self.count, self.batch_size)

    def take(self, count, name=None):
        """Return the first ones."""
        n = min(count, self.count)
        return Dataset(lambda: (item for _, item in zip(range(n), self, strict=False)), n, self.batch_size)

    def skip(self, count, name=None):
        """Return all but the first ones."""
        left = max(0, self.count - count)
        return Dataset(lambda: (x for i, x in enumerate(self) if i >= count), left, self.batch_size)

    def repeat(self, count=None, name=None):
        """Return the same so many times over. Raises NotHereError for "for ever"."""
        if count is None or count < 0:
            raise NotHereError(
                "Dataset.repeat() without an end is not here: expected repeat(n); fit repeats by itself"
            )
        return Dataset(
            lambda: (item for _ in range(count) for item in self), self.count * count, self.batch_size
        )

    def cache(self, filename="", name=None):
        """Return it as it is: it is in memory."""
        return self

    def prefetch(self, buffer_size=None, name=None):
        """Return it as it is: nothing is fetched in the background."""
        return self

    def as_numpy_iterator(self):
        """Return an iterator over NumPy arrays."""
        return (tuple(map(np.asarray, x)) if isinstance(x, tuple) else np.asarray(x) for x in self)


def together(items):
    """Return examples as one batch."""
    if isinstance(items[0], tuple):
        return tuple(tensor(np.stack(column)) for column in zip(*items, strict=True))
    return tensor(np.stack(items))


__all__ = ["AUTOTUNE", "Dataset"]
