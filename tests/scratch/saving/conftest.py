"""Files for these tests, and a check of what is said about bad ones."""

import time

import pytest

from scratch import saving
from scratch.errors import FileFormatError
from tests.scratch.saving import dialects

LONGEST = 5.0  # seconds until a caller gets a model or an error, whatever the file


@pytest.fixture
def written(tmp_path):
    """A function that puts bytes into a file and returns its path."""

    def write(content, name="model.h5"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def dialect(written):
    """A function that returns the path of a dialect's file; see dialects.DIALECTS."""

    def write(name):
        return written(dialects.content(name), f"{name}.keras" if "weights" not in name else f"{name}.h5")

    return write


@pytest.fixture
def assert_refused():
    """A function that checks that a file is refused in one sentence, with its name and all given words."""

    def check(path, *words, act=saving.load_model):
        start = time.monotonic()
        with pytest.raises(FileFormatError) as caught:
            act(path)
        message = str(caught.value)
        assert time.monotonic() - start < LONGEST, message
        assert message.count(str(path)) == 1
        assert "\n" not in message
        assert len(message) < 700
        for word in words:
            assert word in message, message
        return message

    return check
