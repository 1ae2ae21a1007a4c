"""Which lessons there are: every file lessons/NN_name.py, and what its first cell says of it."""

import re
from dataclasses import dataclass
from pathlib import Path

from scratch.errors import DigitsError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Lesson:
    """A lesson: its number, its file, and what its head says: title, goal, minutes, and what it assumes."""

    number: int
    path: Path
    title: str
    goal: str
    minutes: int
    assumes: str

    @property
    def name(self):
        """The file's name without its ending, such as "01_digits"."""
        return self.path.stem


def lessons():
    """Return all Lessons, a list in the order of their numbers."""
    return [read(path) for path in sorted(FOLDER.glob("[0-9][0-9]_*.py"))]


def lesson(number):
    """Return the Lesson with this number. Raises DigitsError where there is none."""
    found = {each.number: each for each in lessons()}
    if number not in found:
        raise DigitsError(f"there is no lesson {number}: expected a number from 1 to {max(found)}")
    return found[number]


def read(path):
    """Return the Lesson in a file, whose first cell looks like this:

        # # Lesson 3: The chain rule
        # **Goal.** One sentence.
        # **Time:** 30 minutes. **Assumes:** lesson 2.

    Raises DigitsError, naming the file and what is missing.
    """
    first_cell = path.read_text(encoding="utf-8").split("\n# %%", 1)[0]
    text = re.sub(r"\n# ?", " ", first_cell)

    def part(what, pattern):
        found = re.search(pattern, text)
        if not found:
            raise DigitsError(f"{path.name}: expected {what} in its first cell, like {pattern!r}")
        return " ".join(found[1].split())

    return Lesson(
        int(path.name[:2]),
        path,
        part("a title", r"# Lesson \d+: (.+?)  "),
        part("a goal", r"\*\*Goal\.\*\* (.+?)  "),
        int(part("the time", r"\*\*Time:\*\* (\d+) minutes")),
        part("what it assumes", r"\*\*Assumes:\*\* (.+?)(?:  |$)"),
    )
