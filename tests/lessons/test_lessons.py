"""The lessons: each has the shape that a lesson has, and runs from top to bottom."""

import ast
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lessons import catalogue
from scratch.errors import DigitsError

ROOT = Path(__file__).parents[2]
LESSONS = {lesson.name: lesson for lesson in catalogue.lessons()}
each_lesson = pytest.mark.parametrize("name", LESSONS)
SECONDS = 420  # for one lesson on a busy machine; alone it takes some
LAST_LINES = 30
# What a lesson may import: the standard library, what a learner has met, and what the lessons explain.
OPEN = {"numpy", "scipy", "matplotlib", "seaborn", "PIL", "tensorflow", "scratch", "keras_ref", "lessons"}
OPEN_LESSONS = {"workshop", "museum"}  # of this package
# A module that Python imports before all others: it keeps a lesson from the network.
OFFLINE = """
import socket

connect = socket.socket.connect


def refuse(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1"):
        raise AssertionError(f"a lesson asks the network for {address}")
    return connect(self, address)


socket.socket.connect = refuse
"""


# What a lesson looks like


def text_of(name):
    return LESSONS[name].path.read_text(encoding="utf-8")


def test_they_are_numbered_from_1_to_16():
    assert [lesson.number for lesson in LESSONS.values()] == list(range(1, 17))


@each_lesson
def test_its_length(name):
    assert 80 <= len(text_of(name).splitlines()) <= 250


@each_lesson
def test_its_head_says_what_it_is_for_how_long_it_takes_and_what_it_assumes(name):
    lesson = LESSONS[name]
    assert f"# # Lesson {lesson.number}: {lesson.title}" in text_of(name).splitlines()[1]
    assert 15 <= lesson.minutes <= 40
    assert lesson.goal.endswith(".")
    for number in map(int, re.findall(r"\d+", lesson.assumes)):
        assert number < lesson.number, "it assumes what comes later"


@each_lesson
def test_it_asks_before_it_shows_and_proves_what_it_says(name):
    text = text_of(name)
    _, *after = text.split("**Predict:**")
    assert len(after) >= 2
    assert "\n# %%\n" in after[-1], "a prediction without code behind it"
    asserts = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assert)]
    assert len(asserts) >= 4


@each_lesson
def test_its_figures_have_captions(name):
    calls = [node for node in ast.walk(ast.parse(text_of(name))) if isinstance(node, ast.Call)]
    shows = [call for call in calls if ast.unparse(call.func) == "show"]
    assert shows, "a lesson draws"
    for call in shows:
        assert len(call.args) == 2, f"line {call.lineno}: expected a figure and its caption"
        caption = ast.unparse(call.args[1])
        assert len(caption) > 10, f"line {call.lineno}: {caption} says too little"


@each_lesson
def test_it_ends_with_what_to_remember_exercises_and_where_to_go(name):
    *_, end = text_of(name).split("# %% [markdown]\n")
    remember, exercises = end.split("# ## Exercises\n")
    assert "# ## To remember\n" in remember
    assert re.findall(r"^# (\d)\. ", remember, re.M) == ["1", "2", "3"]
    assert re.findall(r"^# (\d)\. ", exercises, re.M) == ["1", "2"]
    assert f"lessons/exercises/{name}.py" in exercises
    assert f"`digits check {LESSONS[name].number}`" in exercises
    assert "# **Next:** " in exercises


@each_lesson
def test_its_exercises_are_those_that_are_graded(name):
    *_, exercises = text_of(name).split("# ## Exercises\n")
    stubs = ast.parse((ROOT / "lessons" / "exercises" / f"{name}.py").read_text(encoding="utf-8"))
    functions = [node.name for node in stubs.body if isinstance(node, ast.FunctionDef)]
    assert len(functions) == 2
    for function in functions:
        assert f"`{function}" in exercises


@each_lesson
def test_it_imports_nothing_hidden(name):
    for node in ast.walk(ast.parse(text_of(name))):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            modules = [node.module]
            assert not any(alias.name.startswith("_") for alias in node.names), f"line {node.lineno}"
        for module in modules:
            top, *parts = module.split(".")
            assert top in OPEN | sys.stdlib_module_names, f"line {node.lineno} imports {module}"
            assert top != "lessons" or parts[0] in OPEN_LESSONS, f"line {node.lineno} imports {module}"
            assert not any(part.startswith("_") for part in parts), f"line {node.lineno} imports {module}"


def test_a_head_that_lacks_something_is_named(tmp_path):
    path = tmp_path / "17_more.py"
    head = "# %% [markdown]\n# # Lesson 17: More\n#\n# **Goal.** To see.\n#\n# More.\n"
    path.write_text(head + "#\n# **Time:** 20 minutes. **Assumes:** all.\n\n# %%\n", encoding="utf-8")
    assert catalogue.read(path).minutes == 20
    path.write_text(head, encoding="utf-8")
    with pytest.raises(DigitsError, match=r"17_more\.py: expected the time in its first cell"):
        catalogue.read(path)


# That it runs


def run(lesson, folder, more=None):
    """Run a lesson in smoke mode, offline, in a process and a folder of its own.

    more: a dict of environment variables to run it in full, where what asks the network finds none.
    """
    folder.mkdir()
    offline = OFFLINE.replace("AssertionError", "OSError") if more else OFFLINE
    (folder / "sitecustomize.py").write_text(offline, encoding="utf-8")
    path = os.pathsep.join([str(folder), str(ROOT)])
    threads = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    options = {"DIGITS_SMOKE": "1", "MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, lesson.path],
        cwd=folder,
        env=os.environ | threads | options | {"PYTHONIOENCODING": "utf-8"} | (more or {}),
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def result(request, tmp_path_factory):
    """Return a function: a lesson's name -> how its run ended. All that are to be tested run two at a time.

    Where pytest-xdist runs the tests in several processes, each runs its lessons itself.
    """
    folder = tmp_path_factory.mktemp("lessons")
    if hasattr(request.config, "workerinput"):
        yield lambda name: run(LESSONS[name], folder / name)
        return
    wanted = [
        item.callspec.params["name"] for item in request.session.items if item.name.startswith("test_it_runs")
    ]
    with ThreadPoolExecutor(2) as pool:
        runs = {name: pool.submit(run, LESSONS[name], folder / name) for name in wanted}
        yield lambda name: runs[name].result()
        pool.shutdown(cancel_futures=True)


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.keras
@each_lesson
def test_it_runs(name, result):
    done = result(name)
    said = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
    assert done.returncode == 0, f"lesson {name} failed; it said last:\n{said}"
    figures = re.findall(r"^Figure (\d+), .*\.png: .+", done.stdout, re.M)
    assert figures == [str(i + 1) for i in range(len(figures))]
    assert "Warning" not in done.stderr, said


@pytest.mark.verify
@each_lesson
def test_it_runs_in_full_on_the_offline_digits(name, tmp_path):
    home = {"MNIST_DIR": "", "KERAS_HOME": str(tmp_path / "keras"), "DIGITS_CACHE": str(tmp_path / "cache")}
    done = run(LESSONS[name], tmp_path / name, {"DIGITS_SMOKE": "0"} | home)
    said = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
    assert done.returncode == 0, f"lesson {name} failed; it said last:\n{said}"
    if "load()" in text_of(name):
        assert "(offline): 1,438 images to learn from" in done.stdout, "it says what it runs on"


def test_what_would_go_to_the_network_is_noticed(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(OFFLINE, encoding="utf-8")
    ask = [sys.executable, "-c", "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"]
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(ask, env=env, capture_output=True, encoding="utf-8", check=False)
    assert "a lesson asks the network for ('192.0.2.1', 80)" in done.stderr
