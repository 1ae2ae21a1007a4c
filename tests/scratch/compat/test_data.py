"""tf.data: Datasets give what TensorFlow's would, in the order that it would, and say what they cannot."""

import numpy as np
import pytest

from scratch.compat.keras.models import Sequential
from scratch.compat.offering import NotHereError
from scratch.compat.tensorflow.data import AUTOTUNE, Dataset, experimental
from scratch.layers import Dense, Input


def numbers(n=10):
    return Dataset.from_tensor_slices(np.arange(n))


def listed(dataset):
    return [np.asarray(item).tolist() for item in dataset]


def test_rows_and_batches():
    pairs = Dataset.from_tensor_slices((np.arange(6).reshape(3, 2), np.array([7, 8, 9])))
    (x, y), last = list(pairs.batch(2))
    assert (x.tolist(), y.tolist(), last[0].tolist()) == ([[0, 1], [2, 3]], [7, 8], [[4, 5]])
    assert [len(pairs.batch(2)), len(pairs.batch(2, drop_remainder=True))] == [2, 1]
    assert listed(numbers(5).batch(2).map(lambda x: x * 2)) == [[0, 2], [4, 6], [8]]
    assert listed(numbers().skip(2).take(3).cache().prefetch(experimental.AUTOTUNE)) == [2, 3, 4]
    assert list(Dataset.zip((numbers(3), numbers(4).skip(1))).as_numpy_iterator()) == [(0, 1), (1, 2), (2, 3)]
    assert AUTOTUNE == -1


class TestShuffle:
    def test_a_buffer_holds_what_is_next(self):
        order = listed(numbers(100).shuffle(10, seed=1))
        assert sorted(order) == list(range(100))
        assert order != sorted(order)
        assert all(
            item < position + 10 for position, item in enumerate(order)
        )  # none has been seen too early

    def test_a_new_order_each_time_unless_told_otherwise(self):
        data = numbers(50).shuffle(50, seed=3)
        first, second = listed(data), listed(data)
        assert first != second
        assert [listed(numbers(50).shuffle(50, seed=3)), listed(data)][0] == first
        fixed = numbers(50).shuffle(50, reshuffle_each_iteration=False)
        assert listed(fixed) == listed(fixed)


class TestWithoutAnEnd:
    def test_it_goes_on(self):
        endless = numbers(3).repeat()
        assert listed(endless.take(7)) == [0, 1, 2, 0, 1, 2, 0]
        assert listed(numbers(2).repeat(2)) == [0, 1, 0, 1]
        assert [int(endless.cardinality()), int(endless.take(4).cardinality())] == [-1, 4]
        assert not hasattr(endless.shuffle(2).batch(2), "__len__")
        assert isinstance(numbers(), Dataset)

    def test_training_takes_as_many_steps_as_it_is_told(self, rng):
        pairs = Dataset.from_tensor_slices((rng.random((12, 3)), np.arange(12) % 2))
        model = Sequential([Input((3,)), Dense(2, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        history = model.fit(pairs.shuffle(12).repeat().batch(5), steps_per_epoch=4, epochs=2, verbose=0)
        assert history.params["steps"] == 4
        with pytest.raises(ValueError, match="steps_per_epoch"):
            model.fit(pairs.repeat().batch(5), verbose=0)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (lambda: numbers().window(3), "Dataset.window is not here: there are as_numpy_iterator, batch"),
        (lambda: Dataset.from_tensor_slices({"x": [1]}), "a dict is not here"),
        (
            lambda: Dataset.from_tensor_slices(([1, 2], [1])),
            r"expected as many rows of each, received \[2, 1\]",
        ),
    ],
)
def test_what_is_not_here(wrong, what):
    with pytest.raises(ValueError, match=what):
        wrong()
    assert not hasattr(numbers(), "window")
    assert issubclass(NotHereError, ValueError)
