"""The last stage: one digit's shape, of any size, as MNIST has it."""

import numpy as np
from scipy import ndimage

from scratch.datasets.digits import centre_by_mass, crop_to_ink, scale_to_box

SIDE = 160  # pixels of the digit's longer side while its strokes are measured and mended
BOX = 20  # pixels of that side in the end
THINNEST, THICKEST = 2.2, 3.2  # pixels of a stroke in the end; most of MNIST's strokes are


def to_mnist_form(shape):
    """Return the shape of a digit as MNIST would have it: (28, 28) uint8, 0 paper to 255 ink.

    shape: (h, w), bools or numbers from 0 (paper) to 1 (ink), of any size, with some ink in it. Strokes are
    brought to a thickness usual in MNIST, the ink is scaled into 20x20 keeping its proportions, and moved
    until its centre of mass is in the middle (the recipe of LeCun's MNIST page).
    """
    return centred(scaled(with_usual_strokes(enlarged(shape))))


def enlarged(shape):
    """Return the ink of `shape` as bools, (h, w), the longer side 160 pixels."""
    from PIL import Image

    grey = crop_to_ink(np.uint8(255 * np.clip(np.asarray(shape, np.float32), 0, 1)))
    grey = np.pad(grey, 1)
    factor = SIDE / max(grey.shape)
    size = tuple(max(3, round(n * factor)) for n in grey.shape[::-1])
    large = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC), np.float32)
    if factor > 2:
        large = ndimage.gaussian_filter(large, factor / 3)  # no stairs
    return large > min(127.0, 0.5 * large.max())


def with_usual_strokes(ink):
    """Return the ink, (h, w) bools, with strokes made thicker or thinner where they are far from MNIST's."""
    ink = crop_to_ink(ink)
    width, side = width_of(ink), max(ink.shape)
    aim = np.clip(width / side, THINNEST / BOX, THICKEST / BOX)
    more = (aim * side - width) / 2 / (1 - aim)  # the side grows with the strokes
    if abs(more) < 0.5:
        return ink
    ink = np.pad(ink, int(abs(more)) + 2)
    if more > 0:
        return ndimage.distance_transform_edt(~ink) <= more
    thinner = ndimage.distance_transform_edt(ink) > -more
    return thinner if ndimage.label(thinner)[1] == ndimage.label(ink)[1] else ink  # nothing may break


def width_of(ink):
    """Return the usual width of strokes in pixels: twice the distance from their middle to their rim."""
    distance = ndimage.distance_transform_edt(np.pad(ink, 1))
    middle = (distance > 0) & (distance == ndimage.maximum_filter(distance, 5))
    return 2 * float(np.median(distance[middle]))


def scaled(ink):
    """Return the ink, (h, w) bools, in a box of 20 pixels, keeping its proportions: uint8, 0 to 255."""
    return scale_to_box(crop_to_ink(np.uint8(255 * ink)))


def centred(ink):
    """Return (28, 28) uint8 with the centre of the ink's mass in the middle."""
    return centre_by_mass(ink)
