"""A sheet of paper that lies on something: what is around it is taken out, or the sheet would be the sign."""

import numpy as np
from scipy import ndimage

LEAST_AREA = 0.06  # of the picture
RECTANGULAR = 0.8  # of its box is the sheet, with all that is written on it: no digit fills so much of one
RIM = 0.05  # of its shorter side: its edge is blurred, and its shadow lies there
BLANK = 0.7  # of the sheet is paper, and not ink


def sheet_in(mask):
    """Return where a sheet of paper lies, (H, W) bools, or None where there is none.

    mask: (H, W) bools, what stands out from the picture's ground: a sheet is a large piece of it that does
    not reach the edge, about a rectangle, with holes where something is written.
    """
    labels, count = ndimage.label(mask)
    if not count:
        return None
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    largest = int(areas.argmax())
    if areas[largest] < LEAST_AREA * mask.size:
        return None
    where = ndimage.find_objects(labels)[largest - 1]
    if any(part.start == 0 or part.stop == side for part, side in zip(where, mask.shape, strict=True)):
        return None  # what reaches the edge lies around the sheet
    piece = labels[where] == largest
    whole = ndimage.binary_fill_holes(piece)
    blank = piece.sum() / whole.sum()
    if whole.mean() < RECTANGULAR or not BLANK < blank < 1:
        return None
    sheet = np.zeros(mask.shape, bool)
    sheet[where] = whole
    return ndimage.distance_transform_edt(np.pad(sheet, 1))[1:-1, 1:-1] > RIM * min(piece.shape)


def only(sheet, rgb):
    """Return the photo, (H, W, 3), with the sheet's own colour around the sheet, (H, W) bools."""
    return np.where(sheet[..., None], rgb, np.median(rgb[sheet], axis=0)).astype(np.float32)
