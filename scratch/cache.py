"""Our own cache folder: where downloads go, and where "there is no network" is remembered."""

import os
import tempfile
from pathlib import Path


def folder():
    """Return our cache folder, a Path that need not exist: DIGITS_CACHE if set, else the system's place."""
    chosen = os.environ.get("DIGITS_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    import pooch

    return pooch.os_cache("digit-recognizer")


def can_be_written(place=None):
    """Say whether files can be put into a folder (default: our cache folder), by putting one there and taking
    it away.
    """
    place = place or folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False
