"""tensorflow.data: a Dataset of arrays in memory, shuffled and in batches."""

from types import SimpleNamespace

import numpy as np

from scratch.compat.offering import NoMemberError, NotHereError
from scratch.compat.tensors import tensor
from scratch.rng import default_rng

AUTOTUNE = INFINITE_CARDINALITY = -1
experimental = SimpleNamespace(AUTOTUNE=AUTOTUNE)


class Dataset:
    """Examples, or batches of them, that can be gone through again and again; see made.

    make: a function that returns a new iterator over them; count: how many there are, None without an end;
    batch_size: images in each, None for single examples.
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
        alone = not isinstance(tensors, tuple)
        arrays = [np.asarray(a) for a in ([tensors] if alone else tensors)]
        if len({len(a) for a in arrays}) > 1:
            raise ValueError(
                f"Dataset.from_tensor_slices: expected as many rows of each, received {[*map(len, arrays)]}"
            )

        def rows():
            for row in zip(*arrays, strict=True):
                yield tensor(row[0]) if alone else tuple(map(tensor, row))

        return made(rows, len(arrays[0]))

    @staticmethod
    def zip(*datasets, name=None):
        """Return tuples of what several Datasets give together; they come as a tuple or one by one."""
        parts = datasets[0] if len(datasets) == 1 and isinstance(datasets[0], tuple) else datasets
        counts = [part.count for part in parts if part.count is not None]
        sizes = {part.batch_size for part in parts}
        size = sizes.pop() if len(sizes) == 1 else None
        return made(lambda: zip(*parts, strict=False), min(counts, default=None), size)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise NoMemberError(f"Dataset.{name} is not here: there are {', '.join(sorted(OFFERED))}")

    def __iter__(self):
        return iter(self.make())

    def cardinality(self):
        """Return the number of examples or batches, a Tensor; -1 without an end."""
        return tensor(INFINITE_CARDINALITY if self.count is None else self.count)

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True, name=None):
        """Return the same in a random order, a new one each time unless told otherwise.

        Each is drawn from the next buffer_size ones, as in TensorFlow: a small buffer mixes little.
        """
        fixed = seed if seed is not None else int(default_rng().integers(2**32))
        rng = default_rng() if seed is None else np.random.default_rng(seed)

        def shuffled():
            draw = rng if reshuffle_each_iteration else np.random.default_rng(fixed)
            waiting = []
            for item in self:
                if len(waiting) < buffer_size:
                    waiting.append(item)
                    continue
                i = draw.integers(buffer_size)
                yield waiting[i]
                waiting[i] = item
            yield from (waiting[i] for i in draw.permutation(len(waiting)))

        return made(shuffled, self.count, self.batch_size)

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None):
        """Return batches of so many examples, the last one smaller unless it is dropped."""
        batch_size = int(batch_size)

        def batches():
            items = []
            for item in self:
                items.append(item)
                if len(items) == batch_size:
                    yield together(items)
                    items = []
            if items and not drop_remainder:
                yield together(items)

        count = self.count
        if count is not None:
            count = count // batch_size if drop_remainder else -(-count // batch_size)
        return made(batches, count, batch_size)

    def map(self, map_func, num_parallel_calls=None, deterministic=None, name=None):
        """Return what a function makes of each."""

        def mapped():
            for item in self:
                yield map_func(*item) if isinstance(item, tuple) else map_func(item)

        return made(mapped, self.count, self.batch_size)

    def take(self, count, name=None):
        """Return the first ones."""
        n = min(count, self.count) if self.count is not None else count
        return made(lambda: (item for _, item in zip(range(n), self, strict=False)), n, self.batch_size)

    def skip(self, count, name=None):
        """Return all but the first ones."""
        left = None if self.count is None else max(0, self.count - count)
        return made(lambda: (x for i, x in enumerate(self) if i >= count), left, self.batch_size)

    def repeat(self, count=None, name=None):
        """Return the same so many times over, without an end for None or -1."""
        if count is None or count < 0:
            return made(lambda: (item for _ in iter(int, 1) for item in self), None, self.batch_size)
        total = None if self.count is None else self.count * count
        return made(lambda: (item for _ in range(count) for item in self), total, self.batch_size)

    def cache(self, filename="", name=None):
        """Return it as it is: it is in memory."""
        return self

    def prefetch(self, buffer_size=None, name=None):
        """Return it as it is: nothing is fetched in the background."""
        return self

    def as_numpy_iterator(self):
        """Return an iterator over NumPy arrays."""
        return (tuple(map(np.asarray, x)) if isinstance(x, tuple) else np.asarray(x) for x in self)


class Finite(Dataset):
    """A Dataset that ends, and says after how many."""

    def __len__(self):
        return self.count


OFFERED = [name for name in vars(Dataset) if not name.startswith("_")]


def made(make, count, batch_size=None):
    """Return a Dataset; it has a length unless `count` is None."""
    return (Dataset if count is None else Finite)(make, count, batch_size)


def together(items):
    """Return examples as one batch."""
    if isinstance(items[0], tuple):
        return tuple(tensor(np.stack(column)) for column in zip(*items, strict=True))
    return tensor(np.stack(items))


__all__ = ["AUTOTUNE", "INFINITE_CARDINALITY", "Dataset", "experimental"]
