"""Networks of images as (channels, height, width): ours say the same of (height, width, channels).

TensorFlow computes no such convolution on a CPU, so what they say is computed here, by loops and transposes.
"""

import io
import warnings

import h5py
import numpy as np
import pytest

from scratch import saving
from scratch.errors import FileFormatError
from scratch.models import load_model
from scratch.saving.overview import overview
from tests.scratch.saving import dialects

pytestmark = pytest.mark.slow  # together they take more than a few seconds

C, H, W, F = 2, 6, 5, 3  # all different, so that no mistaken order has the right shape
FIRST = {"data_format": "channels_first"}


def drawn(*shape):
    """Return an array of that shape, the same each time."""
    return np.random.default_rng(sum(shape)).uniform(0.1, 1, shape).astype("f4")


KERNEL, BIAS = drawn(3, 2, C, F), drawn(F)
NORMAL = [drawn(F) + i for i in range(4)]
FEATURES = F * 2 * 2  # of the pooled maps
NORMAL_OF_ROW = [drawn(FEATURES) + i for i in range(4)]
DENSE = [drawn(FEATURES, 4), drawn(4)]


def convolved(x):
    """Return the convolution of (N, C, H, W), a window at a time: (N, F, H - 2, W - 1)."""
    y = np.empty((len(x), F, x.shape[2] - 2, x.shape[3] - 1))
    for i, j in np.ndindex(*y.shape[2:]):
        y[:, :, i, j] = np.einsum("ncpq,pqcf->nf", x[:, :, i : i + 3, j : j + 2], KERNEL) + BIAS
    return y


def normalized(x, weights, shape):
    gamma, beta, mean, variance = (w.reshape(shape) for w in weights)
    return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta


def expected(x, flatten_first=False, normal_of_row=False):
    """Return what the network says of (N, C, H, W), by its definition."""
    y = np.maximum(convolved(x), 0)
    y = normalized(y, NORMAL, (F, 1, 1))
    y = y.reshape(len(y), F, 2, 2, 2, 2).max(axis=(3, 5))  # (N, F, 2, 2): pools of 2x2 of 4x4
    y = (y.transpose(0, 2, 3, 1) if flatten_first else y).reshape(len(y), -1)
    y = normalized(y, NORMAL_OF_ROW, (-1,)) if normal_of_row else y
    z = y @ DENSE[0] + DENSE[1]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def stack(flatten=None, normal_of_row=False):
    """Return [(class name, config, weights)] of the network."""
    rows = [
        ("Conv2D", {"filters": F, "kernel_size": [3, 2], "activation": "relu"} | FIRST, [KERNEL, BIAS]),
        ("BatchNormalization", {"axis": 1, "epsilon": 1e-3}, NORMAL),
        ("MaxPooling2D", {"pool_size": [2, 2]} | FIRST, []),
        ("Flatten", flatten or {}, []),
        ("Dropout", {"rate": 0.5}, []),
        ("BatchNormalization", {"axis": -1, "epsilon": 1e-3}, NORMAL_OF_ROW),
        ("Dense", {"units": 4, "activation": "softmax"}, DENSE),
    ]
    return [row for row in rows if normal_of_row or row[2] is not NORMAL_OF_ROW]


def keras_1_stack():
    """Return the network as Keras 1 with Theano has it: kernels flipped, and filters first."""
    conv = {"nb_filter": F, "nb_row": 3, "nb_col": 2, "activation": "relu", "dim_ordering": "th"}
    kernel = KERNEL[::-1, ::-1].transpose(3, 2, 0, 1)
    pool = {"pool_size": [2, 2], "dim_ordering": "th"}
    rest = stack()[3:]
    normal = ("BatchNormalization", {"mode": 0, "axis": 1, "epsilon": 1e-3}, NORMAL)
    dense = ("Dense", {"output_dim": 4, "activation": "softmax"}, DENSE)
    return [("Convolution2D", conv, [kernel, BIAS]), normal, ("MaxPooling2D", pool, []), *rest[:-1], dense]


def file_of(rows, shape=(C, H, W), **options):
    """Return a legacy `.h5`, bytes; options: of dialects.legacy."""
    entries, groups = [], {}
    for number, (kind, config, weights) in enumerate(rows):
        name = f"layer_{number}"
        entries.append({"class_name": kind, "config": {"name": name} | config})
        groups[name] = [(f"{name}/{n}", array) for n, array in enumerate(weights)]
    entries[0]["config"]["batch_input_shape"] = [None, *shape]
    model = {"class_name": "Sequential", "config": {"name": "model", "layers": entries}}
    if options.get("version", "2").startswith("1"):
        model["config"] = entries
    return dialects.legacy(model, groups=groups, **options)


def loaded(path):
    """Return the model in a file, and the notes on it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = load_model(path, engine="reference")
    return model, " ".join(str(warning.message) for warning in caught)


IMAGES = np.random.default_rng(3).random((3, C, H, W))
VARIANTS = {
    "Keras 2.0": (file_of(stack(), version="2.0.4"), {}),
    "Theano": (
        file_of([("Conv2D", stack()[0][1], [KERNEL[::-1, ::-1], BIAS]), *stack()[1:]], backend="theano"),
        {},
    ),
    "Keras 1": (file_of(keras_1_stack(), version="1.2.2", backend="theano"), {}),
    "Flatten turns": (file_of(stack(FIRST)), {"flatten_first": True}),
    "normalized rows": (file_of(stack(normal_of_row=True)), {"normal_of_row": True}),
    "Reshape": (file_of([*stack()[:3], ("Reshape", {"target_shape": [-1]}, []), stack()[-1]]), {}),
    "Rescaling": (file_of([("Rescaling", {"scale": 1.0, "offset": 0.0}, []), *stack()]), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_it_says_the_same_of_turned_images(name, written):
    content, options = VARIANTS[name]
    model, notes = loaded(written(content))
    assert model.input_shape == (H, W, C)
    assert "(height, width, channels), (6, 5, 2)" in notes
    said = model.predict(IMAGES.transpose(0, 2, 3, 1), verbose=0)
    reference = expected(IMAGES, **options)
    assert np.ptp(reference, axis=0).max() > 1e-3  # it tells the images apart
    np.testing.assert_allclose(said, reference, rtol=0, atol=1e-5)
    shuffled = model.predict(IMAGES.transpose(0, 2, 3, 1)[:, ::-1], verbose=0)
    assert np.abs(shuffled - reference).max() > 1e-3


def test_a_row_that_becomes_images_of_one_channel(written):
    dense = [drawn(4 * 4 * F, 3), drawn(3)]
    kernel = drawn(3, 2, 1, F)
    rows = [
        ("Reshape", {"target_shape": [1, H, W]}, []),
        ("Conv2D", {"filters": F, "kernel_size": [3, 2]} | FIRST, [kernel, BIAS]),
        ("Flatten", {}, []),
        ("Dense", {"units": 3}, dense),
    ]
    model, _ = loaded(written(file_of(rows, shape=(H * W,))))
    x = np.random.default_rng(3).random((2, H * W))
    images = x.reshape(2, H, W)
    maps = np.empty((2, F, 4, 4))
    for i, j in np.ndindex(4, 4):
        maps[:, :, i, j] = np.einsum("npq,pqf->nf", images[:, i : i + 3, j : j + 2], kernel[:, :, 0]) + BIAS
    np.testing.assert_allclose(
        model.predict(x, verbose=0), maps.reshape(2, -1) @ dense[0] + dense[1], rtol=1e-5
    )


def test_global_pooling_and_convert(written, tmp_path):
    rows = [
        *stack()[:1],
        ("GlobalAveragePooling2D", FIRST, []),
        ("Dense", {"units": 2}, [drawn(F, 2), BIAS[:2]]),
    ]
    path = written(file_of(rows))
    model, _ = loaded(path)
    x = IMAGES.transpose(0, 2, 3, 1)
    pooled = np.maximum(convolved(IMAGES), 0).mean(axis=(2, 3))
    np.testing.assert_allclose(model.predict(x, verbose=0), pooled @ drawn(F, 2) + BIAS[:2], rtol=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        saving.convert(path, tmp_path / "new.keras")
    again, notes = loaded(tmp_path / "new.keras")
    assert notes == ""
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_flatten_that_turns_maps_of_channels_last(written):
    """Keras's Flatten with channels_first moves the first axis to the end, whatever that axis is."""
    row = {"units": 2, "activation": "linear"}
    model, notes = loaded(
        written(file_of([("Flatten", FIRST, []), ("Dense", row, [drawn(60, 2), BIAS[:2]])]))
    )
    assert model.input_shape == (C, H, W)
    assert notes == ""
    said = IMAGES.transpose(0, 2, 3, 1).reshape(3, -1) @ drawn(60, 2) + BIAS[:2]
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0), said, rtol=1e-5)


def test_without_a_backend_it_says_how_kernels_are_taken(written):
    data = io.BytesIO(file_of(stack()))
    with h5py.File(data, "r+") as file:
        del file["model_weights"].attrs["backend"]
    assert "those of Theano would be flipped" in loaded(written(data.getvalue()))[1]
    assert "Theano" not in loaded(written(file_of(stack())))[1]


def test_odd_data_formats_are_no_traceback(written, assert_refused):
    odd = (CONV[0], CONV[1] | {"data_format": ["channels_first"]}, CONV[2])
    assert_refused(written(file_of([odd, FLATTEN, LAST])), "layer_0", "data_format=['channels_first']")


def test_inspect_says_so(written):
    found = overview(saving.read(written(file_of(stack()))))
    assert found.input_shape == (H, W, C)
    assert any("it was turned" in note for note in found.notes)
    assert found.layers[-1].weights["kernel"].shape == DENSE[0].shape


def test_the_optimizer_starts_afresh_and_says_so(written):
    data = io.BytesIO(file_of(stack()))
    with h5py.File(data, "r+") as file:
        group = file.create_group("optimizer_weights")
        group.attrs["weight_names"] = [b"SGD/iterations:0"] + [f"slot_{i}".encode() for i in range(6)]
        group["SGD/iterations:0"] = np.int64(3)
        for i, array in enumerate([KERNEL, BIAS, *NORMAL[:2], *DENSE]):
            group[f"slot_{i}"] = array
    model, notes = loaded(written(data.getvalue()))
    assert model.optimizer.iterations == 0
    assert "further training starts afresh" in notes


CONV, BATCH_NORM, POOL, FLATTEN, _, LAST = stack()
REFUSED = {
    "both orders": ([CONV, (*POOL[:1], {"pool_size": [2, 2]}, []), FLATTEN, LAST], "channels_first"),
    "a dense layer on maps": ([CONV, ("Dense", {"units": 2}, [drawn(4, 2), drawn(2)])], "layer_1"),
    "a softmax over the width": (
        [(CONV[0], CONV[1] | {"activation": "softmax"}, CONV[2]), FLATTEN, LAST],
        "over the width",
    ),
    "a softmax on maps": ([CONV, ("Softmax", {}, []), FLATTEN, LAST], "layer_1"),
    "another axis": ([CONV, (BATCH_NORM[0], {"axis": -1}, NORMAL), FLATTEN, LAST], "another axis"),
    "maps at the end": ([CONV, POOL], "last layer"),
    "a row at the end": ([CONV, FLATTEN], "last layer"),
    "maps of another shape": ([CONV, ("Reshape", {"target_shape": [4, 12]}, [])], "another order"),
    "a row of many channels": ([("Reshape", {"target_shape": [2, 6, 5]}, []), CONV], "one channel"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_turned_is_refused(name, written, assert_refused):
    rows, words = REFUSED[name]
    shape = (60,) if rows[0][0] == "Reshape" else (C, H, W)
    assert_refused(written(file_of(rows, shape=shape)), words, "channels")


def test_its_weights_alone_are_not_loaded_in_the_wrong_order(written):
    path = written(file_of(stack()))
    model, _ = loaded(path)
    with pytest.raises(FileFormatError, match="load_model"):
        model.load_weights(path)
