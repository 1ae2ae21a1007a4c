"""One mutant before the tests: a forked process that imports the changed source in the file's place.

Nothing on disk is ever changed. The parent has imported what is large and is not mutated (NumPy, Numba,
pytest), so that a trial takes little longer than its tests.
"""

import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from scratch.errors import DigitsError
from tests.mutants.mutant import KILLED, ROOT, SURVIVED, TIMED_OUT

PAUSE = 0.02  # seconds between two looks at what is running
MEMORY = 4 << 30  # bytes of addresses: a changed size may be anything
UNABLE = 4  # pytest's exit status where its call is wrong; and 5: where it finds no tests


class Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module from a text instead of its file."""

    def __init__(self, file, source):
        self.path, self.source = ROOT / file, source
        self.module = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    def find_spec(self, name, path=None, target=None):
        """Find this one module."""
        if name != self.module:
            return None
        inside = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            name, self.path, loader=self, submodule_search_locations=inside
        )

    def get_source(self, name):
        """Return the changed text."""
        return self.source

    def get_code(self, name):
        """Return it compiled."""
        return compile(self.source, str(self.path), "exec")


@dataclass
class Trial:
    """A process that runs `tests` (pytest's arguments) with the text `source` in the place of `file`."""

    file: str
    source: str
    tests: list
    seconds: float  # of the processor; and ten times as many of waiting, because others may be at work, too
    of: object = None
    waited: float = 0

    def start(self):
        """Fork. Raises DigitsError where the file has been imported before: the change would not be seen."""
        self.changed = Changed(self.file, self.source)
        if self.changed.module in sys.modules:
            raise DigitsError(f"{self.file} has been imported before it could be changed")
        self.pid = os.fork()
        if not self.pid:
            status = 3
            try:
                status = self.child()
            finally:
                os._exit(status)
        return self

    def child(self):
        """Run the tests, silently, and return pytest's exit status."""
        import resource  # not on Windows

        os.setsid()
        silence = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(silence, descriptor)
        resource.setrlimit(resource.RLIMIT_CPU, (int(self.seconds), int(self.seconds) + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        sys.meta_path.insert(0, self.changed)
        import pytest

        os.chdir(ROOT)
        return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--tb=no", *self.tests]))

    def finish(self):
        """Return None while it runs; then the status, and the seconds of the processor that it took."""
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        self.waited += PAUSE  # not the clock's time: all of this may have been stopped for a while
        late = not pid and self.waited > 10 * self.seconds
        if late:
            self.stop()
            _, status, usage = os.wait4(self.pid, 0)
        elif not pid:
            return None
        code = os.waitstatus_to_exitcode(status)
        if code in (UNABLE, 5):
            raise DigitsError(f"pytest can't run {' '.join(self.tests)} (exit status {code})")
        ended = TIMED_OUT if late or code == -signal.SIGXCPU else KILLED if code else SURVIVED
        return ended, usage.ru_utime + usage.ru_stime

    def stop(self):
        """End it, and what it has started."""
        with suppress(ProcessLookupError):  # it may not have come to setsid yet
            os.killpg(self.pid, signal.SIGKILL)
        os.kill(self.pid, signal.SIGKILL)


def run(trials, jobs):
    """Start the trials, `jobs` at a time, and yield (trial, status, seconds) as each one ends."""
    waiting, running = list(reversed(trials)), []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(waiting.pop().start())
            time.sleep(PAUSE)
            for trial in list(running):
                if ended := trial.finish():
                    running.remove(trial)
                    yield trial, *ended
    finally:
        for trial in running:
            trial.stop()
            os.waitpid(trial.pid, 0)
