"""The lessons as web pages: complete, described, linked, and nothing that a page has to fetch."""

import base64
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lessons import catalogue
from lessons.site import __main__ as site
from lessons.site import render
from lessons.site.formulas import with_mathml
from scratch.errors import DigitsError

ROOT = Path(__file__).parents[2]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
LOADS = {"src", "href", "data", "srcset", "poster", "action", "background"}  # attributes that name a resource


class Page(HTMLParser):
    """What a page loads, links to, names and describes."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.loads, self.links, self.ids, self.images = [], [], [], set(), []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if "id" in attributes:
            assert attributes["id"] not in self.ids, f"two elements are called {attributes['id']}"
            self.ids.add(attributes["id"])
        if tag == "img":
            self.images.append(attributes)
        for name in LOADS & set(attributes):
            (self.links if tag == "a" else self.loads).append(attributes[name])


def problems(folder):
    """Yield a sentence for each link of a site that leads nowhere, and for each resource from elsewhere."""
    pages = {path.name: Page(path) for path in folder.glob("*.html")}
    for name, page in pages.items():
        for target in page.loads + page.links:
            parts = urlsplit(target)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                if target in page.loads:
                    yield f"{name} loads {target}"
                continue
            file = unquote(parts.path) or name
            if not (folder / file).is_file():
                yield f"{name}: there is no {target}"
            elif parts.fragment and unquote(parts.fragment) not in pages[file].ids:
                yield f"{name}: there is no part {target}"
    for path in folder.glob("*.css"):
        text = path.read_text(encoding="utf-8")
        if "@import" in text or "url(" in text:
            yield f"{path.name} loads something"


def tiny_notebook():
    """Return a lesson that has been run: formulas, a table, code, a figure with its caption, a warning."""
    text = "# A title\n\n## A part of $x$\n\n$$y = \\frac{1}{2} x^2$$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    outputs = [
        new_output("stream", name="stderr", text="a warning"),
        new_output("display_data", data={"text/html": '<pre style="white-space:pre">a warning</pre>'}),
        new_output("stream", name="stdout", text="it prints "),
        new_output("stream", name="stdout", text="a < b\n"),
        new_output("display_data", data={"text/plain": "a     1     2     3\nb    12    13    14"}),
        new_output("display_data", data={"image/png": PIXEL, "text/plain": "<Image>"}),
        new_output("display_data", data={"text/markdown": '*A "caption" with $w$ < 1.*'}),
    ]
    return new_notebook(cells=[new_markdown_cell(text), new_code_cell("print('a < b')", outputs=outputs)])


@pytest.fixture
def tiny_site(tmp_path):
    """Return the folder of a site in which lesson 6 alone is rendered, from a tiny notebook."""
    lesson, notebook = catalogue.lesson(6), tiny_notebook()
    shutil.copy(render.HERE / "style.css", tmp_path)
    render.write_page(lesson, notebook, tmp_path)
    render.write_picture(lesson, notebook, tmp_path)
    render.link_neighbours(tmp_path)
    render.write_index(tmp_path)
    return tmp_path


# One tiny lesson


def test_a_page_holds_formulas_tables_code_and_output(tiny_site):
    path = tiny_site / f"{catalogue.lesson(6).name}.html"
    text, page = path.read_text(encoding="utf-8"), Page(path)
    assert page.tags.count("math") == 4, "in a heading, the contents, on its own, in a caption"
    assert "<mfrac>" in text
    assert '<div class="table"><table>' in text
    assert "it prints a &lt; b" in text
    assert text.count("output_text columns") == 1, "a table made of spaces, whose lines must not wrap"
    assert "a warning" not in text
    assert f"<title>Lesson 6: {catalogue.lesson(6).title}</title>" in text
    assert '<meta name="viewport"' in text


def test_a_figure_is_described_by_its_caption(tiny_site):
    (image,) = Page(tiny_site / f"{catalogue.lesson(6).name}.html").images
    assert image["alt"] == 'A "caption" with w < 1.'
    assert image["src"].startswith("data:image/png;base64,")
    picture = tiny_site / f"{catalogue.lesson(6).name}.png"
    assert picture.read_bytes() == base64.b64decode(PIXEL)


def test_nothing_is_fetched_and_no_link_is_dead(tiny_site):
    page = Page(tiny_site / f"{catalogue.lesson(6).name}.html")
    assert "script" not in page.tags
    assert [load for load in page.loads if not load.startswith("data:")] == ["style.css"]
    assert page.links == ["index.html", "#part-1", "index.html"], "its neighbours have no pages yet"
    assert list(problems(tiny_site)) == []


def test_neighbours_that_have_pages_are_linked(tmp_path):
    three = [catalogue.lesson(number) for number in (5, 6, 7)]
    for lesson in three:  # one after the other, as by three commands
        render.write_page(lesson, tiny_notebook(), tmp_path)
        render.link_neighbours(tmp_path)
    links = Page(tmp_path / f"{three[1].name}.html").links
    assert links[:3] == [f"{three[0].name}.html", "index.html", f"{three[2].name}.html"]
    text = (tmp_path / f"{three[1].name}.html").read_text(encoding="utf-8")
    assert f"← 5 {three[0].title}" in text
    assert f"7 {three[2].title} →" in text
    first, last = catalogue.lessons()[0], catalogue.lessons()[-1]
    assert render.neighbours(first)[0] is None
    assert render.neighbours(last)[1] is None


def test_the_index_names_all_lessons_and_links_those_that_there_are(tiny_site):
    page = Page(tiny_site / "index.html")
    text = (tiny_site / "index.html").read_text(encoding="utf-8")
    assert page.links == [f"{catalogue.lesson(6).name}.html"]
    for lesson in catalogue.lessons():
        assert f"{lesson.number}. {lesson.title}" in text


def test_the_checker_of_links_sees_what_is_wrong(tiny_site):
    more = '<a href="gone.html">x</a><a href="index.html#gone">x</a><script src="https://example.org/x.js"></script>'
    (tiny_site / "more.html").write_text(more, encoding="utf-8")
    (tiny_site / "more.css").write_text("@import 'other.css';", encoding="utf-8")
    assert sorted(problems(tiny_site)) == [
        "more.css loads something",
        "more.html loads https://example.org/x.js",
        "more.html: there is no gone.html",
        "more.html: there is no part index.html#gone",
    ]


# Formulas, arguments, failures


def test_formulas_become_mathml_and_code_stays():
    text = with_mathml("`$x$` and $a_{i,\nj}$\n\n```\n$$y$$\n```\n\n$$z$$", "a test")
    assert text.count("<math") == 2
    assert re.search(r'<span class="together"><math.*</math>\.</span>', with_mathml("of $x$.", "a test"))
    assert "`$x$`" in text
    assert "```\n$$y$$\n```" in text
    assert '<div class="formula"><div><math' in text
    assert with_mathml(r"$$a \qquad b_{c \qquad d}$$", "a test").count("<math") == 1, "not within braces"
    assert with_mathml(r"$$a, \qquad b$$", "a test").count("<math") == 2, (
        "a narrow page may wrap between them"
    )
    assert '<span class="together">(<math' in with_mathml("($x$)", "a test")
    assert with_mathml(r"$\log K$", "a test").count("<mspace") == 1
    assert with_mathml(r"$\log (K)$", "a test").count("<mspace") == 0
    assert with_mathml("$|x|$", "a test").count('lspace="0"') == 2
    with pytest.raises(DigitsError, match=r"a test: the formula .* can't be read as LaTeX"):
        with_mathml("$\\left( x$", "a test")
    with pytest.raises(DigitsError, match=r"a test: .* has \\froc, which becomes no MathML"):
        with_mathml("$\\froc{1}{2}$", "a test")


def test_which_lessons_are_rendered(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(render, "render", lambda chosen, folder: asked.append((chosen, folder)) or folder)
    assert site.main(["7", "5", "--out", str(tmp_path)]) == 0
    assert site.main([]) == 0
    assert asked == [
        ([catalogue.lesson(5), catalogue.lesson(7)], tmp_path),
        (catalogue.lessons(), Path("site")),
    ]


def test_errors_are_sentences(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert site.main(["99"]) == 1
    assert site.main(["1", "--out", str(tmp_path / "file")]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "there is no lesson 99" in said
    assert "--out: can't write into" in said


@pytest.mark.slow
def test_a_lesson_that_fails_is_named_with_its_error(tmp_path):
    path = tmp_path / "06_broken.py"
    path.write_text("# %% [markdown]\n# # A lesson\n\n# %%\nprint(1)\n\n# %%\nassert 1 == 2, 'so it is'\n")
    broken = catalogue.Lesson(6, path, "A lesson", "To fail.", 15, "nothing")
    with pytest.raises(DigitsError, match=r"06_broken\.py failed: AssertionError: so it is"):
        render.executed(broken)


# All of it


@pytest.mark.verify
def test_the_whole_site(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITS_SMOKE", "1")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    done = subprocess.run(
        [sys.executable, "-m", "lessons.site", "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(problems(tmp_path)) == []
    index = Page(tmp_path / "index.html")
    assert len(index.images) == len(index.links) == len(catalogue.lessons())
    for lesson in catalogue.lessons():
        page = Page(tmp_path / f"{lesson.name}.html")
        assert "script" not in page.tags
        assert page.images, f"lesson {lesson.number} has no figure"
        assert all(len(image["alt"]) > 15 for image in page.images), "each has its caption"
        text = page_text(tmp_path / f"{lesson.name}.html")
        assert "$" not in text, "a formula is left as LaTeX"


def page_text(path):
    """Return a page's text outside of code, output and pictures."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"<(pre|code|title)\b.*?</\1>|<[^>]*>", "", text, flags=re.S)
