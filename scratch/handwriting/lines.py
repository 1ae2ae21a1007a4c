"""Ruled and squared paper: lines from edge to edge are taken out, and what is written on them stays."""

import numpy as np

LINE_SPAN = 0.6  # a ruled line has ink in this share of the picture's columns, and reaches both edges
SLOPES = np.tan(np.radians(np.arange(-6, 6.01, 0.25)))


def without_lines(mask):
    """Return the mask, (H, W) bools, without ruled lines that run across the picture, either way."""
    return without_rows(without_rows(mask).T).T


def without_rows(mask):
    """Return the mask without lines that are nearly horizontal.

    A line is found where pixels of one slope and height (Hough's idea) have ink in most columns, from edge to
    edge. Its pixels go where the ink is no thicker than the line; where a digit crosses it, it stays.
    """
    height, width = mask.shape
    rows, columns = np.nonzero(mask)
    if len(rows) < LINE_SPAN * width:
        return mask
    tops = run_tops(mask)  # one pixel for each vertical run, so that thick things count once a column
    rows, columns = np.nonzero(tops)
    lengths = run_lengths(mask)
    mask = mask.copy()
    for slope in sorted(SLOPES, key=abs):
        heights = np.round(rows - slope * (columns - width / 2)).astype(int) + height  # at the middle, >= 0
        counts = np.bincount(heights, minlength=3 * height)
        counts = np.convolve(counts, np.ones(3, int), "same")
        while counts.max(initial=0) >= LINE_SPAN * width:
            at = int(counts.argmax())
            on_line = np.abs(heights - at) <= 2
            counts[max(0, at - 6) : at + 7] = 0
            r, c = rows[on_line], columns[on_line]
            if np.ptp(c) < 0.94 * width or len(np.unique(c)) < LINE_SPAN * width:
                continue
            thick = 1.6 * np.median(lengths[r, c]) + 1
            for row, column in zip(r, c, strict=True):
                if lengths[row, column] <= thick:
                    mask[row : row + lengths[row, column], column] = False
    return mask


def run_tops(mask):
    """Return where a vertical run of ink begins, (H, W) bools."""
    above = np.zeros_like(mask)
    above[1:] = mask[:-1]
    return mask & ~above


def run_lengths(mask):
    """Return how many pixels of ink follow one another downwards from each pixel, (H, W) ints."""
    lengths = np.zeros(mask.shape, np.int32)
    below = np.zeros(mask.shape[1], np.int32)
    for row in range(mask.shape[0] - 1, -1, -1):
        below = np.where(mask[row], below + 1, 0)
        lengths[row] = below
    return lengths
