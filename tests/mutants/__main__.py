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
from importlib.util import find_spec

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lessons.commands.arguments import at_least
from scratch import console
from scratch.errors import DigitsError
from tests.mutants import kernels, report, textbook
from tests.mutants.mutant import FOLDER, ROOT

PARTS = "reference", "losses", "optimizers", "fast"


def main():
    """Run the parts, print the table, and return the exit status."""
    args = arguments()
    os.chdir(ROOT)
    if missing := [name for name in ("mutmut", "cosmic_ray") if not find_spec(name)]:
        console.err.print(f"{' and '.join(missing)}: not installed; `make mutants` does it (not on Windows)")
        return 2
    if args.anew:
        shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        run(args)
    except KeyboardInterrupt:
        console.err.print("Interrupted. What was found out is kept: the same command goes on from there.")
        return 130
    except DigitsError as error:
        console.err.print(f"mutants: {error}", markup=False)
        return 2
    results = {part: textbook.results(part) if part != "fast" else kernels.results() for part in args.parts}
    console.out.print(report.table(results))
    said = report.verdict(results)
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
    parser.add_argument("--limit", type=at_least(1), metavar="N", help="try at most N mutants with each tool")
    parser.add_argument(
        "--jobs", type=at_least(1), default=os.cpu_count() or 1, help="processes (default: %(default)s)"
    )
    parser.add_argument("--anew", action="store_true", help="forget what earlier runs have found out")
    args = parser.parse_args()
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


if __name__ == "__main__":
    sys.exit(main())
