"""Runs one script of Keras's on our engine, in this process.

What goes wrong is told by the script's own line; none of what is in here is seen.
"""

import argparse
import ast
import json
import linecache
import os
import sys
import time
import traceback
import warnings
from importlib.util import decode_source
from pathlib import Path
from types import ModuleType

from scratch import console
from scratch.compat import attachments, importing, views
from scratch.compat.settings import settings
from scratch.errors import DigitsError

OURS = Path(__file__).parents[1]
BACKEND = "module://scratch.compat.plots"
FAILURE, INTERRUPTED = 1, 130


def run(path, arguments=(), record=None):
    """Run the script at `path` with its own `arguments`, and return its exit status.

    record: None, or a file that what `fit` and `evaluate` came to is written to, as JSON. To be called once
    in a process. Raises DigitsError where the script cannot be read, or uses what is not here.
    """
    path = Path(path)
    tree = parse(path, read(path))
    importing.install()
    attachments.install()
    check(path, tree)
    prepare(path, arguments)
    started = time.perf_counter()
    try:
        return execute(path, views.seen_by(tree), {views.NAME: views.view})
    finally:
        if record is not None:
            results = {"seconds": time.perf_counter() - started, "results": settings.results}
            Path(record).write_text(json.dumps(results), "utf-8")


# Before it runs


def read(path):
    """Return a script's text. Raises DigitsError where it cannot be read, or is no Python text."""
    if path.suffix == ".ipynb":
        raise DigitsError(
            f"{path} is a notebook: make a script of it first, with `jupyter nbconvert --to script {path}`"
        )
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise DigitsError(f"there is no script {path}: check the name and the folder") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DigitsError(f"{path} cannot be read ({reason}): expected a Python script") from None
    try:
        if b"\0" in data:
            raise ValueError("zero bytes")
        return decode_source(data)
    except (SyntaxError, ValueError):
        raise DigitsError(f"{path} is no text: expected a Python script") from None


def parse(path, text):
    """Return a script's syntax tree. Raises DigitsError, with the line, where it is no Python 3."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, str(path))
            compile(tree, str(path), "exec")
            return tree
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise DigitsError(f"{path}{line}: {error.msg}; expected a script in Python 3") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise DigitsError(f"{path} cannot be read as Python ({error}): expected a Python script") from None


def check(path, tree):
    """Learn what there is to know of the script; raise DigitsError for what it uses that is not here."""
    from scratch.compat import checking

    settings.keras_1 = checking.is_keras_1(tree)
    findings = checking.check(tree)
    if findings:
        lines = "\n".join(f"{path}, line {finding.line}: {finding.sentence}" for finding in findings)
        raise DigitsError(f"the script was not started, since it uses what is not here.\n{lines}")


def prepare(path, arguments):
    """Make the process look as if Python had been started with the script."""
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    if "MPLBACKEND" not in os.environ and not has_display():
        os.environ["MPLBACKEND"] = BACKEND


def has_display():
    """Return whether windows can be opened here."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return "SSH_CONNECTION" not in os.environ


# While it runs


def execute(path, tree, names=()):
    """Run the script as the main module, which has these names, a dict, from the beginning; return the exit
    status.
    """
    main = ModuleType("__main__")
    main.__file__, main.__builtins__ = str(path), __builtins__
    vars(main).update(names)
    linecache.checkcache(str(path))
    before, sys.modules["__main__"] = sys.modules.get("__main__"), main
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            exec(compile(tree, str(path), "exec"), main.__dict__)
        save_forgotten_figures()
        return 0
    except SystemExit as leaving:
        return exit_status(leaving)
    except KeyboardInterrupt:
        console.err.print(f"{path}: interrupted", style="bold red")
        return INTERRUPTED
    except BaseException as error:
        tell(error, path)
        return FAILURE
    finally:
        sys.stdout.flush()
        sys.modules["__main__"] = before


def exit_status(leaving):
    """Return the exit status of a SystemExit; a text is printed, as Python does."""
    if leaving.code is None or isinstance(leaving.code, int):
        return leaving.code or 0
    print(leaving.code, file=sys.stderr)
    return FAILURE


def show_warning(message, category, filename, lineno, file=None, line=None):
    """Print a warning in one line; one of ours without the place in our files."""
    ours = Path(filename).is_relative_to(OURS)
    place = "" if ours else f"{filename}:{lineno}: {category.__name__}: "
    print(f"{'note: ' if ours else place}{message}", file=sys.stderr)


def tell(error, path):
    """Say what ended the script: in one sentence where we raised it, else as Python does, without us."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not is_ours(frame.filename)]
    where = next((frame for frame in reversed(own) if frame.filename == str(path)), None)
    if where is not None and (isinstance(error, DigitsError) or is_ours(frames[-1].filename)):
        kind = "" if isinstance(error, DigitsError | ValueError) else f"{type(error).__name__}: "
        console.err.print(
            f"{path}, line {where.lineno}: {kind}{error}\n    {where.line}",
            style="bold red",
            markup=False,
            soft_wrap=True,
        )
        return
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(own)]
    lines += traceback.format_exception_only(error)
    print("".join(lines), end="", file=sys.stderr)


def is_ours(filename):
    """Return whether a frame's file is part of this project, or of Python's import system."""
    return filename.startswith("<frozen") or Path(filename).is_relative_to(OURS)


def save_forgotten_figures():
    """Save figures that the script has drawn, but neither shown nor saved."""
    if os.environ.get("MPLBACKEND") == BACKEND and "matplotlib.pyplot" in sys.modules:
        from scratch.compat import plots

        plots.save_forgotten()


# A process of its own


def main(arguments=None):
    """Run a script as `python -m scratch.compat.running` is told to; return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--data")
    parser.add_argument("--record")
    parser.add_argument("script")
    parser.add_argument("arguments", nargs="*")
    args = parser.parse_args(arguments)
    settings.limit, settings.epochs, settings.data = args.limit, args.epochs, args.data
    try:
        return run(args.script, args.arguments, args.record)
    except DigitsError as error:
        console.err.print(f"digits run: {error}", style="bold red", markup=False, soft_wrap=True)
        return FAILURE


if __name__ == "__main__":
    sys.exit(main())
