"""Which pixels are ink: a threshold of its own for each stroke, and ruled lines taken out."""

import numpy as np
from scipy import ndimage

from scratch.handwriting.lines import without_lines
from scratch.handwriting.paper import inside, stroke_width, threshold

EIGHT = np.ones((3, 3), bool)  # pixels that touch at a corner are connected
SHARE_OF_PEAK = 0.4  # a pixel belongs to a stroke if it has this share of the stroke's darkest
FAINTEST = 0.25  # of the usual contrast of the page's ink: below this it is print, dirt or ruling


def strokes(ink):
    """Return (mask, width): where there is ink, (H, W) bools, and its strokes' usual width in pixels."""
    mask = ink > threshold(ink)
    mask = local_threshold(mask, ink)
    mask = without_lines(mask)
    return mask, stroke_width(inside(mask))


def local_threshold(mask, ink):
    """Return the mask with only those pixels of each connected stroke that come near its darkest ones.

    Strokes much fainter than the page's others go.
    """
    labels, count = ndimage.label(mask, EIGHT)
    if not count:
        return mask
    peaks = np.zeros(count + 1, np.float32)
    peaks[1:] = ndimage.labeled_comprehension(
        ink, labels, range(1, count + 1), lambda v: np.percentile(v, 97), np.float32, 0
    )
    of_pixels = peaks[labels]  # (H, W)
    usual = np.median(of_pixels[mask])
    return mask & (ink > SHARE_OF_PEAK * of_pixels) & (of_pixels > FAINTEST * usual)
