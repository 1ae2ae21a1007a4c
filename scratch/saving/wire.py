"""What the process that reads a file tells the one that asked: plain text and plain arrays, nothing to run.

    one byte, READY          when the process has started, before it looks at the file
    8 bytes, then JSON       {"texts": ..., "attributes": ..., "arrays": [[path, dtype, shape], ...]}
                             or {"error": sentence}
    for each array           OK and its bytes; or FAILED, 4 bytes, and a sentence
    one byte, END            so that a process that died on the way is noticed

The receiver trusts none of it: corrupt files make the HDF5 library do anything.
"""

import json
import math
import struct
from dataclasses import dataclass, field

import numpy as np

from scratch.errors import FileFormatError
from scratch.saving import limits

READY, OK, FAILED, END = b"R", b"+", b"-", b"."
DTYPES = ("<f2", "<f4", "<f8", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8")
HEADER_BYTES = 6 * limits.TEXT_BYTES


@dataclass
class Contents:
    """What a file holds.

    texts: name -> text, such as "config.json". attributes: path of a group -> name -> a text or a list of
    texts. arrays: path -> array.
    """

    texts: dict = field(default_factory=dict)
    attributes: dict = field(default_factory=dict)
    arrays: dict = field(default_factory=dict)


def header(texts, attributes, shapes):
    """Return the start of an answer, bytes. shapes: a list of (path, dtype as in DTYPES, shape)."""
    described = [[path, dtype, list(shape)] for path, dtype, shape in shapes]
    return framed({"texts": texts, "attributes": attributes, "arrays": described})


def error(sentence):
    """Return an answer, bytes, that says why the file is not read."""
    return framed({"error": sentence}) + END


def framed(value):
    """Return a value as JSON, bytes, its length before it."""
    text = json.dumps(value).encode()
    return struct.pack("<Q", len(text)) + text


def array_failed(sentence):
    """Return what takes the place of an array, and of all that would follow, bytes."""
    text = sentence.encode()[:1000]
    return FAILED + struct.pack("<I", len(text)) + text + END


class Incomplete(Exception):
    """An answer ends before its end, or is none: the process that wrote it died, or worse."""


def parse(answer):
    """Return the Contents that an answer (bytes, without READY) is about; its arrays are views of it.

    Raises FileFormatError with the sentence that the answer holds, Incomplete for what is no whole answer.
    """
    try:
        return parse_answer(Reader(answer))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, struct.error) as problem:
        if isinstance(problem, FileFormatError):
            raise
        raise Incomplete from problem


class Reader:
    """Takes bytes off the front of an answer."""

    def __init__(self, answer):
        self.rest = memoryview(answer)

    def take(self, size):
        """Return the next `size` bytes. Raises Incomplete where there are fewer."""
        if size > len(self.rest):
            raise Incomplete
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken


def parse_answer(reader):
    """Return the Contents; see parse."""
    (length,) = struct.unpack("<Q", reader.take(8))
    if length > HEADER_BYTES:
        raise Incomplete
    head = json.loads(bytes(reader.take(length)))
    if "error" in head:
        raise FileFormatError(str(head["error"]))
    contents = Contents(checked_texts(head["texts"]), checked_attributes(head["attributes"]))
    for path, dtype, shape in head["arrays"]:
        contents.arrays[checked_text(path)] = parse_array(reader, dtype, shape)
    if reader.take(1) != END or len(reader.rest):
        raise Incomplete
    return contents


def parse_array(reader, dtype, shape):
    """Return the next array. Raises FileFormatError where its place is taken by a sentence."""
    if reader.take(1) != OK:
        (length,) = struct.unpack("<I", reader.take(4))
        raise FileFormatError(bytes(reader.take(length)).decode())
    if dtype not in DTYPES or not all(type(n) is int and n >= 0 for n in shape):
        raise Incomplete
    data = reader.take(math.prod(shape) * np.dtype(dtype).itemsize)
    return np.frombuffer(data, dtype).reshape(shape)


def checked_text(value):
    """Return a str. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError
    return value


def checked_texts(value):
    """Return a dict of names and texts. Raises TypeError for anything else."""
    return {checked_text(name): checked_text(text) for name, text in dict(value).items()}


def checked_attributes(value):
    """Return {path: {name: text or list of texts}}. Raises TypeError for anything else."""
    return {
        checked_text(path): {
            checked_text(name): [checked_text(text) for text in item]
            if isinstance(item, list)
            else checked_text(item)
            for name, item in dict(of_group).items()
        }
        for path, of_group in dict(value).items()
    }
