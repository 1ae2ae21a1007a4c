"""Writing a file so that at any moment there is the old one or the new one, each of them whole."""

import contextlib
import os
import secrets

from scratch.errors import FileFormatError


def write(path, data):
    """Put the bytes `data` into the file at `path`, in the place of what is there.

    They are written into another file beside it, which takes its name only when they are on the disk. Raises
    FileFormatError where that fails; the old file is then as it was, and the other one is gone.
    """
    path = os.path.realpath(path)  # where a link leads, so that it stays a link
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        write_new(beside, data)
        keep_permissions(path, beside)
        os.replace(beside, path)
        sync_folder(folder)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        if isinstance(error, OSError):
            raise FileFormatError(
                f"{path} cannot be written: {error.strerror or error}; whatever was there is as it was"
            ) from None
        raise


def write_new(path, data):
    """Write a file that did not exist, down to the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def keep_permissions(old, new):
    """Give the new file the old one's permissions, if there is an old one."""
    with contextlib.suppress(OSError):
        os.chmod(new, os.stat(old).st_mode & 0o7777)


def sync_folder(folder):
    """See that the file's new name is on the disk, too, where the system can be asked to."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        except OSError:  # not every file system can; the file itself is safe
            pass
        finally:
            os.close(descriptor)
