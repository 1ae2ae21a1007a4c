"""What a measurement was made on: versions, processor, threads."""

import importlib.metadata
import os
import platform
from pathlib import Path

PACKAGES = ("numpy", "numba", "tensorflow", "keras")


def describe():
    """Return a dict of strings (and `threads`, an int) that names the software and the machine."""
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {
        "python": platform.python_version(),
        **versions,
        "platform": platform.platform(),
        "processor": processor(),
        "threads": usable_threads(),
    }


def usable_threads():
    """Return how many processor threads this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor():
    """Return the processor's name; on Linux, where platform.processor() is no help, as the kernel has it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
