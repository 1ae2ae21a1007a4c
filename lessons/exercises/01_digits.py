"""Exercises for lesson 1, the digits: `digits check 1` says whether you got them right.

N images, H height, W width. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def scale_and_flatten(x):
    """Return images as a network takes them: scaled to [0, 1], one row an image.

    x: (N, H, W), uint8. Returns (N, H * W), float32: x / 255, each image's rows one after the other.

    >>> scale_and_flatten(np.array([[[0, 51], [102, 255]]], np.uint8)).round(2)
    array([[0. , 0.2, 0.4, 1. ]], dtype=float32)

    Hint. First make it float32, then divide: bytes divided by 255 become float64, and bytes divided by bytes
    with // become 0 or 1. For 100 images of 28 x 28, reshape(len(x), -1) makes (100, 784): -1 stands for what
    is left.
    """
    raise NotImplementedError


def split(x, y, fraction):
    """Return x_train, y_train, x_val, y_val: the last images are kept for validation, in their order.

    Of N images, the first int(N * (1 - fraction)) are for training; all others are for validation.

    x: (N, ...), y: (N,), arrays. fraction: between 0 and 1.

    >>> x_train, y_train, x_val, y_val = split(np.arange(5) * 10, np.arange(5), 0.4)
    >>> x_train, x_val
    (array([ 0, 10, 20]), array([30, 40]))

    Hint. One number decides both: n = int(N * (1 - fraction)). For 5 images and 0.5 it is int(2.5) = 2, and
    the halves are a[:2] and a[2:], with 2 and 3 images: none is lost, and none is in both.
    """
    raise NotImplementedError
