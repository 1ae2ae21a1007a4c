"""What `digits compare` leaves behind: a table in the terminal, a page to send on, and the numbers as JSON.

All of it is computed from one `report`, a dict of plain numbers and text, and from the first seed's `run`,
which has what is too big for JSON. TensorFlow is not needed.
"""

import json
import os

from keras_ref.report.page import html_page
from keras_ref.report.pictures import PICTURES, captions, draw
from keras_ref.report.words import print_table

__all__ = ["print_table", "write"]


def write(report, run, dataset, folder):
    """Write report.json, report.html and its pictures into `folder`; return the list of paths written.

    Each file appears whole or not at all. An earlier report's picture that this one does not have is removed.

    Args:
        report: the dict that `digits compare --json` prints.
        run: the first seed's result; `run.scratch` and `run.keras` have `probabilities`, (N, 10) float32.
        dataset: has `name`, `title`, `x_test` (N, 28, 28) uint8 and `y_test` (N,) ints.
        folder: a Path; it is made if need be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=2) + "\n"
    paths = [write_file(folder / "report.json", text.encode())]
    pictures = draw(report, run, dataset)
    for name in PICTURES:
        path = folder / f"{name}.png"
        if name in pictures:
            paths.append(write_file(path, pictures[name]))
        else:
            path.unlink(missing_ok=True)
    page = html_page(report, pictures, captions(run, dataset.y_test))
    return [*paths, write_file(folder / "report.html", page.encode("utf-8", "replace"))]


def write_file(path, content):
    """Write the bytes `content` to `path`, which until then keeps what it had; return `path`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
