"""`digits bugs`: plants the museum's bugs, one after the other, and shows which check catches which."""

import difflib
import json
import string

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lessons.commands.arguments import add_json_argument, add_out_argument, at_least, made
from scratch import console

DOTS = {"caught": "●", "let through": "·", "not run": "?"}
PICTURE, DATA = "bugs.png", "bugs.json"


def configure(parser):
    """Declare the arguments."""
    parser.add_argument(
        "--bug",
        type=at_least(1),
        metavar="N",
        help="only this one, with its patch and with what each check says (default: all, a table)",
    )
    add_out_argument(parser, "out/bugs")
    add_json_argument(parser)
    parser.epilog = (
        "Takes about ten minutes for all bugs, in two processes. Exit status: 1 where a check finds fault "
        "with the code as it is, or a bug is not caught as it was before."
    )


def run(args):
    """Plant the bugs, let the checks have a go at them, print the table, draw the picture."""
    from lessons.museum import collection, find
    from lessons.museum.exhibition import exhibit
    from scratch import datasets

    bugs = collection() if args.bug is None else [find(args.bug)]
    folder = made(args.out)
    dataset = datasets.load()  # here once, so that it is said once if it is not MNIST
    report = {"data": dataset.name, "title": dataset.title} | exhibit(bugs, show=True)
    (folder / DATA).write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    (folder / PICTURE).write_bytes(draw(report))
    if args.json:
        print(json.dumps(report, indent=2))
    else:
        show_one(report["bugs"][0], report, bugs[0]) if args.bug else show_all(report)
        console.out.print(f"The picture: {folder / PICTURE}", soft_wrap=True)
    for sentence in report["failures"]:
        console.err.print(f"digits bugs: {sentence}", style="bold red", markup=False, soft_wrap=True)
    return 1 if report["failures"] else 0


def draw(report):
    """Return the picture as a PNG's bytes."""
    from scratch.figures import png
    from scratch.figures.bugs import bugs_and_checks

    titles = [f"{bug['number']}. {bug['title']}" for bug in report["bugs"]]
    states = [[outcome["state"] for outcome in bug["outcomes"].values()] for bug in report["bugs"]]
    return png(bugs_and_checks(titles, report["checks"].values(), states, "Which check catches which bug"))


def show_all(report):
    """Print the table: a row for each bug, a column for each check, and below it what the columns are."""
    letters = dict(zip(report["checks"], string.ascii_uppercase, strict=False))
    title = Text("Which check catches which bug", "bold")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("Bug")
    for letter in letters.values():
        table.add_column(letter, justify="center")
    for bug in report["bugs"]:
        dots = [DOTS[bug["outcomes"][name]["state"]] for name in letters]
        table.add_row(str(bug["number"]), Text(bug["title"]), *dots)
    console.out.print(table)
    console.out.print("● caught   · let through   ? not run")
    for name, letter in letters.items():
        caught = sum(bug["outcomes"][name]["state"] == "caught" for bug in report["bugs"])
        console.out.print(f"{letter}  {report['checks'][name]}: caught {caught} of {len(report['bugs'])}")
    control = [outcome["state"] for outcome in report["control"].values()]
    console.out.print(
        f"The code as it is passes {control.count('let through')} of {len(control)} checks. "
        f"`digits bugs --bug N` shows a bug and what each check says of it."
    )
    for name, outcome in report["control"].items():
        if outcome["state"] == "not run":
            console.out.print(Text(f"Not run: {report['checks'][name]}, because {outcome['words']}."))


def show_one(found, report, bug):
    """Print what a bug is, its patch, and what each check says."""
    console.out.print(Text(str(bug), "bold"))
    for heading, words in (("Seen", bug.seen), ("Why it hid", bug.hid), ("Planted here", bug.planted)):
        console.out.print(Text.assemble((f"{heading}: ", "bold"), f"{words}."))
    for edit in bug.edits:
        console.out.print(Padding(difference(edit), (1, 2)))
    for name, outcome in found["outcomes"].items():
        console.out.print(
            Text(f"{DOTS[outcome['state']]} {report['checks'][name]}: {outcome['state']}", "bold")
        )
        console.out.print(Padding(Text(outcome["words"]), (0, 2)))


def difference(edit):
    """Return an Edit as a diff, a Text."""
    lines = difflib.unified_diff(
        edit.old.splitlines(), edit.new.splitlines(), edit.file, "", lineterm="", n=9
    )
    text = Text(f"{edit.file}\n", "italic")
    for line in list(lines)[3:]:
        text.append(f"{line}\n", {"-": "red", "+": "green"}.get(line[0]))
    text.rstrip()
    return text
