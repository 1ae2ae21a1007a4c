"""Differences: how much a function changes when one entry, or all along a direction, is moved a little.

The central difference (f(x + h) - f(x - h)) / 2h is off by two errors that pull in opposite directions:
truncation, h**2 / 6 times the third derivative, because a curve is taken for a line; and rounding, the noise
of f divided by h, because two numbers that are nearly the same are subtracted. So a sweep tries a range of
steps. Source: Nocedal and Wright, "Numerical Optimization", section 8.1.
"""

from dataclasses import dataclass

import numpy as np

EPS = float(np.finfo(np.float64).eps)
# From where curvature shows to where rounding does, a decade apart. Around 1e-5 the two errors of a function
# with values and derivatives of about 1 are equally small.
STEPS = tuple(10.0**-k for k in range(2, 10))


class Entry:
    """One entry of an array, to be moved in place.

    array: float64; index: a tuple.
    """

    def __init__(self, array, index):
        self.array, self.index, self.value = array, index, float(array[index])

    def move(self, distance):
        """Put the entry at `distance` from where it was; return how far it really is, being rounded."""
        self.array[self.index] = self.value + distance
        return float(self.array[self.index]) - self.value

    def back(self):
        """Put the entry where it was, to the bit."""
        self.array[self.index] = self.value

    def slope(self, gradient):
        """Return what `gradient`, an array like the array, says of the slope along this line."""
        return float(gradient[self.index])


class Direction:
    """All entries of an array at once, along a direction of length 1 that `rng` draws.

    index: its number, for reports.
    """

    def __init__(self, array, rng, index=0):
        self.array, self.start, self.index = array, array.copy(), index
        direction = rng.normal(size=array.shape)
        self.direction = direction / (np.sqrt((direction**2).sum()) or 1.0)

    def move(self, distance):
        """Put the array at `distance` from where it was, along the direction; return the distance."""
        self.array[...] = self.start + distance * self.direction
        return distance

    def back(self):
        """Put the array where it was, to the bit."""
        self.array[...] = self.start

    def slope(self, gradient):
        """Return what `gradient`, an array like the array, says of the slope along this line."""
        return float((gradient * self.direction).sum())


@dataclass(frozen=True)
class Sweep:
    """Values of f along a line for each step, the largest first: all arrays (K,).

    up, down: how far x was really moved; above, below: f there; center: f at x.
    """

    up: np.ndarray
    down: np.ndarray
    above: np.ndarray
    below: np.ndarray
    center: float

    @property
    def central(self):
        """The central differences; NaN where the step was too small to move x, or f is not finite."""
        return quotient(self.above - self.below, self.up + self.down)

    @property
    def right(self):
        """The slopes to the right, (f(x + h) - f(x)) / h."""
        return quotient(self.above - self.center, self.up)

    @property
    def left(self):
        """The slopes to the left, (f(x) - f(x - h)) / h."""
        return quotient(self.center - self.below, self.down)


def quotient(difference, distance):
    """Return difference / distance, NaN where the distance is 0 or the difference is not finite."""
    usable = (distance > 0) & np.isfinite(difference)
    return np.where(usable, difference, np.nan) / np.where(usable, distance, 1.0)


def sweep(f, line, steps, center):
    """Return the Sweep of the float f() along a `line` (an Entry or a Direction) of what it reads.

    steps: distances, the largest first; center: f() where the line starts. The array is left as it was.
    """
    rows = np.empty((len(steps), 4))
    try:
        for row, step in zip(rows, steps, strict=True):
            row[:] = line.move(step), 0.0, f(), 0.0
            row[1], row[3] = -line.move(-step), f()
    finally:
        line.back()
    up, down, above, below = rows.T
    return Sweep(up, down, above, below, center)


def difference(f, line, step):
    """Return the central difference of the float f() along a `line` at one step. See sweep."""
    try:
        up, above = line.move(step), f()
        down, below = -line.move(-step), f()
    finally:
        line.back()
    return float(quotient(np.float64(above) - below, np.float64(up + down)))
