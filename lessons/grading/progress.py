"""Which exercises are solved: a small JSON file in the project's cache."""

import datetime
import json
import os

from scratch import cache
from scratch.console import err
from scratch.errors import FileFormatError
from scratch.saving import atomic

VERSION = 1


def path():
    """Return the Path of the file."""
    return cache.folder() / "progress.json"


def load():
    """Return {lesson's number, such as "02": {function: {"state": "passed" or "failed", "on": date}}};
    empty at first.

    A file that can't be understood is put aside, and a word on it goes to standard error.
    """
    try:
        text = path().read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        return begun_anew(error)
    try:
        return checked(json.loads(text))
    except (ValueError, RecursionError) as error:
        return begun_anew(error)


def checked(content):
    """Return the progress in the file's content. Raises ValueError where it is not of our form."""
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise ValueError(f"expected version {VERSION}")
    progress = content.get("exercises")
    rows = [row for each in progress.values() for row in each.values()] if isinstance(progress, dict) else [0]
    if not all(isinstance(row, dict) and isinstance(row.get("state"), str) for row in rows):
        raise ValueError("expected the exercises by lesson and function")
    return progress


def begun_anew(error):
    """Put the file aside, say so, and return an empty progress."""
    aside = path().with_suffix(".damaged.json")
    try:
        os.replace(path(), aside)
        where = f"it is now {aside}"
    except OSError:
        where = "it could not be moved"
    err.print(
        f"The file of your progress can't be understood ({error}); {where}, and counting begins anew.",
        style="yellow",
        markup=False,
        soft_wrap=True,
    )
    return {}


def keep(number, verdicts):
    """Write down what was found about functions of lesson `number`. verdicts: Verdicts.

    Where nothing can be written, a word on it goes to standard error.
    """
    progress = load()
    rows = progress.setdefault(f"{number:02}", {})
    for verdict in verdicts:
        rows[verdict.function] = {"state": verdict.state, "on": datetime.date.today().isoformat()}
    text = json.dumps({"version": VERSION, "exercises": progress}, indent=2)
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path(), text.encode())
    except (OSError, FileFormatError) as error:
        err.print(f"Your progress was not kept: {error}", style="yellow", markup=False, soft_wrap=True)


def solved(progress, number):
    """Return how many exercises of lesson `number` are solved."""
    return sum(row["state"] == "passed" for row in progress.get(f"{number:02}", {}).values())


def state(progress, number, function):
    """Return the state of one exercise in a word or two."""
    row = progress.get(f"{number:02}", {}).get(function)
    return row["state"] if row else "not tried"
