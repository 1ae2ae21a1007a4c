"""`digits check`: grade the exercises of a lesson, or show which of all are solved."""

import json
from pathlib import Path

from rich.table import Table

from lessons.catalogue import lesson, lessons
from lessons.commands.arguments import add_json_argument, at_least
from lessons.grading import process, progress, sources
from lessons.grading.exercise import PER_LESSON, exercises
from lessons.grading.verdict import NOT_WRITTEN, PASSED
from scratch.console import err, out
from scratch.errors import DigitsError

STYLES = {PASSED: "green", NOT_WRITTEN: "yellow"}


def configure(parser):
    """Declare the arguments."""
    parser.add_argument(
        "number",
        nargs="?",
        type=at_least(1),
        metavar="N",
        help="the lesson whose exercises are graded (default: show which of all are solved)",
    )
    parser.add_argument(
        "--file",
        type=Path,
        metavar="PATH",
        help="the file with the answers; it does not count for your progress (default: exercises/ in the "
        "current folder, where there is one, else the project's)",
    )
    parser.add_argument(
        "--part", type=int, choices=range(1, PER_LESSON + 1), help="grade only this exercise of the two"
    )
    parser.add_argument("--no-keras", action="store_true", help="do not ask Keras, which takes some seconds")
    parser.add_argument(
        "--time-limit",
        type=at_least(1),
        default=process.SECONDS,
        metavar="SECONDS",
        help=f"end an answer that takes longer on one exercise (default: {process.SECONDS})",
    )
    add_json_argument(parser)
    parser.epilog = "Exit status: 0 all that was graded is solved, 1 something is not, 2 a wrong call."


def run(args):
    """Grade, or show the progress."""
    if args.number is None:
        if args.file or args.part:
            raise DigitsError(
                "--file and --part are for one lesson: expected its number, as in 'digits check 2'"
            )
        show_progress(args.json)
        return 0
    chosen = lesson(args.number)
    asked = exercises(args.number)
    path = args.file or answers(chosen)
    with err.status(f"Grading {path} ...") as status:
        outcome = process.grade(
            args.number,
            path,
            args.part,
            keras=not args.no_keras,
            seconds=args.time_limit,
            watch=lambda what: status.update(f"Grading {what} ..."),
        )
    if not args.file and outcome.verdicts:
        progress.keep(chosen.number, outcome.verdicts.values())
    wanted = [each.function for each in (asked if args.part is None else asked[args.part - 1 : args.part])]
    if args.json:
        print(json.dumps(as_dict(chosen, outcome), indent=2))
    else:
        show(chosen, outcome, wanted)
    found = [outcome.verdicts.get(function) for function in wanted]
    return 0 if all(verdict and verdict.state == PASSED for verdict in found) else 1


def answers(chosen):
    """Return the Path of the learner's file of a lesson: that of a handout we are in, else the project's."""
    stub = sources.stub(chosen.number)
    here = Path("exercises", stub.name)
    for path in (here, Path("..") / here):
        if path.is_file():
            return path
    return stub.relative_to(Path.cwd()) if stub.is_relative_to(Path.cwd()) else stub


def as_dict(chosen, outcome):
    """Return what came of a lesson's exercises as plain data that JSON can hold."""
    return {
        "lesson": chosen.number,
        "file": str(outcome.path),
        "problem": outcome.problem,
        "line": outcome.line,
        "exercises": [verdict.as_dict() for verdict in outcome.verdicts.values()],
    }


def say(text, style=None):
    """Print text as it stands, its lines unbroken."""
    out.print(text, style=style, markup=False, soft_wrap=True)


def show(chosen, outcome, wanted):
    """Print what came of a lesson's exercises."""
    say(f"Lesson {chosen.number}, {chosen.title}: {outcome.path}\n")
    if outcome.problem:
        where = f"line {outcome.line}: " if outcome.line else ""
        say(f"The file can't be run. {where}{outcome.problem}", "red")
        show_line(outcome.path, outcome.line)
        return
    for function in wanted:
        verdict = outcome.verdicts.get(function)
        if verdict is None:
            say(f"{function}: not looked at yet ('--part' looks at one exercise alone)")
        else:
            show_verdict(verdict, outcome.path)
    if all(function in outcome.verdicts for function in wanted) and all(
        verdict.state == PASSED for verdict in outcome.verdicts.values()
    ):
        say("All solved." if len(wanted) > 1 else "Solved.", "bold green")


def show_verdict(verdict, path):
    """Print what came of one exercise."""
    say(f"{verdict.function}: {verdict.state}", STYLES.get(verdict.state, "bold red"))
    if verdict.passed and verdict.state != NOT_WRITTEN:
        say(f"  right{' so far' if verdict.sentence else ''}: {', '.join(verdict.passed)}")
    for note in verdict.notes:
        say(f"  {note}")
    if verdict.sentence and verdict.state != NOT_WRITTEN:
        where = f"line {verdict.line}: " if verdict.line else ""
        say(f"  wrong: {where}{verdict.sentence}")
        show_line(path, verdict.line)
    elif verdict.line:
        say(f"  line {verdict.line} still raises NotImplementedError: write the function in its place")
    if verdict.likely:
        say(f"  likely mistake: {verdict.likely}", "bold")
    if verdict.shown:
        say("  the smallest case that fails:")
        for line in verdict.shown:
            say(f"    {line}")
    if verdict.printed.strip():
        say("  your function printed:")
        for line in verdict.printed.rstrip().splitlines()[:12]:
            say(f"    {line}")
    if verdict.seconds is not None:
        say(
            f"  speed, not graded: {milliseconds(verdict.seconds)} for {verdict.timed_on}; our solution "
            f"{milliseconds(verdict.ours)}"
        )
    say("")


def show_line(path, number):
    """Print a line of the learner's file."""
    if number:
        lines = sources.read(path).splitlines()
        if number <= len(lines):
            say(f"    {lines[number - 1].strip()}", "cyan")


def milliseconds(seconds):
    """Return a time as text."""
    return f"{1000 * seconds:.3g} ms"


def show_progress(as_json):
    """Print which exercises of all lessons are solved."""
    kept = progress.load()
    rows = [
        (each, exercise.function, progress.state(kept, each.number, exercise.function))
        for each in lessons()
        if each.number in sources.stubs()
        for exercise in exercises(each.number)
    ]
    done = sum(state == PASSED for _, _, state in rows)
    if as_json:
        facts = [{"lesson": each.number, "function": name, "state": state} for each, name, state in rows]
        print(json.dumps({"solved": done, "of": len(rows), "exercises": facts}, indent=2))
        return
    table = Table(title=f"{done} of {len(rows)} exercises solved", title_justify="left")
    for heading in ("", "Lesson", "Exercise", "State"):
        table.add_column(heading, justify="right" if not heading else "left")
    last = None
    for each, name, state in rows:
        first = each.number != last
        style = STYLES.get(state, "red" if state == "failed" else "dim")
        table.add_row(
            str(each.number) if first else "", each.title if first else "", name, f"[{style}]{state}[/]"
        )
        last = each.number
    out.print(table)
    left = next((each for each, _, state in rows if state != PASSED), None)
    if left:
        say(f"Next: write the functions in {answers(left)}, then 'digits check {left.number}'.")
