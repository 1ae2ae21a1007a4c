"""What a network says of the digits of a page, and which rows are no digits at all."""

from dataclasses import asdict, dataclass

import numpy as np

from scratch.errors import DigitsError
from scratch.handwriting.finding import Page
from scratch.layers import Rescaling
from scratch.reference import softmax_forward

SURE = 0.92  # mean probability in a row that is certainly one of digits
UNLIKE = 0.7  # of the best row's mean largest logit: below this, a row that is not sure holds other signs
TEXT = 0.7  # mean probability below which a row of three or more signs is text, whatever else is there


@dataclass(frozen=True)
class Answer:
    """One digit read: what it is, how probable that is, the second choice; its `row` and `place` from 0, and
    its `box` (top, left, bottom, right) in pixels of the file's picture, upright.
    """

    digit: int
    probability: float
    second: int
    second_probability: float
    row: int
    place: int
    box: tuple


@dataclass(frozen=True, eq=False)
class Reading:
    """A Page that has been read: `answers`, and `images` (N, 28, 28) uint8, one for each, in reading order;
    `shapes`, what was cut out for each; `set_aside`, (box, reason) of everything that was seen and not read.
    """

    page: Page
    answers: list
    images: np.ndarray
    shapes: list
    set_aside: list

    @property
    def rows(self):
        """The digits of each row as a text, from top to bottom."""
        texts = {}
        for answer in self.answers:
            texts[answer.row] = texts.get(answer.row, "") + str(answer.digit)
        return list(texts.values())

    def as_dict(self):
        """Return what `digits predict --json` prints of it."""
        return {
            "rows": self.rows,
            "digits": [asdict(answer) for answer in self.answers],
            "set_aside": [{"box": box, "reason": reason} for box, reason in self.set_aside],
        }


def read_page(page, model):
    """Return the Reading of a Page by a network that takes 28x28 pixels, 0 to 1, and tells ten digits apart.

    Rows that the network is much less sure of than of others are set aside: letters look like digits one by
    one, but not row by row. Raises DigitsError for a network of other shapes, or if no row is left.
    """
    z = logits(model, page.images)
    p, _ = softmax_forward(z)
    rows = np.array([sign.row for sign in page.digits])
    text = rows_of_text(rows, p.max(axis=1), z.max(axis=1))
    read = [i for i, row in enumerate(rows) if row not in text]
    if not read:
        raise DigitsError(
            f"{page.photo.name}: no digits found; its {len(rows)} signs look like text, the network makes "
            "nothing of them"
        )
    boxes = {id(sign): box_in_file(sign, page.photo) for sign in page.signs}
    set_aside = [
        (boxes[id(sign)], sign.reason or "in a row that does not look like digits")
        for sign in page.signs
        if sign.reason or sign.row in text
    ]
    numbers = {row: i for i, row in enumerate(sorted({rows[i] for i in read}))}
    answers, places = [], {}
    for i in read:
        second, first = (int(k) for k in np.argsort(p[i])[-2:])
        row = numbers[rows[i]]
        place = places[row] = places.get(row, -1) + 1
        chances = float(p[i, first]), float(p[i, second])
        answers.append(Answer(first, chances[0], second, chances[1], row, place, boxes[id(page.digits[i])]))
    return Reading(page, answers, page.images[read], [page.digits[i].shape for i in read], set_aside)


def rows_of_text(rows, likely, evidence):
    """Return the set of those of `rows`, (N,) ints, whose signs are hardly digits.

    likely, evidence: (N,), each sign's largest probability and logit. A softmax is sure of a bracket, too,
    that it is a 1 rather than a 7; its logit says that it is not much of a 1, either.
    """
    numbers = np.unique(rows)
    means = {row: likely[rows == row].mean() for row in numbers}
    strengths = {row: evidence[rows == row].mean() for row in numbers}
    best = max(numbers, key=means.get)
    unlike = {
        row
        for row in numbers
        if means[row] < min(SURE, means[best]) and strengths[row] < UNLIKE * strengths[best]
    }
    return unlike | {row for row in numbers if means[row] < TEXT and (rows == row).sum() >= 3}


def logits(model, images):
    """Return the logits (N, 10), float64, that a network gives images (N, 28, 28) uint8.

    It is given pixels / 255, or the bytes if it begins by a Rescaling of its own.
    """
    takes, returns = tuple(model.input_shape or ()), tuple(model.output_shape or ())
    if int(np.prod(takes)) != 28 * 28 or returns != (10,):
        raise DigitsError(
            f"the model takes inputs of shape {takes} and returns {returns}: expected one that takes 28 x 28 "
            "pixels and returns 10 numbers, one for each digit"
        )
    scale = 1 if isinstance(model.layers[0], Rescaling) else 255
    x = model.as_input(images.reshape(-1, *takes) / np.float32(scale))
    return model.forward_to_logits(x).astype(np.float64)  # or its outputs, where no softmax ends it


def box_in_file(sign, photo):
    """Return a sign's box in pixels of the file's picture."""
    height, width = photo.size
    down, across = height / photo.rgb.shape[0], width / photo.rgb.shape[1]
    top, left, bottom, right = sign.box
    return round(top * down), round(left * across), round(bottom * down), round(right * across)
