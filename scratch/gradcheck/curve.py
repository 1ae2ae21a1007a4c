"""The error of a central difference against its step, E(h) = a * h**2 + b / h, fitted to a few sweeps.

a is the truncation (a sixth of the third derivative), b the noise of the function's values. The smallest
error that any step attains is at h = (b / 2a) ** (1/3). Nothing here looks at the gradient under test.
"""

from dataclasses import dataclass

import numpy as np

from scratch.gradcheck.differences import EPS

# The noise is read off how the differences of the three smallest steps differ: truncation is 1e-14 there.
NOISY_STEPS = 2
EPS_OF_FLOAT32 = float(np.finfo(np.float32).eps)
COARSE = 1e-10  # of a value, between the roundings of float64 and of float32
STAIRS = 3  # how many steps above the smallest stair are looked at
# A change from step to step counts as truncation where it is ten times what the noise may cause.
VISIBLE = 10
# Truncation shrinks with the square of the step, to within this in the exponent: what is left of the next
# term, h**4, and of noise. Kinks, more of them the larger the step, give powers of about 0 or 1.
ORDER_OFF = 0.5


@dataclass(frozen=True)
class ErrorCurve:
    """E(h) = truncation * h**2 + rounding / h.

    truncation: a, 0 where none is seen above the noise; rounding: b; steps: those that may be taken.
    order: the power of h by which the error was seen to shrink, 2 where it is truncation; None if not seen.
    """

    truncation: float
    rounding: float
    order: float | None
    steps: tuple

    def error(self, step):
        """Return E(step), the size of the error that is to be expected."""
        return self.truncation * step**2 + self.rounding / step

    def is_coarse(self, value):
        """Return whether a function with this value has the noise of float32, or worse."""
        return self.rounding > COARSE * abs(value)

    @property
    def kind(self):
        """What the error of large steps is made of, in words."""
        if not self.truncation:
            return "rounding alone"
        if self.order is None:
            return "truncation or kinks"
        return "truncation" if abs(self.order - 2) < ORDER_OFF else "kinks"

    @property
    def best_step(self):
        """The step, of those that may be taken, with the smallest error."""
        return min(self.steps, key=self.error)


def fit(sweeps, steps):
    """Return the ErrorCurve of a tensor from the sweeps along a few of its lines over `steps`."""
    sweeps = [s for s in sweeps if np.isfinite(s.central).any()]
    steps = np.asarray(steps, float)
    taken = np.isfinite([s.central for s in sweeps]).any(axis=0)
    moving = [s for s in sweeps if np.nanmax(np.abs(s.central)) > 0] or sweeps
    rounding = noise(moving)
    curves = sorted((truncation(s, steps, rounding) for s in moving), key=lambda curve: curve[0])
    # The largest but one: a single line with a kink close by does not spoil the step for all others.
    coefficient, _ = curves[-2] if len(curves) > 2 else curves[-1]
    orders = [order for _, order in curves if order is not None]
    order = float(np.median(orders)) if orders else None
    return ErrorCurve(coefficient, rounding, order, tuple(float(h) for h in steps[taken]))


def noise(sweeps):
    """Return the noise b of a function's values: where the steps are small, only b / h is left of the error.

    At least one rounding of the value itself, in case the differences happen to come out exact.
    """
    # Rather the largest, as every sample is small by chance at times, but for one that a close kink spoils.
    seen = float(
        np.quantile([jitter(s)[-NOISY_STEPS:].max(initial=0.0) for s in sweeps], 0.75, method="higher")
    )
    stairs = float(np.quantile([stair(s) for s in sweeps], 0.5, method="lower"))
    return max(seen, stairs, EPS * abs(sweeps[0].center), np.finfo(float).tiny)


def jitter(sweep):
    """Return how much noise it takes to explain the change from each step to the next, up to (K - 1,)."""
    finite = np.isfinite(sweep.central)
    return np.abs(np.diff(sweep.central[finite])) * sweep.up[finite][1:]


def stair(sweep):
    """Return the noise of a function that computes in float32, 0 for any other.

    Such a function is a staircase: it stands still where a step is smaller than a stair, and its noise shows
    in the steps just above. A unit that is dead here stands still, too, until a step wakes it; but not most.
    """
    finite = np.isfinite(sweep.central)
    flat = ((sweep.above == sweep.center) & (sweep.below == sweep.center))[finite]
    first, seen = int(flat.argmax()), jitter(sweep)
    if first == 0 or seen[first - 1] > 4 * EPS_OF_FLOAT32 * abs(sweep.center):
        return 0.0
    return float(seen[max(first - STAIRS, 0) :].max())


def truncation(sweep, steps, rounding):
    """Return (a, order) along one line: a from the smallest steps at which truncation is seen, or (0, None).

    From one step to the next, a tenth of it, the difference changes by a * (h**2 - (h / 10)**2).
    """
    change = np.abs(np.diff(sweep.central))
    visible = np.flatnonzero(change > VISIBLE * rounding / steps[1:])
    if not len(visible):
        return 0.0, None
    last = visible[-1]
    order = None
    if last and change[last - 1] > 0:
        order = float(np.log(change[last - 1] / change[last]) / np.log(steps[last - 1] / steps[last]))
    return float(change[last] / (steps[last] ** 2 - steps[last + 1] ** 2)), order
