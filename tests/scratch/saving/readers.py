"""Reading processes for `make fuzz`: the real one's code under its limits, begun in cheaper ways.

saving starts a fresh Python for each file. `Forked` is forked off this process, which has imported what is
needed: as clean, and ten times as fast. A fork of a large process takes most of that time, so that `Pool` has
one child read file after file until something ends it; whatever that file was, it is then read by a fork.
"""

import io
import os
import struct

from scratch.saving import child, wire

FILES_EACH = 200  # that a child of the pool reads: its limits of time and memory are those for one file


class Forked:
    """What sandbox.start_process returns, made by a fork of this process."""

    def __init__(self, file):
        ours, theirs = os.pipe()
        self.returncode = None
        self.pid = os.fork()
        if self.pid == 0:
            self.be_the_child(file, theirs)
        os.close(theirs)
        self.stdout = os.fdopen(ours, "rb")

    def be_the_child(self, file, answer):
        """Do what a fresh process does, and end."""
        try:
            os.dup2(file.fileno(), 0)
            os.dup2(answer, 1)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            child.main()
        finally:
            os._exit(0)

    def kill(self):
        """End the process, if it has not ended."""
        if self.returncode is None:
            os.kill(self.pid, 9)

    def wait(self):
        """Wait for its end."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Pool:
    """A child that is used again and again. `start` is what sandbox.read takes; `broken` says whether the
    last file ended the child.

    largest: bytes of the largest file, which its limits are for.
    """

    def __init__(self, largest):
        self.largest, self.server, self.broken = largest, None, False

    def start(self, file):
        """Have the child read an open file; return it."""
        if self.server is not None and self.server.files >= FILES_EACH:
            self.end()
        if self.server is None:
            self.server = Server(self.largest)
        self.broken = False
        file.seek(0)
        self.server.ask(file.read())
        return Loan(self)

    def end(self):
        """End the child, if there is one."""
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server = None


class Loan:
    """The pool's child as sandbox.read sees it, for one file."""

    def __init__(self, pool):
        self.pool, self.stdout, self.returncode = pool, Answer(pool.server.answers), None

    def kill(self):
        """End the child, but only if it has not answered."""
        if not self.stdout.whole and self.pool.server is not None:
            server, self.pool.broken = self.pool.server, True
            self.pool.end()
            self.returncode = server.returncode

    def wait(self):
        """Wait for nothing: the child goes on."""


class Answer:
    """The stream of one answer: READY, and then all the rest."""

    def __init__(self, stream):
        self.stream, self.whole, self.begun = stream, False, False

    def read(self, size):
        """Return READY the first time, then the whole answer, or as much as there is."""
        if not self.begun:
            self.begun = True
            return wire.READY
        head = self.stream.read(8)
        if len(head) < 8:
            return b""
        (length,) = struct.unpack("<Q", head)
        content = self.stream.read(length)
        self.whole = len(content) == length
        return content

    def close(self):
        """Leave the stream open, for the next answer."""


class Server:
    """A fork of this process that reads files, sent to it one after the other, and answers about each."""

    def __init__(self, largest):
        asked, self.asking = os.pipe()
        answers, answering = os.pipe()
        self.files, self.returncode = 0, None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.asking)
            os.close(answers)
            self.serve(asked, answering, largest)
        os.close(asked)
        os.close(answering)
        self.answers = os.fdopen(answers, "rb")

    def serve(self, asked, answering, largest):
        """Answer until nobody asks any more, and end."""
        try:
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            with os.fdopen(asked, "rb") as questions, os.fdopen(answering, "wb") as answer:
                child.give_up_rights(largest)
                while len(head := questions.read(8)) == 8:
                    content = questions.read(*struct.unpack("<Q", head))
                    parts = child.parts_of_answer(io.BytesIO(content), len(content))
                    whole = b"".join(bytes(part) for part in parts)
                    answer.write(struct.pack("<Q", len(whole)) + whole)
                    answer.flush()
        finally:
            os._exit(0)

    def ask(self, content):
        """Send a file's bytes."""
        self.files += 1
        left = memoryview(struct.pack("<Q", len(content)) + content)
        try:
            while left:
                left = left[os.write(self.asking, left) :]
        except BrokenPipeError:  # it has ended: that shows when it is listened to
            pass

    def kill(self):
        """End the process, if it has not ended."""
        if self.returncode is None:
            os.kill(self.pid, 9)

    def wait(self):
        """Wait for its end."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self.asking)
            self.answers.close()
