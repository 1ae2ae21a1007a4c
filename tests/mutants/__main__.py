"""`make mutants`: change the code a little, many times, and see whether the tests notice.

Two tools make the changes: mutmut in the plain Python (textbook.py), cosmic-ray in the kernels (kernels.py).
A mutant that no test notices is either a test that is missing, or it stands in survivors.toml with the
reason. Results are kept in mutants/, so that a run that was interrupted goes on, and a run after a new test
tries only what had survived.
"""

import argparse
import os
import shutil
import sys
from collections import Counter

from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from scratch import console
from tests.mutants import kernels, survivors, textbook
from tests.mutants.mutant import FOLDER, KILLED, ROOT, SURVIVED, TIMED_OUT

ENOUGH = 0.95  # of a part's mutants must be noticed
PARTS = "reference", "losses", "optimizers", "fast"


def main():
    """Run the parts, print the table, and return the exit status."""
    args = arguments()
    os.chdir(ROOT)
    if args.anew:
        shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        run(args)
    except KeyboardInterrupt:
        console.err.print(
            "Interrupted. What has been found out is kept: the same command goes on from there."
        )
        return 130
    results = {part: textbook.results(part) if part != "fast" else kernels.results() for part in args.parts}
    console.out.print(table(results))
    said = verdict(results)
    for sentence in said:
        console.say(f"\n{sentence}")
    return 1 if said else 0


def arguments():
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--only",
        choices=PARTS,
        action="append",
        dest="parts",
        help="only this part (more than one: repeat it)",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="try at most N mutants with each tool")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: %(default)s)"
    )
    parser.add_argument("--anew", action="store_true", help="forget what earlier runs have found out")
    args = parser.parse_args()
    if min(args.jobs, args.limit or 1) < 1:
        parser.error("--limit and --jobs: expected a positive whole number")
    args.parts = args.parts or list(PARTS)
    return args


def run(args):
    """Try the mutants of all parts, under a bar."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    # No thread that draws: kernels.py forks, and a thread's locks would stay closed in the forked process.
    with Progress(*columns, console=console.err, auto_refresh=False) as progress:
        if files := [part for part in args.parts if part != "fast"]:
            textbook.run(files, args.limit, args.jobs, progress)
        if "fast" in args.parts:
            kernels.run(args.limit, args.jobs, progress)


def table(results):
    """Return what became of the mutants, a row for each file and one for all."""
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    shown.add_column("File in scratch/")
    for title in ("Mutants", "Killed", "Timed out", "Survived", "Noticed"):
        shown.add_column(title, justify="right")
    files = Counter((m.file, status) for found in results.values() for m, status in found.items())
    total = Counter(status for found in results.values() for status in found.values())
    for file in dict.fromkeys(file for file, _ in files):
        add_row(
            shown,
            file.removeprefix("scratch/"),
            {status: files[file, status] for status in (KILLED, TIMED_OUT, SURVIVED)},
        )
    shown.add_section()
    add_row(shown, "All", total)
    return shown


def add_row(shown, title, counts):
    """Add a row to the table; a mutant that hangs is noticed, too."""
    tried = sum(counts.values())
    numbers = [tried, counts[KILLED], counts[TIMED_OUT], counts[SURVIVED]]
    shown.add_row(title, *map(str, numbers), f"{noticed(counts.values(), counts[SURVIVED]):.1%}")


def noticed(counts, survived):
    """Return the share of mutants that did not survive."""
    return 1 - survived / max(1, sum(counts))


def verdict(results):
    """Return what is not as it should be, a list of sentences: nothing, where all is well."""
    said = []
    for part, found in results.items():
        share = noticed([len(found)], sum(status == SURVIVED for status in found.values()))
        if share < ENOUGH:
            said.append(f"{part}: {share:.1%} of the mutants were noticed; expected {ENOUGH:.0%}")
    everything = {mutant: status for found in results.values() for mutant, status in found.items()}
    return said + survivors.complaints(everything, survivors.load())


if __name__ == "__main__":
    sys.exit(main())
