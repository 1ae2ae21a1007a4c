"""One bug, several checks, in a process of its own: `python -m lessons.museum.worker NUMBER CHECK ...`.

NUMBER 0 plants nothing. Standard output has a line of JSON for each check, as soon as it is through.
"""

import json
import sys
import time

from lessons.museum.checks import BY_NAME
from lessons.museum.planting import find, planted


def main(number, names):
    """Run the checks of these names with the bug of that number; print their outcomes."""
    with planted(find(number) if number else None):
        for name in names:
            started = time.perf_counter()
            outcome = BY_NAME[name]()
            seconds = round(time.perf_counter() - started, 1)
            print(json.dumps({"check": name, "seconds": seconds, **outcome.as_dict()}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
