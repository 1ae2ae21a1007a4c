"""The compiled average pooling and batch normalization: any shape, memory layout and number of threads."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch import fast, reference

pytestmark = pytest.mark.compiled

# Relative to the largest value: sums of up to 1,500 numbers of about 1, in another order, in float64.
TOLERANCE = 1e-12

sizes = st.integers(1, 9)


def results(engine, operation, *arguments):
    """Return what forward and backward make of the arguments, a list of arrays."""
    y, cache = getattr(engine, f"{operation}_forward")(*arguments)
    dy = np.cos(np.arange(y.size)).reshape(y.shape).astype(y.dtype)
    gradients = getattr(engine, f"{operation}_backward")(dy, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    return [np.array(y), *(None if g is None else np.array(g) for g in gradients)]


def compare(operation, *arguments):
    expected = results(reference, operation, *arguments)
    for have, want in zip(results(fast, operation, *arguments), expected, strict=True):
        assert (have is None) == (want is None)
        if want is not None:
            np.testing.assert_allclose(have, want, rtol=0, atol=TOLERANCE * max(1, np.abs(want).max()))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 18), sizes, sizes, st.integers(1, 6), st.integers(1, 4), st.integers(1, 4),
    st.integers(1, 3), st.integers(1, 3), st.sampled_from(["valid", "same"]),
)  # fmt: skip
def test_average_pooling(n, h, w, c, kh, kw, sh, sw, padding):
    if padding == "valid" and (h < kh or w < kw):
        return
    x = np.random.default_rng(n).normal(size=(n, h, w, c))
    compare("average_pool2d", x, (kh, kw), (sh, sw), padding)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 18), sizes, sizes, st.integers(1, 20), st.booleans(), st.booleans(), st.booleans())
def test_batch_norm(n, h, w, c, scale, center, training):
    generator = np.random.default_rng(n)
    x = generator.normal(2, 3, size=(n, h, w, c))
    gamma, beta = generator.normal(size=c) if scale else None, generator.normal(size=c) if center else None
    ours, expected = fast.batch_statistics(x), reference.batch_statistics(x)
    np.testing.assert_allclose(ours, expected, rtol=TOLERANCE)
    mean, variance = expected if training else (generator.normal(size=c), generator.uniform(0.5, 2, c))
    compare("batch_norm", x, gamma, beta, mean, variance, 1e-3, training)


def test_need_dx_false_spares_dx():
    x = np.ones((4, 3))
    _, cache = fast.batch_norm_forward(x, np.ones(3), None, np.zeros(3), np.ones(3))
    dx, dgamma, dbeta = fast.batch_norm_backward(x, cache, need_dx=False)
    assert dx is None
    assert dbeta is None
    np.testing.assert_allclose(dgamma, np.full(3, 4 / np.sqrt(1.001)), rtol=1e-15)


OPERATIONS = [
    ("average_pool2d", ((3, 3), (2, 2), "same")),
    ("batch_norm", (None, None, np.array([0.5, -1.0]), np.array([2.0, 3.0]), 1e-3, True)),
]


@pytest.mark.parametrize("layout", ["Fortran", "sliced", "reversed", "read-only"])
@pytest.mark.parametrize(("operation", "options"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_any_memory_layout(operation, options, layout, rng):
    x = rng.normal(size=(3, 7, 7, 2))
    strange = {
        "Fortran": lambda: np.asfortranarray(x),
        "sliced": lambda: np.repeat(x, 2, axis=-1)[..., ::2],
        "reversed": lambda: x[::-1].copy()[::-1],
        "read-only": x.copy,
    }[layout]()
    strange.flags.writeable = layout != "read-only"
    for plain, other in zip(
        results(fast, operation, x, *options), results(fast, operation, strange, *options), strict=True
    ):
        np.testing.assert_array_equal(other, plain)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_bits_on_any_number_of_threads(dtype, rng):
    x = rng.normal(size=(40, 9, 9, 5)).astype(dtype)  # 3,240 rows: four parts
    gamma, before, found = rng.normal(size=5).astype(dtype), numba.get_num_threads(), []
    try:
        for threads in range(1, min(before, 3) + 1):
            numba.set_num_threads(threads)
            mean, variance = fast.batch_statistics(x)
            normalized = results(fast, "batch_norm", x, gamma, gamma, mean, variance, 1e-3, True)
            pooled = results(fast, "average_pool2d", x, (3, 3), (2, 2), "same")
            found.append([mean, variance, *normalized, *pooled])
    finally:
        numba.set_num_threads(before)
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            np.testing.assert_array_equal(one, other)
