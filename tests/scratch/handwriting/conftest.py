"""Photos made by code, whose answers are known, and a network that reads such drawings."""

import numpy as np
import pytest
from PIL import Image

from scratch.handwriting.drawing import draw_digit, drawn_digits
from scratch.layers import Dense, Flatten, Input
from scratch.models import Sequential

WIDTH, HEIGHT = 900, 600
ROWS = ([3, 1, 4, 5], [9, 2, 6, 8, 7, 0])


def written(rows=ROWS, seed=0, size=110, pen=0.09, shape=(HEIGHT, WIDTH), slope=0.0):
    """Return ink (H, W) from 0 to 1 with rows of drawn digits, and {(row, place): (digit, middle)}."""
    rng, (height, width) = np.random.default_rng(seed), shape
    ink, truth = np.zeros(shape, np.float32), {}
    for r, digits in enumerate(rows):
        for p, digit in enumerate(digits):
            drawing = draw_digit(digit, rng, height=int(size * rng.uniform(0.9, 1.1)), pen=pen)
            h, w = drawing.shape
            x = int(width * (p + 0.6) / (max(map(len, rows)) + 0.2) - w / 2)
            y = int(height * (r + 0.5) / len(rows) - h / 2 + rng.uniform(-8, 8) + slope * (x - width / 2))
            ink[y : y + h, x : x + w] = np.maximum(ink[y : y + h, x : x + w], drawing)
            truth[r, p] = (digit, (y + h / 2, x + w / 2))
    return ink, truth


def photographed(ink, paper=0.75, pen=0.2, grain=0.02, seed=0, light=None):
    """Return a grey photo of ink, (H, W) from 0 to 1: `light` (H, W) falls on the paper."""
    grey = (paper + (pen - paper) * ink) * (1 if light is None else light)
    return np.clip(grey + np.random.default_rng(seed).normal(0, grain, ink.shape), 0, 1)


def as_image(grey):
    """Return a PIL image of grey or rgb values from 0 to 1."""
    return Image.fromarray(np.uint8(np.clip(grey, 0, 1) * 255 + 0.5))


@pytest.fixture(scope="session")
def reader():
    """Return a linear classifier of drawn digits, the textbook's engine."""
    x, y = drawn_digits(1500, np.random.default_rng(5))
    layers = [Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")]
    model = Sequential(layers, rng=np.random.default_rng(0))
    model.compile("adam", loss="sparse_categorical_crossentropy", engine="reference")
    model.fit(x[..., None] / np.float32(255), y, batch_size=50, epochs=20, verbose=0)
    return model
