"""Rows of signs in reading order, and what cannot be a digit set aside, each with its reason."""

import numpy as np

from scratch.handwriting.signs import at_edge, usual_height

OVERLAP = 0.4  # of the lower sign's height: neighbours in a row share this much
WIDEST = 1.5  # times the row's usual height
TINY = 0.3  # times the page's usual height
MOST_ASPECT = 2.2  # width to height
LOWEST, HIGHEST = 0.45, 2.2  # times the row's usual height
THICKEST = 2.8  # times the page's usual thickness: what is filled was not drawn with one stroke
FILLED = 2.0  # times that thickness, where ink fills much of its box, too: crossed out, or a thing
TEXT_SHARE = 0.34  # if so many signs of a row are too wide, it is a line of words


def arrange(signs, shape):
    """Give each sign its `row` and `place`, and a `reason` where it cannot be a digit; return them in order.

    shape: (H, W) of the photo. Sizes are compared within a row, so that a page may hold large and small rows.
    """
    set_aside_objects(signs, shape)
    set_aside_specks([sign for sign in signs if not sign.reason])
    rows = sorted(
        rows_of([sign for sign in signs if not sign.reason]),
        key=lambda row: np.mean([sign.middle[0] for sign in row]),
    )
    for number, row in enumerate(rows):
        row.sort(key=lambda sign: sign.middle[1])
        for place, sign in enumerate(row):
            sign.row, sign.place = number, place
        set_aside_in_row(row)
    return [sign for row in rows for sign in row] + [sign for sign in signs if sign.row < 0]


def set_aside_objects(signs, shape):
    """Set aside what is filled, or large and cut off by the photo's edge: a pen, a thumb."""
    signs = [sign for sign in signs if not sign.reason]
    if not signs:
        return
    by_height = np.repeat([sign.thickness for sign in signs], [sign.height for sign in signs])
    thickness = float(np.median(by_height))
    usual = usual_height(signs)
    for sign in signs:
        filled = sign.shape.mean() > 0.45 and sign.width > 0.3 * sign.height
        if sign.thickness > THICKEST * thickness or (sign.thickness > FILLED * thickness and filled):
            sign.reason = "filled, not drawn with a pen"
        elif at_edge(sign, shape) and len(signs) > 1 and not 0.7 * usual < sign.height < 1.3 * usual:
            sign.reason = "cut off by the edge of the picture"


def set_aside_specks(signs):
    """Set aside what is tiny beside the other signs of the page: points, commas, small print."""
    usual = usual_height(signs) if signs else 0
    for sign in signs:
        if max(sign.height, sign.width) < TINY * usual:
            sign.reason = "much smaller than the other signs"


def rows_of(signs):
    """Return lists of signs that stand side by side: each is tied to its nearest neighbour to the right."""
    parent = list(range(len(signs)))

    def root(i):
        while parent[i] != i:
            i = parent[i]
        return i

    for i, sign in enumerate(signs):
        right = [
            j
            for j, other in enumerate(signs)
            if other.middle[1] > sign.middle[1] and side_by_side(sign, other)
        ]
        if right:
            nearest = min(right, key=lambda j: signs[j].box[1])
            parent[root(nearest)] = root(i)
    rows = {}
    for i, sign in enumerate(signs):
        rows.setdefault(root(i), []).append(sign)
    return list(rows.values())


def side_by_side(a, b):
    """Say whether two signs share enough of their height to stand in one row."""
    shared = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    return shared >= OVERLAP * min(a.height, b.height)


def too_wide(sign, usual):
    """Say whether a sign is wider than a digit of its row, of that usual height: a word, or two digits."""
    return sign.width > WIDEST * usual and sign.width > 1.2 * sign.height


def set_aside_in_row(row):
    """Set aside signs that are too low, too high or too wide for their row, and all of a line of words."""
    usual = usual_height(row)
    for sign in row:
        if sign.width > MOST_ASPECT * sign.height or (len(row) > 1 and too_wide(sign, usual)):
            sign.reason = "too wide for a digit"
        elif sign.height < LOWEST * usual:
            sign.reason = "too low for its row"
        elif sign.height > HIGHEST * usual:
            sign.reason = "too high for its row"
    wide = sum(sign.reason == "too wide for a digit" for sign in row)
    if len(row) > 1 and wide >= TEXT_SHARE * len(row):
        for sign in row:
            sign.reason = sign.reason or "in a line of words"
