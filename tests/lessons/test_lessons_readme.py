"""lessons/README.md: its tables agree with the lessons, their formulas and their exercises."""

import re
from collections import defaultdict

import pytest

from lessons.catalogue import FOLDER, lessons
from lessons.grading import sources
from lessons.grading.exercise import exercises
from lessons.site.formulas import PARTS

README = (FOLDER / "README.md").read_text("utf-8")
GREEK = {
    *("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "kappa", "lambda"),
    *("mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", "nabla"),
}


def rows(heading):
    """The cells of all rows of the table below a heading, without its head."""
    table = README.partition(heading)[2].partition("\n\n|")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()[2:]]


def letters(latex):
    """The letters of a formula; words, such as those in \\text{...}, are none."""
    latex = re.sub(r"\\(text|mathrm|operatorname)\s*\{[^}]*\}", " ", latex)
    found = re.findall(r"\\([a-zA-Z]+)|([a-zA-Z])", latex)
    return {f"\\{command}" for command, _ in found if command in GREEK} | {letter for _, letter in found} - {
        ""
    }


def formulas(text):
    """The formulas of a lesson."""
    lines = (line[2:] if line.startswith("# ") else "" for line in text.splitlines() if line.startswith("#"))
    return [m["block"] or m["inline"] for m in PARTS.finditer("\n".join(lines)) if not m["code"]]


def numbers(text):
    """The numbers that "1-3, 5" means."""
    found = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def table_of_symbols():
    """{lesson's number: the letters that the table has for it}"""
    table = defaultdict(set)
    for symbol, _, where in rows("## Symbols"):
        for number in numbers(where):
            table[number] |= letters(symbol.replace("$", " "))
    return table


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.name)
def test_every_symbol_of_a_lesson_is_in_the_table(lesson):
    used = set().union(*(letters(latex) for latex in formulas(lesson.path.read_text("utf-8"))))
    listed = table_of_symbols()[lesson.number]
    assert used - listed == set(), "add a row to lessons/README.md, or the lesson to a row"
    assert listed - used == set(), "the table in lessons/README.md has it, the lesson does not"


def test_the_letters_of_a_formula():
    latex = r"n_\text{out} = \lfloor \frac{n + m - k}{s} \rfloor + \beta_1 \mathrm{relu}(x)"
    assert letters(latex) == {"n", "m", "k", "s", "x", "\\beta"}


def test_the_plan_names_lessons_and_their_exercises():
    plan = rows("## With a class")
    assert len(plan) == 16
    titles = {lesson.number: lesson.title for lesson in lessons()}
    for number, (long, short, lesson, assessed) in enumerate(plan, 1):
        assert lesson.startswith(f"{number} ")
        assert titles.get(number, lesson.partition(" ")[2]) == lesson.partition(" ")[2]
        assert re.findall(r"`(\w+)`", assessed) == [each.function for each in exercises(number)]
        assert (int(long), int(short)) == (max(1, number - 1), (number + 1) // 2)
    assert list(sources.stubs()) == list(range(1, 17))


def test_who_takes_a_way_through_has_had_all_that_its_lessons_assume():
    assumed = {lesson.number: set(map(int, re.findall(r"\d+", lesson.assumes))) for lesson in lessons()}
    ways = [{int(number) for number in numbers.split(", ")} for _, numbers in rows("### Ways through")]
    shortest, *others = ways
    for way in (shortest, *(shortest | other for other in others)):
        for number in way:
            assert assumed[number] <= way, f"lesson {number} assumes {assumed[number] - way}"
    assert set.union(*ways) == set(assumed), "each lesson is on some way"
