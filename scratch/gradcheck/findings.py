"""What a gradient check has found: along a line, about a tensor, about all tensors.

The sentences that say it are in scratch.gradcheck.words.
"""

from dataclasses import dataclass, field

import numpy as np

from scratch.gradcheck import words
from scratch.gradcheck.differences import Direction

RIGHT, WRONG, CANNOT_TELL = "right", "wrong", "cannot tell"
# Of several verdicts, the one that counts most comes first.
BY_WEIGHT = (WRONG, CANNOT_TELL, RIGHT)


@dataclass(frozen=True)
class LineResult:
    """What was found along one line, an entry or a direction.

    analytic: the slope that the backward says; numeric: that of the differences, at `step`; limit: how far
    the two may be apart. Where no verdict is possible, step is None, slopes are those to the left and to the
    right, and changes {(layer, kind): branches} what changes within the step; held_agrees: whether the
    backward says the slope of the function with its branches held, None where nobody can hold them.
    """

    line: object
    verdict: str
    analytic: float
    numeric: float
    limit: float
    step: float | None
    sweep: object
    slopes: tuple | None = None
    changes: dict | None = None
    held_agrees: bool | None = None

    def where(self, name):
        """Return the line's place in the gradient `name`: "dw[0,2,1,3]"."""
        if isinstance(self.line, Direction):
            return f"{name} along random direction {self.line.index}"
        return f"{name}[{','.join(map(str, self.line.index))}]" if self.line.index else name

    @property
    def ratio(self):
        """The analytic slope over the numeric one; infinite or NaN where that is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.float64(self.analytic) / self.numeric) + 0.0  # no -0


def worst_of(results):
    """Return the LineResult whose two slopes are furthest apart; entries go before directions."""
    entries = [r for r in results if not isinstance(r.line, Direction)] or list(results)

    def gap(result):
        gap = abs(result.numeric - result.analytic)
        return gap if np.isfinite(gap) else np.inf

    return min(entries, key=lambda r: (-gap(r), r.line.index))


@dataclass
class Finding:
    """What was found about one tensor's gradient.

    verdict: "right", "wrong" or "cannot tell"; reason: why not, or what is plainly wrong.
    size, checked, directions: its entries, how many of them were checked, and how many random directions.
    curve: the ErrorCurve; step: the best one; tolerance: what is taken for an error, absolute; scale: the
    largest entry. analytic, numeric: arrays, NaN where not checked or not known. wrong, undecided: the
    LineResults looked at closer; the counts are of entries, and include those that were not.
    steps, errors: how far the differences were from the analytic gradient at each step, (K,).
    mistake: the likely one, in words. coarse: whether the analytic gradient is float32, so that no more than
    its precision can be asked of it.
    """

    name: str
    shape: tuple
    verdict: str
    reason: str | None = None
    size: int = 0
    checked: int = 0
    directions: int = 0
    curve: object = None
    step: float | None = None
    tolerance: float | None = None
    scale: float = 0.0
    analytic: np.ndarray | None = None
    numeric: np.ndarray | None = None
    wrong: list = field(default_factory=list)
    wrong_count: int = 0
    undecided: list = field(default_factory=list)
    undecided_count: int = 0
    steps: np.ndarray | None = None
    errors: np.ndarray | None = None
    mistake: str | None = None
    coarse: bool = False

    @property
    def worst(self):
        """The LineResult to show where the gradient is wrong, or None."""
        return worst_of(self.wrong) if self.wrong else None

    @property
    def largest_error(self):
        """The largest difference between analytic and numeric at the entries checked, or None."""
        if self.numeric is None or np.isnan(self.numeric).all():
            return None
        with np.errstate(invalid="ignore"):
            return float(np.nanmax(np.abs(self.numeric - self.analytic)))

    @property
    def sentence(self):
        """The verdict in one sentence."""
        return words.about(self)

    def as_dict(self):
        """Return it as plain data that JSON can hold; numbers that are not finite become None."""
        result = {
            "name": self.name, "shape": list(self.shape), "verdict": self.verdict, "sentence": self.sentence,
            "reason": self.reason, "likely_mistake": self.mistake, "size": self.size, "checked": self.checked,
            "directions": self.directions, "wrong": self.wrong_count, "undecided": self.undecided_count,
            "step": number(self.step), "tolerance": number(self.tolerance), "scale": number(self.scale),
            "largest_error": number(self.largest_error), "worst": None, "curve": None,
        }  # fmt: skip
        if worst := self.worst:
            result["worst"] = {
                "index": None if isinstance(worst.line, Direction) else list(worst.line.index),
                "analytic": number(worst.analytic),
                "numeric": number(worst.numeric),
                "ratio": number(worst.ratio),
            }
        if self.curve:
            result["curve"] = {
                "truncation": number(self.curve.truncation), "rounding": number(self.curve.rounding),
                "order": number(self.curve.order), "larger_steps_err_by": self.curve.kind,
                "steps": [number(h) for h in self.steps], "errors": [number(e) for e in self.errors],
            }  # fmt: skip
        return result


def number(value):
    """Return a float for JSON, None where it is None, NaN or infinite."""
    return None if value is None or not np.isfinite(value) else float(value)


@dataclass
class Report:
    """What a check has found: a Finding a tensor and, where the function is linear, the adjoint test.

    findings: {name: Finding}; adjoint: a list of AdjointResult; notes: sentences on what was done first.
    """

    findings: dict
    adjoint: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    @property
    def verdict(self):
        """What it comes to: "wrong" if any gradient is, else "cannot tell" if so of any, else "right"."""
        verdicts = {f.verdict for f in self.findings.values()}
        verdicts |= {WRONG for _ in self.failed_adjoint_tests}
        return next((verdict for verdict in BY_WEIGHT if verdict in verdicts), CANNOT_TELL)

    @property
    def failed_adjoint_tests(self):
        """The adjoint tests that found a mistake which the differences did not see.

        Not those at a kink: there a backward may choose another branch than we, and be right.
        """
        return [r for r in self.adjoint if not r.passed and self.findings[r.name].verdict == RIGHT]

    def __getitem__(self, name):
        """Return the Finding about the tensor `name`."""
        return self.findings[name]

    @property
    def sentences(self):
        """What is to be said: a sentence for each tensor that is not right, or one for all that are."""
        return words.about_all(self)

    def __str__(self):
        """Return the verdict, and what was done first."""
        return "\n".join([*self.sentences, *self.notes])

    def as_dict(self):
        """Return it as plain data that JSON can hold."""
        return {
            "verdict": self.verdict,
            "sentences": self.sentences,
            "notes": self.notes,
            "tensors": [f.as_dict() for f in self.findings.values()],
            "adjoint": [result.as_dict() for result in self.adjoint],
        }
