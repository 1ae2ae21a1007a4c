"""`digits lesson`: the list, a lesson as a notebook that runs, and what cannot be done."""

import os

import jupytext
import nbclient
import nbformat
import pytest

from lessons import catalogue, cli


def said(capsys):
    captured = capsys.readouterr()
    return " ".join(captured.out.split()), " ".join(captured.err.split())


def test_the_list_has_all_lessons_with_their_time_and_progress(capsys):
    assert cli.main(["lesson"]) == 0
    out, _ = said(capsys)
    for lesson in catalogue.lessons():
        assert lesson.title in out
    assert out.count("of 2") == len(catalogue.lessons())
    assert "'digits lesson 1'" in out


def test_a_notebook_holds_what_the_script_holds_and_is_not_overwritten(tmp_path, capsys):
    lesson = catalogue.lesson(5)
    assert cli.main(["lesson", "5", "--notebook", str(tmp_path / "new")]) == 0
    path = tmp_path / "new" / f"{lesson.name}.ipynb"
    assert str(path) in said(capsys)[0]
    notebook, script = nbformat.read(path, as_version=4), jupytext.read(lesson.path)
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in script.cells]
    nbformat.validate(notebook)
    path.write_text("my notes", encoding="utf-8")
    assert cli.main(["lesson", "5", "--notebook", str(tmp_path / "new")]) == 1
    assert "exists already" in said(capsys)[1]
    assert path.read_text(encoding="utf-8") == "my notes"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["17"], 1, "there is no lesson 17: expected a number from 1 to 16"),
        (["0"], 2, "expected 1 or more, received 0"),
        (["five"], 2, "expected a whole number, received 'five'"),
        (["--notebook"], 1, "--notebook: of which lesson?"),
        (["5", "--notebook", "file"], 1, "--notebook: can't write into file (File exists)"),
        (["5", "--notebook", ""], 2, "expected a folder, received an empty name"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments, status, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    try:
        ended = cli.main(["lesson", *arguments])
    except SystemExit as wrong_call:
        ended = wrong_call.code
    assert ended == status
    out, err = said(capsys)
    assert out == ""
    assert message in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_notebook_runs_wherever_it_lies(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITS_SMOKE", "1")
    assert cli.main(["lesson", "3", "--notebook", str(tmp_path)]) == 0
    notebook = nbformat.read(tmp_path / f"{catalogue.lesson(3).name}.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs), "figures stand in the notebook"
    assert not (tmp_path / "out").exists(), "and not in files"
    assert os.listdir(tmp_path) == [f"{catalogue.lesson(3).name}.ipynb"]
