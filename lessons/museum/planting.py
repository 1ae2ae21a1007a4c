"""Bugs, read from bugs.toml, and planting one: our packages are imported anew, with the patch in them."""

import sys
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.util import spec_from_file_location
from pathlib import Path

from scratch.errors import DigitsError

ROOT = Path(__file__).parents[2]  # the folder that holds scratch/
OURS = ("scratch", "keras_ref")  # the packages that a bug may be planted in, or that import those


@dataclass(frozen=True)
class Edit:
    """One change of the code: in `file` (a path below the project's folder), `new` in the place of `old`."""

    file: str
    old: str
    new: str

    @property
    def module(self):
        """The name of the module that the file holds."""
        parts = Path(self.file).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass(frozen=True)
class Bug:
    """One of the collection.

    number, title; seen: where, in whose network; hid: why nobody noticed; planted: what the patch does here;
    edits: the patch; caught_by: names of the checks (see lessons.museum.checks) that are known to catch it,
    the cheapest first. unit_tests: where that is "unit", those of the tests that do, as pytest takes them.
    """

    number: int
    title: str
    seen: str
    hid: str
    planted: str
    edits: tuple
    caught_by: tuple
    unit_tests: str | None = None

    def __str__(self):
        """Return the number and the title."""
        return f"{self.number}. {self.title}"


@cache
def collection():
    """Return all Bugs, a tuple in the order of their numbers."""
    text = (Path(__file__).parent / "bugs.toml").read_text("utf-8")
    found = []
    for row in tomllib.loads(text)["bug"]:
        row["edits"] = tuple(Edit(**edit) for edit in row["edits"])
        found.append(Bug(**row | {"caught_by": tuple(row["caught_by"])}))
    return tuple(found)


def find(number):
    """Return the Bug of that number. Raises DigitsError where there is none."""
    for bug in collection():
        if bug.number == number:
            return bug
    numbers = ", ".join(str(bug.number) for bug in collection())
    raise DigitsError(f"there is no bug {number}: expected one of {numbers}")


def patched_sources(bug):
    """Return {module's name: its source with the bug in it}, a dict of strings.

    Raises DigitsError where the text that an edit replaces is not there exactly once: the code has changed,
    and the patch has to follow.
    """
    sources = {}
    for edit in bug.edits:
        source = sources.get(edit.module) or (ROOT / edit.file).read_text("utf-8")
        if (times := source.count(edit.old)) != 1:
            raise DigitsError(
                f"bug {bug} can't be planted: the text that it replaces occurs {times} times in {edit.file}, "
                f"expected once; the code has changed, so mend the bug's `old` and `new` in "
                f"lessons/museum/bugs.toml. The text is:\n{edit.old}"
            )
        sources[edit.module] = source.replace(edit.old, edit.new)
    return sources


class Planter(MetaPathFinder):
    """Finds some modules before anybody else does, and gives them another source.

    sources: {module's name: source}; files: {module's name: path of the file that it is found in otherwise}.
    """

    def __init__(self, sources, files):
        self.sources, self.files = sources, files

    def find_spec(self, name, path=None, target=None):
        """Return the spec of one of the modules, None for any other."""
        if name not in self.sources:
            return None
        file = self.files[name]
        places = [str(file.parent)] if file.name == "__init__.py" else None
        loader = PatchedLoader(self.sources[name], str(file))
        return spec_from_file_location(name, file, loader=loader, submodule_search_locations=places)


class PatchedLoader(SourceLoader):
    """Loads one module from a string instead of from its file."""

    def __init__(self, source, file):
        self.source, self.file = source, file

    def get_filename(self, fullname):
        """Return the file that tracebacks name."""
        return self.file

    def get_data(self, path):
        """Return the source; without a date, so that no compiled form of it is ever kept."""
        return self.source.encode("utf-8")


_now = []  # what is planted, the innermost last


def now_planted():
    """Return the Bug that is planted at the moment, or None."""
    return _now[-1] if _now else None


@contextmanager
def planted(bug):
    """Plant a bug: inside the `with` block, whoever imports our packages gets them anew, with the bug.

    bug: a Bug; None plants nothing, and imports anew all the same. Yields the bug. Afterwards the modules are
    those of before. Import inside the block, and use what was made there only there. Compiled kernels
    (engine="fast") are not what the bugs are in: ask for engine="reference".
    Raises DigitsError where the patch no longer fits the code.
    """
    sources = patched_sources(bug) if bug else {}
    files = {edit.module: ROOT / edit.file for edit in bug.edits} if bug else {}
    planter = Planter(sources, files)
    before = taken_out()
    sys.meta_path.insert(0, planter)
    _now.append(bug)
    try:
        yield bug
    finally:
        _now.pop()
        sys.meta_path.remove(planter)
        taken_out()
        sys.modules.update(before)


def taken_out():
    """Take our packages out of the imported modules; return them, {name: module}."""
    names = [name for name in sys.modules if name.partition(".")[0] in OURS]
    return {name: sys.modules.pop(name) for name in names}
