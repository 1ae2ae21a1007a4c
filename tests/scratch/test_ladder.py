"""The rungs of the ladder compute the same, each as the textbook has it."""

import numpy as np
import pytest

from scratch import ladder, reference
from scratch.errors import ShapeError

pytestmark = pytest.mark.compiled

SHAPES = [  # N, H, W, C, KH, KW, F: with and without a row or a column that the pool drops
    (1, 4, 4, 1, 3, 3, 1),
    (2, 7, 6, 3, 3, 2, 5),
    (3, 5, 8, 4, 2, 3, 7),
    (9, 6, 5, 2, 1, 1, 6),
    (1, 13, 13, 2, 3, 3, 4),
]


def arguments(shape, dtype, rng):
    N, H, W, C, KH, KW, F = shape
    sizes = (N, H, W, C), (KH, KW, C, F), (F,)
    return [rng.normal(size=size).astype(dtype) for size in sizes]


def textbook(x, w, b):
    a, _ = reference.relu_forward(reference.conv2d_forward(x, w, b)[0])
    return reference.max_pool2d_forward(a)[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_all_rungs_compute_the_same(shape, dtype, rng):
    given = arguments(shape, dtype, rng)
    allowed = ladder.tolerance(*given)
    first = ladder.python_loops(*given)
    np.testing.assert_allclose(first, textbook(*given), rtol=0, atol=allowed)
    assert (first == 0).any() or first.size < 20  # somewhere ReLU is closed
    for name, rung in ladder.RUNGS.items():
        y = rung(*given)
        assert y.dtype == dtype, name
        np.testing.assert_allclose(y, first, rtol=0, atol=allowed, err_msg=name)


def test_the_tolerance_is_no_wider_than_a_wrong_weight(rng):
    """One weight that is off by a hundredth is noticed."""
    x, w, b = arguments(SHAPES[1], "float32", rng)
    right = ladder.im2col_blas(x, w, b)
    w[1, 1, 1, 1] *= 1.01
    assert np.abs(ladder.im2col_blas(x, w, b) - right).max() > ladder.tolerance(x, w, b)


@pytest.mark.parametrize("rung", ladder.RUNGS.values(), ids=list(ladder.RUNGS))
def test_a_kernel_that_does_not_fit(rung, rng):
    x, w, b = arguments(SHAPES[1], "float32", rng)
    with pytest.raises(ShapeError, match="made for 2 channels; received an image with 3"):
        rung(x, w[:, :, :2], b)
    with pytest.raises(ShapeError, match="does not fit into an image"):
        rung(x[:, :2], w, b)
