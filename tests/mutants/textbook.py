"""mutmut on the files that are plain Python: every mutant that it knows to make of their functions.

mutmut writes all mutants of a function beside it, in a copy of the project under mutants/, and for each one
forks a process that has already imported everything, with the tests that call the function. `[tool.mutmut]`
in pyproject.toml says which files and which tests. What it passes over: decorated functions (here: one
property), and what stands outside of functions.
"""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from scratch.errors import DigitsError
from tests.mutants.mutant import FOLDER, KILLED, ROOT, SURVIVED, TIMED_OUT, Mutant, numbered

FILES = {name: f"scratch/{name}.py" for name in ("reference", "losses", "optimizers")}
LOG = FOLDER / "mutmut.log"
STATUS = {
    "killed": KILLED,
    "segfault": KILLED,
    "timeout": TIMED_OUT,
    "survived": SURVIVED,
    "no tests": SURVIVED,
}


def surroundings():
    """Return the environment of the tests: no MNIST, which they don't need, and whose loading takes time."""
    nowhere = str(FOLDER / "nowhere")
    kept = {name: value for name, value in os.environ.items() if name not in ("MNIST_DIR", "PYTHONPATH")}
    return kept | {"KERAS_HOME": nowhere, "DIGITS_CACHE": nowhere}


def generate():
    """Make the mutants, anew only of functions that have changed: what `mutmut run` begins with."""
    from mutmut.__main__ import create_mutants
    from mutmut.mutation.trampoline import set_mutant_under_test
    from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir

    set_mutant_under_test("mutant_generation")
    FOLDER.mkdir(exist_ok=True)
    copy_src_dir()
    copy_also_copy_files()
    create_mutants(os.cpu_count() or 2)


def status_by_name(file):
    """Return what is known of each of a file's mutants, {mutmut's name: status}; None: not tried yet."""
    from mutmut.stats import status_by_exit_code

    codes = json.loads((FOLDER / f"{file}.meta").read_text("utf-8"))["exit_code_by_key"]
    return {name: STATUS.get(status_by_exit_code[code]) for name, code in codes.items()}


def run(names, limit, jobs, progress):
    """Try the mutants of the files `names` that no test has killed yet, at most `limit`, in random order."""
    call([sys.executable, "-m", "tests.mutants.textbook"], lambda: None)
    todo = [
        (file, mutant)
        for file in (FILES[name] for name in names)
        for mutant, status in status_by_name(file).items()
        if status in (None, SURVIVED)
    ]
    random.Random(0).shuffle(todo)
    todo = todo[:limit]
    if not todo:
        return
    forget(todo)
    task = progress.add_task("mutmut", total=len(todo))
    tool = Path(sys.executable).with_name("mutmut")
    call(
        [tool, "run", "--max-children", str(jobs), *(mutant for _, mutant in todo)],
        lambda: progress.update(task, completed=tried(todo), refresh=True),
    )


def forget(todo):
    """Take the results of these mutants away, and which tests call what: the tests may have changed."""
    from mutmut.mutation.data import SourceFileMutationData

    (FOLDER / "mutmut-stats.json").unlink(missing_ok=True)
    for file in {file for file, _ in todo}:
        data = SourceFileMutationData(path=file)
        data.load()
        data.exit_code_by_key |= {mutant: None for where, mutant in todo if where == file}
        data.save()


def tried(todo):
    """Return how many of the mutants have a result."""
    try:
        known = {file: status_by_name(file) for file in {file for file, _ in todo}}
    except json.JSONDecodeError:  # just being written
        return None
    return sum(known[file].get(mutant) is not None for file, mutant in todo)


def call(command, meanwhile):
    """Run a command of the tool's, and every second do something; its output goes to a file."""
    FOLDER.mkdir(exist_ok=True)
    with LOG.open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=surroundings(), stdout=log, stderr=log)
        try:
            while process.poll() is None:
                time.sleep(1)
                meanwhile()
        finally:
            process.terminate()
            process.wait()
    meanwhile()
    if process.returncode:
        raise DigitsError(f"mutmut ended with {process.returncode}; see {LOG.relative_to(ROOT)}")


def results(name):
    """Return what became of a file's mutants, {mutant: status}; None: not tried."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key

    file, statuses, mutants = FILES[name], [], []
    if not (FOLDER / f"{file}.meta").is_file():
        return {}
    for key, status in status_by_name(file).items():
        function, owner = orig_function_and_class_names_from_key(key)
        diff = get_diff_for_mutant(key, path=file).split("\n")[2:]
        sides = ("\n".join(line[1:].strip() for line in diff if line[:1] == sign) for sign in "-+")
        mutants.append(Mutant(file, f"{owner}.{function}" if owner else function, *sides))
        statuses.append(status)
    return dict(zip(numbered(mutants), statuses, strict=True))


if __name__ == "__main__":
    generate()
