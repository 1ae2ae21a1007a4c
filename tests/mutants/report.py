"""What became of the mutants: the table, and what is not as it should be."""

from collections import Counter

from rich import box
from rich.table import Table

from tests.mutants import survivors
from tests.mutants.mutant import KILLED, SURVIVED, TIMED_OUT

ENOUGH = 0.95  # of a part's mutants must be noticed


def table(results):
    """Return a row for each file and one for all; results: {part: {mutant: status}}."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    shown.add_column("File in scratch/", overflow="fold")
    for title in ("Mutants", "Killed", "Survived", "Timed out", "Noticed"):
        shown.add_column(title, justify="right")
    everything = [(m.file, status) for found in results.values() for m, status in found.items()]
    for file in dict.fromkeys(file for file, _ in everything):
        counts = Counter(status for where, status in everything if where == file)
        shown.add_row(file.removeprefix("scratch/"), *cells(counts))
    shown.add_section()
    total = Counter(status for _, status in everything)
    shown.add_row("All", *cells(total))
    if total[None]:
        shown.caption = f"{total[None]:,} mutants were not tried"
    return shown


def cells(counts):
    """Return a row's numbers as text."""
    tried = counts.total() - counts[None]
    return [f"{n:,}" for n in (tried, counts[KILLED], counts[SURVIVED], counts[TIMED_OUT])] + [
        f"{noticed(counts):.1%}" if tried else "-"
    ]


def noticed(counts):
    """Return the share of the mutants tried that were noticed: killed, or hanging until the time was up."""
    tried = counts.total() - counts[None]
    return 1 - counts[SURVIVED] / tried if tried else 1.0


def verdict(results):
    """Return what is not as it should be, a list of sentences: none where all is well."""
    said = []
    for part, found in results.items():
        share = noticed(Counter(found.values()))
        if share < ENOUGH:
            said.append(f"{part}: {share:.1%} of the mutants were noticed; expected {ENOUGH:.0%}")
    everything = {mutant: status for found in results.values() for mutant, status in found.items()}
    return said + survivors.complaints(everything, survivors.load())
