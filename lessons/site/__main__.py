"""`python -m lessons.site`: render all lessons, or some."""

import argparse
import sys
from pathlib import Path

from lessons.catalogue import lesson, lessons
from lessons.commands.arguments import at_least
from scratch.console import err, out
from scratch.errors import DigitsError


def main(arguments=None):
    """Render, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lessons.site", description="Render the lessons as HTML.")
    parser.add_argument("numbers", type=at_least(1), nargs="*", metavar="N", help="only these (default: all)")
    parser.add_argument(
        "--out", type=Path, default=Path("site"), metavar="DIR", help="where to (default: site)"
    )
    args = parser.parse_args(arguments)
    from lessons.site.render import render

    try:
        chosen = [lesson(number) for number in sorted(set(args.numbers))] or lessons()
        written = render(chosen, args.out)
    except DigitsError as error:
        err.print(str(error), style="bold red", markup=False, soft_wrap=True)
        return 1
    out.print(f"{written}: open it in a browser", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
