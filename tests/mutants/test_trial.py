"""What becomes of a change: in a process of its own, which has imported nothing of it and forks cleanly."""

import json
import os
import subprocess
import sys

import pytest

from tests.mutants.mutant import KILLED, ROOT, SURVIVED, TIMED_OUT

CHANGES = {
    "x = 1": SURVIVED,
    "x = 2": KILLED,
    "x = ": KILLED,  # not even imported
    "while True: pass": TIMED_OUT,
    "import os; os.kill(os.getpid(), 9)": KILLED,
}
SCRIPT = """
import json, sys
from tests.mutants import trial
test, texts = sys.argv[1], json.loads(sys.argv[2])
trials = [trial.Trial("tests/mutants/no_such_file.py", text, [test], 2) for text in texts]
print(json.dumps({done.source: status for done, status, _ in trial.run(trials, 2)}))
import tests.mutants.mutant
try:
    trial.Trial("tests/mutants/mutant.py", "", [], 2).start()
except ValueError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_becomes_of_a_change(tmp_path):
    test = tmp_path / "test_x.py"
    test.write_text("from tests.mutants import no_such_file\n\ndef test():\n    assert no_such_file.x == 1\n")
    command = [sys.executable, "-c", SCRIPT, str(test), json.dumps(list(CHANGES))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    statuses, refused = done.stdout.splitlines()
    assert json.loads(statuses) == CHANGES
    assert refused == "tests/mutants/mutant.py has been imported before it could be changed"
