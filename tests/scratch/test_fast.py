"""The fast engine: the same results as the reference, on any number of threads, and memory used with care."""

import inspect
import os
import subprocess
import sys
import threading

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch import architectures, fast, reference
from scratch.fast import buffers
from scratch.fast.optimizers import update_for
from scratch.fused import FusedConv2D, accelerate
from scratch.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from scratch.models import Sequential
from scratch.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop

pytestmark = pytest.mark.compiled

# Relative to the largest value: sums of up to 1,600 products of about 1, in another order, in float64.
TOLERANCE = 1e-12


def close(received, expected):
    np.testing.assert_allclose(received, expected, rtol=0, atol=TOLERANCE * max(1, np.abs(expected).max()))


def by_the_reference(x, w, b):
    """Return y, and a function from dy to (dx, dw, db), of the three operations that are fused."""
    z, conv = reference.conv2d_forward(x, w, b)
    a, relu = reference.relu_forward(z)
    y, pool = reference.max_pool2d_forward(a)

    def backward(dy):
        da = reference.max_pool2d_backward(dy, pool)
        return reference.conv2d_backward(reference.relu_backward(da, relu), conv)

    return y, backward


def test_the_same_names_and_signatures_as_the_reference():
    names = {name for name in vars(reference) if name.endswith(("_forward", "_backward"))}
    assert names <= set(fast.__all__)
    for name in names:
        expected = list(inspect.signature(getattr(reference, name)).parameters)
        received = list(inspect.signature(getattr(fast, name)).parameters)
        assert received == [p for p in expected if p != "conv2d"], name


class TestFused:
    @pytest.mark.parametrize(
        "shape",  # N, H, W, C, KH, KW, F: those of the architectures, and odd ones
        [
            (3, 28, 28, 1, 3, 3, 32),
            (9, 13, 13, 32, 3, 3, 64),
            (17, 9, 8, 1, 3, 3, 70),
            (2, 7, 10, 3, 2, 3, 5),
            (1, 9, 9, 4, 5, 5, 16),
            (3, 2, 2, 1, 1, 1, 1),
            (2, 5, 6, 1, 2, 4, 33),
        ],
    )
    def test_it_is_convolution_relu_and_pooling(self, shape, rng):
        N, H, W, C, KH, KW, F = shape
        x, w, b = rng.normal(size=(N, H, W, C)), rng.normal(size=(KH, KW, C, F)), rng.normal(size=F)
        y, cache = fast.conv_relu_pool_forward(x, w, b)
        expected, backward = by_the_reference(x, w, b)
        close(y, expected)
        dy = rng.normal(size=y.shape)
        for received, want in zip(fast.conv_relu_pool_backward(dy, cache), backward(dy), strict=True):
            close(received, want)
        dx, dw, _ = fast.conv_relu_pool_backward(dy, cache, need_dx=False)
        assert dx is None
        close(dw, backward(dy)[1])

    def test_ties_go_to_the_first_and_closed_ones_to_nobody(self):
        x = np.ones((1, 4, 4, 1))
        y, cache = fast.conv_relu_pool_forward(x, np.ones((3, 3, 1, 2)), np.array([0.0, -9.0]))
        np.testing.assert_array_equal(y[0, 0, 0], [9, 0])
        dx, dw, db = fast.conv_relu_pool_backward(np.ones_like(y), cache)
        np.testing.assert_array_equal(dx[0, :, :, 0], np.pad(np.ones((3, 3)), (0, 1)))
        np.testing.assert_array_equal(dw[..., 0, 0], np.ones((3, 3)))
        np.testing.assert_array_equal(dw[..., 0, 1], np.zeros((3, 3)))
        np.testing.assert_array_equal(db, [1, 0])

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_nan_and_infinity_go_through_as_in_the_reference(self, value, channels, rng):
        x, w = rng.normal(size=(1, 6, 6, channels)), np.abs(rng.normal(size=(3, 3, channels, 3)))
        x[0, 2, 3, 0] = value
        with np.errstate(all="ignore"):  # NumPy may warn of infinity minus infinity
            expected, _ = by_the_reference(x, w, np.zeros(3))
            received, _ = fast.conv_relu_pool_forward(x, w, np.zeros(3))
        close_or_same(received, expected)

    def test_it_is_put_in_where_the_pattern_occurs_and_nowhere_else(self):
        model = architectures.build("cnn")
        kinds = [type(stage).__name__ for stage in accelerate(model.layers)]
        assert kinds == ["FusedConv2D", "FusedConv2D", "Flatten", "Dense", "Dense"]
        others = [
            Conv2D(2, 3, activation="relu", strides=2), Conv2D(2, 3, activation="tanh"), Conv2D(2, 3),
            Conv2D(2, 3, activation="relu", padding="same"), Conv2D(2, 3, activation="relu", use_bias=False),
            Conv2D(2, 3, activation="relu", dilation_rate=2),
        ]  # fmt: skip
        for conv in others:
            pair = [conv, MaxPooling2D()]
            assert accelerate(pair) == pair
        for pool in (MaxPooling2D(3), MaxPooling2D(2, strides=1), MaxPooling2D(2, padding="same")):
            pair = [Conv2D(2, 3, activation="relu"), pool]
            assert accelerate(pair) == pair

    def test_it_shares_parameters_and_gradients(self, rng):
        model = architectures.build("small", rng=rng)
        fused = accelerate(model.layers)[0]
        assert isinstance(fused, FusedConv2D)
        x = rng.random((2, 28, 28, 1), np.float32)
        fused.backward(np.ones_like(fused.forward(x)))
        assert fused.params is model.layers[0].params
        assert model.layers[0].grads.keys() == {"kernel", "bias"}


def close_or_same(received, expected):
    np.testing.assert_allclose(received, expected, rtol=1e-12, atol=1e-12, equal_nan=True)


sizes = st.integers(1, 9)


class TestAnyShape:
    """Kernels with bounds that are known at run time only, on shapes that nobody chose."""

    @settings(max_examples=60, deadline=None)
    @given(
        st.integers(1, 18), sizes, sizes, st.integers(1, 6), st.integers(1, 4), st.integers(1, 4),
        st.integers(1, 20),
        st.integers(1, 3), st.integers(1, 3), st.sampled_from(["valid", "same"]), st.booleans(),
    )  # fmt: skip
    def test_convolution(self, n, h, w, c, kh, kw, f, stride, dilation, padding, has_bias):
        strides, dilations = ((stride, 1), (1, 1)) if stride > 1 else ((1, 1), (1, dilation))
        if padding == "valid" and (h < kh or w < (kw - 1) * dilations[1] + 1):
            return
        generator = np.random.default_rng(n)
        x, kernel = generator.normal(size=(n, h, w, c)), generator.normal(size=(kh, kw, c, f))
        arguments = x, kernel, generator.normal(size=f) if has_bias else None, strides, padding, dilations
        self.compare("conv2d", arguments)

    @settings(max_examples=60, deadline=None)
    @given(
        st.integers(1, 18), sizes, sizes, st.integers(1, 6), st.integers(1, 4), st.integers(1, 4),
        st.integers(1, 3), st.integers(1, 3), st.sampled_from(["valid", "same"]), st.booleans(),
    )  # fmt: skip
    def test_pooling(self, n, h, w, c, kh, kw, sh, sw, padding, ties):
        if padding == "valid" and (h < kh or w < kw):
            return
        generator = np.random.default_rng(n)
        x = generator.normal(size=(n, h, w, c))
        x = np.round(x) if ties else x
        self.compare("max_pool2d", (x, (kh, kw), (sh, sw), padding))

    @settings(max_examples=60, deadline=None)
    @given(st.integers(1, 40), st.integers(1, 150), st.integers(1, 150), st.booleans())
    def test_dense(self, n, d, f, has_bias):
        generator = np.random.default_rng(n)
        x, w = generator.normal(size=(n, d)), generator.normal(size=(d, f))
        self.compare("dense", (x, w, generator.normal(size=f) if has_bias else None))

    @settings(max_examples=60, deadline=None)
    @given(
        st.integers(1, 18), st.integers(2, 9), st.integers(2, 9), st.integers(1, 6), st.integers(1, 4),
        st.integers(1, 4), st.integers(1, 70),
    )  # fmt: skip
    def test_fused(self, n, h, w, c, kh, kw, f):
        if h - kh < 1 or w - kw < 1:
            return
        generator = np.random.default_rng(n)
        x, kernel = generator.normal(size=(n, h, w, c)), generator.normal(size=(kh, kw, c, f))
        bias = generator.normal(size=f)
        y, cache = fast.conv_relu_pool_forward(x, kernel, bias)
        expected, backward = by_the_reference(x, kernel, bias)
        close(y, expected)
        for received, want in zip(
            fast.conv_relu_pool_backward(np.cos(y), cache), backward(np.cos(y)), strict=True
        ):
            close(received, want)

    @staticmethod
    def compare(operation, arguments):
        (expected, cache), (received, fast_cache) = (
            getattr(engine, f"{operation}_forward")(*arguments) for engine in (reference, fast)
        )
        close(received, expected)
        dy = np.cos(np.arange(expected.size)).reshape(expected.shape)
        wanted = getattr(reference, f"{operation}_backward")(dy, cache)
        got = getattr(fast, f"{operation}_backward")(dy, fast_cache)
        for a, b in zip(
            got if isinstance(got, tuple) else [got],
            wanted if isinstance(wanted, tuple) else [wanted],
            strict=True,
        ):
            assert (a is None) == (b is None)
            if a is not None:
                close(a, b)


@pytest.mark.parametrize("layout", ["Fortran", "sliced", "reversed", "read-only"])
def test_any_memory_layout(layout, rng):
    def strange(array):
        if layout == "Fortran":
            return np.asfortranarray(array)
        if layout == "sliced":
            return np.repeat(array, 2, axis=-1)[..., ::2]
        if layout == "reversed":
            return array[::-1].copy()[::-1]
        array = array.copy()
        array.flags.writeable = False
        return array

    x, w, b = rng.normal(size=(3, 7, 7, 2)), rng.normal(size=(3, 3, 2, 4)), rng.normal(size=4)
    pairs = [
        ("conv2d", (x, w, b)),
        ("conv_relu_pool", (x, w, b)),
        ("max_pool2d", (x,)),
        ("dense", (x[0, 0], w[0, 0])),
    ]
    for operation, arguments in pairs:
        forward, backward = (getattr(fast, f"{operation}_{way}") for way in ("forward", "backward"))
        results = []
        for change in (np.copy, strange):
            y, cache = forward(*map(change, arguments))
            gradients = backward(change(np.cos(y)), cache)
            gradients = gradients if isinstance(gradients, tuple) else (gradients,)
            results.append([np.array(y), *(np.array(g) for g in gradients if g is not None)])
        for plain, other in zip(*results, strict=True):
            np.testing.assert_array_equal(other, plain)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "make", [SGD, lambda: SGD(momentum=0.9), lambda: SGD(momentum=0.9, nesterov=True), RMSprop, Adam, AdamW]
)
def test_optimizers_in_one_pass(make, dtype, rng):
    start = rng.normal(size=(7, 11)).astype(dtype)
    textbook, compiled = make(), make()
    compiled.fast_update = update_for(compiled)
    assert compiled.fast_update is not None
    a, b = start.copy(), start.copy()
    for _ in range(5):
        g = rng.normal(size=start.shape).astype(dtype)
        textbook.apply([g], [a])
        compiled.apply([g], [b])
    assert not np.array_equal(a, start)
    # five steps' roundings
    np.testing.assert_allclose(b, a, rtol=20 * np.finfo(dtype).eps, atol=20 * np.finfo(dtype).eps)


def test_there_is_no_kernel_for_rare_options():
    rare = Adam(amsgrad=True), AdamW(amsgrad=True), RMSprop(centered=True), RMSprop(momentum=0.5)
    for optimizer in (*rare, Adagrad(), Adadelta()):
        assert update_for(optimizer) is None


def train(engine, dtype="float64"):
    generator = np.random.default_rng(0)
    model = architectures.build("cnn", dtype, generator)
    model.compile("adam", "sparse_categorical_crossentropy", engine=engine)
    x, y = generator.random((40, 28, 28, 1)), generator.integers(0, 10, 40)
    model.fit(x, y, batch_size=16, epochs=2, verbose=0)
    return model, x


def test_training_is_the_same_on_both_engines():
    (model, x), (other, _) = train("fast"), train("reference")
    for name, p in model.named_params().items():
        np.testing.assert_allclose(p, other.named_params()[name], rtol=0, atol=1e-10, err_msg=name)
    np.testing.assert_allclose(model.predict(x, verbose=0), other.predict(x, verbose=0), rtol=0, atol=1e-10)


THREADS_SCRIPT = """
import hashlib
from tests.scratch.test_fast import train
model, x = train("fast", "float32")
print(hashlib.sha256(b"".join(p.tobytes() for p in [*model.get_weights(), model(x)])).hexdigest())
"""


@pytest.mark.slow
def test_the_same_bits_on_any_number_of_threads():
    digests = set()
    for threads in (1, 2, 3):
        if threads > (os.cpu_count() or 1):
            continue
        environment = os.environ | {"NUMBA_NUM_THREADS": str(threads)}
        done = subprocess.run(
            [sys.executable, "-c", THREADS_SCRIPT], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout)
    assert len(digests) == 1


@pytest.mark.slow
@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_compiling_is_announced_and_its_result_is_kept(tmp_path):
    code = """
import numpy as np
from scratch.layers import Dense, Input
from scratch.models import Sequential
model = Sequential([Input((3,)), Dense(2)])
model.compile("sgd", engine="fast")
model(np.ones((1, 3)))
"""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    said = [
        subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert ["Compiling" in done.stderr for done in said] == [True, False]


def test_an_engine_that_is_none():
    model = Sequential([Input((4,)), Dense(2)])
    with pytest.raises(ValueError, match="engine: expected 'reference' or 'fast', received 'turbo'"):
        model.compile(engine="turbo")


class TestBuffers:
    def test_memory_that_nobody_uses_is_used_again(self):
        first = buffers.empty((100, 7), np.float32)
        address = first.ctypes.data
        del first
        assert buffers.empty((100, 7), np.float32).ctypes.data == address

    def test_what_somebody_holds_is_left_alone(self):
        held = buffers.empty((100, 9), np.float64)
        view = buffers.empty((100, 9), np.float64).reshape(-1)[3:5]
        others = [buffers.empty((100, 9), np.float64) for _ in range(40)]
        assert not any(np.shares_memory(other, array) for other in others for array in (held, view))

    def test_alignment(self):
        assert {buffers.empty((3, n), np.float32).ctypes.data % 64 for n in range(1, 50)} == {0}

    def test_results_that_are_kept_do_not_change(self, rng):
        model = architectures.build("small", rng=rng)
        model.compile("sgd", "sparse_categorical_crossentropy")
        x = rng.random((4, 28, 28, 1), np.float32)
        kept = model(x)
        copy = kept.copy()
        for _ in range(20):
            model(rng.random((4, 28, 28, 1), np.float32))
        np.testing.assert_array_equal(kept, copy)

    def test_kinds_are_forgotten_in_the_end(self):
        for n in range(3 * buffers.MOST_KINDS):
            buffers.empty((n + 1, 3), np.float32)
        assert len(buffers._pool) <= buffers.MOST_KINDS


def test_two_threads_may_predict_at_once(rng):
    model = Sequential(
        [Input((8, 8, 1)), Conv2D(3, 3, activation="relu"), MaxPooling2D(), Flatten(), Dense(4)], rng=rng
    )
    model.compile(engine="fast")
    batches = [rng.random((9, 8, 8, 1), np.float32) for _ in range(2)]
    expected = [model(x) for x in batches]
    wrong = []

    def ask(i):
        for _ in range(200):
            if not np.array_equal(model.predict(batches[i], verbose=0), expected[i]):
                wrong.append(i)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
