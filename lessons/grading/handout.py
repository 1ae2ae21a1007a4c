"""What learners are given: the exercises and the lessons, without the solutions."""

import os
from pathlib import Path

from lessons.catalogue import lessons
from lessons.grading import sources
from lessons.grading.exercise import exercises
from scratch.errors import DigitsError

README = """\
# Exercises

{count}, two exercises each. A lesson is a script that runs from top to bottom, and opens as a
notebook in VS Code or (with jupytext) in Jupyter:

    python {first}.py

Its exercises are in `exercises/`, in the file of the same name: two functions to write, each with what it has
to return, an example and a hint. In this folder,

    digits check {number}

grades them: it names the likely mistake, shows the smallest case that fails, and stops there. `digits check`
shows what you have solved; `digits lesson` lists the lessons. Both commands belong to the project Digit
Recognizer, which has to be installed (its README says how).

| Lesson | Minutes | Write |
|---|---|---|
{rows}
"""


def write(folder, chosen=None, force=False):
    """Write a handout into `folder`, a Path; return the Paths written and those put aside, two lists.

    chosen: numbers of lessons (default: all that have exercises). force: whether a folder that is not empty
    will do; a file there that would change is then kept under another name, NAME.bak or NAME.bak2, ...
    Raises DigitsError where the folder is not empty, is no folder, or can't be written to.
    """
    given = [each for each in lessons() if each.number in sources.stubs()]
    if chosen:
        missing = sorted(set(chosen) - {each.number for each in given})
        if missing:
            raise DigitsError(f"--lessons: there are no exercises for lesson {missing[0]}")
        given = [each for each in given if each.number in chosen]
    try:
        if folder.exists() and not folder.is_dir():
            raise DigitsError(f"{folder} is no folder: expected one to write the handout into")
        if folder.exists() and any(folder.iterdir()) and not force:
            raise DigitsError(
                f"{folder} is not empty: choose another folder, or --force (files there that would "
                f"change are kept as NAME.bak)"
            )
        (folder / "exercises").mkdir(parents=True, exist_ok=True)
        kept = [put(folder / name, text) for name, text in files(given).items()]
    except OSError as error:
        raise DigitsError(f"{folder}: the handout can't be written ({error.strerror})") from None
    return [folder / name for name in files(given)], [path for path in kept if path]


def files(given):
    """Return {name: text} of all files of a handout with these Lessons."""
    texts = {"README.md": readme(given)}
    for each in given:
        # in a handout the exercises stand beside the lessons
        lesson = each.path.read_text("utf-8").replace("`lessons/exercises/", "`exercises/")
        texts[f"{each.name}.py"] = lesson
        texts[f"exercises/{each.name}.py"] = pristine(each)
    return texts


def readme(given):
    """Return the text of the handout's README."""
    rows = [
        f"| {each.number} {each.title} | {each.minutes} | "
        f"{', '.join(f'`{exercise.function}`' for exercise in exercises(each.number))} |"
        for each in given
    ]
    return README.format(
        count="One lesson" if len(given) == 1 else f"{len(given)} lessons",
        first=given[0].name,
        number=given[0].number,
        rows="\n".join(rows),
    )


def pristine(each):
    """Return the text of a lesson's stubs. Raises DigitsError where somebody has written answers into "
    "them."""
    text = sources.read(sources.stub(each.number))
    if text.count("    raise NotImplementedError\n") != len(exercises(each.number)):
        raise DigitsError(
            f"{sources.stub(each.number)} has answers in it: expected the stubs as they come with the "
            f"project (put yours aside, and 'git checkout' the file)"
        )
    return text


def put(path, text):
    """Write a file; return the Path that another file of that name was kept under, or None."""
    kept = None
    data = text.encode()
    if path.exists():
        if path.read_bytes() == data:
            return None
        kept = free_name(path)
        os.replace(path, kept)
    path.write_bytes(data)
    return kept


def free_name(path):
    """Return a Path beside `path` that is not taken."""
    number = 1
    while True:
        name = Path(f"{path}.bak{'' if number == 1 else number}")
        if not name.exists():
            return name
        number += 1
