"""README's table of what is covered is what the code prints."""

import subprocess
import sys
from pathlib import Path

from scratch import layers, optimizers, schedules
from scratch.saving import coverage

README = Path(__file__).parents[3] / "README.md"


def test_readme_holds_the_table():
    text = README.read_text("utf-8")
    assert text.count(coverage.BEGIN) == 1
    found = text.partition(coverage.BEGIN)[2].partition(coverage.END)[0].strip()
    assert found == coverage.table(), "put into README.md what `python -m scratch.saving.coverage` prints"


def test_the_module_prints_it():
    command = [sys.executable, "-m", "scratch.saving.coverage"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == coverage.table()


def test_it_names_all_that_there_is():
    """Whatever is added to the project and can be written down is in the table, too."""
    kept_as_activations = {"Input", "Layer", "Sigmoid", "Tanh", "SiLU"}
    names = {*layers.__all__} - kept_as_activations
    names |= {cls.__name__ for cls in optimizers.OPTIMIZERS.values()}
    names |= {cls.__name__ for cls in schedules.LearningRateSchedule.__subclasses__()}
    for name in names:
        assert f"`{name}`" in coverage.table()
    for row in coverage.table().splitlines():
        assert row.count("|") == 4
