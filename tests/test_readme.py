"""README's example runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scratch.compat import coverage

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.slow
def test_the_example_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    *epochs, result = done.stdout.splitlines()
    assert [line.startswith("Epoch ") for line in epochs] == [True] * 3
    accuracy = float(result.rpartition(" ")[2].rstrip("]"))
    assert accuracy > 0.8  # the offline digits, 33 steps


def test_every_file_that_it_links_to_exists():
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).exists(), target


def test_the_table_of_keras_names_is_what_the_code_says():
    """README holds it between two comments; the first names the command that prints it."""
    begin, end = "<!-- compat: python -m scratch.compat.coverage -->\n", "<!-- /compat -->"
    text = README.read_text("utf-8")
    assert text[text.index(begin) + len(begin) : text.index(end)].strip() == coverage.table()
