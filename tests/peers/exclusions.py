"""What of other people's suites we leave out: each case with its reason, and the proof that the reason holds.

A file of exclusions is TOML, a group for each reason:

    [[group]]
    reason = "what our layers lack, in a sentence"
    error = "a regular expression: how trying it ends"
    cases = ["test_a", "test_b"]

Excluded cases are tried, too. One that passes can be taken off the list, and one that fails in another way
has another reason than the file says: both are failures here. So is a name that the suite does not know.
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Group:
    """A reason for leaving cases out, and what the error says that each of them ends in."""

    reason: str
    error: str
    cases: list


@dataclass
class Exclusions:
    """The exclusions of one suite, read from the file `name` beside this one."""

    name: str
    by_case: dict = field(init=False)

    def __post_init__(self):
        """Read the file; no case may stand in it twice."""
        text = Path(__file__).with_name(self.name).read_text("utf-8")
        groups = [Group(**group) for group in tomllib.loads(text)["group"]]
        listed = [(case, group) for group in groups for case in group.cases]
        self.by_case = dict(listed)
        twice = sorted(case for case in self.by_case if sum(case == name for name, _ in listed) > 1)
        assert not twice, f"{self.name} excludes {twice} twice"

    def unknown(self, known):
        """Return the names in the file that are not among the suite's `known` ones, sorted."""
        return sorted(set(self.by_case) - set(known))

    def try_case(self, case, run):
        """Call run(), as it is to end for `case`; return None, or a sentence on what went wrong.

        A case that is left out has to end in its group's error; all others have to end well.
        """
        group = self.by_case.get(case)
        try:
            run()
        except Exception as error:  # whatever it is, it is judged by its text
            said = f"{type(error).__name__}: {error}"
            if group is None:
                return f"{case}: {said}"
            if not re.search(group.error, said):
                return f"{case}: excluded for an error like {group.error!r}, but it ends in {said}"
            return None
        if group is not None:
            return f"{case}: excluded ({group.reason}), but it passes: take it out of {self.name}"
        return None


def judge(cases, exclusions, record_property):
    """Try all `cases`, a dict of functions by name; fail, at the end, with a line for each that went wrong.

    How many ran and how many are excluded is recorded for the summary (see conftest.py).
    """
    wrong = [sentence for name, run in cases.items() if (sentence := exclusions.try_case(name, run))]
    excluded = sum(name in exclusions.by_case for name in cases)
    record_property("peers_ran", len(cases) - excluded)
    record_property("peers_excluded", excluded)
    assert not wrong, "\n".join([f"{len(wrong)} of {len(cases)} cases went wrong:", *wrong])
