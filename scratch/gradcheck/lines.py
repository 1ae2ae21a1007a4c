"""A verdict on one line, an entry or a direction, from a sweep over all steps."""

import numpy as np

from scratch.gradcheck.differences import EPS, Direction, sweep
from scratch.gradcheck.findings import CANNOT_TELL, RIGHT, WRONG, LineResult
from scratch.gradcheck.kinks import VISIBLE, across_kinks

# The errors are estimated from a handful of lines, so another line may be off by a few times as much; a
# mistake in a gradient is off by a million times as much. Ten lies between.
SAFETY = 10


class Judge:
    """Judges lines of one tensor.

    subject: the Subject; analytic: its gradient in float64; curve: the ErrorCurve of its differences; steps:
    those to sweep, (K,); floor: what the gradient itself may be off by, from rounding, absolute.
    """

    def __init__(self, subject, analytic, curve, steps, floor):
        self.subject, self.analytic, self.curve, self.floor = subject, analytic, curve, floor
        self.steps, self.step = np.asarray(steps, float), curve.best_step
        self.center = subject.value()

    @property
    def limit(self):
        """By how much an entry may be off at the best step, absolute."""
        return SAFETY * self.curve.error(self.step) + self.floor

    def judge(self, line):
        """Return the LineResult of an Entry or a Direction."""
        swept, held = sweep(self.subject.value, line, self.steps, self.center), self.held_sweep(line)
        expected, finite = line.slope(self.analytic), np.isfinite(swept.central)
        reached = self.kinks_within(swept, held)
        usable = np.flatnonzero(finite & ~reached)
        if not np.isfinite(expected):
            numeric = float(swept.central[usable[-1]]) if len(usable) else np.nan
            return LineResult(line, WRONG, expected, numeric, np.inf, self.step, swept)
        if not len(usable):
            return self.undecided(line, swept, held, expected)
        errors = self.errors(line, swept, usable)
        if reached.any():  # a kink that noise hides at this step may be there all the same
            errors = errors + VISIBLE * 4 * self.curve.rounding / swept.up[usable] / SAFETY
        best = usable[errors.argmin()]
        numeric, limit = float(swept.central[best]), SAFETY * float(errors.min()) + self.floor
        seen = np.abs(swept.central - expected)[reached & finite].max(initial=0.0)
        if abs(numeric - expected) > limit:
            verdict = WRONG
        elif limit >= seen > self.limit:  # the steps below the kink are too coarse to explain what was seen
            return self.undecided(line, swept, held, expected)
        else:
            verdict = RIGHT
        return LineResult(line, verdict, expected, numeric, limit, float(swept.up[best]), swept)

    def held_sweep(self, line):
        """Return the Sweep of the function with its branches held, or None where nobody can hold them."""
        held = self.subject.held
        return None if held is None else sweep(held, line, self.steps, held())

    def kinks_within(self, swept, held):
        """Return for each step whether it reaches a kink, (K,) bools."""
        reached = across_kinks(swept, self.curve.rounding)
        if held:
            with np.errstate(divide="ignore", invalid="ignore"):
                noise = VISIBLE * 2 * self.curve.rounding / swept.up
                reached |= np.abs(swept.central - held.central) > noise
        return reached

    def errors(self, line, swept, usable):
        """Return the errors of the usable steps' differences: each is compared with the next finer one."""
        rounding = self.curve.rounding
        if isinstance(line, Direction):  # moving all entries rounds each of them
            rounding += EPS * float(np.sqrt(((self.analytic * line.start) ** 2).sum()))
        change = np.abs(np.diff(swept.central[usable]))
        change = np.append(change, change[-1:]) if len(change) else np.zeros(1)
        return change + rounding / swept.up[usable]

    def undecided(self, line, swept, held, expected):
        """Return a LineResult that says what is in the way, and what is right if branches are held."""
        at = int(np.abs(np.log(self.steps / self.step)).argmin())
        agrees = None
        if held:
            agrees = bool(np.nanmin(np.abs(held.central - expected)) <= self.limit)
        slopes = float(swept.left[at]), float(swept.right[at])
        numeric, changes = float(swept.central[at]), self.changes(line)
        return LineResult(line, CANNOT_TELL, expected, numeric, np.nan, None, swept, slopes, changes, agrees)

    def changes(self, line):
        """Return {(layer, kind): how many branches} change within the best step, to either side."""
        found = {}
        if self.subject.changes:
            try:
                for distance in (self.step, -self.step):
                    line.move(distance)
                    for place, count in self.subject.changes().items():
                        found[place] = max(count, found.get(place, 0))
            finally:
                line.back()
        return found
