"""Lesson 10: ink as 1 whichever was the lighter, and the centre of mass in the middle."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(10)
LIGHT = rng.integers(200, 256, (6, 5), np.uint8)
LIGHT[2:4, 1:4] = 20
STROKES = np.where(rng.random((7, 5)) < 0.3, rng.random((7, 5)), 0)
LARGE = rng.integers(0, 256, (1_000, 1_000), np.uint8)


def framed(paper, inside):
    """Return a 3x3 picture: `paper` all around, one pixel in the middle."""
    image = np.full((3, 3), paper, np.uint8)
    image[1, 1] = inside
    return image


EXERCISES = (
    Exercise(
        "ink_on_paper",
        returns=("the ink",),
        cases=(
            case(framed(255, 51), note="dark on light"),
            case(framed(0, 204), note="light on dark"),
            case(np.full((4, 4), 100, np.uint8), note="grey paper, the darker half"),
            case(np.pad(np.zeros((8, 8), np.uint8), 1, constant_values=255), note="much ink on white paper"),
            case(np.pad(np.full((8, 8), 200, np.uint8), 1), note="much ink on black paper"),
            case(
                np.array([[0, 255, 255], [255, 0, 255], [255, 255, 255]], np.uint8), note="ink at the border"
            ),
            case(LIGHT),
        ),
        mistakes=(
            Mistake(
                "always turned round: where the border is dark, the ink is light already",
                "255 - grey if grey[border].mean() > 127.5 else grey",
                "255 - grey",
            ),
            Mistake(
                "never turned round: where the border is light, dark pixels are the ink",
                "255 - grey if grey[border].mean() > 127.5 else grey",
                "grey",
            ),
            Mistake(
                "turned round the wrong way: paper is to be 0",
                "> 127.5",
                "<= 127.5",
            ),
            Mistake(
                "judged by all pixels: a digit with much ink tips the balance; look at the border only",
                "grey[border].mean()",
                "grey.mean()",
            ),
            Mistake(
                "judged by one corner: a single pixel may be ink; take the mean of the border",
                "grey[border].mean()",
                "grey[0, 0]",
            ),
            Mistake("not scaled: ink is 1, not 255", "ink / np.float32(255)", "ink"),
            Mistake(
                "the sign: bytes turned round are 255 - v, and v - 255 is below 0",
                "255 - grey if",
                "grey - 255 if",
            ),
        ),
        timed=case(LARGE, note="1,000 x 1,000 pixels"),
    ),
    Exercise(
        "centre",
        returns=("the square",),
        cases=(
            case(np.array([[0.0, 1.0]]), 3),
            case(np.array([[1.0], [1.0], [0.0], [0.0]]), 5, note="the ink is at the top"),
            case(np.array([[1.0, 0.0, 0.0, 0.0, 9.0]]), 9, note="most of the ink is on the right"),
            case(np.array([[0.0, 0.0, 0.0, 1.0]]), 5, note="it fits only at the edge"),
            case(np.float32([[0, 1], [1, 1]]), 4, note="float32"),
            case(STROKES, 12),
            case(STROKES),
        ),
        mistakes=(
            Mistake(
                "centred by the box, not by the centre of mass: where the ink is counts",
                "top = int(np.clip(np.round(middle - row), 0, size - H))\n"
                "    left = int(np.clip(np.round(middle - column), 0, size - W))",
                "top, left = (size - H) // 2, (size - W) // 2",
            ),
            Mistake(
                "off by one: the middle of `size` pixels, numbered from 0, is (size - 1) / 2",
                "(size - 1) / 2",
                "size / 2",
            ),
            Mistake(
                "rows and columns are exchanged",
                "middle - row), 0, size - H))\n    left = int(np.clip(np.round(middle - column)",
                "middle - column), 0, size - H))\n    left = int(np.clip(np.round(middle - row)",
            ),
            Mistake(
                "the middle of the inked rows and columns is taken, as if all ink weighed the same",
                "row = (np.arange(H) * ink.sum(axis=1)).sum() / ink.sum()\n"
                "    column = (np.arange(W) * ink.sum(axis=0)).sum() / ink.sum()",
                "row = np.flatnonzero(ink.sum(axis=1)).mean()\n    column = "
                "np.flatnonzero(ink.sum(axis=0)).mean()",
            ),
            Mistake(
                "cut down, not rounded: int() of 1.7 is 1, np.round of it 2",
                "top = int(np.clip(np.round(middle - row), 0, size - H))\n"
                "    left = int(np.clip(np.round(middle - column), 0, size - W))",
                "top = int(np.clip(middle - row, 0, size - H))\n"
                "    left = int(np.clip(middle - column, 0, size - W))",
            ),
            Mistake(
                "what leaves the square comes back on the other side (np.roll): move it as far as it fits",
                "square[top : top + H, left : left + W] = ink\n    return square",
                "square[:H, :W] = ink\n"
                "    return np.roll(square, (round(middle - row), round(middle - column)), axis=(0, 1))",
            ),
        ),
        timed=case(STROKES, note="7 x 5 pixels"),
    ),
)
