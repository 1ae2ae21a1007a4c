"""Timing by stage: it takes the very step that training takes, and counts what that step needs."""

import numpy as np
import pytest

from scratch.errors import DataError
from scratch.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from scratch.models import Sequential
from scratch.stage_times import needed_flops, one_step, time_stages


def network(engine, seed=0):
    layers = [
        Input((6, 6, 2)),
        Conv2D(3, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(5, activation="softmax"),
    ]
    model = Sequential(layers, rng=np.random.default_rng(seed))
    model.compile("adam", loss="sparse_categorical_crossentropy", engine=engine)
    return model


@pytest.fixture
def batch(rng):
    return rng.random((8, 6, 6, 2), np.float32), rng.integers(5, size=8)


@pytest.mark.parametrize("engine", ["reference", pytest.param("fast", marks=pytest.mark.compiled)])
def test_a_timed_step_is_a_training_step(engine, batch):
    timed, trained = network(engine), network(engine)
    one_step(timed, *timed.checked(*batch))
    trained.train_on_batch(*batch)
    for ours, theirs in zip(timed.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_operations_of_the_textbook(batch):
    model = network("reference")
    one_step(model, *model.checked(*batch))
    conv, dense = 2 * 8 * (4 * 4) * (3 * 3 * 2 * 3), 2 * 8 * (2 * 2 * 3) * 5
    assert needed_flops(model, 8) == {
        "conv2d forward": conv,
        "conv2d backward": conv,  # of the kernel alone: nobody needs the image's gradient
        "dense forward": dense,
        "dense backward": 2 * dense,
    }


@pytest.mark.compiled
def test_operations_where_only_winners_are_visited(batch):
    model = network("fast")
    x, y = batch
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    one_step(model, *model.checked(x, y))  # ReLU is closed everywhere: there is no winner
    counted = needed_flops(model, 8)
    assert counted["conv2d+max_pooling2d backward"] == 0
    assert counted["conv2d+max_pooling2d forward"] == 2 * 8 * (4 * 4) * (3 * 3 * 2 * 3)


def test_every_part_has_a_time(batch):
    x, y = batch
    times = time_stages(network("reference"), np.tile(x, (4, 1, 1, 1)), np.tile(y, 4), batch_size=8)
    assert [time.part for time in times] == [
        "conv2d forward", "max_pooling2d forward", "flatten forward", "dense forward", "loss",
        "dense backward", "flatten backward", "max_pooling2d backward", "conv2d backward", "optimizer",
    ]  # fmt: skip
    for time in times:
        assert time.milliseconds > 0
        assert time.flops is None or np.isclose(
            time.gflops_per_second * 1e9 * time.milliseconds / 1000, time.flops
        )


def test_too_few_images(batch):
    with pytest.raises(DataError, match="expected two batches of 128 images at least, received 8 images"):
        time_stages(network("reference"), *batch)
