"""Exercises for lesson 10, your own handwriting: `digits check 10` says whether you got them right.

H height, W width. Write each function in the place of its last line.
"""

import numpy as np  # noqa: F401 (for your code)


def ink_on_paper(image):
    """Return a grey picture as the network knows it: 0 is paper, 1 is ink, whichever was the lighter.

    The border, all pixels of the first and last row and column, shows the paper. Where its mean is above
    127.5, the picture is dark on light, and is turned round.

    image: (H, W), uint8, 0 black to 255 white. Returns (H, W), float32, from 0 to 1.

    >>> ink_on_paper(np.array([[255, 255, 255], [255, 51, 255], [255, 255, 255]], np.uint8))[1]
    array([0. , 0.8, 0. ], dtype=float32)

    Hint. Turned round, a byte v is (255 - v) / 255: 51 becomes 204 / 255 = 0.8. Make it float32 first; bytes
    wrap round at 0. The border of a 3 x 3 picture are 8 pixels: two rows, and what two columns add to them.
    """
    raise NotImplementedError


def centre(ink, size=28):
    """Return the ink in the middle of a larger square, as MNIST has it: by its centre of mass.

        row = (sum over i, j of  i * ink[i, j]) / (sum of ink),      column likewise with j

    The picture is put where its centre of mass comes closest to ((size - 1) / 2, (size - 1) / 2), moved by
    whole pixels (np.round), and as far as it fits: no row or column of it is cut off.

    ink: (H, W), floats of 0 and more, not all 0; H and W are size at most. Returns (size, size), of ink's
    dtype, 0 around it.

    >>> centre(np.array([[0.0, 1.0]]), size=3)
    array([[0., 0., 0.],
           [0., 1., 0.],
           [0., 0., 0.]])

    Hint. np.arange(H) holds the i; ink.sum(axis=1) how much ink is in each row. In the example row = 0 and
    column = 1, the middle is (1, 1): top = round(1 - 0) = 1 and left = round(1 - 1) = 0. top may be 0 to
    size - H: np.clip.
    """
    raise NotImplementedError
