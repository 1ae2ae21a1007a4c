"""How much each pixel differs from the paper around it: uneven light, colours and light-on-dark go away."""

import numpy as np
from scipy import ndimage

from scratch.handwriting.lines import without_lines

SMALL_SIDE = 64  # pixels of the picture in which the paper is looked for first
MEDIAN_SHARE = 0.3  # of that side: the window of a median, in which ink must be the minority
WINDOW_WIDTHS = 7  # a window of so many stroke widths holds paper; a pen or a shadow fills it
NOISE_FACTOR = 6  # standard deviations of the paper's grain, above which something is ink
LEAST_CONTRAST = 0.03  # of black against white; below this an eye sees nothing, either


def ink_on_paper(rgb):
    """Return the contrast of ink, (H, W) float32 from 0 (paper), of a photo's rgb (H, W, 3) from 0 to 1.

    Twice: first against the median of a large window, which tells the colour of the ink, whether it is
    lighter or darker, and how thick a stroke is; then against the opening by a window a few strokes wide (a
    top-hat), which follows shadows and loses whatever is thicker than a stroke, such as a pen on the table.
    """
    grey = ink_direction(rgb - paper_by_median(rgb))(rgb)  # (H, W), the larger the darker the ink
    rough = grey - paper_by_median(grey[..., None])[..., 0]
    width = stroke_width(inside(without_lines(rough > threshold(rough))))
    return np.maximum(top_hat(grey, width), 0).astype(np.float32)


def paper_by_median(rgb):
    """Return the colour of the paper at each pixel, (H, W, C): the median of a window, computed in small."""
    factor = max(1, round(max(rgb.shape[:2]) / SMALL_SIDE))
    top, left = (min(factor, side) // 2 for side in rgb.shape[:2])
    small = rgb[top::factor, left::factor]
    window = int(MEDIAN_SHARE * max(small.shape[:2])) | 1
    small = ndimage.median_filter(small, size=(window, window, 1), mode="reflect")
    large = small.repeat(factor, axis=0).repeat(factor, axis=1)
    missing = [(0, max(0, n - m)) for n, m in zip(rgb.shape[:2], large.shape[:2], strict=True)]
    large = np.pad(large, [*missing, (0, 0)], mode="edge")[: rgb.shape[0], : rgb.shape[1]]
    return ndimage.uniform_filter(large, size=(factor, factor, 1))


def ink_direction(difference):
    """Return a function of rgb: its part along the colour in which ink differs most from paper.

    difference: (H, W, 3), the photo minus its paper. The direction is the first principal one of the
    differences, weighted by their squares; its sign makes the rarer, stronger differences positive.
    """
    d = difference.reshape(-1, 3).astype(np.float64)
    weights = (d**2).sum(axis=1, keepdims=True)
    _, directions = np.linalg.eigh((weights * d).T @ d)
    direction = directions[:, -1]
    direction = direction * (np.sign(((d @ direction) ** 3).sum()) or 1.0)
    # of length 1 in every colour: black on white has contrast 1
    return lambda rgb: rgb @ (direction / np.abs(direction).sum()).astype(np.float32)


def threshold(contrast):
    """Return the contrast above which something is ink, a float: well above the paper's grain."""
    grain = 1.4826 * np.median(np.abs(contrast - np.median(contrast)))
    return max(LEAST_CONTRAST, NOISE_FACTOR * float(grain))


def stroke_width(mask):
    """Return the usual width of the strokes in `mask`, (H, W) bools, in pixels: at least 1.

    Twice the distance from the middle of a stroke to its rim; half of all ink is in strokes at most so wide.
    """
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))
    middle = np.sort(distance[(distance > 0) & (distance == ndimage.maximum_filter(distance, 3))])
    if not len(middle):
        return 1.0
    area = np.cumsum(middle**2)  # of the ink around each: specks are many, but hold little of it
    return max(1.0, 2 * float(middle[np.searchsorted(area, area[-1] / 2)]) - 1)


def inside(mask):
    """Return the mask without what touches the picture's edge, a pen or a thumb, unless that is all."""
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    within = mask & ~np.isin(labels, edge)
    return within if within.any() else mask


def top_hat(grey, width):
    """Return how much larger `grey`, (H, W), is than its opening by a window of some stroke widths."""
    smooth = ndimage.gaussian_filter(grey, 0.15 * width)
    window = int(np.clip(round(WINDOW_WIDTHS * width), 3, max(grey.shape))) | 1
    paper = ndimage.grey_opening(ndimage.gaussian_filter(grey, 0.5 * width), size=(window, window))
    contrast = smooth - paper
    return contrast - np.median(contrast)
