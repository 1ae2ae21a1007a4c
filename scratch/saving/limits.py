"""How much a file may ask for. All of it is generous for an honest file, and an end for any other."""

from scratch.errors import FileFormatError

MEBIBYTE = 1 << 20
FILE_BYTES = 1 << 30  # of a file, and of all arrays that it holds
TEXT_BYTES = 2 * MEBIBYTE  # of a JSON text; that of a hundred layers is a tenth of it
# Compressed arrays of this size are read at any ratio; larger ones at the most at this ratio to the file,
# which trained weights (they hardly shrink at all) do not come near.
SMALL_BYTES, LARGEST_RATIO = 64 * MEBIBYTE, 100
OBJECTS = 5_000  # groups and arrays in an HDF5 file, members of an archive
DEPTH = 32  # of groups in groups
JSON_DEPTH = 100
DIMENSIONS = 8
LAYERS = 500
VALUES = 1 << 27  # that a layer returns for one image, or looks at, its padding included: 512 MiB

START_SECONDS = 60.0  # for a fresh Python to import NumPy and h5py, which no file can delay
READ_SECONDS, MOST_SECONDS = 3.0, 4.0  # to read a file of up to 100 MiB, and any larger one


def seconds_for(file_bytes):
    """Return how long reading a file of that size may take: a float."""
    return min(MOST_SECONDS, READ_SECONDS * max(1.0, file_bytes / (100 * MEBIBYTE)))


def memory_for(file_bytes):
    """Return how many bytes of addresses the reading process may use, libraries included."""
    return (2 << 30) + 3 * file_bytes


def check_expansion(claimed, size):
    """Raise FileFormatError where a file of `size` bytes claims to unpack into far too many."""
    if claimed > FILE_BYTES or claimed > max(SMALL_BYTES, LARGEST_RATIO * size):
        raise FileFormatError(f"claims to unpack into {claimed:,} bytes or more, and has {size:,}")
