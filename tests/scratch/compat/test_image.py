"""ImageDataGenerator: what is drawn stays within what was asked for, and each map does what its name says."""

import numpy as np
import pytest

from scratch.compat.keras.preprocessing.image import ImageDataGenerator
from scratch.compat.offering import NotHereError
from scratch.errors import ShapeError


@pytest.fixture
def image():
    image = np.zeros((9, 9, 1), "float32")
    image[4, 4] = image[4, 5] = 1
    return image


def centre(image):
    """Return the ink's centre, (row, column)."""
    ink = image[..., 0]
    return (np.indices(ink.shape) * ink).sum(axis=(1, 2)) / ink.sum()


def test_nothing_asked_for_changes_nothing(image, rng):
    assert ImageDataGenerator().draw(image.shape, rng) == (None, None)
    np.testing.assert_array_equal(ImageDataGenerator().random_transform(image, seed=0), image)


@pytest.mark.parametrize(("option", "axis"), [("height_shift_range", 0), ("width_shift_range", 1)])
def test_shifts_go_where_they_say(option, axis, image, rng):
    moved = [ImageDataGenerator(**{option: 0.2}).changed(image, rng) for _ in range(40)]
    shifts = np.array([centre(m) - centre(image) for m in moved])
    assert 0.5 < np.abs(shifts[:, axis]).max() <= 0.2 * 9 + 1e-6
    np.testing.assert_allclose(shifts[:, 1 - axis], 0, atol=1e-5)


def test_pixels(image, rng):
    shifts = {
        round(centre(ImageDataGenerator(width_shift_range=2).changed(image, rng))[1] - 4.5) for _ in range(30)
    }
    assert shifts == {-1, 0, 1}  # as in Keras, fewer than 2


def test_a_rotation_keeps_the_centre_and_the_ink(rng):
    blob = np.exp(-((np.indices((21, 21)) - 10) ** 2 / [[[4.0]], [[20.0]]]).sum(axis=0))[..., None]
    turned = ImageDataGenerator(rotation_range=45).changed(blob, rng)
    np.testing.assert_allclose(centre(turned), [10, 10], atol=1e-3)
    assert turned.sum() == pytest.approx(blob.sum(), rel=0.01)
    assert np.abs(turned - blob).max() > 0.05


def test_zoom(rng):
    disc = np.hypot(*(np.indices((31, 31)) - 15)) < 6
    matrix, _ = ImageDataGenerator(zoom_range=[2, 2]).draw((31, 31, 1), rng)
    np.testing.assert_array_equal(matrix, np.diag([2, 2]))
    shrunk = ImageDataGenerator(zoom_range=[2, 2]).changed(disc[..., None].astype("float32"), rng)
    assert shrunk.sum() == pytest.approx(disc.sum() / 4, rel=0.1)


def test_batches(rng):
    x, y = rng.random((10, 4, 4, 1)), np.arange(10)
    flow = ImageDataGenerator(rescale=2.0).flow(x, y, batch_size=4, shuffle=False, seed=1)
    assert len(flow) == 3
    images, _ = next(flow)
    np.testing.assert_allclose(images, x[:4] * 2, rtol=1e-6)
    assert [len(next(flow)[1]) for _ in range(3)] == [4, 2, 4]
    shuffled = ImageDataGenerator().flow(x, y, batch_size=10)
    assert sorted(next(shuffled)[1]) == list(range(10))


def test_validation_takes_the_first_images(rng):
    x, y = rng.random((10, 4, 4, 1)), np.arange(10)
    changes = ImageDataGenerator(validation_split=0.3)
    assert sorted(changes.flow(x, y, subset="validation")[0][1]) == [0, 1, 2]
    assert changes.flow(x, y, subset="training").n == 7


def test_standardizing(rng):
    x = rng.random((20, 5, 5, 1)) * 3 + 1
    changes = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True)
    with pytest.raises(NotHereError, match="fit"):
        changes.flow(x)[0]
    changes.fit(x)
    images = changes.flow(x, batch_size=20)[0]
    assert images.mean() == pytest.approx(0, abs=1e-5)
    assert images.std() == pytest.approx(1, abs=1e-4)


def test_what_is_not_here(rng):
    for option in ({"zca_whitening": True}, {"brightness_range": (0.5, 1)}, {"fill_mode": "odd"}):
        with pytest.raises(NotHereError, match=next(iter(option))):
            ImageDataGenerator(**option)
    with pytest.raises(ShapeError, match="expected images of shape"):
        ImageDataGenerator().flow(rng.random((3, 4, 4)))
    with pytest.raises(NotHereError, match="save_to_dir"):
        ImageDataGenerator().flow(rng.random((3, 4, 4, 1)), save_to_dir="x")
