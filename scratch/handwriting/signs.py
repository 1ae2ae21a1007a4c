"""Signs: connected strokes, with their fragments put together."""

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from scratch.errors import DigitsError
from scratch.handwriting.paper import stroke_width
from scratch.handwriting.strokes import EIGHT

BRIDGE = 1.2  # stroke widths: a gap up to this within a stroke is one that the pen left
NARROW_BRIDGE = 0.4  # stroke widths: such a gap, where both sides are as high as a digit
FRAGMENT = 0.6  # of the usual height: a lower piece may be a part of its neighbour
FRAGMENT_GAP = 0.25  # of the usual height: the farthest that such a part may lie off
SPECK = 0.15  # of the usual height: what is smaller is dirt and no fragment
LEAST_SHARE = 0.02  # of the picture's shorter side: a smaller sign is dirt
GIANT = 3.0  # times the usual height or width: what is so large and reaches the edge lies around the digits
LINE_LENGTH = 30.0  # times its width: longer than any digit is beside its stroke
LINE_WIDTH = 0.15  # of its length: the box of a line that is not quite upright
MOST_SIGNS = 500
LEAST_PIXELS = 8  # a lower sign has no shape left


@dataclass(eq=False)
class Sign:
    """Something drawn: its `box` (top, left, bottom, right) in pixels of the photo, its `shape`, (h, w) bools
    in that box, how thick its strokes usually are, `thickness`, in pixels.

    `row` and `place` say where it stands in reading order; `reason` why it was set aside, or "".
    """

    box: tuple
    shape: np.ndarray = field(repr=False)
    thickness: float
    row: int = -1
    place: int = -1
    reason: str = ""

    @property
    def height(self):
        """Rows of the box."""
        return self.box[2] - self.box[0]

    @property
    def width(self):
        """Columns of the box."""
        return self.box[3] - self.box[1]

    @property
    def middle(self):
        """(row, column) of the box's middle."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


def signs_in(mask, width):
    """Return the Signs in a mask, (H, W) bools, whose strokes are `width` pixels wide, in no order.

    Pieces at most a stroke's width apart are one; a low piece close to a sign joins it, such as the bar of a
    5 that the pen was lifted for. Dirt is left out.
    """
    parts = pieces(mask, width)
    least = max(LEAST_PIXELS, LEAST_SHARE * min(mask.shape))
    kept = [part for part in parts if max(part.height, part.width) >= 0.4 * least]
    if len(kept) > MOST_SIGNS:
        raise DigitsError(
            f"{len(kept):,} signs in the picture: expected at most {MOST_SIGNS}, on an even ground; "
            "cut out the part that holds the digits"
        )
    things = set_aside_surroundings(kept, mask.shape, width)
    signs = joined([part for part in kept if not part.reason])
    return [sign for sign in signs if max(sign.height, sign.width) >= least] + things


def set_aside_surroundings(signs, shape, width):
    """Set aside what reaches the edge and is no stroke beside what lies within, such as the table around a
    sheet of paper: it would be the measure of all else. Return these signs.

    shape: (H, W) of the photo; width: of a stroke.
    """
    within = [sign for sign in signs if not at_edge(sign, shape)]
    if not within:
        return []
    usual = usual_height(within)
    around = [
        sign
        for sign in signs
        if at_edge(sign, shape)
        and max(sign.height, sign.width) > GIANT * usual
        and (sign.thickness > GIANT * width or max(sign.height, sign.width) > 0.8 * min(shape))
    ]
    for sign in around:
        sign.reason = "around what is written"
    return around


def at_edge(sign, shape):
    """Say whether a sign reaches the edge of the photo, (H, W)."""
    top, left, bottom, right = sign.box
    return top <= 1 or left <= 1 or bottom >= shape[0] - 1 or right >= shape[1] - 1


def pieces(mask, width):
    """Return connected Signs. Fragments are taken together over a wide gap, what is as high as a digit over a
    narrow one alone: digits drawn with a thick pen would run together.
    """
    if not mask.any():
        return []
    distance = ndimage.distance_transform_edt(~mask)
    narrow, wide = (
        ndimage.label(distance <= gap * width / 2, EIGHT)[0] * mask for gap in (NARROW_BRIDGE, BRIDGE)
    )
    small = {i: made(narrow[where] == i, where) for i, where in boxes(narrow)}
    lines = long_lines(small)
    if lines:  # each would be the measure of all else
        return pieces(mask & ~np.isin(narrow, lines), width)
    usual = usual_height(small.values())
    tall = [i for i, piece in small.items() if piece.height >= FRAGMENT * usual]
    found = []
    for i, where in boxes(wide):
        shape = wide[where] == i
        inside = np.unique(narrow[where][shape])
        if np.isin(inside, tall).sum() < 2:
            found.append(made(shape, where))
        else:
            found += [small[j] for j in inside]
    return found


def long_lines(signs):
    """Return the keys of those of `signs`, {key: Sign}, that are long thin lines beside the others: the edges
    of a sheet of paper, a frame, what is left of a ruled line.
    """
    heights = [sign.height for sign in signs.values() if sign.height > LEAST_PIXELS]
    if len(heights) < 3:
        return []
    usual = float(np.median(heights))
    return [
        key
        for key, sign in signs.items()
        if min(sign.height, sign.width) < LINE_WIDTH * max(sign.height, sign.width)
        and max(sign.height, sign.width) > max(GIANT * usual, LINE_LENGTH * sign.thickness)
    ]


def boxes(labels):
    """Yield (label, slices) of each label from 1 on that has pixels."""
    return ((i, where) for i, where in enumerate(ndimage.find_objects(labels), 1) if where is not None)


def made(shape, where):
    """Return the Sign of that shape, (h, w) bools, which lies within the slices `where`."""
    (top, left), (bottom, right) = ((s.start for s in where), (s.stop for s in where))
    return Sign((top, left, bottom, right), shape, stroke_width(shape))


def usual_height(signs):
    """Return the height that signs usually have: the median, in which the large count by their height."""
    heights = np.sort([sign.height for sign in signs])
    return float(heights[np.searchsorted(np.cumsum(heights), heights.sum() / 2)])


def joined(signs):
    """Return the signs with low fragments put to the sign that they belong to."""
    signs = sorted(signs, key=lambda sign: sign.height)
    if len(signs) < 2:
        return signs
    usual = usual_height(signs)
    signs = [sign for sign in signs if max(sign.height, sign.width) >= SPECK * usual]
    i = 0
    while i < len(signs):
        part = signs[i]
        whole = min(
            (other for other in signs if other is not part and belongs(part, other, usual)),
            key=lambda other: gap(part, other),
            default=None,
        )
        if whole is None:
            i += 1
            continue
        signs.remove(part)
        signs.remove(whole)
        signs.append(union(part, whole))
        signs.sort(key=lambda sign: sign.height)
    return signs


def gap(a, b):
    """Return how far apart two signs' boxes are, in pixels: 0 where they overlap."""
    down = max(a.box[0] - b.box[2], b.box[0] - a.box[2], 0)
    across = max(a.box[1] - b.box[3], b.box[1] - a.box[3], 0)
    return float(np.hypot(down, across))


def belongs(part, whole, usual):
    """Say whether a low piece is a part of `whole`: close by, above or below it, and together no giant."""
    if part.height > FRAGMENT * min(usual, 1.5 * whole.height) or gap(part, whole) > FRAGMENT_GAP * usual:
        return False
    top, bottom = min(part.box[0], whole.box[0]), max(part.box[2], whole.box[2])
    left, right = min(part.box[1], whole.box[1]), max(part.box[3], whole.box[3])
    overlap = min(part.box[3], whole.box[3]) - max(part.box[1], whole.box[1])
    beside = overlap < 0.4 * min(part.width, whole.width)
    if beside and gap(part, whole) > 0.1 * usual:
        return False
    return bottom - top <= 1.5 * max(usual, whole.height) and right - left <= 1.3 * max(usual, bottom - top)


def union(a, b):
    """Return one Sign of two."""
    top, left = min(a.box[0], b.box[0]), min(a.box[1], b.box[1])
    bottom, right = max(a.box[2], b.box[2]), max(a.box[3], b.box[3])
    shape = np.zeros((bottom - top, right - left), bool)
    for sign in (a, b):
        view = shape[sign.box[0] - top : sign.box[2] - top, sign.box[1] - left : sign.box[3] - left]
        view |= sign.shape
    return Sign((top, left, bottom, right), shape, max(a.thickness, b.thickness))
