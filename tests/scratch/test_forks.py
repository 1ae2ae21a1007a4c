"""A forked child computes, or says in a sentence why it can't: it never hangs.

Each case runs in a process of its own, with a time limit: a hang is a failure, not the end of all tests.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from scratch import forks
from scratch.errors import DigitsError

FORKS = "fork" in multiprocessing.get_all_start_methods()
pytestmark = pytest.mark.skipif(not FORKS, reason="no fork on this platform")
MOST_SECONDS = 120  # for a start, perhaps compiling, and a fork; a child that hangs would take forever

BEGIN = """
import multiprocessing, os, sys, threading
import numpy as np
from scratch import architectures
from scratch.errors import DigitsError

def ask(_):
    return model.predict(x, verbose=0)

def train(_):
    model.fit(x, y, verbose=0)
    return expected

def call(_):
    return np.concatenate([model(x[:1]), expected[1:]])

rng = np.random.default_rng(0)
model = architectures.build("small", rng=rng)
model.compile("adam", "sparse_categorical_crossentropy", engine=sys.argv[1])
x, y = rng.random((9, 28, 28, 1), dtype=np.float32), rng.integers(10, size=9)
fork = multiprocessing.get_context("fork")
"""
# Pool hands on to the parent what a child raises, and would wait forever for a child that ended without.
POOL = """
expected = ask(None)
for work in (ask, call, train):
    try:
        with fork.Pool(1) as pool:
            (received,) = pool.map(work, [None])
        print("computed", np.allclose(received, expected, rtol=0, atol=1e-6))
    except DigitsError as error:
        print("said", error)
print("parent", np.array_equal(ask(None), expected))
"""
FORKED_FIRST = """
with fork.Pool(1) as pool:
    (received,) = pool.map(ask, [None])
print("computed", np.array_equal(received, ask(None)))
"""
FORKED_WHILE_COMPUTING = """
def compute():
    while not done:
        ask(None)

expected, done = ask(None), False
thread = threading.Thread(target=compute)
thread.start()
for _ in range(10):
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if np.allclose(ask(None), expected, rtol=0, atol=1e-6) else 1)
        except DigitsError:
            os._exit(2)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
done = True
thread.join()
"""


def run(code, engine, layer=None):
    """Return the lines that the code prints, in a process of its own."""
    environment = os.environ | ({"NUMBA_THREADING_LAYER": layer} if layer else {})
    environment["PYTHONWARNINGS"] = "ignore::DeprecationWarning"  # Python 3.12 on forking among threads
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", BEGIN + code, engine]
    with subprocess.Popen(command, **pipes, env=environment, start_new_session=True) as process:
        try:
            printed, complaints = process.communicate(timeout=MOST_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with all its children, also those that hang
    assert process.returncode == 0, complaints
    return printed.splitlines()


@pytest.mark.compiled
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="GNU OpenMP is Linux's")
def test_a_child_of_gnu_openmp_says_why_it_cannot_compute():
    *children, parent = run(POOL, "fast", layer="omp")
    assert len(children) == 3
    for said in children:
        assert said.startswith("said the fast engine can't run in this process, which was forked")
        assert "multiprocessing.get_context('spawn')" in said
    assert parent == "parent True"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "layer"),
    [pytest.param("fast", "workqueue", marks=pytest.mark.compiled), ("reference", None)],
)
def test_other_children_compute(engine, layer):
    assert run(POOL, engine, layer) == ["computed True"] * 3 + ["parent True"]


@pytest.mark.compiled
@pytest.mark.slow
def test_a_child_that_was_forked_before_the_first_computation_computes():
    assert run(FORKED_FIRST, "fast") == ["computed True"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "expected"),
    [pytest.param("fast", {"0", "2"}, marks=pytest.mark.compiled), ("reference", {"0"})],
)
def test_forking_while_another_thread_computes(engine, expected):
    """The lock under which everything is computed is not left locked in the child."""
    received = run(FORKED_WHILE_COMPUTING, engine)
    assert len(received) == 10
    assert set(received) <= expected


def test_without_a_fork_there_is_nothing_to_say(monkeypatch):
    forks.check_not_forked()
    monkeypatch.setattr(forks, "_threads_lost", True)
    with pytest.raises(DigitsError, match="threads do not survive a fork"):
        forks.check_not_forked()
