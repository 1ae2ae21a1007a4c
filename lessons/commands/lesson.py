"""`digits lesson`: list the lessons, run one, or make a notebook of it."""

import subprocess
import sys
from pathlib import Path

from rich.table import Table

from lessons.catalogue import lesson, lessons
from lessons.commands.arguments import at_least, folder_path, made
from lessons.grading import progress, sources
from lessons.grading.exercise import PER_LESSON
from scratch import console
from scratch.errors import DigitsError


def configure(parser):
    """Declare the arguments."""
    parser.add_argument(
        "number", nargs="?", type=at_least(1), metavar="N", help="the lesson to run (default: list them all)"
    )
    parser.add_argument(
        "--notebook",
        nargs="?",
        type=folder_path,
        const=Path("."),
        metavar="DIR",
        help="write lesson N as a notebook for Jupyter into DIR (default: here) instead of running it",
    )


def run(args):
    """List, run or write."""
    if args.number is None:
        if args.notebook is not None:
            raise DigitsError(
                "--notebook: of which lesson? Its number comes first: 'digits lesson 5 --notebook'"
            )
        show_list()
        return 0
    chosen = lesson(args.number)
    if args.notebook is not None:
        from lessons.site.render import write_notebook

        path = write_notebook(chosen, made(args.notebook, "--notebook"))
        console.out.print(f"{path}: open it in Jupyter", soft_wrap=True, markup=False)
        return 0
    # a process of its own: a lesson is a script, and ends as one
    return subprocess.run([sys.executable, chosen.path], check=False).returncode


def show_list():
    """Print all lessons with their time, how many exercises are solved, and what they assume."""
    kept, numbers = progress.load(), sources.stubs()
    table = Table(title="From a pixel to a trained network", title_justify="left")
    table.add_column("", justify="right")
    table.add_column("Lesson")
    table.add_column("Minutes", justify="right")
    table.add_column("Solved")
    table.add_column("Assumes")
    for each in lessons():
        solved = f"{progress.solved(kept, each.number)} of {PER_LESSON}" if each.number in numbers else ""
        table.add_row(str(each.number), each.title, str(each.minutes), solved, each.assumes.rstrip("."))
    console.out.print(table)
    console.out.print(
        "'digits lesson 1' runs the first, 'digits check 1' grades its exercises; 'make lessons' makes "
        "pages of all of them."
    )
