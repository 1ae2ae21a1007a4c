"""How kernels are compiled, and how their work is handed out to threads."""

import hashlib
import os
from contextlib import contextmanager, suppress
from pathlib import Path

# A thread that has done its part waits for the others before the next kernel. By default it does so in a
# tight loop, for milliseconds, and on a busy machine takes the processor away from just the thread that it
# waits for: training was ten times as slow as it had to be. GNU OpenMP reads this when the first kernel runs.
os.environ.setdefault("GOMP_SPINCOUNT", "6000")

import llvmlite.binding
import numba

from scratch import cache, console

# On Intel's processors LLVM keeps to vectors of 32 bytes, for the sake of old ones whose clock slows with
# 64. With 64, kernels take a fifth to a third less time. AMD's get them anyway.
features = llvmlite.binding.get_host_cpu_features()
if numba.config.CPU_FEATURES is None and features.get("avx512f"):
    numba.config.CPU_FEATURES = f"{features.flatten()},-prefer-256-bit"

FOLDER = Path(__file__).parent


def choose_cache():
    """Choose the folder below which compiled kernels are kept; return whether there is one to write to.

    It is ours alone, since what is outdated is removed from it: below NUMBA_CACHE_DIR if that is set, else
    beside the kernels' files or, where these are not to be written to, below our own cache folder.
    """
    given = numba.config.CACHE_DIR
    ours = Path(given, "digit-recognizer") if given else cache.folder() / "kernels"
    if not given and cache.can_be_written(FOLDER / "__pycache__"):
        return True
    numba.config.CACHE_DIR = str(ours)
    return cache.can_be_written(ours)


KEPT = choose_cache()
# Sums may be reordered (or no loop over a sum could be vectorized) and a * b + c may be one instruction; NaN,
# infinity and all else stay as written. Never fastmath=True, which assumes that there is no NaN.
FASTMATH = {"contract", "reassoc", "nsz", "arcp", "afn"}

kernel = numba.njit(fastmath=FASTMATH, error_model="numpy", cache=KEPT, nogil=True, parallel=True)
# A kernel that is not worth a second thread.
alone = numba.njit(fastmath=FASTMATH, error_model="numpy", cache=KEPT, nogil=True)
# A function that is compiled into the kernels that call it.
inlined = numba.njit(fastmath=FASTMATH, error_model="numpy", inline="always")

IMAGES_A_PART = 8  # the images that one thread takes at a time: 16 parts of a batch of 128


def kept_in():
    """Return the folder in which, or below which, compiled kernels are kept."""
    return Path(numba.config.CACHE_DIR or FOLDER)


def announce_compilation():
    """Say, where no kernel has been compiled and kept yet, what the coming seconds are spent on."""
    if numba.config.DISABLE_JIT:
        return
    if not KEPT:
        console.err.print(
            f"Compiling the fast engine's kernels: some seconds, each time, since {kept_in()} cannot be "
            f"written to; NUMBA_CACHE_DIR names another folder."
        )
    elif not any(kept_in().rglob("*.nbi")):
        console.err.print("Compiling the fast engine's kernels: some seconds, this once; they are kept.")


def forget_outdated():
    """Remove what was compiled with other flags or other tiles than those of today.

    Numba compiles a kernel anew when its own file has changed, and knows nothing of what stands in others.
    """
    sources = [Path(__file__), *sorted((FOLDER / "tiles").glob("*.py"))]
    today = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    with suppress(OSError):  # where nothing can be written, nothing is kept
        stamp = kept_in() / "__pycache__" / "compiled_with"
        if not stamp.is_file() or stamp.read_text() != today:
            for index in list(kept_in().rglob("*.nbi")):
                index.unlink(missing_ok=True)
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.write_text(today)


forget_outdated()


@contextmanager
def threads_for(images):
    """Return a context in which so few images that they are one part are left to one thread.

    There is nothing to do for the others, and all would wait until each of them has found that out.
    """
    threads = numba.get_num_threads()
    if images <= IMAGES_A_PART:
        numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(threads)


def parts_of(n, size=IMAGES_A_PART):
    """Return into how many parts `n` images are cut: by the batch alone, whatever the number of threads."""
    return -(-n // size)
