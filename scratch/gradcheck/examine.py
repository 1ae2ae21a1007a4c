"""One tensor's gradient against central differences: which step to take, which entries to look at closer.

First a few lines are swept over all steps, which gives the error to be expected of each step. Then every
entry is moved by the best step. What disagrees by more than ten times the error is not condemned, but swept
on its own: it may bend more than the others, or there may be a kink within the step.
"""

import zlib

import numpy as np

from scratch.gradcheck import curve, words
from scratch.gradcheck.differences import EPS, Direction, Entry, difference, sweep
from scratch.gradcheck.findings import CANNOT_TELL, RIGHT, WRONG, Finding, worst_of
from scratch.gradcheck.lines import Judge
from scratch.progress import watch as progress_over

# The backward adds up rounded products, too: so many roundings of its largest entry are no mistake.
BACKWARD_ROUNDINGS = 8
# Differences that leave more than a hundredth of the largest entry open can't rule out a wrong factor.
RESOLUTION = 0.01
PROBES = 6
ENOUGH_WRONG = 12  # so many are looked at closer: the others that disagree are of the same kind
MOST_UNDECIDED = 100


def examine(subject, settings):
    """Return the Finding about one Subject; its likely mistake is left to scratch.gradcheck.diagnosis."""
    verdict, reason = obstacle(subject)
    if reason:
        shape = np.shape(subject.array)
        return Finding(subject.name, shape, verdict, reason, size=int(np.prod(shape)))
    return Examination(subject, settings).finding()


def obstacle(subject):
    """Return (verdict, reason) where there is nothing to compare, else (None, None)."""
    array, analytic = subject.array, subject.analytic
    if analytic is None:
        return WRONG, "the backward returned None for it: it is not computed"
    if analytic.shape != array.shape:
        return WRONG, words.wrong_shape(analytic.shape, array.shape)
    if analytic.dtype.kind not in "fiub":
        return WRONG, f"it is of dtype {analytic.dtype}; expected real numbers"
    if array.size == 0:
        return CANNOT_TELL, "it has no entries"
    first, second = subject.value(), subject.value()
    if not np.isfinite(first):
        return CANNOT_TELL, f"the function itself is {first} at this point"
    if first != second:
        return CANNOT_TELL, (
            f"the function is not the same twice: {first!r}, then {second!r} at the same point; draw what is "
            f"random (a dropout's mask) once, and hold it"
        )
    return None, None


class Examination:
    """The examination of one Subject that has a gradient to compare.

    numeric: the differences, NaN where not known.
    """

    def __init__(self, subject, settings):
        self.subject, self.settings = subject, settings
        # each tensor draws its own numbers, whichever others are checked
        self.rng = np.random.default_rng([settings.seed, zlib.crc32(subject.name.encode())])
        self.analytic = np.asarray(subject.analytic, np.float64)
        self.coarse = subject.analytic.dtype.kind == "f" and subject.analytic.dtype.itemsize < 8
        self.indices = self.chosen()
        self.numeric = np.full(self.analytic.shape, np.nan)

    def chosen(self):
        """Return the indices to check: all, or a sample, half of it where the gradient is not 0."""
        shape, settings = self.analytic.shape, self.settings
        if self.analytic.size <= settings.entries:
            return list(np.ndindex(shape))
        half = settings.sample // 2
        anywhere = self.rng.choice(self.analytic.size, half, replace=False)
        active = np.flatnonzero(self.analytic)
        active = self.rng.choice(active, min(half, len(active)), replace=False)
        flat = np.unique(np.concatenate([anywhere, active]))
        return [tuple(int(i) for i in np.unravel_index(i, shape)) for i in flat]

    def probes(self):
        """Return the lines that the error curve is read off: half of them where the gradient is largest."""
        sizes = [-abs(self.analytic[index]) for index in self.indices]
        order = np.argsort(sizes, kind="stable")
        largest, others = order[: PROBES // 2], order[PROBES // 2 :]
        others = self.rng.permutation(others)[: PROBES // 2]
        return [Entry(self.subject.array, self.indices[i]) for i in [*largest, *others]]

    def finding(self):
        """Return the Finding."""
        subject, steps, probes = self.subject, self.settings.steps, self.probes()
        center = subject.value()
        swept = [sweep(subject.value, line, steps, center) for line in probes]
        if not any(np.isfinite(s.central).any() for s in swept):
            reason = "no step gives a finite difference: the function is not finite beside this point"
            return Finding(subject.name, self.analytic.shape, CANNOT_TELL, reason, size=self.analytic.size)
        errors = curve.fit(swept, steps)
        # a function that computes in float32 rounds x, too: the slope is that of a point nearby
        coarse = self.coarse or errors.is_coarse(center)
        self.judge = Judge(subject, self.analytic, errors, steps, self.roundings(coarse))
        suspects = self.first_pass()
        results = self.look_closer([Entry(subject.array, index) for index in suspects])
        if len(self.indices) < self.analytic.size:
            directions = range(self.settings.directions)
            results += [self.judge.judge(Direction(subject.array, self.rng, i)) for i in directions]
        return self.conclude(results, len(suspects), shown_errors(results, probes, swept, self.analytic))

    def roundings(self, coarse):
        """Return what rounding in the backward may change, absolute; coarse: in float32."""
        precision = float(np.finfo(np.float32).eps) if coarse else EPS
        return BACKWARD_ROUNDINGS * precision * largest(self.analytic)

    def first_pass(self):
        """Fill `numeric` with the differences at the best step; return the indices that disagree."""
        subject, judge = self.subject, self.judge
        for index in progress_over(self.indices, f"checking {subject.name}", self.settings.progress):
            self.numeric[index] = difference(subject.value, Entry(subject.array, index), judge.step)
        with np.errstate(invalid="ignore"):
            gap = np.abs(self.numeric - self.analytic)
        return [index for index in self.indices if not gap[index] <= judge.limit]  # NaN disagrees, too

    def look_closer(self, lines):
        """Return the LineResults of lines that disagree: of all, or of enough to know what is the matter."""
        results, counts = [], {RIGHT: 0, WRONG: 0, CANNOT_TELL: 0}
        order = self.rng.permutation(len(lines))
        for i in order:
            result = self.judge.judge(lines[i])
            results.append(result)
            counts[result.verdict] += 1
            self.numeric[result.line.index] = np.nan if result.step is None else result.numeric
            if counts[WRONG] >= ENOUGH_WRONG or counts[CANNOT_TELL] >= MOST_UNDECIDED:
                break
        if counts[CANNOT_TELL]:  # there may be kinks at those not looked at, too
            for line in [lines[i] for i in order[len(results) :]]:
                self.numeric[line.index] = np.nan
        return results

    def conclude(self, results, suspects, errors):
        """Return the Finding that the results on so many suspects add up to."""
        wrong, undecided = ([r for r in results if r.verdict == v] for v in (WRONG, CANNOT_TELL))
        directions = sum(isinstance(r.line, Direction) for r in results)
        unseen = suspects - (len(results) - directions)  # entries like those that were looked at
        finding = Finding(
            name=self.subject.name, shape=self.analytic.shape, verdict=RIGHT, size=self.analytic.size,
            checked=len(self.indices), directions=directions, curve=self.judge.curve, step=self.judge.step,
            tolerance=self.judge.limit, scale=max(largest(self.numeric), largest(self.analytic)),
            analytic=self.analytic, numeric=self.numeric, coarse=self.coarse,
            wrong=wrong, wrong_count=entries_in(wrong) + bool(wrong) * unseen,
            undecided=undecided, undecided_count=entries_in(undecided) + (not wrong) * unseen,
            steps=np.asarray(self.settings.steps, float), errors=errors,
        )  # fmt: skip
        finding.verdict, finding.reason = self.verdict(finding)
        return finding

    def verdict(self, finding):
        """Return the verdict on the tensor, and the reason where it is "cannot tell"."""
        if finding.wrong:
            return WRONG, None
        if finding.undecided:
            return CANNOT_TELL, words.kink_reason(finding)
        if finding.scale <= finding.tolerance:
            return CANNOT_TELL, (
                "all differences are 0 to within their error, so a backward that returns nothing would pass, "
                "too; choose a point where the function depends on it"
            )
        if finding.tolerance > RESOLUTION * finding.scale:
            return CANNOT_TELL, words.noise_reason(finding, self.judge.center)
        return RIGHT, None


def largest(array):
    """Return the largest absolute value of the finite entries of an array, a float."""
    return float(np.abs(array[np.isfinite(array)]).max(initial=0.0))


def entries_in(results):
    """Return how many of the LineResults are about entries."""
    return sum(isinstance(r.line, Entry) for r in results)


def shown_errors(results, probes, swept, analytic):
    """Return how far the differences are from the analytic value at each step, (K,), for the picture.

    Of the line that the verdict is about, or of the median probe where all is well.
    """
    for verdict in (WRONG, CANNOT_TELL):
        if told := [r for r in results if r.verdict == verdict]:
            worst = worst_of(told)
            return np.abs(worst.sweep.central - worst.analytic)
    gaps = np.array([np.abs(s.central - p.slope(analytic)) for s, p in zip(swept, probes, strict=True)])
    moving = np.array([curve.moves(s) for s in swept])
    return np.median(gaps[moving] if moving.any() else gaps, axis=0)
