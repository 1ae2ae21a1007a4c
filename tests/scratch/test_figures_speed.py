import matplotlib
import numpy as np
import pytest

from scratch import figures

RATIOS = {
    "cnn": {
        "Training": {"Keras": (2.7, 2.1, 4.0), "reference": (15.0, 14.0, 16.0)},
        "One image, predict": {"Keras": (1024.0, 900.0, 1100.0)},
    },
    "small": {
        "Training": {"Keras": (0.5, 0.4, 0.6), "reference": (20.0, 19.0, 21.0)},
        "One image, predict": {"Keras": (512.0, 500.0, 600.0)},
    },
}


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_ratios_have_a_bar_and_a_number_for_each_of_the_others():
    figure = figures.speed_ratios(RATIOS, "MNIST: how many times better")
    figures.png(figure)
    cnn, small = figure.axes
    assert (cnn.get_title(), small.get_title()) == ("cnn", "small")
    assert (texts(cnn), texts(small)) == (["2.70x", "15.0x", "1,024x"], ["0.50x", "20.0x", "512x"])
    ends = [bar.get_x() + bar.get_width() for bar in cnn.patches]
    assert ends == pytest.approx([2.7, 15, 1024])
    assert [bar.get_x() for bar in cnn.patches] == [1, 1, 1]
    assert cnn.get_xscale() == "log"
    assert "1x" in [label.get_text() for label in cnn.get_xticklabels()]
    assert [label.get_text() for label in cnn.get_yticklabels()] == ["Training", "One image, predict"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["than Keras", "than reference", "their best to worst round"]


def test_a_peer_has_the_same_colour_whoever_else_is_there():
    alone = {"cnn": {"Training": {"reference": (15.0, 14.0, 16.0)}}}
    (bar,) = figures.speed_ratios(alone, "T").axes[0].patches
    beside = figures.speed_ratios(RATIOS, "T").axes[0].patches[1]
    assert bar.get_facecolor() == beside.get_facecolor()


def test_peers_differ_in_lightness():
    lightness = [np.mean(matplotlib.colors.to_rgb(colour)) for colour in figures.speed.COLOURS.values()]
    assert min(np.diff(lightness)) > 0.1


def test_growth_shows_both_sides_and_what_threads_bring():
    batches = {"cnn": {"scratch": {1: 0.5, 128: 6.0}, "Keras": {1: 2.0, 128: 15.0}}}
    figure = figures.speed_growth(batches, {"cnn": {1: 6.0, 2: 3.3}}, "MNIST: growth")
    figures.png(figure)
    left, right = figure.axes
    assert [line.get_label() for line in left.lines] == ["scratch", "Keras"]
    assert [label.get_text() for label in left.get_xticklabels()] == ["1", "128"]
    assert texts(right) == ["1.00x", "1.82x"]
    assert (left.get_xlabel(), left.get_ylabel()) == ("Images in a batch", "Milliseconds a step")


def test_growth_of_scratch_alone_on_one_thread():
    figure = figures.speed_growth({"small": {"scratch": {1: 0.5}}}, {"small": {1: 2.0}}, "T")
    figures.png(figure)
    assert texts(figure.axes[1]) == ["1.00x"]


def test_the_ladder_begins_at_once_as_fast():
    figure = figures.speed_ladder({"loops": 1000.0, "compiled": 4.0}, "One convolution")
    figures.png(figure)
    (axes,) = figure.axes
    assert texts(axes) == ["1.00x, 1,000 µs an image", "250x, 4.0 µs an image"]
    assert [bar.get_x() + bar.get_width() for bar in axes.patches] == [1, 250]
    assert axes.get_xlabel() == "Times as fast as loops (logarithmic)"
