"""Every bug of the museum can be planted, is caught by the cheapest check that does, and leaves no trace."""

import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from lessons.museum import Bug, Edit, collection, find, planted
from lessons.museum.checks import BY_NAME, Check
from lessons.museum.outcomes import CAUGHT, LET_THROUGH, NOT_RUN, NotRun, Outcome, caught_if
from lessons.museum.planting import ROOT, patched_sources
from lessons.museum.suites import quick_tests, unit
from scratch.errors import DigitsError


def a_bug(file, old, new):
    """Return a Bug that is not in the collection."""
    return Bug(99, "a bug", "nowhere", "it did not", "here", (Edit(file, old, new),), ())


def cheapest(bug):
    """Return the cheapest check of those that catch a bug, as a function that returns an Outcome."""
    name = bug.caught_by[0]
    return partial(unit, bug.unit_tests) if name == "unit" else BY_NAME[name]


BUGS = collection()
UNIT_TESTS = sorted({bug.unit_tests for bug in BUGS if bug.unit_tests})


def test_the_collection_is_numbered_and_complete():
    assert [bug.number for bug in BUGS] == list(range(1, 25))
    for bug in BUGS:
        assert bug.caught_by
        assert set(bug.caught_by) <= BY_NAME.keys()
        assert (bug.unit_tests is not None) == (bug.caught_by[0] == "unit")
        for words in (bug.title, bug.seen, bug.hid, bug.planted):
            assert words.strip() == words != ""
    with pytest.raises(DigitsError, match="there is no bug 25: expected one of 1, 2, 3"):
        find(25)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_patch_still_fits_the_code(bug):
    for name, source in patched_sources(bug).items():
        compile(source, name, "exec")


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_cheapest_check_catches_it(bug):
    with planted(bug):
        outcome = cheapest(bug)()
    assert outcome.state == CAUGHT, outcome.words


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({bug.caught_by[0] for bug in BUGS}))
def test_the_same_check_passes_the_code_as_it_is(name):
    check = partial(unit, *UNIT_TESTS) if name == "unit" else BY_NAME[name]
    with planted(None):
        outcome = check()
    assert outcome.state == LET_THROUGH, outcome.words


def test_the_unit_tests_are_all_of_the_textbooks_those_of_the_mathematics_first():
    names = quick_tests()
    assert names[0] == "tests/scratch/test_reference.py"
    assert len(names) == len(set(names))
    assert {ROOT / name for name in names} == set((ROOT / "tests" / "scratch").rglob("test_*.py"))


class TestPlanting:
    def test_it_is_there_inside_and_gone_afterwards(self):
        before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "scratch"}
        from scratch import reference

        with planted(
            a_bug("scratch/reference.py", "return np.maximum(x, 0), x", "return np.maximum(x, 1), x")
        ):
            import scratch.reference as buggy

            assert buggy.relu_forward(np.zeros(1))[0] == 1
            from scratch.layers import ReLU  # whoever else uses it has the bug, too

            assert ReLU()(np.zeros((1, 1))) == 1
            assert buggy is not reference
        from scratch import reference as after

        assert after is reference
        assert after.relu_forward(np.zeros(1))[0] == 0
        assert before.items() <= sys.modules.items()

    def test_it_is_gone_after_an_error_too(self):
        from scratch import reference

        def fail():
            with planted(find(1)):
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        from scratch import reference as after

        assert after is reference

    @pytest.mark.parametrize("old", ["there is no such text", "return"])  # never, and many times
    def test_a_patch_that_no_longer_fits_says_so(self, old):
        expected = r"bug 99. a bug can't be planted: the text .* occurs \d+ times in scratch/reference.py"
        with pytest.raises(DigitsError, match=expected):
            patched_sources(a_bug("scratch/reference.py", old, ""))

    def test_the_file_of_a_package_is_its_init(self):
        assert Edit("scratch/datasets/__init__.py", "", "").module == "scratch.datasets"
        assert Edit("scratch/layers/pooling.py", "", "").module == "scratch.layers.pooling"


class TestChecks:
    def test_what_our_packages_raise_is_caught(self):
        def look():
            from scratch import reference

            reference.dense_forward(np.zeros((2, 3)), np.zeros((4, 5)))

        outcome = Check("a", "A", "?", look)()
        assert outcome.state == CAUGHT
        assert outcome.words == "it ends in ShapeError: dense: the kernel was made for 4 features; received 3"

    def test_what_a_check_itself_raises_is_no_catch(self):
        def look():
            raise KeyError("a mistake of the check's own")

        with pytest.raises(KeyError):
            Check("a", "A", "?", look)()

    def test_one_that_cannot_run_says_why(self):
        def look():
            raise NotRun("it lacks a library")

        assert Check("a", "A", "?", look)() == Outcome(NOT_RUN, "it lacks a library")

    def test_each_outcome_is_one_of_two(self):
        assert caught_if(True, "w") == Outcome(CAUGHT, "w")
        assert caught_if(False, "w").as_dict() == {"state": "let through", "words": "w"}

    @pytest.mark.slow
    def test_the_loss_at_the_start_can_catch_something(self):
        """None of the collection, as it happens."""
        summed = a_bug(
            "scratch/reference.py", "loss = -(y * log_p).sum() / len(z)", "loss = -(y * log_p).sum()"
        )
        with planted(summed):
            outcome = BY_NAME["start"]()
        assert outcome.state == CAUGHT
        assert outcome.words.startswith("the loss is 1")  # 500 images' worth


@pytest.mark.slow
class TestPytestWithABug:
    def pytest(self, *arguments):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "lessons.museum.pytest_plugin",
            "-p",
            "no:cacheprovider",
        ]
        return subprocess.run(
            [*command, *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
        )

    def test_any_test_can_be_run_with_one_planted(self):
        done = self.pytest("--bug", "19", "tests/scratch/test_reference.py", "-k", "extra_pixel or view")
        assert done.returncode == 1
        assert "1 failed" in done.stdout

    def test_a_number_that_there_is_not(self):
        done = self.pytest("--bug", "99", "tests/scratch/test_reference.py")
        assert done.returncode == 4
        assert "there is no bug 99" in done.stderr
