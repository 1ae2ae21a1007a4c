"""The downloader against servers on this machine: good, failing, lying, silent and absent ones."""

import contextlib
import functools
import hashlib
import http.server
import json
import socket
import threading
import time

import pytest

from scratch import cache
from scratch.datasets import download, mnist

CONTENT = {f"file-{number}.gz": bytes([number]) * 70_000 for number in range(4)}
FILES = tuple(
    download.File(name, hashlib.sha256(data).hexdigest(), len(data)) for name, data in CONTENT.items()
)


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT; `alter` turns (name, data) into what is sent instead, or None for a 403."""

    def __init__(self, *args, alter, seen):
        self.alter, self.seen = alter, seen
        super().__init__(*args)

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def answer(self, with_body):
        name = self.path.rpartition("/")[2]
        self.seen.append((self.command, name))
        data = self.alter(self.command, name, CONTENT[name])
        self.send_response(403 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        if with_body and data:
            with contextlib.suppress(OSError):
                self.wfile.write(data)

    def log_message(self, *args):
        pass


def as_it_is(command, name, data):
    return data


@pytest.fixture
def serve():
    """A function that starts a server and returns its Mirror, whose `seen` requests are in a list."""
    servers = []

    def start(alter=as_it_is):
        seen = []
        handler = functools.partial(Handler, alter=alter, seen=seen)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return download.Mirror(f"http://127.0.0.1:{server.server_port}/mnist/", FILES), seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def silent():
    """The Mirror of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield download.Mirror(f"http://127.0.0.1:{listening.getsockname()[1]}/", FILES)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(download, "PROBE_SECONDS", 1.0)
    monkeypatch.setattr(download, "DOWNLOAD_TIMEOUT", (0.3, 0.3))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def use(monkeypatch):
    """A function that makes these mirrors the only ones."""
    return lambda *mirrors: monkeypatch.setattr(download, "MIRRORS", mirrors)


def in_cache():
    return {
        file.name: file.read_bytes() for file in cache.folder().iterdir() if file.name != "no-network.json"
    }


def test_a_good_mirror(serve, use, capsys):
    mirror, seen = serve()
    use(mirror)
    assert download.fetch() == cache.folder()
    assert in_cache() == CONTENT
    assert seen == [("HEAD", "file-0.gz"), *(("GET", name) for name in CONTENT)]
    captured = capsys.readouterr()
    assert captured.out == ""  # progress is not a result
    assert "Downloading MNIST from 127.0.0.1" in captured.err
    assert download.fetch() == cache.folder()  # now cached: nothing is asked of the server again
    assert len(seen) == 5


def test_the_next_mirror_takes_over_in_the_middle(serve, use, capsys):
    def fails_at_the_third(command, name, data):
        return None if name == "file-2.gz" else data

    (first, seen_first), (second, seen_second) = serve(fails_at_the_third), serve()
    use(first, second)
    download._download_from((first, second))
    assert in_cache() == CONTENT
    assert [name for _, name in seen_first] == ["file-0.gz", "file-1.gz", "file-2.gz"]
    assert [name for _, name in seen_second] == ["file-2.gz", "file-3.gz"]
    assert "403" in capsys.readouterr().err


def test_a_mirror_that_answers_403_is_passed_over(serve, use):
    (first, seen_first), (second, _) = serve(lambda *request: None), serve()
    use(first, second)
    download.fetch()
    assert in_cache() == CONTENT
    assert {command for command, _ in seen_first} <= {"HEAD"}


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda command, name, data: b"\xff" + data[1:], "checksum"),
        (lambda command, name, data: data[:-1], "checksum"),
        (lambda command, name, data: b"<html>Log in to the hotel's network</html>", "checksum"),
        (lambda command, name, data: data * 20, "checksum"),
        (lambda command, name, data: data if command == "HEAD" else None, "403"),
    ],
    ids=["altered", "shorter", "web page", "longer", "403"],
)
def test_wrong_bytes_are_never_kept(serve, use, alter, words):
    mirror, _ = serve(alter)
    use(mirror)
    with pytest.raises(download.DownloadError, match=words):
        download.fetch()
    assert in_cache() == {}
    assert download.no_network_until()  # so that the next command does not try, and fail, again


def test_a_connection_that_breaks_leaves_nothing_that_is_taken_for_a_file(serve, use, monkeypatch):
    mirror, _ = serve()

    def interrupt(self, size):
        raise KeyboardInterrupt

    use(mirror)
    monkeypatch.setattr(download._Bar, "update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        download.fetch()
    assert not set(in_cache()) & set(CONTENT)
    assert not download.is_cached()
    assert download.no_network_until() is None  # the person's wish, not the network's fault


def test_a_damaged_file_in_the_cache_is_replaced(serve, use):
    mirror, _ = serve()
    use(mirror)
    cache.folder().mkdir(exist_ok=True)
    (cache.folder() / "file-1.gz").write_bytes(b"damaged")
    download.fetch()
    assert in_cache() == CONTENT


@pytest.mark.slow
def test_a_server_that_never_answers_holds_nobody_up(silent, use):
    use(silent, silent)
    start = time.monotonic()
    with pytest.raises(download.DownloadError, match="no network"):
        download.fetch()
    assert time.monotonic() - start < 2
    assert download.no_network_until()


def test_a_download_from_a_server_that_falls_silent_ends(silent, serve, use):
    mirror, _ = serve()
    start = time.monotonic()
    download._download_from((silent, mirror))
    assert time.monotonic() - start < 2
    assert in_cache() == CONTENT


def test_a_name_that_is_looked_up_for_ever_holds_nobody_up(monkeypatch, use):
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: release.wait(10))
    monkeypatch.setattr(download, "PROBE_SECONDS", 0.3)
    use(download.Mirror("http://mirror.invalid/", FILES))
    start = time.monotonic()
    with pytest.raises(download.DownloadError, match="no network"):
        download.fetch()
    release.set()
    assert time.monotonic() - start < 1.5


def test_the_first_mirror_that_answers_goes_first(silent, serve):
    good, _ = serve()
    start = time.monotonic()
    assert download.answering((silent, good)) == [good, silent]
    assert time.monotonic() - start < 0.9  # it did not wait for the silent one


def test_no_network_is_remembered_for_an_hour(serve, use, monkeypatch):
    mirror, seen = serve()
    use(mirror)
    download.remember_no_network()
    with pytest.raises(download.DownloadError, match="remembered until"):
        download.fetch()
    assert seen == []
    now = time.time()
    monkeypatch.setattr(download.time, "time", lambda: now + 3599)
    assert download.no_network_until()
    monkeypatch.setattr(download.time, "time", lambda: now + 3601)
    assert download.no_network_until() is None
    download.fetch()
    assert in_cache() == CONTENT


def test_forgetting_it_tries_again_at_once(serve, use):
    mirror, _ = serve()
    use(mirror)
    download.remember_no_network()
    download.forget_no_network()
    download.forget_no_network()  # twice does no harm
    download.fetch()
    assert in_cache() == CONTENT


@pytest.mark.parametrize(
    "note",
    [
        json.dumps({"no_network_at": 4_000_000_000}),  # in the year 2096
        json.dumps({"no_network_at": "soon"}),
        json.dumps({"no_network_at": float("nan")}),
        json.dumps([1]),
        "",
        "\0\0",
    ],
)
def test_a_note_from_the_future_or_unreadable_does_not_count(note):
    cache.folder().mkdir(exist_ok=True)
    download._note().write_text(note)
    assert download.no_network_until() is None


def test_a_cache_folder_that_cannot_be_written_crashes_nothing(tmp_path, monkeypatch, serve, use):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DIGITS_CACHE", str(tmp_path / "file" / "cache"))
    download.remember_no_network()
    download.forget_no_network()
    assert download.no_network_until() is None
    mirror, _ = serve()
    use(mirror)
    with pytest.raises(download.DownloadError, match="cannot be written"):
        download.fetch()
    with pytest.raises(mnist.NotFoundError, match="DIGITS_CACHE"):
        mnist.load_data()


def test_load_data_downloads_what_is_nowhere(small, write_idx, tmp_path, serve, use, monkeypatch):
    written = write_idx(tmp_path, small)
    content = {file.name: file.read_bytes() for file in written.iterdir()}
    for name, data in content.items():
        monkeypatch.setitem(CONTENT, name, data)
    files = tuple(
        download.File(name, hashlib.sha256(data).hexdigest(), len(data)) for name, data in content.items()
    )
    mirror, _ = serve()
    use(download.Mirror(mirror.address, files))
    (x_train, _), _ = mnist.load_data()
    assert (x_train == small["x_train"]).all()


def test_the_real_mirrors_are_several_and_have_everything():
    assert len({mirror.host for mirror in download.MIRRORS}) >= 2
    for mirror in download.MIRRORS:
        assert mirror.address.startswith("https://")
        assert mirror.address.endswith("/")
        assert {file.name for file in mirror.files} in (
            {"mnist.npz"},
            {f"{name}.gz" for name in mnist.FILES.values()},
        )
        assert all(len(file.sha256) == 64 for file in mirror.files)
