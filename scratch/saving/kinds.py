"""What a file is, by its first bytes: what people have in hand is often something else than they think."""

import os
import stat
from pathlib import Path

from scratch.errors import FileFormatError
from scratch.saving import limits

HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP = b"PK\x03\x04"
EXPECTED = "expected a Keras model, .keras or .h5, or its weights, .weights.h5"
# A file may begin with a block of somebody else's before HDF5's own bytes.
HDF5_OFFSETS = (0, 512, 1024, 2048, 4096)

BEGINNINGS = {
    b"version https://git-lfs": "is a pointer of Git LFS, not the file that it stands for: fetch that with "
    "'git lfs pull'",
    b"\x1f\x8b": "is packed with gzip: unpack it first",
    b"\x93NUMPY": "is a NumPy array (.npy)",
    b"PK\x05\x06": "is an empty zip archive",
    b"BZh": "is packed with bzip2: unpack it first",
    b"\xfd7zXZ\x00": "is packed with xz: unpack it first",
    b"Rar!": "is a RAR archive: unpack it first",
    b"%PDF": "is a PDF",
    b"\x89PNG": "is a picture (PNG)",
    b"\xff\xd8\xff": "is a picture (JPEG)",
}
SUFFIXES = {
    ".pb": "is a part of a TensorFlow SavedModel: load its folder in Keras 2 and save it as .keras",
    ".onnx": "is an ONNX model, not one of Keras's",
    ".ckpt": "is a TensorFlow checkpoint: load it in TensorFlow and save the model as .keras",
    ".index": "is a part of a TensorFlow checkpoint: load it in TensorFlow and save the model as .keras",
    ".pt": "is a PyTorch model, not one of Keras's",
    ".pth": "is a PyTorch model, not one of Keras's",
}
PICKLE = "is a pickle of Python objects (or a PyTorch model), which can run code when it is read: it never is"


def open_file(path):
    """Return a file, open to read bytes, that looks like one of Keras's.

    Raises FileFormatError, naming the path, for what is missing, unreadable, too large or something else.
    """
    try:
        # a pipe without a writer would have us wait for one
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise FileFormatError(f"there is no file {path}: check the name and the folder") from None
    except (OSError, ValueError) as error:
        if Path(path).is_dir():  # which Windows does not even open
            raise FileFormatError(f"{path} {what_folder_is(path)}") from None
        reason = getattr(error, "strerror", None) or error
        raise FileFormatError(f"{path} cannot be read: {reason}") from None
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileFormatError(f"{path} {what_folder_is(path)}")
    file = os.fdopen(descriptor, "rb")
    try:
        check(file, path)
    except BaseException:
        file.close()
        raise
    return file


def check(file, path):
    """Raise FileFormatError unless an open file looks like one of Keras's."""
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise FileFormatError(f"{path} is a device or a pipe, not a file: {EXPECTED}")
    if status.st_size == 0:
        raise FileFormatError(f"{path} is empty: {EXPECTED}; save it, or copy it, again")
    if status.st_size > limits.FILE_BYTES:
        raise FileFormatError(
            f"{path} has {status.st_size:,} bytes: expected at most {limits.FILE_BYTES:,}, as much as a "
            f"network of {limits.FILE_BYTES // 4:,} weights takes"
        )
    problem = what_is_wrong(file, Path(path))
    if problem:
        raise FileFormatError(f"{path} {problem}: {EXPECTED}")


def what_is_wrong(file, path):
    """Return what is wrong with a file by its first bytes, the end of a sentence; "" if nothing is."""
    start = file.read(max(HDF5_OFFSETS) + len(HDF5))
    if start.startswith(ZIP) or any(start[at : at + len(HDF5)] == HDF5 for at in HDF5_OFFSETS):
        return ""
    for beginning, problem in BEGINNINGS.items():
        if start.startswith(beginning):
            return problem
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return "is a web page: the link leads to a page about the file, so look for its download button"
    if text.startswith(b"{"):
        return "is JSON text, which describes a network but has no weights"
    if start[4:8] == b"TFL3":
        return "is a TensorFlow Lite model, which Keras cannot read either"
    if start[8:10] == b'{"':
        return "is a safetensors file, weights without a model"
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return PICKLE
    return SUFFIXES.get(
        path.suffix.lower(), f"is none of Keras's files (it begins with {bytes(start[:8])!r})"
    )


def what_folder_is(path):
    """Return the end of a sentence about a folder."""
    names = set(os.listdir(path)) if os.access(path, os.R_OK) else set()
    if "saved_model.pb" in names or "keras_metadata.pb" in names:
        return (
            "is a TensorFlow SavedModel, a folder: expected a file; load it in Keras 2 (as the package "
            "tf_keras) and save it as .keras"
        )
    if "config.json" in names:
        return "is a Keras model unpacked into a folder: pack its files into a zip archive, NAME.keras"
    return f"is a folder: {EXPECTED}"
