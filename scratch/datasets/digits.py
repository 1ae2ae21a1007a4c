"""The offline digits: real handwriting that comes with scikit-learn, put into MNIST's form.

They are 1,797 digits in 8x8 pixels (E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits",
UCI Machine Learning Repository, 1998). They are not MNIST: fewer, coarser, and easier to tell apart. They
stand in for it where there is no network and no file, so that everything runs; their accuracies do not
compare with MNIST's.
"""

import numpy as np

BOX, SIDE = 20, 28  # MNIST puts the ink into a 20x20 box, and that into 28x28
CENTRE = 14  # the pixel at which MNIST's own images have their centre of mass, to within half a pixel
TEST_SHARE = 0.2
SEED = 0  # of the split into training and test; never change it, or results no longer compare


def load_data():
    """Return the offline digits as `((x_train, y_train), (x_test, y_test))`, the form of Keras's `load_data`.

    Returns x (N, 28, 28) uint8, 0 paper to 255 ink, and y (N,) uint8, 0 to 9: 1,438 for training, 359 for the
    test. Which image lands where is the same on every machine.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x = np.stack([to_mnist_form(image) for image in bunch.images])
    y = bunch.target.astype(np.uint8)
    order = np.random.default_rng(SEED).permutation(len(x))
    test, train = np.split(order, [int(TEST_SHARE * len(x))])
    return (x[train], y[train]), (x[test], y[test])


def to_mnist_form(image):
    """Return `image`, (8, 8) with ink from 0 to 16, as MNIST would have it: (28, 28) uint8.

    The ink is scaled into a 20x20 box, keeping its proportions, and shifted by whole pixels until its centre
    of mass is in the middle (the recipe of LeCun's MNIST page).
    """
    ink = scale_to_box(crop_to_ink(np.round(image * (255 / 16)).astype(np.uint8)))
    return centre_by_mass(ink)


def crop_to_ink(image):
    """Return the smallest rectangle of `image`, (H, W), that holds every pixel above 0."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def scale_to_box(ink):
    """Return `ink`, (H, W) uint8, scaled so that its longer side has 20 pixels."""
    from PIL import Image

    height, width = ink.shape
    factor = BOX / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BICUBIC))


def centre_by_mass(ink):
    """Return (28, 28) uint8 with `ink`, at most 20x20, so placed that its centre of mass is in the middle."""
    height, width = ink.shape
    row, column = (np.array(np.nonzero(ink)) * ink[ink > 0]).sum(axis=1) / ink.sum()
    top = min(max(round(CENTRE - row), 0), SIDE - height)  # whatever the mass, no ink leaves the image
    left = min(max(round(CENTRE - column), 0), SIDE - width)
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[top : top + height, left : left + width] = ink
    return image
