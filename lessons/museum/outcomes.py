"""What a check says of a bug."""

from dataclasses import asdict, dataclass

CAUGHT, LET_THROUGH, NOT_RUN = "caught", "let through", "not run"


@dataclass(frozen=True)
class Outcome:
    """state: one of the three above; words: what the check itself says, a sentence or a part of one."""

    state: str
    words: str

    def as_dict(self):
        """Return it as plain data."""
        return asdict(self)


def caught_if(caught, words):
    """Return the Outcome of a check that has seen the bug, or not, and says `words`."""
    return Outcome(CAUGHT if caught else LET_THROUGH, words)


class NotRun(Exception):
    """A check can't be run here; the message says why, and what would be needed."""
