"""The fused kernels, and their layer, on inputs so small that they also run as plain Python in no time.

See test_fast_small.py.
"""

import numpy as np
import pytest

from scratch import fast, reference
from scratch.fast import conv_relu_pool
from scratch.fast.conv_relu_pool import backward as fused_backward
from scratch.fast.conv_relu_pool import forward as fused_forward
from scratch.fast.jit import IMAGES_A_PART
from scratch.fast.tiles import MANY_REGISTERS, lanes
from scratch.fused import FusedConv2D, accelerate
from scratch.layers import Conv2D, Flatten, MaxPooling2D
from tests.numeric import close

pytestmark = pytest.mark.compiled

TWO_PARTS, LANES = IMAGES_A_PART + 1, lanes("float64")


def by_the_reference(x, w, b):
    """Return y and, for dy, dx, dw and db of the three operations that are fused."""
    z, conv = reference.conv2d_forward(x, w, b)
    a, relu = reference.relu_forward(z)
    y, pool = reference.max_pool2d_forward(a)
    dy = np.cos(np.arange(y.size)).reshape(y.shape)
    dz = reference.relu_backward(reference.max_pool2d_backward(dy, pool), relu)
    return y, dy, reference.conv2d_backward(dz, conv)


class TestFused:
    @pytest.mark.parametrize(
        "shape",  # N, H, W, C, KH, KW, F
        [
            (2, 6, 8, 1, 3, 3, 16),  # the kernels of 3x3 on one channel, all sums at once
            (TWO_PARTS, 4, 4, 1, 3, 3, 16),
            (2, 7, 5, 1, 3, 3, 5),  # the last row and column are dropped; F is no width
            (1, 4, 6, 1, 3, 3, 70),  # a block of 64 filters, and 6
            (1, 4, 5, 1, 2, 3, 16),  # nearly one of those
            (1, 5, 4, 1, 3, 2, 16),
            (1, 4, 4, 2, 3, 3, 16),
            (2, 5, 6, 1, 2, 4, 3),
            (1, 3, 5, 2, 2, 4, 3),  # a run of 8
            (1, 3, 8, 1, 2, 7, 2),
            (1, 3, 4, 4, 2, 1, 4),  # a run of 4
            (1, 3, 5, 2, 2, 2, 1),  # one filter
            (TWO_PARTS, 3, 3, 1, 2, 2, 2),
            (2, 6, 7, 2, 2, 3, 3),  # a run of 6: 4 and 2
            (TWO_PARTS, 3, 4, 3, 2, 3, 2),
            (1, 4, 5, 1, 1, 1, 17),
            (2, 7, 6, 5, 4, 3, 9),
            (1, 5, 4, 2, 2, 3, 66),
            (1, 4, 4, 32, 3, 3, 64),  # as the second convolution of cnn: tiles of 3 rows and 6 vectors
            (1, 3, 4, 8, 2, 3, 3),  # a run of 24: 3 vectors, and one row at a time
            (2, 4, 3, 8, 3, 2, 2),
            (1, 7, 4, 5, 6, 3, 2),  # twice three rows, one vector and seven numbers
        ],
    )
    def test_it_is_convolution_relu_and_pooling(self, shape, rng):
        N, H, W, C, KH, KW, F = shape
        x, w, b = rng.normal(size=(N, H, W, C)), rng.normal(size=(KH, KW, C, F)), rng.normal(-0.5, 1, size=F)
        y, cache = fast.conv_relu_pool_forward(x, w, b)
        expected, dy, wanted = by_the_reference(x, w, b)
        close(y, expected)
        for received, want in zip(fast.conv_relu_pool_backward(dy, cache), wanted, strict=True):
            close(received, want)

    def test_need_dx_false_spares_dx(self, rng):
        y, cache = fast.conv_relu_pool_forward(
            rng.normal(size=(1, 4, 4, 2)), np.ones((2, 2, 2, 3)), np.ones(3)
        )
        _, *expected = fast.conv_relu_pool_backward(y, cache)
        nothing, *received = fast.conv_relu_pool_backward(y, cache, need_dx=False)
        assert nothing is None
        for have, want in zip(received, expected, strict=True):
            np.testing.assert_array_equal(have, want)

    @pytest.mark.parametrize(("channels", "size", "filters"), [(1, 3, 16), (1, 3, 2), (1, 2, 2), (2, 2, 2)])
    def test_small_values_are_not_taken_for_closed_and_zero_is(self, channels, size, filters):
        w = np.zeros((size, size, channels, filters))
        w[0, 0, 0] = 1
        x = np.full((1, size + 1, size + 1, channels), 0.25)
        y, cache = fast.conv_relu_pool_forward(x, w, np.zeros(filters))
        assert (y == 0.25).all()
        assert (
            fast.conv_relu_pool_backward(np.ones_like(y), cache)[2] == 1
        ).all()  # the first of four equals
        y, cache = fast.conv_relu_pool_forward(0 * x, w, np.zeros(filters))
        assert (y == 0).all()
        for gradient in fast.conv_relu_pool_backward(np.ones_like(y), cache):
            assert not gradient.any()

    @pytest.mark.parametrize(("filters", "vectors"), [(1, 1), (LANES, 1), (LANES + 1, 2), (3 * LANES, 4)])
    @pytest.mark.skipif(not MANY_REGISTERS, reason="tiles are of two vectors at most")
    def test_blocks_are_the_smallest_that_hold_all_filters(self, filters, vectors, monkeypatch):
        made, kernel_for = [], fused_forward.kernel_for
        monkeypatch.setattr(fused_forward, "kernel_for", lambda v: made.append(v) or kernel_for(v))
        fast.conv_relu_pool_forward(np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, filters)), np.ones(filters))
        assert made == [vectors * LANES]

    @pytest.mark.parametrize("vectors", range(1, 7))
    def test_tiles_are_as_wide_as_divides_a_run(self, vectors):
        width = vectors * LANES
        assert conv_relu_pool.tile_width(width, "float64") == width
        assert conv_relu_pool.tile_width(7 * width, "float64") == width
        assert conv_relu_pool.tile_width(width + 1, "float64") == LANES

    @pytest.mark.skipif(not MANY_REGISTERS, reason="tiles are of one row")
    def test_kernel_rows_are_taken_by_threes_where_none_is_left(self):
        assert [conv_relu_pool.tile_rows(KH) for KH in (1, 2, 3, 4, 5, 6)] == [1, 1, 3, 1, 1, 3]

    @pytest.mark.parametrize("size", [1, 1024, 1025, 2500])
    def test_parts_are_added_up_from_first_to_last(self, size, rng):
        parts, total = rng.normal(size=(4, size)), np.full(size, 7.0)
        fused_backward.add_parts(parts, total)
        np.testing.assert_array_equal(total, ((parts[0] + parts[1]) + parts[2]) + parts[3])

    def test_single_precision(self, rng):
        for channels in (1, 2):
            x, w, b = (
                rng.normal(size=s).astype("float32") for s in [(1, 5, 5, channels), (2, 2, channels, 3), 3]
            )
            y, cache = fast.conv_relu_pool_forward(x, w, b)
            gradients = fast.conv_relu_pool_backward(y, cache)
            assert {y.dtype, *(g.dtype for g in gradients)} == {np.dtype("float32")}
            close(y, by_the_reference(x, w, b)[0])


class TestFusedLayer:
    def test_it_does_what_its_layers_do(self, rng):
        conv, pool = Conv2D(3, 2, activation="relu"), MaxPooling2D()
        x = rng.normal(size=(2, 6, 7, 2))
        expected = pool(conv(x))
        dy = np.cos(np.arange(expected.size)).reshape(expected.shape)
        dx = conv.backward(pool.backward(dy))
        grads = {name: g.copy() for name, g in conv.grads.items()}
        fused = FusedConv2D(conv, pool)
        assert fused.name == f"{conv.name}+{pool.name}"
        assert (fused.input_shape, fused.output_shape) == (conv.input_shape, pool.output_shape)
        close(fused.forward(x), expected)
        close(fused.backward(dy), dx)
        for name, g in grads.items():
            close(conv.grads[name], g)
        assert fused.backward(dy, need_dx=False) is None

    def test_where_it_is_put_in(self):
        conv, pool, rest = Conv2D(2, 3, activation="relu"), MaxPooling2D(), Flatten()
        grouped = Conv2D(2, 3, activation="relu", groups=2)
        for layer in (conv, pool, rest, grouped):
            layer.build((6, 6, 2), np.random.default_rng(0), "float64")
        kinds = [type(layer).__name__ for layer in accelerate([conv, pool, conv, rest, pool, conv])]
        assert kinds == ["FusedConv2D", "Conv2D", "Flatten", "MaxPooling2D", "Conv2D"]
        assert accelerate([grouped, pool]) == [grouped, pool]
        assert accelerate([]) == []
        assert [type(layer).__name__ for layer in accelerate([conv, pool])] == ["FusedConv2D"]
