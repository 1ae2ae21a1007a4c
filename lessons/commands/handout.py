"""`digits handout`: write the exercises without the solutions, for learners."""

import argparse

from lessons.commands.arguments import folder_path
from lessons.grading import handout
from scratch.console import say


def numbers(text):
    """Return the numbers that a text such as "1-5,9" means, a list; an argparse type."""
    try:
        found = []
        for part in text.split(","):
            first, dash, last = part.partition("-")
            first, last = int(first), int(last if dash else first)
            if not 1 <= first <= last <= 99:
                raise ValueError
            found += range(first, last + 1)
        return found
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected lessons such as 1-5,9, received {text!r}") from None


def configure(parser):
    """Declare the arguments."""
    parser.add_argument("folder", type=folder_path, metavar="DIR", help="where to write it: a new folder")
    parser.add_argument(
        "--lessons", type=numbers, metavar="N-N,N", help="which lessons, such as 1-5,9 (default: all)"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="write into a folder that is not empty; files there that would change are kept as NAME.bak",
    )


def run(args):
    """Write the handout."""
    written, kept = handout.write(args.folder, args.lessons, args.force)
    for path in kept:
        say(f"kept: {path}")
    say(f"{args.folder}: {len(written)} files; README.md says how to begin.")
