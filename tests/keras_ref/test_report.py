import io
import json
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from keras_ref import report as reports
from keras_ref.report import pictures
from keras_ref.report import words as sentences
from scratch import figures

pytestmark = pytest.mark.slow  # together they take more than a few seconds

TEST_IMAGES = 200
HISTORY = {"loss": [0.3, 0.1], "accuracy": [0.9, 0.97], "val_loss": [0.1, 0.08], "val_accuracy": [0.97, 0.98]}
SIDE = {
    "test_accuracy": 0.985,
    "test_loss": 0.0331,
    "epoch_seconds": 21.34,
    "seconds_by_epoch": [21.9, 21.34],
}
MACHINE = {"python": "3.11.7", "keras": "3.15.1", "processor": "Some <CPU> & more", "threads": 2}


def make_report(**changes):
    report = {
        "data": "mnist", "title": "MNIST", "source": "/some/folder", "model": "cnn", "optimizer": "adam",
        "batch_size": 128, "seed": 0, "epochs": 2, "train_images": 55000, "validation_images": 5000,
        "test_images": TEST_IMAGES, "parameters": 225034, "scratch": SIDE | {"history": HISTORY},
        "keras": SIDE | {"test_accuracy": 0.98, "history": HISTORY}, "agreement": 0.995,
        "max_weight_difference": 0.2134, "environment": MACHINE,
    }  # fmt: skip
    report["keras"]["test_accuracy"] = 0.983
    return report | changes


def make_several(agreements=(0.995, 0.99, 1.0), **changes):
    report = make_report(**changes)
    sides = {side: report[side] for side in ("scratch", "keras")}
    report["seeds"] = list(range(len(agreements)))
    report["runs"] = [
        {
            "seed": seed,
            **sides,
            "agreement": agreement,
            "max_weight_difference": 0.2 + seed / 100,
        }
        for seed, agreement in zip(report["seeds"], agreements, strict=True)
    ]
    numbers = {"test_accuracy": 0.9812, "test_loss": 0.0345, "epoch_seconds": 20.5}
    spread = {"test_accuracy": 0.0007, "test_loss": 0.0011, "epoch_seconds": 0.3}
    report["mean"] = {
        "scratch": numbers,
        "keras": numbers,
        "agreement": 0.9957,
        "max_weight_difference": 0.236,
    }
    report["std"] = {"scratch": spread, "keras": spread, "agreement": 0.004, "max_weight_difference": 0.03}
    return report


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, TEST_IMAGES)
    logits = rng.normal(size=(TEST_IMAGES, 10)) + 4 * np.eye(10)[labels]

    def side(noise):
        powers = np.exp(logits + noise * rng.normal(size=logits.shape))
        return SimpleNamespace(
            probabilities=np.float32(powers / powers.sum(1, keepdims=True)), history=HISTORY
        )

    images = rng.integers(0, 256, (TEST_IMAGES, 28, 28), dtype=np.uint8)
    dataset = SimpleNamespace(
        name="mnist", title="MNIST", source="/some/folder", x_test=images, y_test=labels
    )
    return SimpleNamespace(scratch=side(0), keras=side(0.5)), dataset


@pytest.fixture(scope="module")
def written(inputs, tmp_path_factory):
    """A report of one seed, the paths written, and the page."""
    folder = tmp_path_factory.mktemp("report") / "new" / "folder"
    paths = reports.write(make_report(), *inputs, folder)
    return folder, paths, (folder / "report.html").read_text("utf-8")


@pytest.fixture
def no_pictures(monkeypatch):
    """Draw nothing, where a test is about the words."""

    def draw(report, run, dataset):
        return {name: b"PNG" for name in pictures.PICTURES if name != "seeds" or "runs" in report}

    monkeypatch.setattr(reports, "draw", draw)


class Page(HTMLParser):
    """Checks that tags are closed in order, and collects attributes and text."""

    def __init__(self, markup):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.feed(markup)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if "style" not in self.open:
            self.text += text

    def words(self):
        return " ".join(self.text.split())


def printed(report, width=80):
    console = Console(file=io.StringIO(), width=width)
    reports.print_table(report, console)
    return console.file.getvalue()


def test_writes_the_json_the_pictures_and_the_page(written):
    folder, paths, _ = written
    names = [
        "report.json",
        "curves.png",
        "per_digit.png",
        "confusion.png",
        "disagreements.png",
        "shared_mistakes.png",
    ]
    assert sorted(path.name for path in paths) == sorted([*names, "report.html"])
    assert sorted(folder.iterdir()) == sorted(paths)  # no temporary file is left
    assert json.loads((folder / "report.json").read_text()) == make_report()
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths if path.suffix == ".png")


def test_the_page_is_whole_and_loads_nothing(written):
    page = Page(written[2])
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(images) == 5
    assert all(image["src"].startswith("data:image/png;base64,") and image["alt"] for image in images)
    assert not {"script", "link", "iframe"} & {tag for tag, _ in page.tags}
    assert not any(
        key == "href" or (key == "src" and "http" in value[:10])
        for _, a in page.tags
        for key, value in a.items()
    )
    boxes = [attributes for _, attributes in page.tags if attributes.get("class") == "picture"]
    assert len(boxes) == len(images)
    assert re.search(r"\.picture {[^}]*overflow-x: auto", written[2])
    assert "url(" not in written[2]
    assert "@import" not in written[2]
    assert ("html", {"lang": "en"}) in page.tags
    assert "viewport" in [attributes.get("name") for tag, attributes in page.tags if tag == "meta"]


def test_the_page_holds_the_numbers_and_the_command(written):
    words = Page(written[2]).words()
    for expected in (
        "98.50%",
        "98.30%",
        "0.0331",
        "21.3 s",
        "225,034",
        "99.50%",
        "0.21",
        "Some <CPU> & more",
    ):
        assert expected in words
    command = "digits compare --model cnn --epochs 2 --batch-size 128 --optimizer adam --seed 0"
    assert words.endswith(command)


def test_one_seed_has_no_section_of_seeds(written):
    assert "Seed by seed" not in written[2]
    assert "±" not in written[2]
    assert "of seed" not in written[2]


def test_several_seeds(inputs, tmp_path):
    paths = reports.write(make_several(), *inputs, tmp_path)
    assert tmp_path / "seeds.png" in paths
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    words = page.words()
    assert "98.12 ± 0.07%" in words
    assert "Seed by seed" in words
    assert "The pictures are of seed 0" in words
    assert "That holds for each of the 3 seeds." in words
    assert len([tag for tag, _ in page.tags if tag == "img"]) == 6
    assert words.endswith("--seeds 3")


def test_a_picture_of_an_earlier_report_is_removed(inputs, tmp_path, no_pictures):
    (tmp_path / "seeds.png").touch()
    (tmp_path / "mine.png").touch()
    reports.write(make_report(), *inputs, tmp_path)
    assert not (tmp_path / "seeds.png").exists()
    assert (tmp_path / "mine.png").exists()


def test_whatever_comes_from_the_data_is_escaped(inputs, tmp_path, no_pictures):
    title, source = "Zahlen <script>$x & 数字", "/tmp/a <b> & 'c'/\udcff"
    reports.write(make_report(title=title, source=source, data="other"), *inputs, tmp_path)
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    assert not {"script", "b"} & {tag for tag, _ in page.tags}
    assert title in page.words()
    assert "/tmp/a <b> & 'c'/?" in page.words()
    assert json.loads((tmp_path / "report.json").read_text())["source"] == source


def test_the_page_of_other_digits_mentions_mnist_only_to_deny_it(inputs, tmp_path, no_pictures):
    report = make_report(data="digits", title="scikit-learn's digits", test_images=360)
    reports.write(report, *inputs, tmp_path)
    words = Page((tmp_path / "report.html").read_text("utf-8")).words()
    assert words.upper().count("MNIST") == words.count("are not MNIST") == 1
    assert words.endswith("--seed 0 --data digits")
    assert "A single test image counts for 0.28 points." in words


def test_no_disagreement_at_all(inputs, tmp_path):
    dataset = inputs[1]
    right = SimpleNamespace(probabilities=np.eye(10, dtype=np.float32)[dataset.y_test], history=HISTORY)
    paths = reports.write(
        make_report(agreement=1.0), SimpleNamespace(scratch=right, keras=right), dataset, tmp_path
    )
    assert len(paths) == 7
    words = Page((tmp_path / "report.html").read_text("utf-8")).words()
    assert "The two give the same answer for every test image." in words
    assert "Each test image is read correctly by at least one of the two." in words
    for explanation in ("Under each image", "most confident", "Low percentages"):
        assert explanation not in words


# Six images: both right, scratch alone right (twice), Keras alone right, both wrong alike, both wrong apart.
SCENE_LABELS = np.array([0, 1, 2, 3, 4, 5])
SCENE_ANSWERS = {"scratch": np.array([0, 1, 2, 9, 9, 8]), "Keras": np.array([0, 7, 7, 3, 9, 9])}


def run_of(answers):
    """A run whose sides give these answers."""
    scratch, keras = (
        SimpleNamespace(probabilities=np.eye(10, dtype=np.float32)[answers[side]])
        for side in ("scratch", "Keras")
    )
    return SimpleNamespace(scratch=scratch, keras=keras)


@pytest.fixture
def drawn(monkeypatch):
    """What each function of scratch.figures was called with, while `draw` drew the scene of two seeds."""
    names = "training_curves", "accuracy_per_digit", "confusion_matrices", "answers_on_images", "seeds"
    calls = {name: [] for name in names}
    for name in names:

        def record(*arguments, name=name, **options):
            calls[name].append(arguments)

        monkeypatch.setattr(figures, name, record)
    monkeypatch.setattr(figures, "png", lambda figure: b"PNG")
    report = make_several(agreements=(1.0, 1.0))
    report["keras"] = report["keras"] | {"history": {"loss": [7.0]}}
    dataset = SimpleNamespace(x_test=np.zeros((6, 28, 28), np.uint8), y_test=SCENE_LABELS)
    assert set(pictures.draw(report, run_of(SCENE_ANSWERS), dataset)) == set(pictures.PICTURES)
    return calls


def test_each_side_is_drawn_from_its_own_numbers(drawn):
    (histories, _), *others = drawn["training_curves"]
    assert histories == {"scratch": HISTORY, "Keras": {"loss": [7.0]}}
    assert not others
    (accuracies, title, numbers, _), *others = drawn["seeds"]
    assert accuracies == {"scratch": [0.985] * 2, "Keras": [0.983] * 2}
    assert (title, numbers, others) == ("MNIST: test accuracy with 2 seeds", [0, 1], [])
    for name in ("accuracy_per_digit", "confusion_matrices"):
        ((labels, answers, _),) = drawn[name]
        np.testing.assert_array_equal(labels, SCENE_LABELS)
        for side, expected in SCENE_ANSWERS.items():
            np.testing.assert_array_equal(answers[side], expected)


def test_the_right_images_are_drawn(drawn):
    disagreements, shared_mistakes = drawn["answers_on_images"]
    assert "the two disagree" in disagreements[4]
    assert "both get wrong" in shared_mistakes[4]
    assert np.flatnonzero(disagreements[3]).tolist() == [1, 2, 3, 5]
    assert np.flatnonzero(shared_mistakes[3]).tolist() == [4, 5]
    for side, expected in SCENE_ANSWERS.items():
        np.testing.assert_array_equal(disagreements[2][side].argmax(1), expected)


def test_the_captions_count_who_is_right():
    captions = pictures.captions(run_of(SCENE_ANSWERS), SCENE_LABELS)
    assert captions["disagreements"].startswith(
        "The two give different answers for 4 of 6 test images: scratch's is right for 2, Keras's for 1, "
        "neither for 1. Under each image"
    )
    assert captions["shared_mistakes"].startswith("Both sides get 2 of 6 test images wrong. The most")


# (test images, scratch's right answers, Keras's, different answers): the limits, and one image beyond them
@pytest.mark.parametrize(
    ("images", "scratch", "keras", "different", "same"),
    [
        (10_000, 9900, 9900, 0, True),
        (10_000, 9926, 9886, 100, True),
        (10_000, 9886, 9926, 100, True),
        (10_000, 9926, 9885, 100, False),
        (10_000, 9885, 9926, 100, False),
        (10_000, 9900, 9900, 101, False),
        (359, 350, 348, 3, True),
        (359, 348, 350, 3, True),
        (359, 350, 347, 3, False),
        (359, 350, 350, 4, False),
        (100, 98, 96, 3, True),
        (100, 98, 98, 4, False),
    ],
)
def test_the_verdict_follows_the_numbers(images, scratch, keras, different, same):
    report = make_report(
        test_images=images,
        agreement=(images - different) / images,
        scratch=SIDE | {"test_accuracy": scratch / images},
        keras=SIDE | {"test_accuracy": float(np.float32(keras / images))},  # as Keras returns it
    )
    assert sentences.verdict(report).startswith("Yes" if same else "No")
    assert sentences.headline(report).endswith("one result" if same else "two results")
    assert ("another cause" in sentences.drift_sentence(report)) is not same


def test_the_verdict_says_its_rule_and_what_it_rests_on():
    text = sentences.verdict(make_report())
    assert (
        "Scratch reads 98.50% of the 200 test images correctly and Keras 98.30%, 0.20 percentage points "
        "apart, and the two give the same answer, right or wrong, for 99.50% of the images."
    ) in text
    assert (
        "when their accuracies are at most 0.4 points or 2 test images apart, whichever is more, and their "
        "answers differ for at most 1% of the test images or 3 of them, whichever is more."
    ) in text
    assert "prove little" not in text
    assert "prove little" in sentences.verdict(make_report(test_images=99))


def test_the_parameters_are_the_reports():
    assert sentences.table_rows(make_report(parameters=1234))[-1] == ("Parameters", "1,234", "1,234")


def test_one_of_anything_is_singular(inputs, tmp_path, no_pictures):
    ones = dict.fromkeys(("epochs", "train_images", "validation_images", "test_images", "parameters"), 1)
    report = make_several(agreements=(1.0,), **ones)
    run, dataset = inputs
    run = SimpleNamespace(
        scratch=SimpleNamespace(probabilities=run.scratch.probabilities[:1]),
        keras=SimpleNamespace(probabilities=1 - run.scratch.probabilities[:1]),
    )
    dataset = SimpleNamespace(x_test=dataset.x_test[:1], y_test=dataset.y_test[:1])
    reports.write(report, run, dataset, tmp_path)
    words = " ".join((Page((tmp_path / "report.html").read_text("utf-8")).words(), printed(report)))
    assert "different answers for 1 of 1 test image:" in words
    assert "1 step, dividing by Adam's sqrt(v), lets such" in words
    assert not re.search(r"(?<![\d.,])1 (steps|epochs|seeds|parameters|([a-z]+ )?images)", words)


def test_a_single_run_of_seeds_has_no_spread(inputs, tmp_path):
    report = make_several(agreements=(0.995,))
    paths = reports.write(report, *inputs, tmp_path)
    assert tmp_path / "seeds.png" in paths
    words = Page((tmp_path / "report.html").read_text("utf-8")).words() + printed(report)
    for spread in ("±", "deviation", "On average", "all seeds", "of seed 0, the first", "the 1 seeds"):
        assert spread not in words
    assert "Seed by seed" in words
    assert "With more seeds" in words
    assert "cnn, 2 epochs, seed 0" in words
    assert "--seeds 1" in words


def test_one_bad_seed_is_not_hidden_by_the_mean():
    text = sentences.verdict(make_several(agreements=(0.999, 0.9, 0.999)))
    assert text.startswith("No")
    assert "2 of the 3 seeds" in text


@pytest.mark.parametrize(("optimizer", "root"), [("adam", "Adam's"), ("rmsprop", "RMSprop's"), ("sgd", None)])
def test_only_optimizers_that_divide_by_a_root_are_said_to(optimizer, root):
    sentence = sentences.drift_sentence(make_report(optimizer=optimizer))
    assert ("sqrt(v)" in sentence) is (root is not None)
    assert root is None or f"each dividing by {root} sqrt(v)," in sentence


def test_the_command_quotes_a_path():
    command = sentences.repeat_command(make_report(data="letters", source="/my data/it's"))
    assert shlex.split(command)[-2:] == ["--data", "/my data/it's"]


def test_the_table_holds_the_numbers_in_80_columns():
    text = printed(make_report(title="MNIST [bold]"))
    assert max(map(len, text.splitlines())) <= 80
    for expected in (
        "MNIST [bold]",
        "98.50%",
        "98.30%",
        "0.0331",
        "21.3 s",
        "225,034",
        "scratch",
        "Keras",
        "2 epochs",
    ):
        assert expected in text
    words = " ".join(text.split())
    assert "Both predict the same class for 99.50% of the 200 test images." in words
    assert "The largest difference between two weights is 0.21" in words
    assert "two correct programs add the same numbers in different orders" in words
    assert re.search(r"and \d+ steps, each dividing by Adam's", words)


def test_the_table_of_several_seeds():
    text = printed(make_several())
    assert max(map(len, text.splitlines())) <= 80
    for expected in ("98.12 ± 0.07%", "0.0345 ± 0.0011", "20.5 ± 0.3 s", "99.57 ± 0.40%", "seeds 0, 1, 2"):
        assert expected in text


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "report.json"
    reports.write_file(path, b"old")

    def fail(*paths):
        raise KeyboardInterrupt

    monkeypatch.setattr(reports.os, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        reports.write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_report_needs_no_tensorflow():
    code = (
        "import keras_ref.report, scratch.figures, sys; assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    root = Path(reports.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
