"""Python files as modules: the learner's, the solution, and the solution with a mistake in it."""

import ast
import linecache
import sys
import warnings
from functools import cache
from pathlib import Path
from types import ModuleType

from scratch.errors import DigitsError

FOLDER = Path(__file__).parents[1]  # lessons/
MOST_BYTES = 1_000_000


def stubs():
    """Return {lesson's number: Path of its exercises}, in order."""
    return {int(path.name[:2]): path for path in sorted((FOLDER / "exercises").glob("[0-9][0-9]_*.py"))}


def stub(number):
    """Return the Path of the exercises of lesson `number`, which has some (see stubs)."""
    return stubs()[number]


def read(path):
    """Return the text of a Python file. Raises DigitsError where it is none that could be graded."""
    path = Path(path)
    try:
        if not path.is_file():
            problem = "it is no file" if path.exists() else "there is no such file"
            raise DigitsError(f"{path}: {problem}; expected the file with your answers")
        if path.stat().st_size > MOST_BYTES:
            raise DigitsError(f"{path}: expected at most {MOST_BYTES:,} bytes of Python, it has more")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise DigitsError(f"{path}: expected Python in UTF-8; this is no such text") from None
    except OSError as error:
        raise DigitsError(f"{path} can't be read ({error.strerror})") from None


def module_of(source, path):
    """Return the module that `source` makes; tracebacks name `path`. Raises whatever the source raises."""
    name = f"answers_{abs(hash((str(path), source)))}"
    module = ModuleType(name)
    module.__file__ = str(path)
    linecache.cache[str(path)] = len(source), None, source.splitlines(keepends=True), str(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in a docstring is nobody's concern here
        code = compile(source, str(path), "exec", dont_inherit=True)
    sys.modules[name] = module  # dataclasses look there for their module
    try:
        exec(code, module.__dict__)
    finally:
        del sys.modules[name]
    return module


@cache
def solution_text(number):
    """Return the text of the solutions of lesson `number`."""
    return (FOLDER / "solutions" / stub(number).name).read_text("utf-8")


@cache
def solution(number, function):
    """Return the function that solves an exercise of lesson `number`."""
    return getattr(module_of(solution_text(number), f"solutions of lesson {number}"), function)


def mistaken_text(number, function, mistake):
    """Return the text of the solutions with a Mistake in one function.

    Raises DigitsError where what it replaces isn't there exactly once: the solution has changed.
    """
    text = solution_text(number)
    node = next(node for node in ast.parse(text).body if getattr(node, "name", None) == function)
    first = node.body[1].lineno - 1  # behind the docstring
    lines = text.splitlines(keepends=True)
    before, body = lines[:first], "".join(lines[first : node.end_lineno])
    if (times := body.count(mistake.old)) != 1:
        raise DigitsError(
            f"the mistake {mistake.says!r} of lesson {number}, {function}, can't be made: the text that "
            f"it replaces occurs {times} times in the solution, expected once: {mistake.old!r}"
        )
    return "".join([*before, body.replace(mistake.old, mistake.new), *lines[node.end_lineno :]])


@cache
def mistaken(number, function, mistake):
    """Return the solution's function with a Mistake in it."""
    return getattr(module_of(mistaken_text(number, function, mistake), f"<{mistake.says}>"), function)
