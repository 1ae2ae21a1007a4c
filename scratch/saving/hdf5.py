"""Reads HDF5 files that nobody vouches for: all that Keras writes, and nothing else that HDF5 can do.

It runs in the child process (see scratch.saving.child), since the HDF5 library crashes on some corrupt files.
First the whole tree is looked at: what kind of thing each part is, how large it says it is, and whether the
file has the bytes for it. Only then are arrays read, one at a time.
"""

import math
import re

import h5py
import numpy as np

from scratch.errors import FileFormatError
from scratch.saving import limits

# The attributes that Keras gives a meaning to, in a group of weights or at the root; no other is read.
TEXTS = {"model_config", "training_config", "keras_version", "backend", "name"}
LISTS = re.compile(r"(layer_names|weight_names)\d*")
FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
DEFLATE_RATIO = 1032  # nothing that gzip packs becomes smaller than this


class Tree:
    """An open HDF5 file, looked through: `attributes` as in Contents, and `datasets`, {path: Dataset}.

    file: an h5py.File; size: how many bytes it has. Raises FileFormatError for what is refused.
    """

    def __init__(self, file, size):
        self.size, self.objects, self.seen = size, 0, set()
        self.attributes, self.datasets = {}, {}
        self.plain_bytes = self.all_bytes = 0
        self.visit_group(file, (), 0)

    def visit_group(self, group, path, depth):
        """Look at a group and at all that is in it."""
        if depth > limits.DEPTH:
            raise FileFormatError(f"holds groups in groups, more than {limits.DEPTH} deep")
        self.count(group, path)
        self.attributes["/".join(path)] = read_attributes(group)
        for name in group:
            self.visit_member(group, name, path, depth)

    def visit_member(self, group, name, path, depth):
        """Look at what `name` in a group stands for."""
        here = (*path, *split(name))
        shown = "/".join(here)
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            kind = type(link).__name__.replace("Link", " link").lower()
            raise FileFormatError(
                f"holds {kind} {shown!r} that may lead out of the file: expected none, Keras writes none"
            )
        member = group[name]
        if isinstance(member, h5py.Group):
            self.visit_group(member, here, depth + 1)
        elif isinstance(member, h5py.Dataset):
            self.count(member, here)
            if shown in self.datasets:
                raise FileFormatError(f"holds {shown!r} twice")
            self.check_dataset(member, shown)
            self.datasets[shown] = member
        else:
            raise FileFormatError(f"holds {shown!r}, a {type(member).__name__}: expected groups and arrays")

    def count(self, item, path):
        """Count one more group or array, and refuse one that was seen before: it holds itself."""
        self.objects += 1
        if self.objects > limits.OBJECTS:
            raise FileFormatError(f"holds more than {limits.OBJECTS:,} groups and arrays")
        address = h5py.h5o.get_info(item.id).addr
        if address in self.seen:
            raise FileFormatError(f"holds {'/'.join(path)!r} in two places, perhaps in itself")
        self.seen.add(address)

    def check_dataset(self, dataset, name):
        """Refuse an array whose bytes are not in the file, or are not plain numbers."""
        properties = dataset.id.get_create_plist()
        if properties.get_external_count():
            raise FileFormatError(f"keeps the array {name!r} in another file: expected its numbers in this")
        layout = properties.get_layout()
        if layout == h5py.h5d.VIRTUAL:
            raise FileFormatError(f"puts the array {name!r} together from other files (a virtual dataset)")
        filters = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
        if filters - FILTERS:
            raise FileFormatError(
                f"packs the array {name!r} with HDF5 filter {min(filters - FILTERS)}: gzip, shuffle and "
                f"fletcher32 are read, as is what is not packed"
            )
        if stored_dtype(dataset) is None:
            raise FileFormatError(f"holds {name!r}, which is no array of numbers but of {dtype_of(dataset)}")
        if dataset.shape is None or len(dataset.shape) > limits.DIMENSIONS:
            raise FileFormatError(f"holds {name!r}, an array of no shape or of too many axes")
        self.check_size(dataset, name, bool(filters))

    def check_size(self, dataset, name, packed):
        """Refuse an array that claims more numbers than the file, or this program, has room for."""
        claimed = math.prod(dataset.shape) * dataset.dtype.itemsize
        stored = dataset.id.get_storage_size()
        most = stored * DEFLATE_RATIO if packed else stored
        if claimed > most:
            raise FileFormatError(
                f"claims an array {name!r} of shape {dataset.shape}, {claimed:,} bytes, of which it holds "
                f"{stored:,}{' packed ones' if packed else ''}"
            )
        self.plain_bytes += 0 if packed else claimed
        self.all_bytes += claimed
        if self.plain_bytes > self.size:
            raise FileFormatError(
                f"claims {self.plain_bytes:,} bytes of arrays up to {name!r}, and has {self.size:,} in all"
            )
        limits.check_expansion(self.all_bytes, self.size)


def split(name):
    """Return the parts of a group's name: on Windows, Keras once wrote paths as one name with backslashes."""
    return [part for part in name.replace("\\", "/").split("/") if part]


def read_attributes(group):
    """Return {name: text or list of texts} of the attributes that Keras gives a meaning to."""
    found = {}
    for number, name in enumerate(group.attrs):
        if number > limits.OBJECTS:
            raise FileFormatError(f"holds more than {limits.OBJECTS:,} attributes")
        if name in TEXTS:
            (found[name],) = texts_of(group, name, 1)
        elif LISTS.fullmatch(name):
            found[name] = texts_of(group, name, limits.OBJECTS)
    return found


def texts_of(group, name, most):
    """Return an attribute as a list of at most `most` texts."""
    attribute = group.attrs.get_id(name)
    size = math.prod(attribute.shape)
    if size == 0 and most > 1:  # Keras writes an empty list as one of numbers
        return []
    if not isinstance(attribute.get_type(), h5py.h5t.TypeStringID) or not 1 <= size <= most:
        raise FileFormatError(f"holds an attribute {name!r} that is no text")
    if attribute.get_storage_size() > limits.TEXT_BYTES:
        raise FileFormatError(f"holds an attribute {name!r} of more than {limits.TEXT_BYTES:,} bytes")
    values = np.asarray(group.attrs[name], dtype=object).reshape(-1)
    texts = [value.decode() if isinstance(value, bytes) else str(value) for value in values]
    if sum(map(len, texts)) > limits.TEXT_BYTES:
        raise FileFormatError(f"holds an attribute {name!r} of more than {limits.TEXT_BYTES:,} characters")
    return texts


def is_bfloat16(dataset):
    """Return whether an array is what Keras makes of bfloat16, which HDF5 has no name for."""
    return dataset.dtype == "V2" and dataset.attrs.get("dtype") in ("bfloat16", b"bfloat16")


def stored_dtype(dataset):
    """Return the dtype, a str of wire.DTYPES, that an array is handed on in; None if it is not of numbers."""
    if is_bfloat16(dataset):
        return "<f4"
    kind = dataset.id.get_type().get_class()
    dtype = dtype_of(dataset)
    if kind not in (h5py.h5t.FLOAT, h5py.h5t.INTEGER) or dtype.kind not in "iuf" or dtype.itemsize > 8:
        return None
    return dtype.newbyteorder("<").str


def dtype_of(dataset):
    """Return an array's dtype. Raises FileFormatError where NumPy has none like it."""
    try:
        return dataset.dtype
    except (TypeError, ValueError):
        raise FileFormatError(f"holds {dataset.name!r}, of numbers that NumPy does not know") from None


def read_array(dataset):
    """Return an array in the dtype that stored_dtype says, in C order."""
    if is_bfloat16(dataset):  # the upper half of a float32
        return (dataset[()].view("<u2").astype("<u4") << 16).view("<f4")
    return np.ascontiguousarray(dataset[()], stored_dtype(dataset)).reshape(dataset.shape)
