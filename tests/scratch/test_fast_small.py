"""Every kernel against the reference on inputs so small that it also runs as plain Python in no time.

With NUMBA_DISABLE_JIT=1 these take two seconds: a kernel can be stepped through, and `make mutants` changes
the kernels a hundred times. What must not be missing: a second part of the batch, remainders of every loop
that takes four at a time, sizes that differ from one another, and numbers of which no two are the same.
"""

import numpy as np
import pytest

from scratch import architectures, fast, reference
from scratch.errors import ShapeError
from scratch.fast import buffers, conv_relu_pool, dense
from scratch.fast.conv_relu_pool import backward as fused_backward
from scratch.fast.jit import IMAGES_A_PART, parts_of
from scratch.fast.optimizers import NUMBERS_A_PART, update_for
from scratch.fused import FusedConv2D, accelerate
from scratch.layers import Conv2D, Flatten, MaxPooling2D
from scratch.optimizers import SGD, Adam, RMSprop

pytestmark = pytest.mark.compiled

TWO_PARTS = IMAGES_A_PART + 1
# Relative to the largest value: sums of a few hundred products of about 1, in another order.
TOLERANCE = {np.dtype("float64"): 1e-13, np.dtype("float32"): 1e-5}


def close(received, expected):
    assert received.dtype == expected.dtype
    tolerance = TOLERANCE[expected.dtype] * max(1, np.abs(expected).max())
    np.testing.assert_allclose(received, expected, rtol=0, atol=tolerance)


def as_tuple(gradients):
    return gradients if isinstance(gradients, tuple) else (gradients,)


def compare(operation, *arguments, dtype="float64"):
    """Compare forward and backward of an operation's two forms."""
    arguments = [a.astype(dtype) if isinstance(a, np.ndarray) else a for a in arguments]
    results = []
    for engine in (reference, fast):
        y, cache = getattr(engine, f"{operation}_forward")(*arguments)
        dy = np.cos(np.arange(y.size)).reshape(y.shape).astype(dtype)
        results.append([y, *as_tuple(getattr(engine, f"{operation}_backward")(dy, cache))])
    for expected, received in zip(*results, strict=True):
        assert (received is None) == (expected is None)
        if expected is not None:
            close(received, expected)


def by_the_reference(x, w, b):
    """Return y and, for dy, dx, dw and db of the three operations that are fused."""
    z, conv = reference.conv2d_forward(x, w, b)
    a, relu = reference.relu_forward(z)
    y, pool = reference.max_pool2d_forward(a)
    dy = np.cos(np.arange(y.size)).reshape(y.shape)
    dz = reference.relu_backward(reference.max_pool2d_backward(dy, pool), relu)
    return y, dy, reference.conv2d_backward(dz, conv)


class TestConvolution:
    @pytest.mark.parametrize("bias", [True, False])
    @pytest.mark.parametrize(
        ("shape", "options"),  # N, H, W, C, KH, KW, F
        [
            ((1, 3, 2, 1, 2, 1, 1), ()),
            ((2, 4, 7, 6, 2, 3, 3), ()),  # 4 channels and 2; 4 columns and 1
            ((2, 3, 6, 3, 2, 1, 7), ()),  # 4 filters and 3; 4 columns and 2
            ((TWO_PARTS, 3, 4, 2, 2, 2, 2), ()),
            ((1, 2, 5, 4, 1, 2, 4), ()),  # 4 of everything
            ((1, 2, 8, 7, 1, 2, 7), ()),
            ((1, 2, 9, 8, 1, 2, 8), ()),
            ((2, 6, 9, 5, 3, 3, 5), ((2, 1), "same")),  # one row less, of padding, than for a stride of 1
            ((2, 5, 12, 2, 2, 3, 5), ((1, 2), "same")),  # 4 columns, 2 apart, and 2
            ((1, 5, 4, 1, 2, 2, 2), ((1, 1), "same", (3, 1))),
            ((1, 4, 6, 1, 2, 2, 2), ((1, 1), "same", (1, 4))),
            ((1, 5, 4, 2, 4, 3, 3), ((1, 1), "same")),  # one row before, two after
            ((2, 7, 8, 2, 2, 3, 5), ((1, 1), "valid", (3, 2))),
            ((1, 4, 5, 1, 2, 2, 2), ((1, 1), "same", (2, 3))),
        ],
    )
    def test_it_is_the_reference(self, shape, options, bias, rng):
        N, H, W, C, KH, KW, F = shape
        x, w = rng.normal(size=(N, H, W, C)), rng.normal(size=(KH, KW, C, F))
        compare("conv2d", x, w, rng.normal(size=F) if bias else None, *options)

    def test_single_precision(self, rng):
        compare("conv2d", rng.normal(size=(2, 4, 5, 5)), rng.normal(size=(2, 2, 5, 5)), None, dtype="float32")

    def test_groups(self, rng):
        x, w, b = rng.normal(size=(2, 4, 5, 4)), rng.normal(size=(2, 3, 2, 6)), rng.normal(size=6)
        compare("grouped_conv2d", x, w, b, (1, 2), "same", (1, 1), 2)
        compare("grouped_conv2d", x[..., :2], w, b)

    @pytest.mark.parametrize("groups", [1, 2])
    def test_need_dx_false_spares_dx(self, groups, rng):
        x, w = rng.normal(size=(2, 4, 5, 2 * groups)), rng.normal(size=(2, 3, 2, 4))
        y, cache = fast.grouped_conv2d_forward(x, w, groups=groups)
        dx, dw, db = fast.grouped_conv2d_backward(y, cache)
        assert dx.shape == x.shape
        assert db is None
        nothing, same, _ = fast.grouped_conv2d_backward(y, cache, need_dx=False)
        assert nothing is None
        np.testing.assert_array_equal(same, dw)

    @pytest.mark.parametrize("channels", [2, 4])
    def test_channels_that_differ(self, channels):
        expected = f"^conv2d: the kernel was made for 3 channels; received an image with {channels}$"
        with pytest.raises(ShapeError, match=expected):
            fast.conv2d_forward(np.zeros((1, 4, 4, channels)), np.zeros((2, 2, 3, 1)))

    def test_a_kernel_that_does_not_fit(self):
        x, w = np.zeros((1, 4, 4, 1)), np.zeros((2, 2, 1, 1))
        fast.conv2d_forward(x, w, dilation=(3, 3))
        with pytest.raises(ShapeError):
            fast.conv2d_forward(x, w, dilation=(4, 1))


POOLINGS = [  # N, H, W, C, and the options
    ((1, 1, 1, 1), ((1, 1),)),
    ((2, 4, 6, 3), ()),
    ((2, 5, 7, 2), ()),  # the last row and column are dropped
    ((TWO_PARTS, 3, 4, 2), ((2, 3),)),
    ((2, 5, 6, 2), ((3, 2), (1, 1))),  # windows overlap
    ((1, 7, 9, 1), ((2, 1), (3, 2))),  # pixels between the windows
    ((2, 5, 7, 2), ((3, 4), (2, 3), "same")),
    ((1, 3, 2, 3), ((5, 4), (1, 1), "same")),  # larger than the image
]


class TestMaxPooling:
    @pytest.mark.parametrize("sign", [1, -1])
    @pytest.mark.parametrize(("shape", "options"), POOLINGS)
    def test_it_is_the_reference(self, shape, options, sign, rng):
        compare("max_pool2d", sign * rng.uniform(1, 2, shape), *options)

    def test_of_equals_the_first_wins(self, rng):
        compare("max_pool2d", rng.integers(-1, 2, (2, 5, 6, 2)).astype(float), (3, 3), (1, 2), "same")

    @pytest.mark.parametrize("place", [0, 1, 2, 3])
    def test_nan_wins_wherever_it_stands(self, place):
        x = np.arange(4.0)
        x[place] = np.nan
        y, cache = fast.max_pool2d_forward(x.reshape(1, 2, 2, 1))
        assert np.isnan(y).all()
        assert fast.max_pool2d_backward(np.ones_like(y), cache).argmax() == place

    def test_of_two_nans_the_first_wins(self):
        y, cache = fast.max_pool2d_forward(np.array([1, np.nan, np.nan, 2]).reshape(1, 2, 2, 1))
        np.testing.assert_array_equal(fast.max_pool2d_backward(np.ones_like(y), cache).ravel(), [0, 1, 0, 0])

    def test_a_pool_that_does_not_fit(self):
        with pytest.raises(ShapeError):
            fast.max_pool2d_forward(np.zeros((1, 4, 4, 1)), (3, 5))


class TestAveragePooling:
    @pytest.mark.parametrize(("shape", "options"), POOLINGS)
    def test_it_is_the_reference(self, shape, options, rng):
        compare("average_pool2d", rng.normal(size=shape), *options)

    def test_single_precision(self, rng):
        compare("average_pool2d", rng.normal(size=(2, 5, 7, 2)), (3, 3), (2, 2), "same", dtype="float32")

    def test_a_pool_that_does_not_fit(self):
        with pytest.raises(ShapeError):
            fast.average_pool2d_forward(np.zeros((1, 4, 4, 1)), (3, 5))


class TestBatchNorm:
    @pytest.mark.parametrize("shape", [(3, 2), (1030, 2), (2, 3, 2, 3)])  # 1,030 rows are two parts
    def test_statistics(self, shape, rng):
        x = rng.normal(2, 3, size=shape)
        for received, expected in zip(fast.batch_statistics(x), reference.batch_statistics(x), strict=True):
            close(received, expected)

    @pytest.mark.parametrize("training", [True, False])
    @pytest.mark.parametrize("scale", [True, False])
    @pytest.mark.parametrize("center", [True, False])
    def test_it_is_the_reference(self, scale, center, training, rng):
        x = rng.normal(2, 3, size=(2, 3, 2, 3))
        gamma, beta = rng.normal(size=3) if scale else None, rng.normal(size=3) if center else None
        mean, variance = (
            reference.batch_statistics(x) if training else (rng.normal(size=3), rng.uniform(1, 2, 3))
        )
        compare("batch_norm", x, gamma, beta, mean, variance, 0.25, training)

    def test_two_parts(self, rng):
        x, gamma = rng.normal(size=(1030, 2)), rng.normal(size=2)
        compare("batch_norm", x, gamma, gamma, *reference.batch_statistics(x), 1e-3, True)

    def test_defaults_are_the_reference_s(self, rng):
        compare("batch_norm", rng.normal(size=(3, 2)), None, None, np.zeros(2), np.full(2, 1e-3))

    def test_single_precision(self, rng):
        x, gamma = rng.normal(size=(5, 2)).astype("float32"), rng.normal(size=2)
        assert [a.dtype for a in fast.batch_statistics(x)] == [np.float32] * 2
        compare("batch_norm", x, gamma, gamma, *reference.batch_statistics(x), 1e-3, True, dtype="float32")


class TestDense:
    @pytest.mark.parametrize("bias", [True, False])
    @pytest.mark.parametrize(
        ("shape", "filters"),  # parts are of 64 rows and of 1,024 features
        [
            ((1, 1), 1),
            ((3, 5), 4),
            ((2, 4, 5), 3),
            ((64, 3), 2),
            ((130, 3), 2),
            ((2, 1024), 2),
            ((2, 2050), 3),
        ],
    )
    def test_it_is_the_reference(self, shape, filters, bias, rng):
        b = rng.normal(size=filters) if bias else None
        compare("dense", rng.normal(size=shape), rng.normal(size=(shape[-1], filters)), b)

    @pytest.mark.parametrize("features", [3, 5])
    def test_features_that_differ(self, features):
        expected = f"^dense: the kernel was made for 4 features; received {features}$"
        with pytest.raises(ShapeError, match=expected):
            fast.dense_forward(np.zeros((2, 3, features)), np.zeros((4, 2)))

    def test_need_dx_false_spares_dx(self, rng):
        y, cache = fast.dense_forward(rng.normal(size=(2, 3)), rng.normal(size=(3, 4)))
        dx, dw, db = fast.dense_backward(y, cache)
        assert dx.shape == (2, 3)
        assert db is None
        nothing, same, _ = fast.dense_backward(y, cache, need_dx=False)
        assert nothing is None
        np.testing.assert_array_equal(same, dw)

    def test_blas_has_one_thread_within_and_those_of_before_after(self, monkeypatch):
        class Library:
            def __init__(self, threads):
                self.threads = threads

            def get_num_threads(self):
                return self.threads

            def set_num_threads(self, threads):
                self.threads = threads

        libraries = [Library(4), Library(1), Library(2)]
        monkeypatch.setattr(dense, "blas_libraries", lambda: libraries)
        with dense.on_one_blas_thread():
            assert [library.threads for library in libraries] == [1, 1, 1]
        assert [library.threads for library in libraries] == [4, 1, 2]
        with pytest.raises(ShapeError), dense.on_one_blas_thread():
            raise ShapeError("an error on the way")
        assert [library.threads for library in libraries] == [4, 1, 2]


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
            (TWO_PARTS, 3, 3, 1, 2, 2, 2),
            (2, 6, 7, 2, 2, 3, 3),  # a run of 6: 4 and 2
            (TWO_PARTS, 3, 4, 3, 2, 3, 2),
            (1, 4, 5, 1, 1, 1, 17),
            (2, 7, 6, 5, 4, 3, 9),
            (1, 5, 4, 2, 2, 3, 66),
            (1, 4, 4, 32, 3, 3, 64),  # a size for which a kernel is made
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

    def test_the_second_convolution_of_cnn_has_kernels_of_its_own(self):
        w = architectures.build("cnn").layers[2].params["kernel"]
        KH, KW, C, _ = w.shape
        assert conv_relu_pool.known(KH, KW * C) == (KH, KW * C)
        assert conv_relu_pool.known(KH, KW * C + 1) == conv_relu_pool.known(KH + 1, KW * C) == (0, 0)

    @pytest.mark.parametrize(("filters", "width"), [(1, 16), (16, 16), (17, 32), (33, 64), (65, 64)])
    def test_blocks_are_the_smallest_that_hold_all_filters(self, filters, width, monkeypatch):
        made, kernel_for = [], conv_relu_pool.forward.kernel_for
        monkeypatch.setattr(
            conv_relu_pool.forward, "kernel_for", lambda *sizes: made.append(sizes) or kernel_for(*sizes)
        )
        fast.conv_relu_pool_forward(np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, filters)), np.ones(filters))
        assert made == [(width, 0, 0)]

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


class TestOptimizers:
    @pytest.mark.parametrize(
        "make", [SGD, lambda: SGD(momentum=0.5), lambda: SGD(momentum=0.5, nesterov=True), RMSprop, Adam]
    )
    def test_the_second_part_is_updated_once_as_well(self, make, rng):
        x, g = rng.normal(size=(2, NUMBERS_A_PART + 3))
        textbook, compiled, other = make(), make(), x.copy()
        compiled.fast_update = update_for(compiled)
        textbook.apply([g], [x])
        compiled.apply([g], [other])
        np.testing.assert_allclose(other, x, rtol=1e-14, atol=1e-15)

    def test_a_large_epsilon_counts(self, rng):
        for make in (lambda: RMSprop(0.5, epsilon=0.5), lambda: Adam(0.5, epsilon=0.5)):
            x, other = np.ones(3), np.ones(3)
            textbook, compiled = make(), make()
            compiled.fast_update = update_for(compiled)
            for g in rng.normal(size=(3, 3)):
                textbook.apply([g], [x])
                compiled.apply([g], [other])
            np.testing.assert_allclose(other, x, rtol=1e-14, atol=1e-15)


class TestParts:
    def test_a_part_that_is_not_full_counts(self):
        assert [parts_of(n) for n in (0, 1, 8, 9, 128, 129)] == [0, 1, 1, 2, 16, 17]
        assert [parts_of(n, 10) for n in (10, 11)] == [1, 2]


class TestBuffers:
    @pytest.mark.parametrize(("filters", "width", "blocks"), [(3, 2, 2), (4, 2, 2), (1, 16, 1), (5, 2, 3)])
    def test_blocks_hold_all_filters_and_then_zeros(self, filters, width, blocks, rng):
        w = rng.normal(size=(2, 3, filters))
        buffers.empty((blocks, 2, 3, width), w.dtype)[...] = 7  # what is left there by whoever had it before
        filled = buffers.in_blocks(w, width)
        assert filled.shape == (blocks, 2, 3, width)
        flat = np.concatenate(list(filled), axis=-1)
        np.testing.assert_array_equal(flat[..., :filters], w)
        assert not flat[..., filters:].any()

    def test_the_kind_that_was_used_last_is_kept(self):
        buffers._pool.clear()
        for n in range(buffers.MOST_KINDS):
            buffers.empty((n + 1,), np.float32)
        buffers.empty((1,), np.float32)
        buffers.empty((1000,), np.float32)
        assert ((1,), np.float32) in buffers._pool
        assert ((2,), np.float32) not in buffers._pool
        assert len(buffers._pool) == buffers.MOST_KINDS

    def test_memory_is_no_larger_than_its_alignment_takes(self):
        memory, array = buffers.allocate((5, 7), np.dtype("float32"))
        assert array.nbytes == 4 * 35
        assert memory.nbytes <= array.nbytes + 64

    def test_only_so_many_of_a_kind_are_kept(self):
        buffers._pool.clear()
        held = [buffers.empty((5, 5), np.float64) for _ in range(2 * buffers.MOST_OF_A_KIND)]
        assert len(buffers._pool[(5, 5), np.float64]) == buffers.MOST_OF_A_KIND
        assert len({array.ctypes.data for array in held}) == len(held)
        assert all(array.flags.c_contiguous and array.ctypes.data % 64 == 0 for array in held)
