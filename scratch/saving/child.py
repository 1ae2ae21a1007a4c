"""The process that reads a file from outside, so that whatever the file does, it does not do it to us.

It is given the file as its standard input and answers on standard output, in the form of scratch.saving.wire.
Before it looks at the file it gives up what it does not need: opening files, writing files, starting
processes, more time and more memory than the file's size accounts for (where the system can hold it to that).
It imports NumPy and h5py and no more, so that it starts in a fraction of a second.
"""

import contextlib
import encodings.ascii
import encodings.cp437  # h5py and zipfile decode names by these, and no file can be opened by then  # noqa: F401
import math
import os
import sys

import h5py

from scratch.errors import FileFormatError
from scratch.saving import archive, hdf5, limits, wire

ZIP_START, HDF5_START = b"PK", b"\x89HDF\r\n\x1a\n"


def main():
    """Answer about the file that is standard input."""
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)  # whatever a library prints must not get into the answer
        with open(0, "rb", closefd=False) as stream:
            serve(stream, answer)


def serve(stream, answer):
    """Answer about the file open as `stream`, into the stream `answer`."""
    size = os.fstat(stream.fileno()).st_size
    answer.write(wire.READY)
    answer.flush()
    give_up_rights(size)
    stream.seek(0)
    try:
        for part in parts_of_answer(stream, size):
            answer.write(part)
    except BrokenPipeError:  # whoever asked is gone
        os._exit(1)


def give_up_rights(size):
    """Limit this process to what reading a file of `size` bytes takes."""
    try:
        import resource
    except ImportError:  # Windows: there is the time limit of the process that waits
        return
    seconds, memory = math.ceil(limits.seconds_for(size)), limits.memory_for(size)
    wanted = {"CPU": seconds, "AS": memory, "NOFILE": 0, "FSIZE": 0, "NPROC": 0, "CORE": 0}
    for name, value in wanted.items():
        # some systems lack some of these, or refuse them
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


def parts_of_answer(stream, size):
    """Yield the answer in parts, bytes or arrays, an error among them."""
    begun = False
    try:
        for part in read(stream, size):
            yield part
            begun = True
    except FileFormatError as problem:
        sentence = str(problem)
    except MemoryError:
        sentence = "asks for more memory than a file of its size should need"
    except Exception as problem:  # over damaged bytes, h5py and zipfile raise a dozen kinds
        first = (str(problem) or type(problem).__name__).splitlines()[0]
        sentence = f"is damaged ({first[:200].rstrip('.')})"
    else:
        return
    yield wire.array_failed(sentence) if begun else wire.error(sentence)


def read(stream, size):
    """Yield the answer about a file: its header, then its arrays."""
    if stream.read(len(ZIP_START)) == ZIP_START:
        yield from read_archive(stream, size)
    else:
        yield from read_hdf5(stream, size, {})


def read_archive(stream, size):
    """Yield the answer about a `.keras` file."""
    with archive.open_archive(stream, size) as opened:
        names = opened.namelist()
        if archive.CONFIG not in names:
            raise FileFormatError(f"is a zip archive, but not one of Keras's: {archive.what_it_is(names)}")
        texts = {
            name: bytes(archive.read_member(opened, name)).decode()
            for name in (archive.CONFIG, archive.METADATA)
            if name in names
        }
        weights = archive.open_weights(opened)
    if isinstance(weights, dict):
        yield wire.header(texts, {}, [(path, a.dtype.str, a.shape) for path, a in weights.items()])
        for array in weights.values():
            yield wire.OK
            yield array.data
        yield wire.END
    else:
        yield from read_hdf5(weights, len(weights.getbuffer()), texts)


def read_hdf5(stream, size, texts):
    """Yield the answer about an HDF5 file, or about the one in an archive that held `texts`, too."""
    with h5py.File(stream, "r") as file:
        tree = hdf5.Tree(file, size)
        shapes = [(path, hdf5.stored_dtype(d), d.shape) for path, d in tree.datasets.items()]
        yield wire.header(texts, tree.attributes, shapes)
        for dataset in tree.datasets.values():
            array = hdf5.read_array(dataset)
            yield wire.OK
            yield array.data
    yield wire.END


if __name__ == "__main__":
    sys.exit(main())
