"""Reads `.keras` archives that nobody vouches for: a zip of two JSON texts and a file of weights.

It runs in the child process (see scratch.saving.child). Members are never unpacked onto the disk; what the
archive says of their sizes is added up before any is read, and held against what comes out.
"""

import io
import math
import stat
import zipfile

import numpy as np

from scratch.errors import FileFormatError
from scratch.saving import limits

CONFIG, METADATA = "config.json", "metadata.json"
HDF5_WEIGHTS, NPZ_WEIGHTS = "model.weights.h5", "model.weights.npz"
ENCRYPTED = 1
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
CHUNK = 1 << 20
HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def open_archive(stream, size):
    """Return a checked zipfile.ZipFile. Raises FileFormatError for what is refused."""
    archive = zipfile.ZipFile(stream)
    members = archive.infolist()
    if len(members) > limits.OBJECTS:
        raise FileFormatError(f"is an archive of {len(members):,} members")
    names = set()
    for member in members:
        check_member(member)
        if member.filename in names:
            raise FileFormatError(f"is an archive that holds {member.filename!r} twice")
        names.add(member.filename)
    limits.check_expansion(sum(member.file_size for member in members), size)
    return archive


def check_member(member):
    """Raise FileFormatError for a member that no archive of Keras's has."""
    name = member.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in member.orig_filename:
        raise FileFormatError(f"is an archive whose member {name!r} leads out of it")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise FileFormatError(f"is an archive whose member {name!r} is a link")
    if member.flag_bits & ENCRYPTED:
        raise FileFormatError(f"is an archive whose member {name!r} is encrypted")
    if member.compress_type not in METHODS:
        raise FileFormatError(
            f"is an archive whose member {name!r} is packed by method {member.compress_type}: expected it "
            f"stored, as Keras does, or deflated"
        )
    most = limits.TEXT_BYTES if name in (CONFIG, METADATA) else limits.FILE_BYTES
    if member.file_size > most:
        raise FileFormatError(f"is an archive whose member {name!r} claims {member.file_size:,} bytes")


def read_member(archive, name):
    """Return a member's bytes, as many as the archive said. Raises FileFormatError for more or fewer."""
    expected = archive.getinfo(name).file_size
    data = bytearray()
    with archive.open(name) as stream:
        while len(data) <= expected and (chunk := stream.read(min(CHUNK, expected + 1 - len(data)))):
            data += chunk
    if len(data) != expected:
        raise FileFormatError(f"is an archive whose member {name!r} is not of the size that it claims")
    return data


def what_it_is(names):
    """Return the end of a sentence for an archive without a config.json, by the names in it."""
    if any(name.endswith("data.pkl") for name in names):
        return "it looks like one of PyTorch's, which holds pickled Python objects: they are never read"
    if any(name.endswith("saved_model.pb") for name in names):
        return "it holds a TensorFlow SavedModel: load that in Keras 2 and save it as .keras"
    if names and all(name.endswith(".npy") for name in names):
        return "it is NumPy's (npz), arrays without a model"
    if any(name in (METADATA, HDF5_WEIGHTS, NPZ_WEIGHTS) for name in names):
        return "it holds no config.json"
    keras = next((name for name in names if name.endswith((".keras", ".h5"))), None)
    return f"unpack it and load {keras!r}" if keras else "it holds no config.json"


def open_weights(archive):
    """Return a stream of the HDF5 weights in an archive, or {path: array} of NumPy's.

    Raises FileFormatError where there are neither.
    """
    names = archive.namelist()
    if HDF5_WEIGHTS in names:
        return io.BytesIO(read_member(archive, HDF5_WEIGHTS))
    if NPZ_WEIGHTS in names:
        data = read_member(archive, NPZ_WEIGHTS)
        return read_npz(open_archive(io.BytesIO(data), len(data)))
    raise FileFormatError(f"is a Keras archive without weights: expected {HDF5_WEIGHTS} in it")


def read_npz(archive):
    """Return {path: array} of an npz. Raises FileFormatError for pickled objects and wrong sizes."""
    return {name.removesuffix(".npy"): read_npy(archive, name) for name in archive.namelist()}


def read_npy(archive, name):
    """Return one array of an npz, its header held against its size first."""
    data = read_member(archive, name)
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    if version not in HEADER_READERS:
        raise FileFormatError(f"holds {name!r} in version {version} of NumPy's format")
    shape, fortran, dtype = HEADER_READERS[version](stream)
    if dtype.hasobject:
        raise FileFormatError(
            f"keeps its weights ({name!r}) as pickled Python objects, which can run code and are never read: "
            f"save it from Keras with its weights as HDF5"
        )
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise FileFormatError(f"holds {name!r}, which is no array of numbers but of {dtype}")
    start = stream.tell()
    if len(shape) > limits.DIMENSIONS or math.prod(shape) * dtype.itemsize != len(data) - start:
        raise FileFormatError(f"claims an array {name!r} of shape {shape}, and holds {len(data):,} bytes")
    array = np.frombuffer(data, dtype, offset=start).reshape(shape, order="F" if fortran else "C")
    return np.ascontiguousarray(array, dtype.newbyteorder("<"))
