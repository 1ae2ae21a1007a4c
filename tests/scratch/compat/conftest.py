import sys

import pytest


@pytest.fixture
def apart(monkeypatch):
    """Let a test load our keras and tensorflow, and forget them afterwards."""

    def ours_or_theirs():
        return [name for name in sys.modules if name.partition(".")[0] in ("keras", "tensorflow", "tf_keras")]

    kept = {name: sys.modules.pop(name) for name in ours_or_theirs()}
    yield
    for name in ours_or_theirs():
        del sys.modules[name]
    sys.modules.update(kept)
