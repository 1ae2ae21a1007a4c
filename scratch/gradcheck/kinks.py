"""Kinks: places where a function has a slope to the left and another one to the right, and no derivative.

Along any smooth line the two one-sided slopes differ by h times the second derivative, so a tenth of the step
leaves a tenth of the gap. Across a kink the gap stays as the step shrinks, until the step no longer reaches
the kink. That shows kinks in any function; scratch.gradcheck.branches says which layer they come from.
"""

from itertools import pairwise

import numpy as np

VISIBLE = 10  # a gap counts where it is ten times what the noise of three values may cause
# Of a decade's tenfold, half on a logarithmic scale: below, a gap that shrinks with its step; above, one
# that stays (or, seen from the other side, one that appears where the step reaches a kink).
HALF_A_DECADE = 10**0.5


def across_kinks(sweep, rounding):
    """Return for each step of a Sweep whether the step reaches a kink, (K,) bools.

    rounding: the noise of the function's values. The answer is False where noise hides all.
    """
    gap, reached = np.abs(sweep.right - sweep.left), np.zeros(len(sweep.up), bool)
    with np.errstate(divide="ignore"):
        visible = np.flatnonzero(gap > VISIBLE * 4 * rounding / sweep.up)  # a gap adds up four roundings
    if not len(visible):
        return reached
    for larger, smaller in pairwise(visible):
        growth, ratio = gap[larger] / gap[smaller], sweep.up[larger] / sweep.up[smaller]
        stays = growth < ratio / HALF_A_DECADE
        appears = growth > ratio * HALF_A_DECADE
        if stays:
            reached[: smaller + 1] = True
        elif appears:
            reached[: larger + 1] = True
    return reached
