"""Has a process of its own read a file, waits for it no longer than is right, and believes it nothing.

The process is killed when it takes too long, and it holds itself to a limit of memory (scratch.saving.child).
If a corrupt file makes the HDF5 library crash, it is that process that ends, and the caller gets an error.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from scratch.errors import FileFormatError
from scratch.saving import limits, wire

# The child finds what this process finds, wherever it is started; it has no need of site-packages' own hooks.
START = "import sys; sys.path[:] = sys.argv[1:]; from scratch.saving import child; child.main()"
ENVIRONMENT = {"HDF5_USE_FILE_LOCKING": "FALSE", "HDF5_PLUGIN_PRELOAD": "::", "OPENBLAS_NUM_THREADS": "1"}
TICK = 0.1


def start_process(file):
    """Return a Popen that answers about the open `file` on its standard output."""
    paths = [str(Path(__file__).parents[2]), *(path for path in sys.path if path)]
    return subprocess.Popen(
        [sys.executable, "-S", "-c", START, *paths],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | ENVIRONMENT,
    )


def read(file, start=start_process):
    """Return the Contents of an open file.

    start: makes the process, given the file. Raises FileFormatError, whatever the file, with the end of a
    sentence that begins with the file's name.
    """
    size = os.fstat(file.fileno()).st_size
    process = start(file)
    try:
        answer = wait_for_answer(process, size)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    try:
        return wire.parse(answer)
    except wire.Incomplete:
        raise FileFormatError(what_ended(process.returncode)) from None


def wait_for_answer(process, size):
    """Return what the process says, bytes. Raises FileFormatError where it takes too long."""
    started, done, answer = threading.Event(), threading.Event(), []

    def listen():
        if process.stdout.read(1) == wire.READY:
            started.set()
            # one byte more than is allowed shows that there was more
            answer.append(process.stdout.read(wire.HEADER_BYTES + 2 * limits.FILE_BYTES))
        started.set()
        done.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    if not wait(started, limits.START_SECONDS):
        raise FileFormatError(
            f"could not be read: the process that does so did not start within {limits.START_SECONDS:.0f} s; "
            f"try again when the machine has less to do"
        )
    if not wait(done, limits.seconds_for(size)):
        process.kill()
        raise FileFormatError(
            f"takes longer to read than a file of its size should, {limits.seconds_for(size):.0f} s: it is "
            f"damaged, or made to do so"
        )
    listener.join()
    return answer[0] if answer else b""


def wait(event, seconds):
    """Return whether an event came in time.

    Counted in ticks and not by the clock: a machine that stands still for a while (a laptop that is closed)
    has not used up the time of anybody.
    """
    return any(event.wait(TICK) for _ in range(round(seconds / TICK)))


def what_ended(status):
    """Return the end of a sentence about a process that ended before its answer did."""
    if status is not None and status < 0:
        name = next((s.name for s in signal.Signals if s == -status), str(-status))
        if name == "SIGXCPU":
            return "takes longer to read than a file of its size should: it is damaged, or made to do so"
        return f"is damaged: it crashed the HDF5 library ({name}), in a process of its own"
    return "is damaged: the HDF5 library gave up on it"
