"""Signs: connected strokes, with their fragments put together."""

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from scratch.errors import DigitsError
from scratch.handwriting.strokes import EIGHT

BRIDGE = 1.2  # stroke widths: a gap up to this within a stroke is one that the pen left
FRAGMENT = 0.6  # of the usual height: a lower piece may be a part of its neighbour
FRAGMENT_GAP = 0.25  # of the usual height: the farthest that such a part may lie off
SPECK = 0.15  # of the usual height: what is smaller is dirt and no fragment
LEAST_SHARE = 0.02  # of the picture's shorter side: a smaller sign is dirt
MOST_SIGNS = 500
LEAST_PIXELS = 8  # a lower sign has no shape left


@dataclass(eq=False)
class Sign:
    """Something drawn: its `box` (top, left, bottom, right) in pixels of the photo, its `shape`, (h, w) bools
    in that box, how thick its strokes are at the thickest, `thickness`, in pixels.

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
    radius = BRIDGE * width / 2
    near = ndimage.distance_transform_edt(~mask) <= radius if mask.any() else mask
    labels, _ = ndimage.label(near, EIGHT)
    labels = labels * mask
    parts = [made(labels[where] == i, where) for i, where in boxes(labels)]
    least = max(LEAST_PIXELS, LEAST_SHARE * min(mask.shape))
    kept = [part for part in parts if max(part.height, part.width) >= 0.4 * least]
    if len(kept) > MOST_SIGNS:
        raise DigitsError(
            f"{len(kept):,} signs in the picture: expected at most {MOST_SIGNS}, on an even ground; "
            "cut out the part that holds the digits"
        )
    return [sign for sign in joined(kept) if max(sign.height, sign.width) >= least]


def boxes(labels):
    """Yield (label, slices) of each label from 1 on that has pixels."""
    return ((i, where) for i, where in enumerate(ndimage.find_objects(labels), 1) if where is not None)


def made(shape, where):
    """Return the Sign of that shape, (h, w) bools, which lies within the slices `where`."""
    (top, left), (bottom, right) = ((s.start for s in where), (s.stop for s in where))
    distance = ndimage.distance_transform_edt(np.pad(shape, 1))
    return Sign((top, left, bottom, right), shape, 2 * float(distance.max()))


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
