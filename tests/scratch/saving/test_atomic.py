"""A file is the old one or the new one, whole: with a full disk, after Ctrl-C, and when power goes."""

import errno
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from scratch.errors import FileFormatError
from scratch.models import load_model
from scratch.saving import atomic
from tests.scratch.saving import dialects

OLD = b"the old file" * 1000


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(OLD)
    return path


def assert_untouched(target):
    assert target.read_bytes() == OLD
    assert [p.name for p in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("step", ["fsync", "replace", "open"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_an_error_at_any_step(step, code, target, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(atomic.os, step, fail)
    with pytest.raises(FileFormatError) as caught:
        dialects.network().save(target)
    monkeypatch.undo()
    assert os.strerror(code) in str(caught.value)
    assert str(target) in str(caught.value)
    assert_untouched(target)


def test_a_disk_that_fills_up_on_the_way(target, monkeypatch):
    """Half of the bytes are written, and then there is no room."""

    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

        def write(self, data):
            self.file.write(data[: len(data) // 2])
            self.file.flush()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    fdopen = os.fdopen
    monkeypatch.setattr(atomic.os, "fdopen", lambda *args: Full(fdopen(*args)))
    with pytest.raises(FileFormatError, match="No space left on device; whatever was there is as it was"):
        dialects.network().save(target)
    assert_untouched(target)


def test_ctrl_c_on_the_way(target, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        dialects.network().save(target)
    assert_untouched(target)


def run(code, **options):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True, **options
    )


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes cannot be limited")
def test_a_limit_that_the_system_sets(target):
    """A real failure of the system's own, in the middle of a real write."""
    code = f"""
        import resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        from scratch.errors import FileFormatError
        from scratch.saving import atomic
        try:
            atomic.write({str(target)!r}, bytes(1_000_000))
        except FileFormatError as error:
            print(error)
    """
    with run(code) as process:
        assert "File too large" in process.stdout.read()
    assert_untouched(target)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9")
def test_kill_9_on_the_way(target):
    """The process is killed when the new file is half written; the old one does not notice."""
    code = f"""
        import os, time
        from scratch.saving import atomic
        fdopen = os.fdopen
        def slow(*args):
            file = fdopen(*args)
            write = file.write
            class Slow:
                def __enter__(self): return self
                def __exit__(self, *error): pass
                def write(self, data):
                    write(data[: len(data) // 2])
                    file.flush()
                    print("half", flush=True)
                    time.sleep(60)
            return Slow()
        atomic.os.fdopen = slow
        atomic.write({str(target)!r}, bytes(1_000_000))
    """
    with run(code) as process:
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    assert target.read_bytes() == OLD
    assert len(list(target.parent.iterdir())) == 2  # what was half written is beside it
    dialects.network().save(target)
    assert load_model(target).built


def test_permissions_and_links_stay(target):
    if os.name != "posix":
        pytest.skip("permissions are POSIX's")
    target.chmod(0o640)
    link = target.parent / "link.keras"
    link.symlink_to(target.name)
    dialects.network().save(link)
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    new = target.parent / "new.keras"
    mask = os.umask(0o027)
    try:
        dialects.network().save(new)
    finally:
        os.umask(mask)
    assert new.stat().st_mode & 0o777 == 0o640


def test_the_same_model_gives_the_same_bytes(tmp_path):
    model = dialects.network()
    model.compile("adam", dialects.LOSS, engine="reference")
    for name in ("m.keras", "m.h5"):
        model.save(tmp_path / f"a.{name}")
        model.save(tmp_path / f"b.{name}")
        assert (tmp_path / f"a.{name}").read_bytes() == (tmp_path / f"b.{name}").read_bytes()
