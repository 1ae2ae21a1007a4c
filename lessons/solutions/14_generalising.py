"""Solutions to the exercises of lesson 14."""

import numpy as np


def dropout(x, r, rng):
    """Return what is left, scaled up."""
    kept = rng.random(x.shape) >= r
    scale = 1 / (1 - r)
    return (x * kept * scale).astype(x.dtype)


def shift(images, down, right):
    """Return zeros with the part that stays copied into them."""
    moved = np.zeros_like(images)
    _, H, W = images.shape
    to_rows, to_columns = (slice(max(0, s), max(0, n + min(0, s))) for s, n in ((down, H), (right, W)))
    rows, columns = (slice(max(0, -s), max(0, n + min(0, -s))) for s, n in ((down, H), (right, W)))
    moved[:, to_rows, to_columns] = images[:, rows, columns]
    return moved
