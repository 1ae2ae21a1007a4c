"""The offline digits have MNIST's form."""

import numpy as np
import pytest

from scratch.datasets import digits


@pytest.fixture(scope="module")
def loaded():
    return digits.load_data()


def test_all_1797_are_there_split_the_same_way_every_time(loaded):
    (x_train, y_train), (x_test, y_test) = loaded
    assert x_train.shape == (1438, 28, 28)
    assert x_test.shape == (359, 28, 28)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert np.bincount(np.concatenate([y_train, y_test])).tolist() == [
        178,
        182,
        177,
        183,
        181,
        182,
        181,
        179,
        174,
        180,
    ]
    assert y_test[:10].tolist() == digits.load_data()[1][1][:10].tolist()
    assert np.bincount(y_test).min() >= 25  # every digit is tested


def test_the_ink_fills_a_20_box_and_is_centred_as_mnists_is(loaded):
    images = np.concatenate([loaded[0][0], loaded[1][0]])
    boxes = [digits.crop_to_ink(image).shape for image in images]
    assert max(max(box) for box in boxes) == 20
    assert np.mean([max(box) for box in boxes]) > 19  # bicubic scaling leaves a faint row black now and then
    mass = images.sum(axis=(1, 2))
    rows = (images.sum(axis=2) @ np.arange(28)) / mass
    columns = (images.sum(axis=1) @ np.arange(28)) / mass
    # Whole-pixel shifts leave at most half a pixel; MNIST's own test images lie between 13.5 and 14.5.
    assert np.abs(rows - 14).max() <= 0.5
    assert np.abs(columns - 14).max() <= 0.5


def test_ink_is_bright_on_black_and_uses_the_whole_range(loaded):
    images = loaded[0][0]
    assert (images[:, 0, 0] == 0).all()
    assert images.max() == 255
    assert np.median(images.max(axis=(1, 2))) > 240


def test_proportions_are_kept():
    assert digits.scale_to_box(np.full((8, 4), 9, np.uint8)).shape == (20, 10)
    assert digits.scale_to_box(np.full((1, 8), 9, np.uint8)).shape == (2, 20)


def test_no_ink_leaves_the_image_however_lopsided():
    ink = np.zeros((20, 20), np.uint8)
    ink[0, 0], ink[19, 19] = 255, 1
    image = digits.centre_by_mass(ink)
    assert image.shape == (28, 28)
    assert image.sum() == 256
