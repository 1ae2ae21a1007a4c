"""`digits handout`: the exercises, and nowhere in them a solution."""

import ast

import pytest

from lessons import cli
from lessons.catalogue import lessons
from lessons.grading import sources
from scratch.errors import DigitsError

NUMBERS = [lesson.number for lesson in lessons()]
# shorter lines, such as `return dx`, are what anybody writes; so are the heads of loops
TELLING = 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handout") / "exercises for us"
    assert cli.main(["handout", str(folder)]) == 0
    return folder


def statements(text):
    """Yield every statement inside the functions of a file, without its comments and layout."""
    for function in ast.parse(text).body:
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.stmt) and node is not function and not hasattr(node, "body"):
                    text = ast.unparse(node)
                    if len(text) >= TELLING and not text.startswith(("'", '"')):
                        yield text


def test_it_holds_lessons_stubs_and_a_readme(folder):
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    every = [lesson.name for lesson in lessons()]
    assert names == {"README.md", *(f"{name}.py" for name in every), *(f"exercises/{n}.py" for n in every)}
    readme = (folder / "README.md").read_text("utf-8")
    assert "digits check 1" in readme
    assert all(lesson.title in readme for lesson in lessons())
    for name in every:
        lesson = (folder / f"{name}.py").read_text("utf-8")
        assert f"`exercises/{name}.py`" in lesson
        assert "lessons/exercises" not in lesson


def test_no_solution_is_in_it(folder):
    given = [path.read_text("utf-8") for path in folder.rglob("*.*") if path.is_file()]
    written = {statement for text in given for statement in every_statement(text)}
    found = []
    for number in NUMBERS:
        text = sources.solution_text(number)
        found += [(number, line) for line in statements(text) if line in written]
        for line in text.splitlines():
            if len(line.strip()) >= TELLING and not line.strip().startswith(
                ('"""', "def ", "import ", "for ")
            ):
                found += [(number, line) for each in given if line.strip() in each]
    assert found == []


def every_statement(text):
    """Yield every statement of a Python file; nothing of another."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield ast.unparse(node)


def test_it_can_be_graded_where_it_is(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert cli.main(["check", "2", "--no-keras"]) == 1
    printed = capsys.readouterr().out
    assert "exercises/02_linear_classifier.py" in printed.replace("\\", "/")
    assert "softmax: not written" in printed
    monkeypatch.chdir(folder / "exercises")
    assert cli.main(["check", "2", "--no-keras"]) == 1
    assert "softmax: not written" in capsys.readouterr().out


def test_some_lessons_only(tmp_path):
    assert cli.main(["handout", str(tmp_path / "a"), "--lessons", "1-3,8"]) == 0
    stubs = sorted(path.name[:2] for path in (tmp_path / "a" / "exercises").iterdir())
    assert stubs == ["01", "02", "03", "08"]


@pytest.mark.parametrize("text", ["", "x", "3-1", "0", "1-", "-2", "1,,2"])
def test_lessons_that_are_none(text, tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["handout", str(tmp_path / "a"), f"--lessons={text}"])
    assert left.value.code == 2
    assert "expected lessons such as 1-5,9" in capsys.readouterr().err


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, capsys):
    mine = tmp_path / "exercises" / "02_linear_classifier.py"
    mine.parent.mkdir()
    mine.write_text("my answers")
    assert cli.main(["handout", str(tmp_path)]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["exercises"]

    assert cli.main(["handout", str(tmp_path), "--force"]) == 0
    assert "kept: " in capsys.readouterr().out
    assert mine.with_name(f"{mine.name}.bak").read_text() == "my answers"
    assert "raise NotImplementedError" in mine.read_text("utf-8")

    mine.write_text("my other answers")
    assert cli.main(["handout", str(tmp_path), "--force"]) == 0
    assert mine.with_name(f"{mine.name}.bak2").read_text() == "my other answers"
    assert cli.main(["handout", str(tmp_path), "--force"]) == 0
    assert not mine.with_name(f"{mine.name}.bak3").exists(), "what is the same is not kept again"


def test_a_file_in_the_place_of_the_folder(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    for target in ("file", "file/below"):
        assert cli.main(["handout", str(tmp_path / target)]) == 1
        error = capsys.readouterr().err
        assert len(error.strip().splitlines()) == 1


def test_answers_in_the_stubs_are_not_handed_out(tmp_path, monkeypatch):
    from lessons.grading import handout

    answers = tmp_path / "02_linear_classifier.py"
    answers.write_text(sources.solution_text(2), "utf-8")
    monkeypatch.setattr(sources, "stub", lambda number: answers)
    with pytest.raises(DigitsError, match="has answers in it"):
        handout.write(tmp_path / "out")
