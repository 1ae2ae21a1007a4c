"""Forked processes: what of this package survives a fork, and an error for what does not.

A fork copies the memory of a process, but of its threads only the one that called it. The fast engine's
threads are gone then, where they are GNU OpenMP's, and nothing can start new ones: Numba would end the child
without an exception, and who waits for the child, such as a multiprocessing.Pool, would wait forever.
"""

import os
import sys
from contextlib import suppress

from scratch.errors import DigitsError

_threads_lost = False


def check_not_forked():
    """Raise DigitsError in a process that was forked after the fast engine had run; call before it runs."""
    if _threads_lost:
        raise DigitsError(
            "the fast engine can't run in this process, which was forked from one where it had run already: "
            "its threads do not survive a fork; start worker processes with "
            "multiprocessing.get_context('spawn'), or compile the model with engine='reference'"
        )


def note_threads():
    """Remember, in a child, whether its parent's compiled kernels had threads of the kind that is lost."""
    global _threads_lost
    numba = sys.modules.get("numba")
    if numba is None or not sys.platform.startswith("linux"):  # OpenMP elsewhere is not GNU's, and survives
        return
    with suppress(ValueError):  # no kernel had run: the child will start threads of its own
        _threads_lost = numba.threading_layer() == "omp"  # "workqueue" and "tbb" start theirs anew


def held_across_forks(lock):
    """Return the lock, which nobody else will hold whenever a process forks.

    Otherwise a child could inherit it locked by a thread that it has not inherited, and wait forever.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    return lock


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=note_threads)
