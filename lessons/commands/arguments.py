"""Argument types and options that several subcommands share."""

import argparse
import tempfile
from pathlib import Path

from scratch.errors import DigitsError
from scratch.network import ENGINES


def at_least(lowest):
    """Return an argparse type: a whole number that is `lowest` or more."""

    def whole_number(text):
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected a whole number, received {text!r}") from None
        if number < lowest:
            raise argparse.ArgumentTypeError(f"expected {lowest} or more, received {number}")
        return number

    return whole_number


def add_data_argument(parser):
    """Add `--data PATH`, with one help text for all commands."""
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="a folder with the four idx files (.gz or not) or mnist.npz, the npz itself, or 'digits' for "
        "the offline digits (default: MNIST where it is found, else the offline digits)",
    )


def add_json_argument(parser):
    """Add `--json`, with one help text for all commands."""
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the result as JSON to standard output, and nothing else there",
    )


def add_engine_argument(parser):
    """Add `--engine`, with one help text for all commands."""
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="fast",
        help="who computes on our side: the compiled kernels or the textbook (default: fast)",
    )


def folder_path(text):
    """Return the Path that `text` names; an argparse type."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected a folder, received an empty name")
    return Path(text)


def add_out_argument(parser, default):
    """Add `--out DIR`, the folder that the command writes its files to."""
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=folder_path,
        default=Path(default),
        help=f"folder for the files it writes (default: {default})",
    )


def made(folder, option="--out"):
    """Return `folder`, a Path, made if need be. Raises DigitsError where it can't be made or written to.

    option: what the folder was named by.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DigitsError(
            f"{option}: can't write into {folder} ({error.strerror}); choose another folder"
        ) from None
    return folder
