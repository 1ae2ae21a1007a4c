"""The shape of the project: imports point one way, and what must not be imported is not."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "scratch": {"keras_ref", "lessons", "tests", "tensorflow", "keras"},
    "keras_ref": {"lessons", "tests"},
    "lessons": {"tests"},
}


def imported(tree):
    """Yield (line, top-level package) of every import in a file, also of those inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." if node.level else node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            name = node.args[0]
            if isinstance(name, ast.Call):  # f"...".rstrip(".")
                name = name.func.value
            # a name that is put together at run time counts by its beginning
            name = name.values[0] if isinstance(name, ast.JoinedStr) else name
            yield node.lineno, str(name.value).partition(".")[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_dependencies_point_one_way(package):
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for file in files:
        for line, name in imported(ast.parse(file.read_text("utf-8"))):
            place = f"{file.relative_to(ROOT)}:{line}"
            assert name not in FORBIDDEN[package], f"{place} imports {name}"
            assert name != ".", f"{place}: expected an absolute import, so that the rule can be read off"


def test_the_check_sees_every_kind_of_import():
    source = "import os.path, keras\ndef f():\n    from tensorflow import x\n    import_module('lessons.cli')"
    assert [name for _, name in imported(ast.parse(source))] == ["os", "keras", "tensorflow", "lessons"]


def test_randomness_is_explicit():
    """Nothing draws from NumPy's global generator, or from Python's."""
    for package in FORBIDDEN:
        for file in (ROOT / package).rglob("*.py"):
            if file.name == "seeding.py":  # a script's own random numbers are to be the same again, too
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "np.random":
                    allowed = {"default_rng", "Generator"}
                    assert node.attr in allowed, f"{file}:{node.lineno} uses np.random.{node.attr}"
            assert "random" not in {name for _, name in imported(ast.parse(file.read_text("utf-8")))}
