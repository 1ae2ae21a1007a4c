"""The `digits` command itself: its help, its errors, its exit statuses."""

import subprocess
import sys

import pytest

from lessons import cli
from scratch.errors import DigitsError


def test_help_groups_the_commands(capsys):
    for arguments in ([], ["--help"], ["help"]):
        assert cli.main(arguments) == 0
        text = capsys.readouterr().out
        assert text.startswith("usage: digits COMMAND")
        for group, commands in cli.COMMANDS.items():
            assert f"{group}:" in text
            for name, summary in commands.items():
                assert name in text
                assert summary in text


@pytest.mark.parametrize("name", [name for commands in cli.COMMANDS.values() for name in commands])
def test_every_command_describes_itself(name, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main([name, "--help"])
    assert left.value.code == 0
    assert f"usage: digits {name}" in capsys.readouterr().out


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("digit-recognizer 0.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["comprae"], "digits: there is no command 'comprae'; see 'digits --help'"),
        (["compare", "--modle", "cnn"], "unrecognized arguments: --modle cnn; see 'digits compare --help'"),
        (["compare", "--model", "vgg"], "invalid choice: 'vgg' (choose from"),
        (["compare", "--epochs", "0"], "--epochs: expected 1 or more, received 0"),
        (["compare", "--epochs", "two"], "--epochs: expected a whole number, received 'two'"),
        (["compare", "--limit", "9"], "--limit: expected 10 or more, received 9"),
        (["compare", "--seed", "1", "--seeds", "2"], "not allowed with argument"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_status_2(arguments, message, capsys):
    try:
        status = cli.main(arguments)
    except SystemExit as left:
        status = left.code
    error = capsys.readouterr().err
    assert status == cli.USAGE_ERROR
    assert message in error
    assert len(error.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("raised", "status", "message"),
    [
        (DigitsError("the file [x] is broken: mend it"), 1, "digits data: the file [x] is broken: mend it"),
        (KeyboardInterrupt(), 130, "digits data: interrupted"),
    ],
)
def test_errors_become_sentences(raised, status, message, monkeypatch, capsys):
    from lessons.commands import data

    def fail(args):
        raise raised

    monkeypatch.setattr(data, "run", fail)
    assert cli.main(["data"]) == status
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_help_is_quick_because_nothing_heavy_is_imported():
    code = (
        "import sys; from lessons import cli; cli.main([]); "
        "heavy = {'numpy', 'numba', 'sklearn', 'matplotlib', 'tensorflow'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
