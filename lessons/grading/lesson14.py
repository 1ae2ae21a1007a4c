"""Lesson 14: dropout, and moving images."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, Seed, case

rng = np.random.default_rng(14)
IMAGES = rng.integers(0, 256, (2, 5, 4), np.uint8)
ROWS = np.arange(1.0, 9.0)  # eight features, all different
CHANCE = 0.05  # 32,000 draws and more: what is measured is off by less than 2%


def measured(y):
    """Return what tells one way of dropping values from another, {name: number}."""
    dropped = y == 0
    left = y[~dropped]
    return {
        "mean": y.mean(),
        "share of zeros": dropped.mean(),
        "largest": left.max(initial=0.0),
        "smallest but 0": left.min(initial=1e9),
        "share of rows alike": np.mean(dropped.all(axis=1) | ~dropped.any(axis=1)),
        "share of columns alike": np.mean(dropped.all(axis=0) | ~dropped.any(axis=0)),
    }


def dropout_in_keras(dropout, keras):
    """Compare the values that are left with those of Keras's Dropout."""
    x = np.full((40, 50), 3.0, np.float32)
    y = np.asarray(keras.layers.Dropout(0.2, seed=0)(x, training=True))
    return [("the values", np.unique(dropout(x, 0.2, np.random.default_rng(0))), np.unique(y))]


def shift_in_keras(shift, keras):
    """Compare with Keras's cropping and padding, down by 1 and to the left by 2."""
    layers = keras.Sequential(
        [keras.layers.Cropping2D(((0, 1), (2, 0))), keras.layers.ZeroPadding2D(((1, 0), (0, 2)))]
    )
    expected = np.asarray(layers(IMAGES[..., None].astype(np.float32)))[..., 0]
    return [("the images", shift(IMAGES.astype(np.float32), 1, -2), expected)]


MANY = rng.random((128, 28, 28))
EXERCISES = (
    Exercise(
        "dropout",
        returns=("y",),
        measure=measured,
        cases=(
            case(np.ones((200, 200)), 0.2, Seed(0), tolerance=CHANCE, note="a fifth"),
            case(np.ones((200, 200)), 0.75, Seed(1), tolerance=CHANCE, note="three quarters"),
            case(np.ones((200, 200)), 0.0, Seed(2), tolerance=CHANCE, note="nothing is dropped"),
            case(np.ones((200, 200), np.float32), 0.5, Seed(3), tolerance=CHANCE, note="float32"),
        ),
        mistakes=(
            Mistake(
                "what is left is not scaled: times 1 / (1 - r), so that the mean stays", "1 / (1 - r)", "1.0"
            ),
            Mistake(
                "r is the share that is dropped, not the share that is kept",
                "rng.random(x.shape) >= r\n    scale = 1 / (1 - r)",
                "rng.random(x.shape) < r\n    scale = 1 / max(r, 1e-9)",
            ),
            Mistake(
                "scaled by 1 / r: a share of 1 - r is left, so it is 1 / (1 - r)",
                "1 / (1 - r)",
                "1 / (r or 1.0)",
            ),
            Mistake("scaled by 1 - r: divide by it, so that the mean stays", "1 / (1 - r)", "1 - r"),
            Mistake(
                "the wrong ones are dropped: a share of 1 - r of them",
                "rng.random(x.shape) >= r",
                "rng.random(x.shape) < r",
            ),
            Mistake(
                "whole rows are dropped: draw a number for every value (x.shape), not one for every row",
                "rng.random(x.shape)",
                "rng.random((len(x),) + (1,) * (x.ndim - 1))",
            ),
            Mistake(
                "whole columns are dropped: draw a number for every value (x.shape), not one for every "
                "column",
                "rng.random(x.shape)",
                "rng.random(x.shape[-1])",
            ),
        ),
        keras=dropout_in_keras,
        timed=case(MANY, 0.5, Seed(0), note="128 images of 28x28"),
    ),
    Exercise(
        "shift",
        returns=("the images",),
        cases=(
            case(np.array([[[1, 2], [3, 4]]]), 1, 0),
            case(np.array([[[1, 2], [3, 4]]]), 0, 1, note="to the right"),
            case(np.array([[[1, 2, 3], [4, 5, 6]]]), -1, -2, note="up and to the left"),
            case(np.array([[[1, 2], [3, 4]]]), 0, 0, note="not at all"),
            case(np.array([[[1, 2], [3, 4]]]), 3, 0, note="further than the image is high"),
            case(np.array([[[1, 2], [3, 4]]]), 0, -5, note="further than the image is wide"),
            case(IMAGES, 2, -1),
        ),
        mistakes=(
            Mistake(
                "what leaves the image comes back on the other side (np.roll): what comes in is 0",
                "return moved",
                "return np.roll(images, (down, right), axis=(1, 2))",
            ),
            Mistake(
                "the direction: `down` moves to larger row numbers, `right` to larger column numbers",
                "moved[:, to_rows, to_columns] = images[:, rows, columns]",
                "moved[:, rows, columns] = images[:, to_rows, to_columns]",
            ),
            Mistake(
                "rows and columns are exchanged: axis 1 are the rows (down), axis 2 the columns (right)",
                "moved = np.zeros_like(images)",
                "moved, (down, right) = np.zeros_like(images), (right, down)",
            ),
            Mistake(
                "the images are moved along axis 0, that of the images: the rows are axis 1",
                "return moved",
                "return np.roll(images, (down, right), axis=(0, 1))",
            ),
            Mistake(
                "an index below 0 counts from the end, so that what leaves above or on the left comes back",
                "return moved",
                "moved[...] = 0\n    for i, j in np.ndindex(H, W):\n"
                "        if i + down < H and j + right < W:\n"
                "            moved[:, i + down, j + right] = images[:, i, j]\n    return moved",
            ),
            Mistake(
                "what comes in is a copy of the edge: it is to be 0",
                "return moved",
                "i = np.clip(np.arange(H) - down, 0, H - 1)\n"
                "    j = np.clip(np.arange(W) - right, 0, W - 1)\n"
                "    return images[:, i][:, :, j]",
            ),
            Mistake(
                "nothing is left where a shift is 0: the slice a[:-0] is a[:0], which is empty",
                "max(0, n + min(0, s))",
                "max(0, n + min(0, s)) if s else 0",
            ),
        ),
        keras=shift_in_keras,
        timed=case(MANY, 2, -1, note="128 images of 28x28"),
    ),
)
