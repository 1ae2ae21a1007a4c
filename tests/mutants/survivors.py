"""survivors.toml: the mutants that may survive, each with the reason why no test can, or need, notice it."""

import tomllib
from pathlib import Path

from tests.mutants.mutant import ROOT, SURVIVED, Mutant, functions

LIST = Path(__file__).with_name("survivors.toml")
# "equivalent: ..." computes the same for every input; "harmless: ..." does not, but nothing that is promised
# depends on it.
REASONS = "equivalent: ", "harmless: "


def load(path=LIST):
    """Return the listed mutants and their reasons, a dict. Raises ValueError for an entry that is none."""
    known = {}
    for row in tomllib.loads(path.read_text("utf-8")).get("survivor", []):
        reason = row.pop("why", "")
        if not reason.startswith(REASONS):
            raise ValueError(f"{path.name}: expected a reason that starts with one of {REASONS}: {row}")
        changes = row.pop("after")
        for after in [changes] if isinstance(changes, str) else changes:
            mutant = Mutant(**row, after=after)
            if mutant in known:
                raise ValueError(f"{path.name}: twice:\n{mutant}")
            known[mutant] = reason
    return known


def still_there(mutant, root=ROOT):
    """Return whether the lines that a mutant changes are still in its function."""
    path = root / mutant.file
    if not path.is_file():
        return False
    source = path.read_text("utf-8")
    first, last = functions(source).get(mutant.function, (1, 0))
    lines = [line.strip() for line in source.splitlines()[first - 1 : last]]
    wanted = mutant.before.split("\n")
    return any(lines[i : i + len(wanted)] == wanted for i in range(len(lines)))


def complaints(results, listed):
    """Return what is wrong with the list, sentences.

    results: {mutant: status} of all mutants of the files that were mutated; the status None: not tried.
    """
    files = {mutant.file for mutant in results}
    unlisted = [m for m, status in results.items() if status == SURVIVED and m not in listed]
    said = [f"Survived, and is not in {LIST.name}:\n{mutant.entry()}" for mutant in unlisted]
    for mutant in listed:
        if mutant.file in files and mutant not in results:
            said.append(f"In {LIST.name}, but no longer among the mutants, so the entry can go:\n{mutant}")
        elif results.get(mutant) not in (None, SURVIVED):
            said.append(f"In {LIST.name}, but {results[mutant]} now, so the entry can go:\n{mutant}")
    return said
