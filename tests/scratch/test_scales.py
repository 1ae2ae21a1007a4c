"""The scale of the pixels that a network was trained on, found out, whatever shape it takes them in."""

import math

import numpy as np
import pytest

from scratch import scales
from scratch.errors import DigitsError
from scratch.layers import (
    Activation,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    Rescaling,
    Reshape,
)
from scratch.models import Sequential

SHAPES = [(28, 28, 1), (28, 28), (784,), (1, 28, 28), (28, 28, 3), (784, 1)]


def network(shape=(28, 28, 1), end="softmax", classes=10):
    layers = [Input(shape), Flatten(), Dense(classes, activation=end)]
    return Sequential(layers, rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def taught(digits):
    """A function that returns a network that was trained on a scale, and images that it was trained on."""
    (x, y), _ = digits
    x, y = x[:600], y[:600]

    def teach(scale, shape=(28, 28, 1), end="softmax"):
        model = network(shape, end)
        model.compile("adam", "sparse_categorical_crossentropy", engine="reference")
        model.loss.from_logits = end == "linear"
        model.fit(scales.to_input(x, shape, scale), y, epochs=10, verbose=0)
        return model, (x, y)

    return teach


@pytest.mark.parametrize("scale", scales.SCALES)
@pytest.mark.parametrize("end", ["softmax", "linear"])
def test_the_scale_is_found(scale, end, taught):
    model, (x, y) = taught(scale, end=end)
    best, found = scales.guess(model, x, y)
    assert best == scale
    assert set(found) == set(scales.SCALES)
    assert found[best].accuracy > 0.7
    assert scales.gives_probabilities(model, scales.to_input(x[:9], model.input_shape, scale)) == (
        end == "softmax"
    )


def test_what_each_scale_makes_of_paper_and_ink():
    ends = {name: tuple(map(scaled, (0, 255))) for name, (_, scaled) in scales.SCALES.items()}
    assert ends == {"1/255": (0, 1), "raw": (0, 255), "centred": (-0.5, 0.5)}


@pytest.mark.parametrize("shape", SHAPES)
def test_images_go_into_every_shape(shape, digits, rng):
    (x, _), _ = digits
    model = network(shape)
    kernel = rng.normal(size=(784, 10)).astype("f4") / 28
    # in colour, three equal channels: a third of each weight
    model.layers[1].params["kernel"][...] = (
        kernel if shape != (28, 28, 3) else np.repeat(kernel / 3, 3, axis=0)
    )
    expected = x[:50].reshape(50, 784) / np.float32(255) @ kernel
    z = scales.logits(model, scales.to_input(x[:50], shape, "1/255"))
    np.testing.assert_allclose(z, expected, rtol=1e-4, atol=1e-4)  # float32 sums of 784 products


def test_scores_are_means_over_all_images(digits):
    (x, y), _ = digits
    model = network()
    z = scales.logits(model, scales.to_input(x[:301], model.input_shape, "raw")).astype("f8")
    found = scales.score(model, x[:301], y[:301], "raw")
    losses = np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1) - z[np.arange(301), y[:301]]
    assert found.cross_entropy == pytest.approx(losses.mean(), rel=1e-5)
    assert found.accuracy == pytest.approx((z.argmax(1) == y[:301]).mean())


def test_probabilities_of_any_origin_are_taken_as_such(rng):
    shares = rng.dirichlet(np.ones(10), size=4).astype("f4")
    for scale in (1, 0.5):  # rows that sum to 1, and what ten sigmoids return
        model = Sequential([Input((10,)), Rescaling(scale)])
        z = scales.logits(model, shares)
        softmax = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        np.testing.assert_allclose(softmax, shares, rtol=1e-4, atol=1e-6)
    scores = Sequential([Input((10,)), Activation("linear")])
    np.testing.assert_array_equal(scales.logits(scores, 40 * shares - 1), 40 * shares - 1)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([Input((32, 32, 1)), Flatten(), Dense(10)], "takes inputs of shape (32, 32, 1)"),
        ([Input((28, 28, 2)), Flatten(), Dense(10)], "takes inputs of shape (28, 28, 2)"),
        ([Input((14, 56)), Flatten(), Dense(10)], "takes inputs of shape (14, 56)"),
        ([Input((28, 28, 1)), Flatten(), Dense(26)], "returns shape (26,) for each image"),
        ([Input((28, 28, 1)), Conv2D(10, 3)], "returns shape (26, 26, 10)"),
    ],
)
def test_networks_about_something_else(layers, words, digits):
    (x, y), _ = digits
    with pytest.raises(DigitsError) as caught:
        scales.guess(Sequential(layers), x, y)
    assert words in str(caught.value)
    assert "expected" in str(caught.value)


def test_a_network_that_says_nan(digits):
    (x, y), _ = digits
    model = network()
    model.layers[1].params["kernel"][3] = np.nan
    assert scales.score(model, x[:9], y[:9], "raw").cross_entropy == math.inf
    with pytest.raises(DigitsError, match="NaN or infinity on every scale"):
        scales.guess(model, x, y)


def test_a_large_network_takes_few_images_at_a_time():
    large = Sequential([Input((28, 28, 1)), Reshape((28, 28, 1)), Conv2D(2000, 1), GlobalAveragePooling2D()])
    assert scales.batch_size(large) == (1 << 24) // (28 * 28 * 2000)
    assert scales.batch_size(network()) == scales.MOST_IMAGES
