"""The last stage: every shape comes out as MNIST has it; and drawings made by code."""

import numpy as np
import pytest
from scipy import ndimage

from scratch.datasets import digits as offline
from scratch.handwriting import to_mnist_form
from scratch.handwriting.drawing import STYLES, draw_digit, drawn_digits, with_other_styles
from scratch.handwriting.form import width_of


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize(("height", "pen"), [(25, 0.12), (60, 0.04), (300, 0.2)])
def test_size_centre_and_strokes(digit, height, pen):
    image = to_mnist_form(draw_digit(digit, np.random.default_rng(digit), height, pen))
    assert image.dtype == np.uint8
    rows, columns = np.nonzero(image)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == offline.BOX
    centre = ndimage.center_of_mass(image)
    assert np.allclose(centre, 14, atol=0.51) or 0 in (rows.min(), columns.min())
    assert image.max() > 200
    large = np.kron(image, np.ones((4, 4))) > 127
    assert 1.5 <= width_of(large) / 4 <= 4.5


def test_the_size_of_the_drawing_does_not_matter():
    drawing = draw_digit(2, np.random.default_rng(0), 120, 0.1)
    image, twice = to_mnist_form(drawing), to_mnist_form(np.kron(drawing, np.ones((2, 2))))
    assert np.abs(image.astype(int) - twice).mean() < 4


@pytest.mark.parametrize("digit", range(10))
def test_drawings_keep_within_their_crop_and_follow_the_generator(digit):
    for style in range(len(STYLES[digit])):
        one, two = (draw_digit(digit, np.random.default_rng(1), style=style) for _ in range(2))
        assert np.array_equal(one, two)
        assert one.min() == 0
        assert one.max() == 1
        assert one[0].any()
        assert one[:, -1].any()


def test_other_styles_are_added_to_training_only(digits):
    from scratch import datasets

    data = datasets.load("digits")
    more = with_other_styles(data)
    extra = len(more.x_train) - len(data.x_train)
    assert extra == len(data.x_train) // 20
    assert np.array_equal(more.x_test, data.x_test)
    assert np.array_equal(more.x_train[:-extra], data.x_train)
    assert more.name != data.name
    assert "drawn by code" in more.title
    images, labels = drawn_digits(extra, np.random.default_rng(0))
    assert np.array_equal(more.x_train[-extra:], images)
    assert np.array_equal(more.y_train[-extra:], labels)
