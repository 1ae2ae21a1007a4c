"""Each kernel cuts its work into parts for the threads: all of it once, and no part without any.

Where parts overlap, the result may well be right, and only time is lost, or two threads write to the same
place at the same time. So what a kernel reads or writes is counted, in plain Python.
"""

import numpy as np
import pytest

from scratch.fast import average_pool2d, batch_norm, conv2d, dense, max_pool2d
from scratch.fast import optimizers as fast_optimizers
from scratch.fast.conv_relu_pool import backward as fused_backward
from scratch.fast.conv_relu_pool import forward as fused_forward
from scratch.fast.jit import IMAGES_A_PART
from scratch.fast.optimizers import NUMBERS_A_PART
from scratch.fast.tiles import lanes


class Counted:
    """An array that counts how often each of its elements is asked for, or set."""

    def __init__(self, *shape):
        self.array, self.visits = np.zeros(shape), np.zeros(shape, int)
        self.shape, self.dtype = shape, self.array.dtype

    def __len__(self):
        return len(self.array)

    def __getitem__(self, key):
        self.visits[key] += 1
        return self.array[key]

    def __setitem__(self, key, value):
        self.visits[key] += 1
        self.array[key] = value

    def reshape(self, *shape):
        view = Counted(0)
        view.array, view.visits = self.array.reshape(*shape), self.visits.reshape(*shape)
        return view


def image(n):
    return np.ones((n, 4, 5, 2))


def kernel_row(n):
    return np.ones((n, 4, 10))  # as the fused kernels have it


ROWS, TWO, LANES = batch_norm.ROWS_A_PART, np.ones(2), lanes("float64")
# A kernel's module, the kernel, what a part holds, and all that the kernel takes for n of these; `count`
# makes the array of which everything must be written, or read, once.
WORK = {
    "conv2d": (
        conv2d, conv2d.forward, IMAGES_A_PART,
        lambda n, count: (image(n), np.ones((2, 3, 2, 2)), TWO, 1, 1, 1, 1, count(n, 3, 3, 2)),
    ),
    "conv2d, dx": (
        conv2d, conv2d.input_gradient, IMAGES_A_PART,
        lambda n, count: (np.ones((2, 3, 2, 2)), count(n, 3, 3, 2), 1, 1, 1, 1, image(n)),
    ),
    "max_pool2d": (
        max_pool2d, max_pool2d.forward, IMAGES_A_PART,
        lambda n, count: (image(n), 2, 2, 2, 2, 0, 0, count(n, 2, 2, 2), np.ones((n, 2, 2, 2))),
    ),
    "max_pool2d, dx": (
        max_pool2d, max_pool2d.backward, IMAGES_A_PART,
        lambda n, count: (count(n, 2, 2, 2), np.zeros((n, 2, 2, 2), int), 2, 2, 2, 0, 0, image(n)),
    ),
    "average_pool2d": (
        average_pool2d, average_pool2d.forward, IMAGES_A_PART,
        lambda n, count: (image(n), 2, 2, 2, 2, 0, 0, count(n, 2, 2, 2)),
    ),
    "average_pool2d, dx": (
        average_pool2d, average_pool2d.backward, IMAGES_A_PART,
        lambda n, count: (count(n, 2, 2, 2), 2, 2, 2, 2, 0, 0, image(n)),
    ),
    "batch_norm": (
        batch_norm, batch_norm.normalize, ROWS,
        lambda n, count: (np.ones((n, 2)), TWO, TWO, TWO, count(n, 2)),
    ),
    "batch_norm, dx": (
        batch_norm, batch_norm.gradient, ROWS,
        lambda n, count: (np.ones((n, 2)), np.ones((n, 2)), TWO, TWO, TWO, TWO, TWO, count(n, 2)),
    ),
    "dense": (
        dense, dense.product_kernel(8, 2 * LANES), dense.ROWS_A_PART,
        lambda n, count: (np.ones((n, 2)), np.ones((2, 3)), count(n, 3)),
    ),
    "dense, whole tiles": (
        dense, dense.product_kernel(8, 2 * LANES), dense.ROWS_A_PART,
        lambda n, count: (np.ones((n, 2)), np.ones((2, 2 * LANES)), count(n, 2 * LANES)),
    ),
    "dense, dw": (
        dense, dense.weights_kernel(8, 2 * LANES), dense.FEATURES_A_PART,
        lambda n, count: (np.ones((3, n)), np.ones((3, 2)), count(n, 2)),
    ),
    "dense, dw, whole tiles": (
        dense, dense.weights_kernel(2, 2 * LANES), dense.FEATURES_A_PART,
        lambda n, count: (np.ones((3, n)), np.ones((3, 2 * LANES)), count(n, 2 * LANES)),
    ),
    "dense, dx": (
        dense, dense.input_kernel(8, 2 * LANES), dense.COLUMNS_A_PART,
        lambda n, count: (np.ones((3, 2)), np.ones((n, 2)), count(3, n)),
    ),
    "fused": (
        fused_forward, fused_forward.kernel_for(LANES), IMAGES_A_PART,
        lambda n, count: (
            kernel_row(n), np.ones((1, 1, 4, LANES)), np.ones((1, LANES)), 2,
            count(n, 2, 2, 3), np.zeros((n, 2, 2, 3), np.uint8), np.ones((3, 2, 4, LANES)),
        ),
    ),
    "fused, 3x3x1": (
        fused_forward, fused_forward.kernel_3x3x1(LANES), IMAGES_A_PART,
        lambda n, count: (
            np.ones((n, 4, 6)), np.ones((1, 3, 3, LANES)), np.ones((1, LANES)), 1,
            count(n, 1, 2, 3), np.zeros((n, 1, 2, 3), np.uint8), None,
        ),
    ),
    "fused, dx": (
        fused_backward, fused_backward.input_kernel(LANES), IMAGES_A_PART,
        lambda n, count: (
            np.ones((1, 3, 4)), count(n, 2, 2, 3), np.zeros((n, 2, 2, 3), np.uint8), 2, kernel_row(n),
        ),
    ),
    "fused, dw": (
        fused_backward,
        fused_backward.add_parts,
        1024,
        lambda n, count: (np.ones((1, n)), count(n)),
    ),
    "sgd": (
        fast_optimizers, fast_optimizers.sgd, NUMBERS_A_PART, lambda n, count: (count(n), np.ones(n), 1.0),
    ),
    "momentum": (
        fast_optimizers, fast_optimizers.sgd_with_momentum, NUMBERS_A_PART,
        lambda n, count: (count(n), np.ones(n), np.ones(n), 1.0, 0.5, False),
    ),
    "rmsprop": (
        fast_optimizers, fast_optimizers.rmsprop, NUMBERS_A_PART,
        lambda n, count: (count(n), np.ones(n), np.ones(n), 1.0, 0.5, 0.5, 1e-7),
    ),
    "adam": (
        fast_optimizers, fast_optimizers.adam, NUMBERS_A_PART,
        lambda n, count: (count(n), np.ones(n), np.ones(n), np.ones(n), 1.0, 0.5, 0.5, 1e-7),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORK)
@pytest.mark.parametrize("rest", [0, 1])
def test_no_work_is_done_twice_and_no_part_is_without(name, rest, monkeypatch):
    module, kernel, size, arguments = WORK[name]
    parts, arrays = [], []
    monkeypatch.setattr(module, "prange", lambda n: parts.append(n) or range(n))
    for helper, function in list(vars(module).items()):  # what a kernel calls is plain Python, too
        monkeypatch.setattr(module, helper, getattr(function, "py_func", function))
    count = lambda *shape: arrays.append(Counted(*shape)) or arrays[0]  # noqa: E731
    getattr(kernel, "py_func", kernel)(*arguments(2 * size + rest, count))
    assert parts == [2 + rest]
    assert (arrays[0].visits == 1).all()
