"""What a learner's function prints: kept, so that it can be shown, but not all of an endless flood."""

import io
import sys


class Bounded(io.RawIOBase):
    """Where print writes to: keeps the beginning of what is written, counts the rest."""

    MOST = 2_000

    def __init__(self):
        self.clear()

    def clear(self):
        """Forget everything."""
        self.kept, self.count = b"", 0

    def writable(self):
        """Return True."""
        return True

    def write(self, data):
        """Keep or count `data`, bytes."""
        data = bytes(data)
        self.kept += data[: self.MOST - len(self.kept)]
        self.count += len(data)
        return len(data)

    def text(self):
        """Return what was written, shortened."""
        text = self.kept.decode("utf-8", "replace")
        return (
            f"{text}\n... and {self.count - len(self.kept):,} more bytes"
            if self.count > len(self.kept)
            else text
        )


def catch():
    """From now on, keep what Python prints, to standard output and to standard error."""
    sys.stdout = sys.stderr = io.TextIOWrapper(Bounded(), "utf-8", "replace", write_through=True)


def caught():
    """Return the Bounded that prints go to, or None where nobody catches them."""
    stream = getattr(sys.stdout, "buffer", None)
    return stream if isinstance(stream, Bounded) else None


def forget():
    """Forget what was printed."""
    if stream := caught():
        sys.stdout.flush()
        stream.clear()


def text():
    """Return what was printed, shortened; "" where nobody catches it."""
    if not (stream := caught()):
        return ""
    sys.stdout.flush()
    return stream.text()
