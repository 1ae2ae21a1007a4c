"""Every kernel against the reference on inputs so small that it also runs as plain Python in no time.

With NUMBA_DISABLE_JIT=1 these take two seconds: a kernel can be stepped through, and `make mutants` changes
the kernels a hundred times. What must not be missing: a second part of the batch, remainders of every loop
that takes four at a time, sizes that differ from one another, and numbers of which no two are the same.
"""

from math import ceil

import numba
import numpy as np
import pytest

from scratch import fast, reference
from scratch.errors import ShapeError
from scratch.fast import buffers, conv2d, dense, jit
from scratch.fast.jit import (
    FASTMATH,
    IMAGES_A_PART,
    announce_compilation,
    forget_outdated,
    parts_of,
    threads_for,
)
from scratch.fast.optimizers import NUMBERS_A_PART, update_for
from scratch.fast.tiles import lanes
from scratch.optimizers import SGD, Adam, RMSprop
from tests.numeric import close

pytestmark = pytest.mark.compiled

TWO_PARTS, LANES = IMAGES_A_PART + 1, lanes("float64")


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
        ("shape", "filters"),  # parts are of 64 rows, of 200 and of 64 features; sums of 128 products
        [
            ((1, 1), 1),
            ((3, 5), 4),
            ((2, 4, 5), 3),
            ((64, 3), 2),
            ((130, 3), 2),
            ((9, 202), 2),
            ((2, 203), 130),
            ((3, 4), 3 * LANES),
            ((7, 3), 4 * LANES),
            ((7, 2), 25 * LANES // 2),
            ((5, 2), 7 * LANES - 1),
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

    def test_of_no_rows_the_gradient_is_zero(self):
        fast.dense_backward(*fast.dense_forward(np.ones((2, 3)), np.ones((3, 4))))  # leaves its memory behind
        dx, dw, db = fast.dense_backward(*fast.dense_forward(np.ones((0, 3)), np.ones((3, 4)), np.ones(4)))
        assert dx.shape == (0, 3)
        assert not dw.any()
        assert not db.any()

    def test_need_dx_false_spares_dx(self, rng):
        y, cache = fast.dense_forward(rng.normal(size=(2, 3)), rng.normal(size=(3, 4)))
        dx, dw, db = fast.dense_backward(y, cache)
        assert dx.shape == (2, 3)
        assert db is None
        nothing, same, _ = fast.dense_backward(y, cache, need_dx=False)
        assert nothing is None
        np.testing.assert_array_equal(same, dw)

    @pytest.mark.parametrize(
        ("features", "filters"), [(1, 1), (3, 10), (129, 2 * LANES + 3), (300, LANES), (2, 13 * LANES + 1)]
    )
    def test_one_row_has_the_bits_that_it_has_among_others(self, features, filters, rng):
        x, w = rng.normal(size=(3, features)), rng.normal(size=(features, filters))
        y, _ = fast.dense_forward(x, w)
        for n in range(3):
            np.testing.assert_array_equal(fast.dense_forward(x[n : n + 1], w)[0], y[n : n + 1])

    def test_tiles_fit_into_the_registers_and_waste_little(self):
        for registers, given in ((32, dense.TILES_OF_32), (16, dense.TILES_OF_16)):
            assert all(rows * ceil(vectors) + vectors + 1 <= registers for rows, vectors in given)
        # any would be right; these were found to be the fastest
        assert dense.TILES_OF_32 == ((8, 2), (6, 4), (8, 3), (3, 6.25))
        assert dense.TILES_OF_16 == ((4, 2), (3, 3), (6, 1))
        for _, vectors in dense.TILES:
            columns = int(vectors * LANES)
            assert columns % dense.tile_for(columns, "float64")[1] == 0


class TestReLU:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("shape", [(), (5,), (2, 3, 4, 5)])
    def test_it_is_the_reference(self, shape, dtype, rng):
        compare("relu", np.round(rng.normal(size=shape)), dtype=dtype)  # some are 0, some -0

    @pytest.mark.parametrize("laid_out", [np.asfortranarray, lambda array: np.flip(array, 1)])
    def test_any_memory_layout(self, laid_out, rng):
        x, dy = laid_out(rng.normal(size=(4, 5))), laid_out(rng.normal(size=(4, 5)))
        y, cache = fast.relu_forward(x)
        np.testing.assert_array_equal(y, np.maximum(x, 0))
        np.testing.assert_array_equal(fast.relu_backward(dy, cache), np.where(x > 0, dy, 0))

    def test_no_numbers_at_all(self):
        y, cache = fast.relu_forward(np.ones((0, 3)))
        assert y.shape == fast.relu_backward(y, cache).shape == (0, 3)

    @pytest.mark.parametrize("shape", [(4, 4), (4,), (1, 4), ()])
    def test_a_gradient_of_another_shape(self, shape):
        _, cache = fast.relu_forward(np.ones((2, 4)))
        with pytest.raises(ShapeError, match=r"relu: expected a gradient of shape \(2, 4\), as x had"):
            fast.relu_backward(np.ones(shape), cache)

    def test_nan_passes_forward_and_is_stopped_backward(self):
        x = np.array([np.nan, np.inf, -np.inf, -1.0, 2.0, 2.0])
        y, cache = fast.relu_forward(x)
        np.testing.assert_array_equal(y, [np.nan, np.inf, 0, 0, 2, 2])
        dx = fast.relu_backward(np.array([1.0, 2.0, np.nan, np.inf, np.nan, -np.inf]), cache)
        np.testing.assert_array_equal(dx, [0, 2, 0, 0, np.nan, -np.inf])

    def test_results_lie_in_memory_that_is_used_again(self):
        y, _ = fast.relu_forward(np.ones((3, 71)))
        place = y.ctypes.data
        assert place % buffers.ALIGNMENT == 0
        del y, _
        assert fast.relu_backward(np.ones((3, 71)), np.ones((3, 71))).ctypes.data == place


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

    @pytest.mark.parametrize(
        "make", [SGD, lambda: SGD(momentum=0.5), lambda: SGD(momentum=0.5, nesterov=True), RMSprop, Adam]
    )
    def test_each_parameter_has_its_own_gradient_and_state(self, make, rng):
        params = [rng.normal(size=size) for size in (3, 2, 1)]
        others = [x.copy() for x in params]
        textbook, compiled = make(), make()
        compiled.fast_update = update_for(compiled)
        for _ in range(3):
            grads = [rng.normal(size=len(x)) for x in params]
            textbook.apply(grads, params)
            compiled.apply(grads, others)
        for x, other in zip(params, others, strict=True):
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


class TestCompilation:
    @pytest.mark.parametrize(("images", "threads"), [(1, 1), (IMAGES_A_PART, 1), (TWO_PARTS, 3)])
    def test_one_part_is_for_one_thread(self, images, threads, monkeypatch):
        current = [3]
        monkeypatch.setattr(numba, "get_num_threads", lambda: current[-1])
        monkeypatch.setattr(numba, "set_num_threads", current.append)
        with threads_for(images):
            assert current[-1] == threads
        assert current[-1] == 3
        with pytest.raises(ShapeError), threads_for(images):
            raise ShapeError("an error on the way")
        assert current[-1] == 3

    def test_a_part_that_is_not_full_counts(self):
        assert [parts_of(n) for n in (0, 1, 8, 9, 128, 129)] == [0, 1, 1, 2, 16, 17]
        assert [parts_of(n, 10) for n in (10, 11)] == [1, 2]

    @pytest.mark.parametrize(
        ("disabled", "file", "said"), [(0, None, True), (0, "kernel.nbi", False), (1, None, False)]
    )
    def test_it_is_announced_where_nothing_is_kept(self, disabled, file, said, monkeypatch, tmp_path, capsys):
        monkeypatch.setattr(numba.config, "DISABLE_JIT", disabled)
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
        if file:
            (tmp_path / "folder").mkdir()
            (tmp_path / "folder" / file).touch()
        announce_compilation()
        assert ("Compiling the fast engine's kernels" in capsys.readouterr().err) == said

    def test_it_is_announced_each_time_where_nothing_can_be_kept(self, monkeypatch, tmp_path, capsys):
        monkeypatch.setattr(numba.config, "DISABLE_JIT", 0)
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
        monkeypatch.setattr(jit, "KEPT", False)
        announce_compilation()
        assert "NUMBA_CACHE_DIR names another folder" in " ".join(capsys.readouterr().err.split())

    @pytest.mark.parametrize("given", ["", "given"])
    def test_kernels_are_kept_in_a_folder_of_our_own(self, given, monkeypatch, tmp_path):
        monkeypatch.setattr(numba.config, "CACHE_DIR", given and str(tmp_path / given))
        monkeypatch.setenv("DIGITS_CACHE", str(tmp_path / "ours"))
        (tmp_path / "__pycache__").touch()  # a file: no folder can be made there
        monkeypatch.setattr(jit, "FOLDER", tmp_path)
        assert jit.choose_cache()
        expected = tmp_path / "given" / "digit-recognizer" if given else tmp_path / "ours" / "kernels"
        assert jit.kept_in() == expected
        assert expected.is_dir()
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "__pycache__"))
        assert not jit.choose_cache()

    def test_kernels_are_kept_beside_their_files_where_that_is_possible(self, monkeypatch, tmp_path):
        monkeypatch.setattr(numba.config, "CACHE_DIR", "")
        monkeypatch.setattr(jit, "FOLDER", tmp_path)
        assert jit.choose_cache()
        assert jit.kept_in() == tmp_path

    def test_kernels_are_forgotten_when_what_is_compiled_into_them_changes(self, monkeypatch, tmp_path):
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
        kept, stamp = tmp_path / "folder" / "kernel.nbi", tmp_path / "__pycache__" / "compiled_with"
        kept.parent.mkdir()
        for before, remains in (("", False), (None, True), ("of other tiles", False)):
            kept.touch()
            if before is not None:
                stamp.parent.mkdir(exist_ok=True)
                stamp.write_text(before)
            forget_outdated()
            assert kept.exists() == remains

    @pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
    def test_kernels_run_on_all_threads_and_know_nan_and_infinity(self):
        options = conv2d.forward.targetoptions
        assert options["parallel"]
        assert options["nogil"]
        assert options["fastmath"] == FASTMATH
        assert not FASTMATH & {"fast", "nnan", "ninf"}


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
