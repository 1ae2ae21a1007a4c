"""A mutant: one small change of the code, known by the lines that it changes and not by their numbers."""

import ast
import difflib
import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "mutants"  # what the tools write, and the results that an interrupted run goes on from

KILLED, TIMED_OUT, SURVIVED = "killed", "timed out", "survived"


@dataclass(frozen=True)
class Mutant:
    """What is changed and where.

    file: its path from the root; function: "Class.method" or "outer.inner", "" outside of functions.
    before, after: the changed lines, without indentation. number: which one of several mutants of the
    function that look alike, from 1.
    """

    file: str
    function: str
    before: str
    after: str
    number: int = 1

    def __str__(self):
        """Return the change as a person reads it."""
        place = f"{self.file}: {self.function or 'the module'}"
        place += f" (number {self.number})" * (self.number > 1)
        lines = [f"  - {line}" for line in self.before.split("\n")]
        return "\n".join([place, *lines, *(f"  + {line}" for line in self.after.split("\n"))])

    def entry(self):
        """Return what is to stand in survivors.toml, but the reason."""
        rows = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in self.row().items()]
        return "\n".join(["[[survivor]]", *rows, 'why = "equivalent: "'])

    def row(self):
        """Return what identifies it as a dict, as it stands in survivors.toml."""
        known = asdict(self)
        if self.number == 1:
            del known["number"]
        return known


def changed_lines(old, new):
    """Return the lines of the text `old` that `new` has not, and the reverse, without indentation."""
    lines = [[line.strip() for line in text.strip().splitlines()] for text in (old, new)]
    before, after = [], []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, *lines, autojunk=False).get_opcodes():
        if kind != "equal":
            before += lines[0][i:j]
            after += lines[1][k:m]
    return "\n".join(before), "\n".join(after)


def numbered(mutants):
    """Return the mutants, those that look alike numbered from 1 in the order in which they come."""
    seen, result = Counter(), []
    for mutant in mutants:
        seen[mutant] += 1
        result.append(replace(mutant, number=seen[mutant]))
    return result


def functions(source):
    """Return the lines (first, last) of each function of a file, by its name, "Class.method"; "" for all."""
    found = {"": (1, len(source.splitlines()))}

    def visit(node, prefix):
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = f"{prefix}.{child.name}".lstrip(".")
                found[name] = child.lineno, child.end_lineno
            visit(child, name)

    visit(ast.parse(source), "")
    return found
