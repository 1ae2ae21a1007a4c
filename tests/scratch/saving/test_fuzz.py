"""A few of the cases of `make fuzz`, which reads thousands."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scratch.errors import FileFormatError
from scratch.saving import saved_model
from tests.scratch.saving import attacks, dialects, fuzz

CASES = 5


@pytest.mark.verify
def test_files_changed_at_random(tmp_path):
    command = [sys.executable, "-m", "tests.scratch.saving.fuzz", "--cases", str(CASES), "--keep", tmp_path]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{len(fuzz.sources())} files, {CASES} cases each" in run.stdout
    assert run.stdout.rstrip().endswith("0 went wrong")


def test_every_change_changes_something_and_a_seed_repeats_it():
    content, donors = dialects.content("keras-2.3"), [dialects.content("keras-3")]
    for one in fuzz.CHANGES:
        results = []
        for seed in (1, 1, 2):
            changed = bytearray(content)
            one(changed, np.random.default_rng(seed), donors)
            results.append(bytes(changed))
        assert results[0] == results[1], one.__name__
        assert {*results} != {content}, one.__name__
    archive = fuzz.change_member(dialects.content("keras-3"), np.random.default_rng(0), donors)
    assert archive != dialects.content("keras-3")


def test_what_nobody_should_see_is_reported(tmp_path, monkeypatch, capsys):
    def fail(path, start):
        raise RuntimeError("a crash of our own")

    monkeypatch.setattr(fuzz, "one_case", fail)
    arguments = ["--cases", "2", "--only", "keras-2.3", "--keep", str(tmp_path / "kept")]
    assert fuzz.main(arguments) == 1
    assert capsys.readouterr().out.rstrip().endswith("2 failed, 2 went wrong")
    assert len(list((tmp_path / "kept").iterdir())) == 2


@pytest.mark.skipif(not fuzz.FORKS, reason="Windows has no fork")
def test_the_pool_says_what_a_process_of_its_own_says(written):
    """The same sentences and the same weights, also after a file that has ended its child."""
    pool = fuzz.Pool(fuzz.LARGEST)

    def said(content, start):
        path = written(content)
        try:
            saved = saved_model.read(path, start)
        except FileFormatError as error:
            return str(error)
        return [(path, array.tobytes()) for path, array in saved.contents.arrays.items()]

    files = [dialects.content("keras-2.3"), attacks.ATTACKS["external_link"].make(), b"no such file" * 9]
    for content in [*files, *files]:
        assert (said(content, pool.start) == said(content, fuzz.Forked)) is True  # too long to be shown
    os.kill(pool.server.pid, 9)
    assert "crashed" in said(files[0], pool.start)
    assert pool.broken
    assert said(files[0], pool.start) == said(files[0], fuzz.Forked)
    assert not pool.broken
    pool.end()
