"""What is said of one exercise in the end."""

from dataclasses import asdict, dataclass, field

PASSED, FAILED, NOT_WRITTEN = "passed", "failed", "not written"


NOTHING = object()  # in the place of an answer, where there is none


class Failure(Exception):
    """An exercise is not solved.

    step: which look at it failed, such as "shape"; sentence: what is wrong; line: of the learner's file, or
    None; case: the index of the case that it failed on; answer: what came of it, the exception, or NOTHING.
    """

    def __init__(self, step, sentence, line=None, case=None, answer=NOTHING):
        super().__init__(sentence)
        self.step, self.sentence, self.line, self.case, self.answer = step, sentence, line, case, answer


class NotWritten(Failure):
    """The stub is as it was handed out."""


@dataclass
class Verdict:
    """What is said of one exercise.

    function: its name; state: "passed", "failed" or "not written"; passed: the steps that went well, and
    notes on them; step, sentence, line: of what failed (see Failure); likely: the likely mistake; shown: the
    smallest failing case, lines of text; printed: what the function printed there; seconds, ours: how long
    it took, and our solution, on `timed_on`.
    """

    function: str
    state: str = FAILED
    passed: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    step: str | None = None
    sentence: str | None = None
    line: int | None = None
    likely: str | None = None
    shown: list = field(default_factory=list)
    printed: str = ""
    seconds: float | None = None
    ours: float | None = None
    timed_on: str | None = None

    def as_dict(self):
        """Return it as plain data that JSON can hold."""
        return asdict(self)
