"""From a lesson's file to its page, and from all pages to the index."""

import base64
import html
import re
import shutil
from pathlib import Path

import jupytext
import nbclient
import nbformat
from jinja2 import Environment, FileSystemLoader
from nbconvert import HTMLExporter
from nbconvert.preprocessors.coalescestreams import CoalesceStreamsPreprocessor
from pygments.formatters import HtmlFormatter
from rich.progress import track

from lessons.catalogue import FOLDER, lessons
from lessons.commands.arguments import made
from lessons.site.formulas import with_mathml
from scratch.console import err
from scratch.errors import DigitsError

HERE = Path(__file__).parent
SECONDS_A_CELL = 600
ANSI = re.compile(r"\x1b\[[0-9;]*m")  # colours, as a terminal understands them
COLUMNS = re.compile(r"(?:\S+ {2,}){3}\S")  # in a printed line: parts of it stand below parts of others
templates = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def render(chosen, folder):
    """Run the `chosen` Lessons, write a page for each and the index; return the index's Path.

    The index and the pages name all lessons; those that have no page in `folder`, and get none now, are named
    without a link. Raises DigitsError where a lesson fails, or where `folder` can't be written to.
    """
    made(folder)
    shutil.copy(HERE / "style.css", folder / "style.css")
    with open(folder / "style.css", "a", encoding="utf-8") as file:
        file.write(highlighting())
    for lesson in track(chosen, description="Rendering", console=err, disable=not err.is_terminal):
        if not err.is_terminal:
            err.print(f"lesson {lesson.number}: {lesson.title}")
        notebook = executed(lesson)
        write_page(lesson, notebook, folder)
        write_picture(lesson, notebook, folder)
    link_neighbours(folder)
    return write_index(folder)


def write_index(folder):
    """Write the page that all others are found from; return its Path."""
    index = folder / "index.html"
    cards = [(lesson, has_page(lesson, folder)) for lesson in lessons()]
    index.write_text(templates.get_template("index.html").render(cards=cards), encoding="utf-8")
    return index


def highlighting():
    """Return the style sheet for Python code, for light pages and for dark ones."""
    light, dark = (
        HtmlFormatter(style=style).get_style_defs(".highlight") for style in ("default", "github-dark")
    )
    return f"\n{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def executed(lesson):
    """Return the lesson as a notebook that has been run from top to bottom."""
    notebook = as_notebook(lesson.path)
    client = nbclient.NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],  # it warns of connections that never leave this machine
        resources={"metadata": {"path": str(FOLDER.parent)}},
    )
    try:
        return client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        last = ANSI.sub("", str(error)).strip().splitlines()[-1]
        raise DigitsError(f"{lesson.path.name} failed: {last}; run it by itself to see where") from None


def as_notebook(path):
    """Return the percent script at `path` as a notebook that has not been run."""
    notebook = jupytext.read(path, fmt="py:percent")
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def has_page(lesson, folder):
    """Say whether the lesson has been rendered."""
    return (folder / f"{lesson.name}.html").exists()


def write_page(lesson, notebook, folder):
    """Write the page of a lesson that has been run, whose neighbours are named; see `link_neighbours`."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_mathml(cell.source, lesson.path.name)
    alternatives = captions_of(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [shown(output, lesson) for output in cell.outputs if not is_progress(output)]
    exporter = HTMLExporter(template_name="basic", exclude_anchor_links=True)
    exporter.register_preprocessor(CoalesceStreamsPreprocessor, enabled=True)
    body, _ = exporter.from_notebook_node(notebook)
    body, contents = with_anchors(with_columns(with_scrolling_tables(described(body, alternatives))))
    previous, following = neighbours(lesson)
    page = templates.get_template("page.html").render(
        lesson=lesson, body=body, contents=contents, previous=previous, following=following
    )
    (folder / f"{lesson.name}.html").write_text(page, encoding="utf-8")


def link_neighbours(folder):
    """Make links of all neighbours that have pages, also on pages that were there before those."""
    there = [each for each in lessons() if has_page(each, folder)]
    for page in (folder / f"{each.name}.html" for each in there):
        text = before = page.read_text(encoding="utf-8")
        for each in there:
            text = text.replace(f'<a data-page="{each.name}.html">', f'<a href="{each.name}.html">')
        if text != before:
            page.write_text(text, encoding="utf-8")


def neighbours(lesson):
    """Return the Lessons before and after this one, None where there is none."""
    every = lessons()
    at = [each.number for each in every].index(lesson.number)
    return every[at - 1] if at else None, every[at + 1] if at + 1 < len(every) else None


def is_progress(output):
    """Say whether an output of a cell is no result: what went to standard error, and what rich, which knows
    when a notebook's kernel runs it, made HTML of.
    """
    made_html = output.get("data", {}).get("text/html", "")
    return output.get("name") == "stderr" or made_html.startswith('<pre style="white-space:pre')


def shown(output, lesson):
    """Return an output of a cell as the page shows it: the formulas of a caption are MathML."""
    if "text/markdown" in output.get("data", {}):
        output.data["text/markdown"] = with_mathml(output.data["text/markdown"], lesson.path.name)
    return output


def with_scrolling_tables(body):
    """Return the page with each table in a box of its own, which scrolls where the table is too wide."""
    boxed = body.replace("<table>", '<div class="table"><table>')
    return boxed.replace("</table>", "</table></div>")


def with_columns(body):
    """Return the page with each output that is a table made of spaces marked: its lines must not wrap."""

    def marked(match):
        return match[0].replace("output_text", "output_text columns", 1 if COLUMNS.search(match[0]) else 0)

    return re.sub(r'<div class="[^"]*output_text[^"]*">\s*<pre>.*?</pre>', marked, body, flags=re.S)


def with_anchors(body):
    """Return the page with an anchor at each heading, and a list of (anchor, heading) for the contents."""
    contents = []

    def anchored(match):
        contents.append((f"part-{len(contents) + 1}", match[1]))
        return f'<h2 id="{contents[-1][0]}">{match[1]}</h2>'

    return re.sub(r"<h2>(.*?)</h2>", anchored, body), contents


def described(body, captions):
    """Return the page with each figure's caption as the picture's description, for who cannot see it."""
    left = iter(captions)
    return re.sub(r'alt="[^"]*"', lambda match: f'alt="{html.escape(next(left, "Figure"))}"', body)


def captions_of(notebook):
    """Return the captions of all figures as plain text, in order; see lessons.workshop.show."""
    texts = [output.get("data", {}).get("text/markdown") for output in outputs(notebook)]
    return [re.sub(r"[*$`\\]", "", text) for text in texts if text]


def outputs(notebook):
    """Return all outputs of all code cells."""
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def write_picture(lesson, notebook, folder):
    """Write the lesson's first figure, for the index."""
    for output in outputs(notebook):
        if "image/png" in output.get("data", {}):
            (folder / f"{lesson.name}.png").write_bytes(base64.b64decode(output.data["image/png"]))
            return


def write_notebook(lesson, folder):
    """Write the lesson as a notebook that has not been run; return its Path.

    Raises DigitsError where there is such a file already.
    """
    path = Path(folder) / f"{lesson.name}.ipynb"
    if path.exists():
        raise DigitsError(f"{path} exists already, perhaps with your own notes: move it away first")
    nbformat.write(as_notebook(lesson.path), path)
    return path
