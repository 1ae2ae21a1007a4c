"""What the network says, which rows are no digits; and other people's handwriting, where it is at hand."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scratch.errors import DigitsError
from scratch.handwriting import find_digits, read_page, read_photo
from scratch.handwriting.files import photo_from
from scratch.handwriting.reading import logits, rows_of_text
from scratch.layers import Dense, Flatten, Input, Rescaling
from scratch.models import Sequential
from tests.scratch.handwriting.conftest import ROWS, as_image, photographed, written

FOLDER = Path(os.environ.get("HANDWRITING_DIR", ""))


@pytest.mark.slow
def test_a_reading_says_all_that_json_prints(reader):
    ink, _ = written()
    reading = read_page(find_digits(photo_from(as_image(photographed(ink)), "it")), reader)
    told = reading.as_dict()
    assert told["rows"] == reading.rows
    assert len(told["digits"]) == sum(map(len, ROWS)) == len(reading.images) == len(reading.shapes)
    for each in told["digits"]:
        assert 1 >= each["probability"] >= each["second_probability"] >= 0
        assert each["digit"] != each["second"]


def test_rows_that_are_less_like_digits_are_text():
    rows = np.repeat([0, 1, 2], 4)
    likely = np.array([0.8, 0.95, 0.6, 0.9, 1, 1, 0.9, 1, 0.9, 1, 1, 0.7])
    evidence = np.array([7.0, 7, 7, 7, 14, 12, 13, 15, 12, 11, 14, 10])
    assert rows_of_text(rows, likely, evidence) == {0}
    assert rows_of_text(rows[:4], likely[:4], evidence[:4]) == set(), "alone, it gets the benefit of doubt"
    assert rows_of_text(rows[:4], likely[:4] - 0.3, evidence[:4]) == {0}
    assert rows_of_text(rows, np.ones(12), np.where(rows == 1, 6, 14)) == set(), "ones have low logits"


def test_networks_of_other_shapes_are_refused(reader):
    wrong = Sequential([Input((28, 28, 1)), Flatten(), Dense(7)])
    with pytest.raises(DigitsError, match="returns 10 numbers"):
        logits(wrong, np.zeros((1, 28, 28), np.uint8))
    flat = Sequential([Input((784,)), Dense(10)])
    assert logits(flat, np.zeros((2, 28, 28), np.uint8)).shape == (2, 10)


def test_a_network_that_scales_by_itself_is_given_bytes():
    model = Sequential([Input((28, 28, 1)), Rescaling(1 / 255), Flatten(), Dense(10, activation="softmax")])
    plain = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
    plain.set_weights(model.get_weights())
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)
    assert np.allclose(logits(model, images), logits(plain, images), atol=1e-5)


@pytest.fixture(scope="module")
def network(mnist):
    from scratch.datasets import Dataset
    from scratch.handwriting.drawing import with_other_styles
    from scratch.trained import trained

    (x, y), (x_test, y_test) = mnist
    return trained("cnn", with_other_styles(Dataset("mnist", "MNIST", "", x, y, x_test, y_test)))


@pytest.mark.verify
@pytest.mark.mnist
@pytest.mark.skipif("HANDWRITING_DIR" not in os.environ, reason="HANDWRITING_DIR is not set")
class TestOtherPeoplesHandwriting:
    """Files that are not part of the project; HANDWRITING_DIR names the folder that they are in."""

    def test_rows_on_photos(self, network):
        rows = {"my_digits": ["0123456789"], "my_digits_2": ["134678", "912532"]}
        for name, truth in rows.items():
            reading = read_page(find_digits(read_photo(FOLDER / "photos_rows" / f"{name}.jpg")), network)
            assert [len(row) for row in reading.rows] == [len(row) for row in truth]
            pairs = list(zip("".join(reading.rows), "".join(truth), strict=True))
            assert sum(a == b for a, b in pairs) >= 0.9 * len(pairs), reading.rows

    def test_faint_photos(self, network):
        read = [
            read_page(find_digits(read_photo(FOLDER / "photos_small" / f"{i}.jpg")), network).rows[0]
            for i in range(6)
        ]
        assert sum(a == b for a, b in zip(read, "235690", strict=True)) >= 5, read

    def test_drawings_on_a_canvas(self, network):
        with np.load(FOLDER / "canvas.npz") as file:
            x, y = file["x"], file["y"]
        images = np.concatenate([find_digits(photo_from(Image.fromarray(each))).images for each in x])
        assert np.mean(logits(network, images).argmax(axis=1) == y) >= 0.95
        assert np.mean(logits(network, x).argmax(axis=1) == y) < 0.9, "as they are"
