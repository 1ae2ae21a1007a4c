"""The list of exclusions is itself put to the test: it must not let anything through."""

import pytest

from tests.peers import exclusions as module
from tests.peers.exclusions import Exclusions, judge

FILE = """
[[group]]
reason = "no third axis"
error = "no attribute 'Conv3D'"
cases = ["test_3d", "test_gone"]
"""


@pytest.fixture
def exclusions(tmp_path, monkeypatch):
    """Return the exclusions of a file that a test of its own reads."""
    (tmp_path / "some.toml").write_text(FILE)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "exclusions.py"))
    return Exclusions("some.toml")


def passes():
    pass


def fails():
    raise AttributeError("there is no attribute 'Conv3D'")


def fails_otherwise():
    raise ZeroDivisionError("division by zero")


def test_what_is_to_pass_and_what_is_to_fail(exclusions):
    assert exclusions.try_case("test_2d", passes) is None
    assert exclusions.try_case("test_3d", fails) is None
    assert exclusions.try_case("test_2d", fails).startswith("test_2d: AttributeError: there is no")
    assert "but it passes: take it out of some.toml" in exclusions.try_case("test_3d", passes)
    assert "but it ends in ZeroDivisionError" in exclusions.try_case("test_3d", fails_otherwise)


def test_a_name_that_the_suite_does_not_know(exclusions):
    assert exclusions.unknown({"test_2d", "test_3d"}) == ["test_gone"]


def test_a_case_that_is_listed_twice(exclusions, tmp_path):
    (tmp_path / "twice.toml").write_text(FILE + FILE.replace("test_gone", "test_other"))
    with pytest.raises(AssertionError, match=r"excludes \['test_3d'\] twice"):
        Exclusions("twice.toml")


def test_all_are_tried_before_anything_is_said(exclusions):
    recorded = {}
    cases = {"test_a": fails_otherwise, "test_3d": fails, "test_b": passes, "test_c": fails}
    with pytest.raises(AssertionError, match=r"2 of 4 cases went wrong:\ntest_a: Zero.*\ntest_c: Attr"):
        judge(cases, exclusions, recorded.__setitem__)
    assert recorded == {"peers_ran": 3, "peers_excluded": 1}
