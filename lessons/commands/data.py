"""`digits data`: which data set the other commands will use, where it is, and whether it is sound."""

import argparse
import hashlib
import json

import numpy as np
from rich import box
from rich.table import Table

from lessons.commands.arguments import add_data_argument, add_json_argument
from scratch import datasets
from scratch.console import out
from scratch.datasets import download, mnist

DIGITS = range(10)
ORIGINALS = {file.sha256: file.name for mirror in download.MIRRORS for file in mirror.files}


def configure(parser):
    """Add the command's options to `parser`."""
    group = parser.add_mutually_exclusive_group()
    add_data_argument(group)
    group.add_argument(
        "--download",
        action="store_true",
        help="download MNIST now, even if no network was found a moment ago",
    )
    add_json_argument(parser)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = where_to_get_mnist()


def run(args):
    """Print what is found, where, and whether it is sound; with --download, download MNIST first."""
    if args.download:
        download_now()
    data = datasets.load(args.data)
    if args.json:
        print(json.dumps(summary(data)))
        return
    print_counts(data)
    places = datasets.places(args.data)
    used = next((place for place in places if place.used), None)
    if used:
        print_files(data, mnist.files_at(used.path))
    if places:
        print_places(places, used)
    if data.name == "digits":
        say(f"\n{where_to_get_mnist()}")


def say(text):
    """Print `text` to standard output without breaking its lines, so that a path can be copied."""
    out.print(text, markup=False, soft_wrap=True)


def download_now():
    """Download MNIST into our cache folder, whatever is remembered about the network."""
    download.forget_no_network()
    try:
        download.fetch()
    except download.DownloadError as error:
        message = f"MNIST was not downloaded: {error}.\nTo get it by hand, see `digits data --help`."
        raise download.DownloadError(message) from None


def counts(labels):
    """Return how many of `labels`, (N,) uint8, are 0, 1, ... 9, as a list of ten ints."""
    return np.bincount(labels, minlength=len(DIGITS)).tolist()


def summary(data):
    """Return what `--json` prints about the Dataset `data`."""
    return {
        "data": data.name,
        "title": data.title,
        "source": data.source,
        "train": len(data.x_train),
        "test": len(data.x_test),
        "counts": {"train": counts(data.y_train), "test": counts(data.y_test)},
        "canonical": data.name == "mnist",
    }


def print_counts(data):
    """Print what the data are, where they are from, and how many images there are of each digit."""
    verdict = "the original, byte for byte" if data.name == "mnist" else "sound, but not the original MNIST"
    say(f"Data:    {data.title}\nSource:  {data.source}\nChecked: {verdict}")
    table = Table(box=box.SIMPLE, show_footer=True)  # upright, so that a narrow terminal cuts no number
    table.add_column("digit", "all", justify="right")
    table.add_column("train", str(len(data.y_train)), justify="right")
    table.add_column("test", str(len(data.y_test)), justify="right")
    for row in zip(DIGITS, counts(data.y_train), counts(data.y_test), strict=True):
        table.add_row(*map(str, row))
    say("Images of each digit:")
    out.print(table)


def print_files(data, files):
    """Print each of the `files` (as `mnist.files_at` returns them) with a verdict on its checksum."""
    arrays = {part: getattr(data, part) for part in mnist.FILES}
    same = mnist.canonical_parts(arrays)
    say("Files:")
    for part, file in files.items():
        original = same >= set(arrays) if part == "npz" else part in same
        say(f"  {file.name:<28}{verdict_on(file, original)}")


def verdict_on(file, original):
    """Return in words what the checksum of `file` says; `original`: whether what it holds is MNIST's own."""
    with open(file, "rb") as stream:
        known = ORIGINALS.get(hashlib.file_digest(stream, "sha256").hexdigest())
    if known:
        return f"the published {known}, byte for byte"
    if original:
        return "the original contents, in other wrapping than the published file"
    return "not MNIST's bytes"


def print_places(places, used):
    """Print the `places` that were looked at, in order, with what is there, and which of them is `used`."""
    say("\nPlaces, in the order in which they are looked at:")
    for number, place in enumerate(places, 1):
        say(f"  {number}. {place.label}: {place.state}{'   <- used' if place is used else ''}")
    say(f"  {len(places) + 1}. download: {'not needed' if used else state_of_download()}")


def state_of_download():
    """Return in words why nothing was downloaded, and how to try again."""
    if until := download.no_network_until():
        return f"no network found; remembered until {until:%H:%M} (`digits data --download` tries now)"
    return "failed (`digits data --download` tries again)"


def where_to_get_mnist():
    """Return how to get MNIST: by itself, or by hand."""
    folder, _, npz = download.MIRRORS
    return "\n".join(
        [
            "To get MNIST (11 MB):",
            "  with a network:  digits data --download",
            "  by hand:         put these four files into a folder and set MNIST_DIR to it, or use --data:",
            *(f"    {folder.address}{file.name}" for file in folder.files),
            f"  or, instead of the four: {npz.address}{npz.files[0].name}",
        ]
    )
