"""The list of survivors is sound and still about the code; and how mutants are told apart and sampled."""

import pytest

from scratch import console
from tests.mutants import kernels, report, survivors
from tests.mutants.mutant import (
    KILLED,
    ROOT,
    SURVIVED,
    TIMED_OUT,
    Mutant,
    changed_lines,
    functions,
    numbered,
)

LISTED = survivors.load()


@pytest.mark.parametrize("mutant", LISTED, ids=lambda m: f"{m.file}: {m.after}")
def test_what_a_listed_mutant_changes_is_still_there(mutant):
    assert survivors.still_there(mutant), f"\n{mutant}\nis about code that is gone: take it out"


def test_each_file_of_the_fast_engine_has_its_tests():
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "scratch/fast").rglob("*.py")}
    assert found | {"scratch/fused.py"} == {*kernels.TESTS, kernels.NOT_TRIED}


class TestList:
    def test_lines_that_are_gone(self, tmp_path):
        (tmp_path / "a.py").write_text("class A:\n    def f(self):\n        x = 1\n        return x\n")
        here = Mutant("a.py", "A.f", "x = 1\nreturn x", "")
        assert survivors.still_there(here, tmp_path)
        for other in ("x = 1\nreturn", "x = 2", "x"):
            assert not survivors.still_there(Mutant("a.py", "A.f", other, ""), tmp_path)
        assert not survivors.still_there(Mutant("a.py", "f", "x = 1", ""), tmp_path)
        assert not survivors.still_there(Mutant("b.py", "A.f", "x = 1", ""), tmp_path)

    def test_an_entry_without_a_reason(self, tmp_path):
        entry = '[[survivor]]\nfile = "a.py"\nfunction = ""\nbefore = "x"\nafter = ["y", "z"]\n'
        path = tmp_path / "survivors.toml"
        for why in ("", 'why = "it is fine"\n'):
            path.write_text(entry + why)
            with pytest.raises(ValueError, match="expected a reason that starts with"):
                survivors.load(path)
        path.write_text(f'{entry}why = "harmless: here"')
        assert list(survivors.load(path)) == [Mutant("a.py", "", "x", "y"), Mutant("a.py", "", "x", "z")]
        path.write_text(2 * f'{entry}why = "harmless: here"\n')
        with pytest.raises(ValueError, match="twice"):
            survivors.load(path)

    def test_what_is_said_of_results(self):
        listed, new = (Mutant("a.py", "f", "return 1", f"return {n}", n) for n in (2, 3))
        reasons = {listed: "equivalent: "}
        assert survivors.complaints({listed: SURVIVED, new: KILLED}, reasons) == []
        assert survivors.complaints({listed: None, new: None}, reasons) == []
        assert survivors.complaints({}, reasons) == []  # the file was not mutated in this run
        [said] = survivors.complaints({listed: None, new: SURVIVED}, reasons)
        assert 'function = "f"\nbefore = "return 1"\nafter = "return 3"\nnumber = 3\nwhy' in said
        [said] = survivors.complaints({listed: KILLED}, reasons)
        assert "killed now, so the entry can go" in said
        [said] = survivors.complaints({listed: None}, {new: "equivalent: ", listed: "equivalent: "})
        assert "no longer among the mutants" in said


class TestMutants:
    def test_changed_lines(self):
        old, new = (
            "def f():\n    a = 1\n    b = 2\n    return a",
            "def f():\n    a = 1\n    b = 3\n    return a",
        )
        assert changed_lines(old, new) == ("b = 2", "b = 3")

    def test_those_that_look_alike_are_numbered(self):
        a, b = Mutant("a.py", "", "x", "y"), Mutant("a.py", "", "x", "z")
        assert [mutant.number for mutant in numbered([a, b, a])] == [1, 1, 2]

    def test_functions_within_functions(self):
        source = "x = 1\ndef f():\n    def g():\n        return 1\n    return g\n"
        assert functions(source) == {"": (1, 5), "f": (2, 5), "f.g": (3, 4)}
        assert [kernels.innermost(functions(source), line) for line in (1, 2, 4, 5)] == ["", "f", "f.g", "f"]

    def test_shares_are_in_proportion(self):
        assert kernels.shares({"a": 300, "b": 100, "c": 1, "d": 0}, 42) == {"a": 31, "b": 10, "c": 1, "d": 0}
        assert kernels.shares({"a": 3, "b": 1}, 42) == {"a": 3, "b": 1}


class TestReport:
    STATUSES = [KILLED] * 18 + [TIMED_OUT, SURVIVED, None, None]

    def results(self, statuses):
        return {"fast": {Mutant("scratch/a.py", "", "x", str(i)): s for i, s in enumerate(statuses)}}

    def test_the_table(self, capsys):
        console.out.print(report.table(self.results(self.STATUSES)))
        text = capsys.readouterr().out
        for row in ("a.py", "All"):
            line = next(line for line in text.splitlines() if line.strip().startswith(row))
            assert line.split()[1:] == ["20", "18", "1", "1", "95.0%"]
        assert "2 mutants were not tried" in text

    def test_the_verdict(self, monkeypatch):
        monkeypatch.setattr(survivors, "complaints", lambda results, listed: [])
        assert report.verdict(self.results(self.STATUSES)) == []
        [said] = report.verdict(self.results([*self.STATUSES, SURVIVED]))
        assert said == "fast: 90.5% of the mutants were noticed; expected 95%"
        assert report.verdict(self.results([None])) == []
