"""Downloads MNIST from the first mirror that works, and remembers for an hour that there is no network.

Nobody should wait long to learn that there is no network: all mirrors are asked at once, and after a few
seconds the answer is no. Each file goes to a temporary name, is held against its sha256, and only then gets
its own name (pooch does that), so that an interrupted download is never taken for a whole file.
"""

import contextlib
import datetime
import json
import queue
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from scratch import cache
from scratch.console import err
from scratch.errors import DataError

PROBE_SECONDS = 3.5  # longest wait for any mirror to answer at all
DOWNLOAD_TIMEOUT = (5, 15)  # seconds to connect, and between two pieces of a file
REMEMBER_SECONDS = 3600
CHUNK = 1 << 16
# A plain request: a server that compresses what it sends would change the bytes that the checksum is about.
HEADERS = {"Accept-Encoding": "identity"}


class DownloadError(DataError):
    """MNIST could not be downloaded; the message is a clause that says why."""


@dataclass(frozen=True)
class File:
    """A file on a mirror: its name, the sha256 that it must have, and its size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Mirror:
    """A place on the web that has MNIST: its address, ending in a slash, and the files there."""

    address: str
    files: tuple[File, ...]

    @property
    def host(self):
        """The server's name."""
        return urlsplit(self.address).netloc


IDX_FILES = (
    File(
        "train-images-idx3-ubyte.gz",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        9912422,
    ),
    File(
        "train-labels-idx1-ubyte.gz",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        28881,
    ),
    File(
        "t10k-images-idx3-ubyte.gz",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        1648877,
    ),
    File(
        "t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4542
    ),
)
NPZ_FILE = File("mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1", 11490434)
MIRRORS = (
    Mirror("https://ossci-datasets.s3.amazonaws.com/mnist/", IDX_FILES),
    Mirror("https://storage.googleapis.com/cvdf-datasets/mnist/", IDX_FILES),
    Mirror("https://storage.googleapis.com/tensorflow/tf-keras-datasets/", (NPZ_FILE,)),
)


def fetch():
    """Return the Path of our cache folder once MNIST is in it, downloaded now if need be.

    Raises DownloadError if that cannot be done: no network (or none within the last hour), no folder that can
    be written, no mirror that delivers the right bytes.
    """
    if is_cached():
        return cache.folder()
    if until := no_network_until():
        raise DownloadError(f"no network was found; this is remembered until {until:%H:%M}")
    mirrors = answering(MIRRORS)
    if not mirrors:
        remember_no_network()
        raise DownloadError("no network (no mirror could be reached)")
    if not cache.can_be_written():
        raise DownloadError(
            f"the folder for it, {cache.folder()}, cannot be written (DIGITS_CACHE names another)"
        )
    return _download_from(mirrors)


def is_cached():
    """Say whether our cache folder has all files of one mirror, with the right checksums."""
    import pooch

    def sound(file):
        path = cache.folder() / file.name
        return path.is_file() and pooch.file_hash(str(path)) == file.sha256

    try:
        return any(all(sound(file) for file in mirror.files) for mirror in MIRRORS)
    except OSError:
        return False


def _download_from(mirrors):
    """Return our cache folder with the files of the first of `mirrors` that delivers them all."""
    failures = []
    for mirror in mirrors:
        try:
            _download_all(mirror)
            return cache.folder()
        except (
            OSError,
            ValueError,
        ) as error:  # requests' exceptions are OSErrors; a wrong checksum is a ValueError
            failures.append(f"{mirror.host}: {_in_short(error)}")
            err.print(f"Downloading MNIST from {failures[-1]}.", style="yellow", markup=False, soft_wrap=True)
    remember_no_network()
    raise DownloadError(f"every mirror failed ({'; '.join(failures)})")


def _download_all(mirror):
    """Download each file of `mirror` that our cache folder does not yet have, with a progress bar."""
    import pooch
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    pooch.get_logger().setLevel("ERROR")  # it would announce each file, and failures are reported here
    err.print(f"Downloading MNIST from {mirror.host} to {cache.folder()}", markup=False, soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        for file in mirror.files:
            downloader = pooch.HTTPDownloader(
                progressbar=_Bar(progress, file), chunk_size=CHUNK, timeout=DOWNLOAD_TIMEOUT, headers=HEADERS
            )
            pooch.retrieve(
                mirror.address + file.name,
                known_hash=file.sha256,
                fname=file.name,
                path=cache.folder(),
                downloader=downloader,
            )


class _Bar:
    """One file's progress bar: what pooch asks of one (tqdm's methods), drawn by rich."""

    def __init__(self, progress, file):
        self.progress, self.file, self.received = progress, file, 0
        self.task = progress.add_task(file.name, total=file.size)
        self.total = file.size  # pooch overwrites this with what the server says

    def update(self, size):
        """Move on by `size` bytes; raise ValueError, which ends the download, if they are too many."""
        self.received += size
        if self.received > self.file.size + CHUNK:
            raise ValueError("the file is longer than it should be")
        self.progress.update(self.task, completed=min(self.received, self.file.size))

    def reset(self):
        """Start from nothing."""
        self.received = 0

    def close(self):
        """Do nothing: rich clears the bars away."""


def _in_short(error):
    """Return why a download failed, in a few words; requests' own messages fill a screen."""
    import requests

    if isinstance(error, requests.HTTPError):
        return f"the server answered {error.response.status_code}"
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return "the server stopped answering"
    if isinstance(error, requests.RequestException):
        return "the connection failed"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "the file was not the right one (its checksum differs)"


def answering(mirrors):
    """Return `mirrors` with the first one that answers in front, or none of them if there is no network.

    All are asked at once, each from a thread of its own that is left behind if it hangs: a time limit given
    to `requests` does not cover looking up a name.
    """
    answers = queue.Queue()
    for mirror in mirrors:
        threading.Thread(target=_ask, args=(mirror, answers), daemon=True).start()
    deadline = time.monotonic() + PROBE_SECONDS
    for _ in mirrors:
        try:
            mirror, works = answers.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            return []
        if works:
            return [mirror, *(other for other in mirrors if other is not mirror)]
    return []


def _ask(mirror, answers):
    """Put (mirror, whether it has its first file) into the queue `answers`."""
    import requests

    address = mirror.address + mirror.files[0].name
    try:
        works = requests.head(address, timeout=PROBE_SECONDS, allow_redirects=True, headers=HEADERS).ok
    except Exception:  # whatever goes wrong in this thread means the same: this mirror is of no use now
        works = False
    answers.put((mirror, works))


def remember_no_network():
    """Note in our cache folder, if it can be written, that there is no network now."""
    with contextlib.suppress(OSError):
        _note().parent.mkdir(parents=True, exist_ok=True)
        _note().write_text(json.dumps({"no_network_at": time.time()}), encoding="utf-8")


def forget_no_network():
    """Forget what `remember_no_network` noted, so that the next `fetch` asks the mirrors again."""
    with contextlib.suppress(OSError):
        _note().unlink(missing_ok=True)


def no_network_until():
    """Return until when "no network" is remembered, as a local datetime, or None if it is not."""
    try:
        noted = float(json.loads(_note().read_text(encoding="utf-8"))["no_network_at"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if not 0 <= time.time() - noted < REMEMBER_SECONDS:  # too long ago, or in the future: a clock was changed
        return None
    return datetime.datetime.fromtimestamp(noted + REMEMBER_SECONDS)


def _note():
    """Return the Path of the file that remembers."""
    return cache.folder() / "no-network.json"
