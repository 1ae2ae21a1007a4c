"""Wrong gradients, planted: each is called wrong, at a place, and with the mistake that it was made by."""

from types import SimpleNamespace

import numpy as np
import pytest

from scratch import reference
from scratch.gradcheck import RIGHT, WRONG, check, check_layer, check_model, check_operation
from scratch.gradcheck.diagnosis import UNKNOWN
from scratch.gradcheck.expression import layer_from
from scratch.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from scratch.models import Sequential
from scratch.windows import add_windows

PLANTED = []


def plant(name, layer, shape, gradient, mistake):
    """Plant the function as the backward `name` of a layer; `gradient` is wrong then, by this `mistake`."""

    def remember(backward):
        label = f"{layer}: {backward.__name__}"
        PLANTED.append(pytest.param(name, backward, layer, shape, gradient, mistake, id=label))
        return backward

    return remember


def on_convolution(layer, shape, gradient, mistake):
    """Plant a change of (dx, dw, db) into the backward of a convolution."""
    return on("conv2d_backward", layer, shape, gradient, mistake)


def on_dense(gradient, mistake, layer="Dense(4)"):
    """Plant a change of (dx, dw, db) into the backward of a dense layer of 5 inputs."""
    return on("dense_backward", layer, (5,), gradient, mistake)


def on(name, layer, shape, gradient, mistake):
    def remember(change):
        def backward(dy, cache, need_dx=True):
            return change(*getattr(reference, name)(dy, cache), dy, cache)

        backward.__name__ = change.__name__
        plant(name, layer, shape, gradient, mistake)(backward)
        return change

    return remember


SMALL, PLAIN = (5, 4, 2), "Conv2D(3, 3)"


@on_dense("dw", "a factor of the batch size (3) is missing: averaged where it should be summed")
@on_convolution(
    PLAIN, SMALL, "dw", "a factor of the batch size (3) is missing: averaged where it should be summed"
)
def averaged_over_the_batch(dx, dw, db, dy, cache):
    return dx, dw / len(dy), db


@on_dense("db", "a factor of the batch size (3) too many")
def multiplied_by_the_batch(dx, dw, db, dy, cache):
    return dx, dw, db * len(dy)


@on_convolution(PLAIN, SMALL, "db", "a factor of all output pixels of the batch (18) is missing")
def averaged_over_all_pixels(dx, dw, db, dy, cache):
    return dx, dw, dy.mean(axis=(0, 1, 2))


@on_dense("dx", "a constant factor: all of it is 1.01 times what it should be")
def one_percent_too_large(dx, dw, db, dy, cache):
    return dx * 1.01, dw, db


@on_dense("dx", "a sign: it is the negative of the gradient")
def negative(dx, dw, db, dy, cache):
    return -dx, dw, db


@on_convolution(PLAIN, SMALL, "dw", "axes kernel row and kernel column exchanged")
def rows_and_columns_exchanged(dx, dw, db, dy, cache):
    return dx, dw.swapaxes(0, 1), db


@on_convolution("Conv2D(2, 3)", SMALL, "dw", "axes channel and filter exchanged")
def channels_and_filters_exchanged(dx, dw, db, dy, cache):
    return dx, dw.swapaxes(2, 3), db


@on_convolution(PLAIN, (5, 5, 2), "dx", "axes row and column exchanged")
def images_transposed(dx, dw, db, dy, cache):
    return dx.swapaxes(1, 2), dw, db


@on_dense("dw", "it has shape (4, 5); expected that of what it belongs to, (5, 4): axes are transposed")
@on_dense("dw", "axes input and unit exchanged", "Dense(5)")
def transposed(dx, dw, db, dy, cache):
    return dx, dw.T, db


@on_convolution(PLAIN, SMALL, "dw", "laid out in another order, as by a reshape")
def laid_out_filters_first(dx, dw, db, dy, cache):
    return dx, dw.transpose(3, 0, 1, 2).reshape(dw.shape), db


@on_dense("dw", "laid out in another order, as by a reshape")
def transposed_and_reshaped(dx, dw, db, dy, cache):
    return dx, dw.T.reshape(dw.shape), db


@on_dense("dx", "a transposition: dx = dy @ w.T was computed without the transposition", "Dense(5)")
def without_transposing_w(dx, dw, db, dy, cache):
    return dy @ cache[1], dw, db


@on_convolution(PLAIN, SMALL, "dw", "a flipped kernel: it is right when run through backwards")
def flipped_dw(dx, dw, db, dy, cache):
    return dx, dw[::-1, ::-1], db


@on_convolution(
    PLAIN, SMALL, "dw", "a flipped kernel: it is right when run through backwards along kernel row"
)
def flipped_rows(dx, dw, db, dy, cache):
    return dx, dw[::-1], db


@on_convolution(PLAIN, SMALL, "dx", "a flipped kernel: dx was computed with w turned by 180 degrees")
def dx_from_the_flipped_kernel(dx, dw, db, dy, cache):
    patches, w, *rest = cache
    return reference.conv2d_backward(dy, (patches, w[::-1, ::-1], *rest))[0], dw, db


@on_convolution("Conv2D(2, 3)", SMALL, "dx", "with the kernel's channels and filters exchanged")
def dx_from_w_with_channels_and_filters_exchanged(dx, dw, db, dy, cache):
    patches, w, *rest = cache
    return reference.conv2d_backward(dy, (patches, w.swapaxes(2, 3), *rest))[0], dw, db


def windows_of_dx(dy, cache):
    """Return each window's part of dx, (N, OH, OW, KH, KW, C)."""
    w = cache[1]
    return np.einsum("nijf,pqcf->nijpqc", dy, w)


@on_convolution(PLAIN, SMALL, "dx", "missing accumulation: it is wrong only where windows overlap")
def each_window_overwrites_the_last(dx, dw, db, dy, cache):
    parts, dx = windows_of_dx(dy, cache), np.zeros_like(dx)
    for i, j in np.ndindex(parts.shape[1:3]):
        dx[:, i : i + 3, j : j + 3] = parts[:, i, j]
    return dx, dw, db


@on_convolution("Conv2D(3, 3, strides=2)", (7, 6, 2), "dx", "the stride is forgotten in the backward")
def stride_forgotten(dx, dw, db, dy, cache):
    return add_windows(windows_of_dx(dy, cache), dx.shape, (1, 1), "valid"), dw, db


@on_convolution("Conv2D(3, 2, dilation_rate=2)", (6, 5, 2), "dx", "the dilation is forgotten in the backward")
def dilation_forgotten(dx, dw, db, dy, cache):
    return add_windows(windows_of_dx(dy, cache), dx.shape, (1, 1), "valid"), dw, db


@on_convolution(
    "Conv2D(3, 3, strides=2, padding='same')", (6, 6, 2), "dx", "the padding is put before instead of after"
)
def padding_put_before(dx, dw, db, dy, cache):
    padded = add_windows(windows_of_dx(dy, cache), (3, 7, 7, 2), (2, 2), "valid")
    return padded[:, 1:, 1:], dw, db


@on_convolution(PLAIN, SMALL, "dx", "a shift by one pixel along row")
def moved_by_one_row(dx, dw, db, dy, cache):
    moved = np.zeros_like(dx)
    moved[:, 1:] = dx[:, :-1]
    return moved, dw, db


@on_convolution(PLAIN, SMALL, "dw", "missing accumulation: only the last image counts")
def of_the_last_image(dx, dw, db, dy, cache):
    patches = cache[0].reshape(len(dy), -1, cache[0].shape[1])
    return dx, (patches[-1].T @ dy[-1].reshape(-1, dy.shape[3])).reshape(dw.shape), db


@on_dense("db", "missing accumulation: only the first image counts")
def of_the_first_image(dx, dw, db, dy, cache):
    return dx, dw, dy[0]


@on_convolution(
    "Conv2D(3, 3)", SMALL, "dx", "0 where it should not be (only at row 4 of 5), and right elsewhere"
)
def the_last_row_left_out(dx, dw, db, dy, cache):
    dx[:, -1] = 0
    return dx, dw, db


@on_dense("db", "it is not computed: all its entries are 0")
def zeros(dx, dw, db, dy, cache):
    return dx, dw, np.zeros_like(db)


@on_dense("db", "db: the backward returned None for it: it is not computed")
def none_for_db(dx, dw, db, dy, cache):
    return dx, dw, None


@on_convolution(PLAIN, SMALL, "dx", "dx: the backward returned None for it: it is not computed")
def none_for_dx(dx, dw, db, dy, cache):
    return None, dw, db


@on_dense("dw", "the result is not finite")
def divided_by_zero(dx, dw, db, dy, cache):
    with np.errstate(divide="ignore"):
        return dx, dw / np.float64(0), db


@on_dense("dw", "one entry alone is wrong")
def one_entry(dx, dw, db, dy, cache):
    dw[2, 1] += 1e-6
    return dx, dw, db


@on_dense("dw", UNKNOWN)
def noise(dx, dw, db, dy, cache):
    return dx, dw * np.linspace(0.5, 1.5, dw.size).reshape(dw.shape), db


@plant(
    "max_pool2d_backward", "MaxPooling2D(3, strides=1)", SMALL, "dx", "missing accumulation: it is wrong only"
)
def assigned_where_windows_overlap(dy, cache):
    winner, windows_shape, x_shape, *_ = cache
    parts = np.zeros((*windows_shape[:3], 9, windows_shape[5]))
    np.put_along_axis(parts, winner, dy[:, :, :, None], axis=3)
    parts, dx = parts.reshape(windows_shape), np.zeros(x_shape)
    for i, j in np.ndindex(windows_shape[1:3]):
        here, part = dx[:, i : i + 3, j : j + 3], parts[:, i, j]
        here[part != 0] = part[part != 0]
    return dx


@plant("max_pool2d_backward", "MaxPooling2D(2)", (5, 4, 2), "dx", "it is computed for a part only")
def returned_from_within_the_loop(dy, cache):
    first = np.zeros_like(dy)
    first[0, 0, 0] = dy[0, 0, 0]
    return reference.max_pool2d_backward(first, cache)


@plant(
    "max_pool2d_backward", "MaxPooling2D(2)", (5, 4, 2), "dx", "spread over the window, as in average pooling"
)
def spread_evenly(dy, cache):
    _, windows_shape, *where = cache
    return add_windows(np.broadcast_to(dy[:, :, :, None, None] / 4, windows_shape), *where)


@plant("max_pool2d_backward", "MaxPooling2D(2)", (5, 4, 2), "dx", "every pixel of a window gets its gradient")
def given_to_all(dy, cache):
    _, windows_shape, *where = cache
    return add_windows(np.broadcast_to(dy[:, :, :, None, None], windows_shape), *where)


@plant(
    "relu_backward", "ReLU()", (4, 3), "dx", "the derivative of the activation is missing: dy is handed on"
)
@plant(
    "relu_backward",
    "Conv2D(3, 3, activation='relu')",
    SMALL,
    "dw",
    "the derivative of the activation is missing",
)
@plant(
    "tanh_backward", "Dense(4, activation='tanh')", (5,), "db", "the derivative of the activation is missing"
)
@plant("sigmoid_backward", "Activation('sigmoid')", (5,), "dx", "the derivative of the activation is missing")
def handed_on(dy, cache):
    return dy


@plant("relu_backward", "ReLU()", (4, 3), "dx", "the mask is that of dy, not that of x")
def masked_by_dy(dy, cache):
    return np.maximum(dy, 0)


@plant("tanh_backward", "Activation('tanh')", (5,), "dx", "the derivative of tanh is computed from x")
def tanh_from_x(dy, y):
    return dy * (1 - np.arctanh(y) ** 2)


@plant("sigmoid_backward", "Sigmoid()", (5,), "dx", "here the 1 - y is missing")
def half_of_the_derivative(dy, y):
    return dy * y


@plant("softmax_backward", "Softmax()", (5,), "dx", "softmax is differentiated entry by entry")
def entry_by_entry(dy, y):
    return dy * y * (1 - y)


@plant(
    "dropout_backward",
    "Dropout(0.375)",
    (20,),
    "dx",
    "a factor of dropout's scale, 1 / (1 - rate) (1.6) is missing",
)
def without_the_scale(dy, scale):
    return dy * (scale > 0)


def planted(name, backward):
    """Return the textbook with one operation's backward replaced."""
    return SimpleNamespace(**(vars(reference) | {name: backward}))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "backward", "text", "shape", "gradient", "mistake"), PLANTED)
def test_a_planted_mistake_is_found_and_named(name, backward, text, shape, gradient, mistake):
    layer = layer_from(text)
    layer.use_ops(planted(name, backward))
    report = check_layer(layer, shape, training=True)
    assert report.verdict == report[gradient].verdict == WRONG
    assert mistake in report[gradient].sentence
    if "activation=" not in text:  # else all three go wrong
        assert [f.name for f in report.findings.values() if f.verdict != RIGHT] == [gradient]
    adjoint = {result.name: result.passed for result in report.adjoint}
    assert not adjoint.get(gradient, False)


def test_the_place_is_the_worst_one_with_both_values_and_their_ratio():
    x, right = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[3.0, 12.0], [27.0, 48.0]])
    wrong = right * [[1, 1.5], [1, 2]]
    report = check(lambda x: (x**3).sum(), x, wrong, name="w")
    assert (
        "gradient wrong at dw[1,1]: analytic 96, numeric 48, ratio 2 (2 of 4 entries checked are wrong)"
        in str(report)
    )
    worst = report.as_dict()["tensors"][0]["worst"]
    assert worst["index"] == [1, 1]
    assert [worst["analytic"], worst["numeric"], worst["ratio"]] == pytest.approx([96, 48, 2])


def test_of_a_loss_that_is_a_mean_the_batch_size_is_named(rng):
    z, y = rng.normal(size=(5, 3)), np.eye(3)[[0, 1, 2, 0, 1]]
    forward, backward = reference.softmax_cross_entropy_forward, reference.softmax_cross_entropy_backward
    summed = check_operation(forward, lambda cache: backward(cache) * 5, z, y)
    assert "a factor of the batch size (5) too many: summed where it should be averaged" in str(summed)
    twice = check_operation(forward, lambda cache: backward(cache) / 5, z, y)
    assert "a factor of the batch size (5) is missing: divided by it twice" in str(twice)
    negative = check_operation(forward, lambda cache: -5 * backward(cache), z, y)
    assert "a factor of the batch size (5) too many" in str(negative)
    assert "and a sign" in str(negative)


@pytest.mark.parametrize("strides", [2, (2, 2)])
def test_a_function_of_ones_own_gets_the_diagnosis_too(strides, rng):
    """As a learner would write it: called x and w, strides among the options."""
    x, w = rng.normal(size=(2, 7, 6, 2)), rng.normal(size=(3, 3, 2, 3))

    def my_forward(x, w, strides):
        return reference.conv2d_forward(x, w, None, (2, 2))

    def my_backward(dy, cache):
        dx, dw, _ = reference.conv2d_backward(dy, cache)
        return stride_forgotten(dx, dw, None, dy, cache)[0], dw

    report = check_operation(my_forward, my_backward, x, w, strides=strides)
    assert "the stride is forgotten" in report["dx"].sentence
    assert report["dw"].verdict == RIGHT


def test_a_gradient_that_is_not_returned(rng):
    x, w, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=2)
    forgetful = check_operation(
        reference.dense_forward, lambda dy, c: reference.dense_backward(dy, c)[:2], x, w, b
    )
    assert [f.verdict for f in forgetful.findings.values()] == [RIGHT, RIGHT, WRONG]


@pytest.mark.parametrize("factor", [1 + 1e-6, 0.5, 3.0])
def test_even_small_factors_are_wrong(factor, rng):
    x = rng.normal(size=6)
    assert check(lambda x: np.tanh(x).sum(), x, factor * (1 - np.tanh(x) ** 2)).verdict == WRONG


def mistaken_model(**ops):
    layers = [Input((6, 6, 1)), Conv2D(3, 3, activation="tanh"), MaxPooling2D(2), Flatten(), Dense(4)]
    model = Sequential(
        [*layers, Dense(10, activation="softmax")], dtype="float64", rng=np.random.default_rng(0)
    )
    model.compile("sgd", "sparse_categorical_crossentropy", engine="reference")
    for layer in model.stages:
        layer.use_ops(SimpleNamespace(**(vars(reference) | ops)))
    return model


class TestModels:
    def test_where_to_look_first(self, rng):
        model = mistaken_model(
            max_pool2d_backward=lambda dy, cache: -reference.max_pool2d_backward(dy, cache)
        )
        report = check_model(model, rng.random((3, 6, 6, 1)), [1, 2, 3])
        verdicts = {f.name: f.verdict for f in report.findings.values()}
        assert {name for name, v in verdicts.items() if v == WRONG} == {"dx", "conv2d/kernel", "conv2d/bias"}
        assert "a sign" in report["conv2d/kernel"].sentence
        assert (
            "look first at the backward of 'conv2d', 'max_pooling2d', 'flatten', 'dense'" in report.notes[-1]
        )

    def test_a_batch_that_is_summed(self, rng):
        def summed(cache):
            return 3 * reference.softmax_cross_entropy_backward(cache)

        model = mistaken_model()
        model.loss.ops = SimpleNamespace(**(vars(reference) | {"softmax_cross_entropy_backward": summed}))
        report = check_model(model, rng.random((3, 6, 6, 1)), [1, 2, 3])
        assert all(f.verdict == WRONG for f in report.findings.values())
        assert all("summed where it should be averaged" in f.sentence for f in report.findings.values())

    def test_only_the_last_image(self, rng):
        def of_the_last(dy, cache, need_dx=True):
            dx, _, db = reference.dense_backward(dy, cache, need_dx)
            x = cache[0]
            return dx, x[-1:].T @ dy[-1:], db

        report = check_model(mistaken_model(dense_backward=of_the_last), rng.random((3, 6, 6, 1)), [1, 2, 3])
        assert "only the last image counts" in report["dense_1/kernel"].sentence
        assert "look first at the backward of 'dense_1'," in report.notes[-1]


def test_the_adjoint_test_sees_entries_that_no_difference_looked_at():
    def one_entry_off(dy, cache, need_dx=True):
        dx, dw, db = reference.dense_backward(dy, cache)
        dw[7, 3] += 1e-6
        return dx, dw, db

    layer = Dense(30)
    layer.use_ops(planted("dense_backward", one_entry_off))
    report = check_layer(layer, (40,), entries=100, sample=4, directions=0)
    assert np.isnan(report["dw"].numeric[7, 3])
    assert report["dw"].verdict == RIGHT
    assert report.verdict == WRONG
    assert "adjoint test of dw" in str(report)
    assert "the backward is not the adjoint of the forward" in str(report)
