"""The process that reads: what it is not allowed, and what becomes of whoever asked when it goes wrong."""

import io
import os
import subprocess
import sys
import textwrap
import time

import pytest

from scratch.errors import FileFormatError
from scratch.saving import limits, sandbox, saved_model, wire
from tests.scratch.saving import dialects

pytestmark = pytest.mark.slow  # together they take more than a few seconds


@pytest.fixture
def read_by(written):
    """A function that reads a file by a process that runs the given code instead of ours."""
    path = written(dialects.content("keras-3"))

    def read(code):
        code = "import os, sys, struct, time\nout = sys.stdout.buffer\n" + textwrap.dedent(code)

        def start(file):
            return subprocess.Popen(
                [sys.executable, "-c", code], stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )

        return saved_model.read(path, start)

    return read


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("out.write(b'R'); out.flush(); os.abort()", "crashed the HDF5 library \\(SIGABRT\\)"),
        ("out.write(b'R'); out.flush(); os.kill(os.getpid(), 11)", "crashed the HDF5 library \\(SIGSEGV\\)"),
        ("os._exit(3)", "gave up"),
        ("raise SystemExit(0)", "gave up"),
        ("out.write(b'R' + bytes(100))", "gave up"),
        ("out.write(b'R' + b'\\xff' * 100)", "gave up"),
        ("out.write(b'R' + struct.pack('<Q', 2) + b'{}' + b'.')", "gave up"),
        ("out.write(b'R' + struct.pack('<Q', 20) + b'[' * 20 + b'.')", "gave up"),
        (
            """
            head = b'{"texts": {}, "attributes": {}, "arrays": [["a", "<f4", [1000000, 1000000]]]}'
            out.write(b'R' + struct.pack('<Q', len(head)) + head + b'+' + bytes(100))
            """,
            "gave up",
        ),
        (
            """
            head = b'{"texts": {}, "attributes": {}, "arrays": [["a", "O", [2]]]}'
            out.write(b'R' + struct.pack('<Q', len(head)) + head + b'+' + bytes(16) + b'.')
            """,
            "gave up",
        ),
    ],
)
def test_a_process_that_dies_or_lies(code, sentence, read_by):
    if os.name != "posix" and "crashed" in sentence:
        pytest.skip("there are no signals here")
    with pytest.raises(FileFormatError, match=sentence):
        read_by(code)


def test_a_process_that_never_answers(read_by, monkeypatch):
    monkeypatch.setattr(limits, "READ_SECONDS", 0.5)
    start = time.monotonic()
    with pytest.raises(FileFormatError, match="takes longer to read than a file of its size should"):
        read_by("out.write(b'R'); out.flush(); time.sleep(60)")
    assert time.monotonic() - start < 5
    monkeypatch.setattr(limits, "START_SECONDS", 0.5)
    with pytest.raises(FileFormatError, match="did not start within"):
        read_by("time.sleep(60)")


def test_no_time_is_longer_than_was_promised():
    assert limits.seconds_for(1) == limits.seconds_for(100 << 20) == 3.0
    assert limits.seconds_for(limits.FILE_BYTES) == 4.0


LIMITED = """
    import os, sys
    sys.path[:] = sys.argv[1:]
    from scratch.saving import child
    child.give_up_rights(1000)
    def attempt(name, act):
        try:
            act()
        except (OSError, MemoryError) as error:
            return
        print(name, "was allowed")
    attempt("opening", lambda: open("/dev/null"))
    attempt("a process", os.fork)
    attempt("memory", lambda: bytearray(3 << 30))
    print("done")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold a process to all limits")
def test_what_the_reading_process_may_not_do():
    paths = [path for path in sys.path if path]
    root = str(sandbox.Path(sandbox.__file__).parents[2])
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LIMITED), root, *paths], capture_output=True, text=True
    )
    # to root, no number of processes is too many
    assert run.stdout.replace("a process was allowed\n", "" if os.geteuid() == 0 else "?").splitlines()[
        -1
    ] == ("done")
    assert "opening" not in run.stdout
    assert "memory" not in run.stdout


def test_the_reading_process_imports_little():
    """So that it starts at once, and has little in it that a file could turn against us."""
    code = """
        import sys
        sys.path[:] = sys.argv[1:]
        from scratch.saving import child
        print(*{name.partition(".")[0] for name in sys.modules})
    """
    paths = [str(sandbox.Path(sandbox.__file__).parents[2]), *(path for path in sys.path if path)]
    run = subprocess.run(
        [sys.executable, "-S", "-c", textwrap.dedent(code), *paths], capture_output=True, text=True
    )
    imported = set(run.stdout.split())
    assert {"numpy", "h5py", "scratch"} <= imported
    assert not imported & {"scipy", "numba", "rich", "pickle5", "tensorflow", "keras", "matplotlib"}


def test_the_answer_arrives_as_it_was_sent():
    shapes = [("a/b", "<f4", (2, 1)), ("c", "<i8", ())]
    head = wire.header({"config.json": "{}"}, {"a": {"weight_names": ["b"]}}, shapes)
    answer = io.BytesIO()
    for part in (head, wire.OK, b"\0\0\x80\x3f\0\0\0\x40", wire.OK, bytes([7, *[0] * 7]), wire.END):
        answer.write(part)
    contents = wire.parse(answer.getvalue())
    assert contents.texts == {"config.json": "{}"}
    assert contents.attributes == {"a": {"weight_names": ["b"]}}
    assert contents.arrays["a/b"].tolist() == [[1.0], [2.0]]
    assert int(contents.arrays["c"]) == 7
    for end in range(len(answer.getvalue())):
        with pytest.raises(wire.Incomplete):
            wire.parse(answer.getvalue()[:end])
    with pytest.raises(FileFormatError, match="is odd"):
        wire.parse(wire.error("is odd"))
    with pytest.raises(FileFormatError, match="broke"):
        wire.parse(head + wire.array_failed("broke"))
