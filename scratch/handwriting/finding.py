"""All stages up to the 28x28 images, and what each of them made of the photo."""

from dataclasses import dataclass, field

import numpy as np

from scratch.errors import DigitsError
from scratch.handwriting.files import Photo
from scratch.handwriting.form import to_mnist_form
from scratch.handwriting.paper import ink_on_paper
from scratch.handwriting.rows import arrange
from scratch.handwriting.sheet import only, sheet_in
from scratch.handwriting.signs import Sign, signs_in
from scratch.handwriting.strokes import strokes

ONE_DIGIT_SIDE = 64  # a picture at most this large is taken for one digit


@dataclass(frozen=True, eq=False)
class Page:
    """What was found in a photo, stage by stage.

    `ink` (H, W) contrast, `mask` (H, W) bools, `signs` all Signs in reading order, `digits` those that may be
    digits, `images` (N, 28, 28) uint8, one for each of them.
    """

    photo: Photo
    ink: np.ndarray = field(repr=False)
    mask: np.ndarray = field(repr=False)
    signs: list = field(repr=False)
    digits: list = field(repr=False)
    images: np.ndarray = field(repr=False)


def find_digits(photo, single=None):
    """Return the Page of a Photo.

    single: take all ink together for one digit (default: in pictures of at most 64 pixels).
    Raises DigitsError where nothing is found that may be a digit.
    """
    single = max(photo.rgb.shape[:2]) <= ONE_DIGIT_SIDE if single is None else single
    if single:
        ink, mask, signs = one_sign(photo.rgb)
    else:
        ink = ink_on_paper(photo.rgb)
        mask, width = strokes(ink)
        if (sheet := sheet_in(mask)) is not None:
            ink = ink_on_paper(only(sheet, photo.rgb))
            mask, width = strokes(ink)
        signs = arrange(signs_in(mask, width), mask.shape)
    digits = [sign for sign in signs if not sign.reason]
    if not digits:
        raise DigitsError(f"{photo.name}: no digits found; {why_none(mask, signs)}")
    images = np.stack([to_mnist_form(sign.shape) for sign in digits])
    return Page(photo, ink, mask, signs, digits, images)


def one_sign(rgb):
    """Return the contrast, the mask and one Sign, in a list, of a small picture of one digit, (H, W, 3)."""
    from scratch.handwriting.paper import LEAST_CONTRAST, ink_direction

    paper = np.median(rgb.reshape(-1, 3), axis=0)
    ink = ink_direction(rgb - paper)(rgb - paper)
    peak = np.percentile(ink[ink > 0.5 * ink.max()], 50) if ink.max() > LEAST_CONTRAST else np.inf
    share = np.clip(ink / peak, 0, 1)
    mask = share > 0.5
    if not mask.any():
        return ink, mask, []
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
    top, left, bottom, right = (int(n) for n in box)
    shape = np.where(share > 0.25, share, 0)[top:bottom, left:right]
    return ink, mask, [Sign((top, left, bottom, right), shape, 0.0, 0, 0)]


def why_none(mask, signs):
    """Return what to tell the person whose picture holds no digit."""
    if not mask.any():
        return "the picture looks blank: expected digits that stand out from their paper"
    if not signs:
        return "there are only specks: come closer, or write larger"
    return (
        f"of {len(signs)} signs none looks like a digit ({signs[0].reason}): leave free space around digits"
    )
