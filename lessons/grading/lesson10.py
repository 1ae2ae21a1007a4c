"""Lesson 10: the way to the centre of mass, and ink scaled into a box."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(10)
STROKES = np.where(rng.random((28, 28)) < 0.1, rng.random((28, 28)), 0)
STROKES[:8] = STROKES[:, 17:] = 0
DIGIT = np.pad(rng.integers(1, 9, (5, 3)), ((2, 4), (1, 6)))


def dots(*places):
    """Return an image with ink at the (row, column, ink)."""
    image = np.zeros((28, 28))
    for row, column, ink in places:
        image[row, column] = ink
    return image


EXERCISES = (
    Exercise(
        "centre_of_mass_shift",
        returns=("down", "right"),
        cases=(
            case(dots((10, 20, 1)), note="one pixel of ink, at row 10, column 20"),
            case(dots((10, 20, 1), (10, 17, 1)), note="ink at (10, 20) and (10, 17): 18.5 is its middle"),
            case(dots((4, 5, 9), (20, 5, 1)), note="ink at (4, 5), nine times as much as at (20, 5)"),
            case(dots((5, 5, 0.2), (6, 9, 0.7)), note="ink at (5, 5) and (6, 9)"),
            case(dots((3, 4, 100), (8, 19, 100)), note="values of 100: ink of a photo in bytes"),
            case(STROKES),
        ),
        mistakes=(
            Mistake(
                "the sign: ink at row 10 has to move down, by 14 - 10",
                "return round(14 - r), round(14 - c)",
                "return round(r - 14), round(c - 14)",
            ),
            Mistake(
                "rows and columns are exchanged: the first is the number of rows, down",
                "return round(14 - r), round(14 - c)",
                "return round(14 - c), round(14 - r)",
            ),
            Mistake(
                "the middle of the inked rows and columns is taken, as if all ink weighed the same",
                "places, total = np.arange(28), image.sum()",
                "places, image = np.arange(28), (image > 0) * 1.0\n    total = image.sum()",
            ),
            Mistake(
                "not divided by the sum of the ink",
                "image.sum()\n",
                "1\n",
            ),
            Mistake(
                "off by one: rows are numbered from 0",
                "np.arange(28)",
                "np.arange(1, 29)",
            ),
            Mistake(
                "the middle is taken to be (13.5, 13.5); MNIST's recipe has (14, 14)",
                "return round(14 - r), round(14 - c)",
                "return round(13.5 - r), round(13.5 - c)",
            ),
            Mistake(
                "cut down, not rounded: int() of 1.7 is 1",
                "return round(14 - r), round(14 - c)",
                "return int(14 - r), int(14 - c)",
            ),
            Mistake(
                "it is the centre itself, not the way from there to (14, 14)",
                "return round(14 - r), round(14 - c)",
                "return round(r), round(c)",
            ),
            Mistake(
                "half a pixel: whole rows and columns are asked for",
                "return round(14 - r), round(14 - c)",
                "return 14 - r, 14 - c",
            ),
        ),
        timed=case(STROKES, note="one image"),
    ),
    Exercise(
        "fit_into",
        returns=("the result",),
        cases=(
            case(np.array([[5, 7]]), 2, note="it is as large as it is to be"),
            case(np.array([[0, 0, 0, 0], [0, 5, 7, 0], [0, 0, 0, 0]]), 2, note="paper around it"),
            case(np.array([[5, 7]]), 4, note="twice as large"),
            case(np.array([[5], [7], [8], [9]]), 2, note="half as large"),
            case(np.array([[5, 0, 7]]), 3, note="paper inside the ink"),
            case(np.array([[5, 7, 8]]), 2, note="three pixels into two"),
            case(np.array([[1, 2, 3, 4, 5, 6, 7, 8, 9]]), 3, note="it would be less than one row high"),
            case(np.array([[0.5, 0.25]], np.float32), 2, note="float32"),
            case(DIGIT, 20),
            case(DIGIT, 3),
        ),
        mistakes=(
            Mistake(
                "not cropped to the ink: only the rectangle with ink in it is scaled",
                "crop = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]",
                "crop = image",
            ),
            Mistake(
                "off by one: the last row and column with ink are cut off; slices end before their last "
                "number",
                "rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1",
                "rows[0] : max(rows[-1], rows[0] + 1), columns[0] : max(columns[-1], columns[0] + 1)",
            ),
            Mistake(
                "the proportions are lost: both sides became `size`",
                "max(1, round(h * size / max(h, w))), max(1, round(w * size / max(h, w)))",
                "size, size",
            ),
            Mistake(
                "the shorter side became `size`; it is the longer one",
                "max(1, round(h * size / max(h, w))), max(1, round(w * size / max(h, w)))",
                "round(h * size / min(h, w)), round(w * size / min(h, w))",
            ),
            Mistake(
                "always the height became `size`; it is the longer side",
                "max(1, round(h * size / max(h, w))), max(1, round(w * size / max(h, w)))",
                "size, max(1, round(w * size / h))",
            ),
            Mistake(
                "the shorter side is rounded down; it is rounded to the nearest whole number",
                "max(1, round(h * size / max(h, w))), max(1, round(w * size / max(h, w)))",
                "max(1, h * size // max(h, w)), max(1, w * size // max(h, w))",
            ),
            Mistake(
                "paper inside the digit is taken out, too: crop outside, by the first and last row with ink",
                "crop = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]",
                "crop = image[rows][:, columns]",
            ),
            Mistake(
                "half a pixel: the middle of pixel i is at i + 0.5, not at its edge i",
                "h2, w2 = max(1, round(h * size / max(h, w))), max(1, round(w * size / max(h, w)))\n"
                "    from_rows = ((np.arange(h2) + 0.5) * h / h2).astype(int)\n"
                "    from_columns = ((np.arange(w2) + 0.5) * w / w2).astype(int)",
                "h2, w2 = max(1, round(h * size / max(h, w))), max(1, round(w * size / max(h, w)))\n"
                "    from_rows = (np.arange(h2) * h / h2).astype(int)\n"
                "    from_columns = (np.arange(w2) * w / w2).astype(int)",
            ),
            Mistake(
                "a side may become 0 pixels: it has 1 at least",
                "max(1, round(h * size / max(h, w)))",
                "round(h * size / max(h, w))",
            ),
        ),
        timed=case(rng.random((500, 300)), 20, note="500 x 300 pixels"),
    ),
)
