import io
import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

from scratch import figures

pytestmark = pytest.mark.slow  # together they take more than a few seconds

DIGITS = np.arange(10)


def history(epochs, start=0.5):
    loss = [start / (epoch + 1) for epoch in range(epochs)]
    accuracy = [1 - value / 5 for value in loss]
    return {"loss": loss, "accuracy": accuracy, "val_loss": loss, "val_accuracy": accuracy}


def drawn_texts(figure):
    """Every text that the figure shows, after it has been drawn."""
    figures.png(figure)
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text) if text.get_visible()]


def draw(name):
    answers = {"scratch": DIGITS, "Keras": (DIGITS + (DIGITS == 4)) % 10}
    if name == "training_curves":
        return figures.training_curves({"scratch": history(2), "Keras": history(2, 0.6)}, "T")
    if name == "seeds":
        return figures.seeds({"scratch": [0.98, 0.99], "Keras": [0.981, 0.99]}, "T")
    return figures.confusion_matrices(DIGITS, answers, "T")


@pytest.mark.parametrize("epochs", [1, 3, 60])
def test_curves_show_both_sides_in_every_panel(epochs):
    figure = figures.training_curves({"scratch": history(epochs), "Keras": history(epochs)}, "MNIST: curves")
    assert [len(axes.lines) for axes in figure.axes] == [2] * 4
    assert [axes.get_xlabel() for axes in figure.axes[2:]] == ["Epoch", "Epoch"]
    assert figure.axes[0].get_ylabel().startswith("Loss")
    assert figure.axes[2].get_ylabel().startswith("Accuracy")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["scratch", "Keras"]
    ticks = figure.axes[2].get_xticks()
    assert ticks[0] == 1
    assert ticks[-1] == epochs
    assert all(tick == int(tick) for tick in ticks)
    assert "MNIST: curves" in drawn_texts(figure)


def test_coinciding_curves_differ_in_style_width_and_lightness():
    below, above = figures.training_curves({"scratch": history(3), "Keras": history(3)}, "T").axes[0].lines
    assert below.get_linewidth() > 2 * above.get_linewidth()
    assert below.get_linestyle() != above.get_linestyle()
    assert below.get_marker() != above.get_marker()
    lightness = [np.mean(matplotlib.colors.to_rgb(line.get_color())) for line in (below, above)]
    assert lightness[0] - lightness[1] > 0.3


def test_curves_without_validation_numbers_have_two_panels():
    only_training = {key: values for key, values in history(2).items() if not key.startswith("val")}
    figure = figures.training_curves({"scratch": only_training}, "T")
    assert len(figure.axes) == 2
    figures.png(figure)


def test_one_epochs_axis_holds_training_and_validation():
    far = {"loss": [0.3], "accuracy": [0.9], "val_loss": [0.1], "val_accuracy": [0.98]}
    low, high = figures.training_curves({"scratch": far, "Keras": far}, "T").axes[2].get_ylim()
    assert low < 0.9 < 0.98 < high


def test_confusion_matrices_print_the_counts_and_colour_only_mistakes():
    labels = np.array([3] * 50 + [8] * 40)
    scratch, keras = labels.copy(), labels.copy()
    scratch[:7], keras[:2] = 5, 5
    figure = figures.confusion_matrices(labels, {"scratch": scratch, "Keras": keras}, "MNIST: confusion")
    left, right, bar = figure.axes
    assert (left.texts[35].get_text(), left.texts[33].get_text(), left.texts[88].get_text()) == (
        "7",
        "43",
        "40",
    )
    assert (right.texts[35].get_text(), right.texts[0].get_text()) == ("2", "·")
    assert left.collections[0].get_array().max() == 7  # the 43 right answers are not on the colour scale
    assert left.collections[0].get_clim() == right.collections[0].get_clim() == (0, 7)
    assert (left.get_xlabel(), left.get_ylabel()) == ("Predicted digit", "True digit")
    assert left.get_title() == "scratch: 7 mistakes in 90"
    assert "Mistakes" in bar.get_xlabel()
    figures.png(figure)


def test_confusion_matrices_without_a_mistake():
    figure = figures.confusion_matrices(DIGITS, {"scratch": DIGITS, "Keras": DIGITS}, "T")
    assert figure.axes[0].get_title() == "scratch: 0 mistakes in 10"
    figures.png(figure)


def test_the_colour_map_only_gets_darker():
    colours = np.asarray(figures.answers.MISTAKES(np.linspace(0, 1, 50)))[:, :3]
    assert (np.diff(colours @ [0.2126, 0.7152, 0.0722]) < 0).all()


def test_accuracy_per_digit_shows_an_absent_digit_as_absent():
    labels = np.array([0, 0, 1, 2])
    figure = figures.accuracy_per_digit(labels, {"scratch": np.array([0, 5, 1, 2]), "Keras": labels}, "T")
    scratch, keras = figure.axes[0].lines
    np.testing.assert_allclose(scratch.get_ydata(), [0.5, 1, 1])
    np.testing.assert_allclose(keras.get_ydata(), [1, 1, 1])
    texts = drawn_texts(figure)
    assert texts.count("no images") == 7
    assert {"0\n2", "1\n1", "9\n0", "scratch", "Keras"} <= set(texts)


def test_perfect_accuracy_does_not_promise_more_than_100_percent():
    figure = figures.accuracy_per_digit(DIGITS, {"scratch": DIGITS, "Keras": DIGITS}, "T")
    low, high = figure.axes[0].get_ylim()
    assert low < 0.999
    assert 1 < high < 1.001


def test_image_grid_draws_each_image_with_its_caption():
    images = np.random.default_rng(0).integers(0, 256, (11, 28, 28), dtype=np.uint8)
    figure = figures.image_grid(images, [f"true {i}\nscratch 9 (61%)" for i in range(11)], "MNIST: odd ones")
    assert sum(len(axes.images) for axes in figure.axes) == 11
    texts = drawn_texts(figure)
    assert "true 10\nscratch 9 (61%)" in texts
    assert "MNIST: odd ones" in texts


def test_image_grid_takes_floats_with_a_channel():
    figure = figures.image_grid(np.full((1, 8, 8, 1), 0.5), ["half"], "T")
    assert figure.axes[0].images[0].get_clim() == (0, 1)


def test_image_grid_says_how_many_it_shows():
    figure = figures.image_grid(np.zeros((300, 4, 4)), ["x"] * 300, "MNIST: many", maximum=16)
    assert sum(len(axes.images) for axes in figure.axes) == 16
    assert "MNIST: many (showing 16 of 300)" in drawn_texts(figure)


def test_image_grid_without_images_says_so():
    figure = figures.image_grid(np.zeros((0, 28, 28)), [], "MNIST: none", nothing="No test image at all.")
    assert {"MNIST: none", "No test image at all."} <= set(drawn_texts(figure))


def test_image_grid_wants_a_caption_for_each_image():
    with pytest.raises(ValueError, match="expected 2, received 1"):
        figures.image_grid(np.zeros((2, 28, 28)), ["only one"], "T")


def test_answers_on_images_puts_the_most_confident_first():
    labels = np.array([4, 7, 2])
    scratch = np.full((3, 10), 0.01)
    scratch[DIGITS[:3], [9, 7, 3]] = 0.61, 0.9, 0.95
    keras = np.full((3, 10), 0.01)
    keras[DIGITS[:3], [4, 7, 2]] = 0.55, 0.9, 0.8
    figure = figures.answers_on_images(
        np.zeros((3, 28, 28)), labels, {"scratch": scratch, "Keras": keras}, [True, False, True], "T"
    )
    captions = [axes.get_xlabel() for axes in figure.axes if axes.images]
    assert captions == ["true 2\nscratch 3 (95%)\nKeras 2 (80%)", "true 4\nscratch 9 (61%)\nKeras 4 (55%)"]


def test_seeds_show_every_seed_and_the_mean():
    accuracies = {"scratch": [0.98, 0.99, 0.985], "Keras": [0.982, 0.991, 0.984]}
    figure = figures.seeds(accuracies, "MNIST: seeds", [0, 7, 42], {"scratch": 0.004, "Keras": 0.003})
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    np.testing.assert_allclose(lines["scratch"].get_ydata(), accuracies["scratch"])
    means = [
        line for line in figure.axes[0].lines if np.allclose(line.get_ydata(), np.mean(accuracies["Keras"]))
    ]
    assert means
    assert {"0", "7", "42", "Seed", "MNIST: seeds"} <= set(drawn_texts(figure))


def test_one_seed_has_no_mean_nor_deviation():
    figure = figures.seeds({"scratch": [0.98], "Keras": [0.982]}, "T", [5], {"scratch": 0.0, "Keras": 0.0})
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["5"]
    assert [list(line.get_ydata()) for line in figure.axes[0].lines] == [[0.98], [0.982]]
    assert not any("deviation" in text for text in drawn_texts(figure))


@pytest.mark.parametrize("name", ["training_curves", "seeds", "confusion_matrices"])
def test_a_picture_does_not_depend_on_the_callers_settings_nor_changes_them(name):
    expected = figures.png(draw(name))
    with matplotlib.rc_context(
        {"font.size": 30, "axes.facecolor": "black", "lines.linewidth": 9, "xtick.color": "red"}
    ):
        before = dict(matplotlib.rcParams)
        received = figures.png(draw(name))
        assert dict(matplotlib.rcParams) == before
    np.testing.assert_array_equal(*(np.asarray(Image.open(io.BytesIO(png))) for png in (expected, received)))


def test_a_title_is_printed_as_it_stands():
    title = "Zahlen $x$ & <b> 数字 " + "very long " * 20
    figure = figures.image_grid(np.zeros((1, 28, 28)), ["$y$"], title)
    assert " ".join(figure.get_suptitle().split()) == title.strip()
    figures.png(figure)


def test_importing_and_drawing_chooses_no_backend_and_leaves_no_figure_open():
    code = """
import matplotlib, numpy
from scratch import figures
figures.png(figures.confusion_matrices(numpy.arange(10), {"scratch": numpy.arange(10)}, "T"))
import matplotlib.pyplot as plt
assert plt.get_fignums() == []
assert dict.__getitem__(matplotlib.rcParams, "backend") is matplotlib.rcsetup._auto_backend_sentinel
"""
    environment = {**os.environ, "MPLBACKEND": ""}
    root = Path(figures.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=root)
