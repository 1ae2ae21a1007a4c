"""The network and its twin: the same function, with the same gradients, trained the same way."""

import numpy as np
import pytest

from keras_ref import architectures as keras_architectures
from keras_ref import compare, lockstep, twin
from scratch import architectures, layers, optimizers
from scratch.batches import Batches
from scratch.errors import DigitsError, ShapeError
from scratch.models import Sequential

pytestmark = pytest.mark.keras

NAMES = sorted(architectures.ARCHITECTURES)


def exact(value):
    """Return a hyperparameter as float32 has it: so Keras rounds some of them, whatever the dtype."""
    return float(np.float32(value))


# Hyperparameters exact in float32, for both sides; all else is the default.
WITH_KERNELS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")
STEPPERS = {
    "sgd": ("SGD", {"learning_rate": exact(0.1)}),
    "momentum": ("SGD", {"learning_rate": exact(0.1), "momentum": exact(0.9)}),
    "nesterov": ("SGD", {"learning_rate": exact(0.1), "momentum": exact(0.9), "nesterov": True}),
    "rmsprop": ("RMSprop", {"learning_rate": exact(1e-3), "rho": exact(0.9), "epsilon": exact(1e-7)}),
    "rmsprop, all options": (
        "RMSprop",
        {"learning_rate": exact(1e-3), "rho": 0.875, "momentum": 0.5, "centered": True, "epsilon": 2.0**-20},
    ),
    "adam": (
        "Adam",
        {"learning_rate": exact(1e-3), "beta_1": exact(0.9), "beta_2": exact(0.999), "epsilon": exact(1e-7)},
    ),
    "adam, amsgrad": (
        "Adam",
        {"learning_rate": exact(1e-2), "beta_1": 0.875, "beta_2": 0.75, "amsgrad": True},
    ),
    "weight decay": (
        "Adam",
        {"learning_rate": 2.0**-10, "weight_decay": 0.125, "beta_1": 0.5, "beta_2": 0.75},
    ),
    "adamw": (
        "AdamW",
        {"learning_rate": 2.0**-10, "weight_decay": 2.0**-7, "beta_1": 0.875, "beta_2": 0.75},
    ),
    "adagrad": (
        "Adagrad",
        {"learning_rate": 0.125, "initial_accumulator_value": exact(0.1), "epsilon": exact(1e-7)},
    ),
    "adadelta": ("Adadelta", {"learning_rate": 1.0, "epsilon": exact(1e-7)}),
    "adadelta, all options": (
        "Adadelta",
        {"learning_rate": 0.5, "rho": 0.75, "epsilon": 2.0**-10, "weight_decay": 2.0**-7},
    ),
    # a learning rate that is a np.float64 has Keras compute the whole schedule in float64
    "sgd, exponential decay": (
        "SGD",
        {"learning_rate": ("ExponentialDecay", np.float64(0.125), 8, 0.5), "momentum": 0.5},
    ),
    "rmsprop, piecewise constant": (
        "RMSprop",
        {
            "learning_rate": ("PiecewiseConstantDecay", [3, 11], [2.0**-8, 2.0**-10, 2.0**-9]),
            "rho": 0.875,
            "epsilon": 2.0**-10,
        },
    ),
    "adamw, cosine": (
        "AdamW",
        {
            "learning_rate": ("CosineDecay", np.float64(2.0**-7), 15, 0.25),
            "weight_decay": 0.125,
            "beta_1": 0.5,
            "beta_2": 0.75,
        },
    ),
    "adagrad, cosine after a rise": (
        "Adagrad",
        {
            "learning_rate": ("CosineDecay", np.float64(0.0), 9, 0.25, "name", np.float64(0.25), 7),
            "initial_accumulator_value": 0.125,
        },
    ),
    "adadelta, staircase": (
        "Adadelta",
        {"learning_rate": ("ExponentialDecay", np.float64(2.0), 8, 0.5, True), "epsilon": 2.0**-10},
    ),
    "clipvalue": ("SGD", {"learning_rate": 0.125, "clipvalue": 2.0**-6}),
    "clipnorm": ("SGD", {"learning_rate": 0.125, "clipnorm": 0.25}),
    "global_clipnorm": ("SGD", {"learning_rate": 0.125, "global_clipnorm": 0.25}),
}


def make_optimizer(side, stepper):
    """Return the optimizer of a row of STEPPERS, from scratch.optimizers or from keras.optimizers."""
    kind, options = STEPPERS[stepper]
    if isinstance(options["learning_rate"], tuple):
        schedule, *arguments = options["learning_rate"]
        options = options | {"learning_rate": getattr(side.schedules, schedule)(*arguments)}
    return getattr(side, kind)(**options)


@pytest.fixture
def pair(keras):
    """Return a function that makes a network and its twin, with the same weights, biases included."""

    def make(name, dtype="float64", seed=0):
        model = architectures.build(name, dtype, np.random.default_rng(seed))
        for key, p in model.named_params().items():
            if key.endswith("bias"):
                p[...] = np.random.default_rng(seed + 1).uniform(-0.1, 0.1, p.shape)
        keras_model = keras_architectures.build(name, dtype)
        twin.copy_to_keras(model, keras_model)
        return model, keras_model

    return make


@pytest.fixture(scope="module")
def images(digits):
    (x, y), _ = digits
    # exact in float32, into which Keras's own loops convert whatever they are given
    return x[:64, ..., None] / 256, y[:64]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-14)])
@pytest.mark.parametrize("name", NAMES)
def test_activations_and_gradients_of_every_layer(name, dtype, tolerance, pair, rng):
    model, keras_model = pair(name, dtype)
    # noise, not digits: in even areas values tie but for rounding, and the two may pool different pixels
    x, y = rng.random((8, 28, 28, 1)), rng.integers(0, 10, 8)
    activations = twin.activations(model, keras_model, x)
    assert [p.name for p in activations] == [layer.name for layer in model.layers]
    gradients = twin.gradients(model, keras_model, x, y)
    assert [p.name for p in gradients] == [layer.name for layer in model.layers] + list(model.named_params())
    for side_by_side in activations + gradients:
        scale = np.abs(side_by_side.keras).max()
        assert scale > 0
        assert side_by_side.scratch.dtype == side_by_side.keras.dtype == dtype
        assert side_by_side.difference <= tolerance * scale, side_by_side.name


@pytest.mark.parametrize("name", NAMES)
def test_the_architectures_are_the_same(name, pair):
    model, keras_model = pair(name)
    assert [type(a).__name__ for a in model.layers] == [type(b).__name__ for b in keras_model.layers]

    assert [(None, *a.output_shape) for a in model.layers] == [b.output.shape for b in keras_model.layers]
    assert model.count_params() == keras_model.count_params()
    assert sorted(architectures.ARCHITECTURES) == sorted(keras_architectures.ARCHITECTURES)


def test_weights_go_both_ways(pair):
    model, keras_model = pair("small")
    other = architectures.build("small", "float64", np.random.default_rng(9))
    assert twin.max_weight_difference(other, keras_model) > 0
    twin.copy_to_scratch(keras_model, other)
    assert twin.max_weight_difference(other, keras_model) == 0
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_models_that_are_no_twins(pair):
    model, keras_model = architectures.build("cnn"), pair("small")[1]
    for copy in (twin.copy_to_keras, lambda a, b: twin.copy_to_scratch(b, a)):
        with pytest.raises(ShapeError, match="the two models are no twins"):
            copy(model, keras_model)
    with pytest.raises(DigitsError, match="there is no model 'vgg' in Keras"):
        keras_architectures.build("vgg")
    with pytest.raises(DigitsError, match="there is no optimizer 'adamm': expected one of sgd, momentum"):
        twin.make_optimizers("adamm")


@pytest.mark.parametrize(
    ("stepper", "engine"),
    # with the engine "reference", only what "fast" has a kernel of its own for: else the two are one formula
    [(name, "fast") for name in STEPPERS] + [(name, "reference") for name in WITH_KERNELS],
)
def test_20_training_steps_in_step(stepper, engine, pair, images, keras):
    """All that each step computes is the same to 1e-12, the optimizer's state included."""
    model, keras_model = pair("small")
    model.compile(make_optimizer(optimizers, stepper), compare.LOSS, engine=engine)
    keras_model.compile(make_optimizer(keras.optimizers, stepper), compare.LOSS)
    before, _ = model.loss_and_grads(*images)
    report = lockstep.compare_steps(model, keras_model, Batches(*images, batch_size=8), 20, 1e-12)
    assert report["first_difference"] is None
    assert (report["verdict"], report["steps"]) == ("same", 20)
    assert report["max_weight_difference"] <= 1e-12
    assert report["weights_moved"] > 1e-3
    assert model.loss_and_grads(*images)[0] < before
    rates = model.optimizer.learning_rate, float(keras_model.optimizer.learning_rate)
    assert rates[0] == pytest.approx(rates[1], rel=1e-14)


def test_fit_takes_the_same_batches_in_the_same_order(keras, digits):
    """Three epochs of both sides' own `fit`, in float64: one batch out of order would show at 1e-3."""
    dataset_x, dataset_y = (array[:100] for array in digits[0])
    x = compare.scaled(dataset_x).astype(np.float64)
    split = compare.Split(x[:80], dataset_y[:80], x[80:], dataset_y[80:], x[80:], dataset_y[80:])
    run = compare.train_twins(split, "small", 3, 32, "momentum", seed=1, dtype="float64")
    assert run.max_weight_difference < 1e-8  # Keras's momentum is 0.9 in float32, which is off by 2e-8
    assert run.agreement == 1.0
    assert run.scratch.history.keys() == run.keras.history.keys()
    for name, values in run.scratch.history.items():
        # Keras counts its metrics in float32
        np.testing.assert_allclose(values, run.keras.history[name], rtol=0, atol=1e-6, err_msg=name)
    assert run.scratch.test_loss == pytest.approx(run.keras.test_loss, abs=1e-6)
    assert len(run.scratch.seconds_by_epoch) == len(run.keras.seconds_by_epoch) == 3
    np.testing.assert_allclose(run.scratch.probabilities, run.keras.probabilities, rtol=0, atol=1e-7)


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("label_smoothing", [None, 0.0, 0.125])
def test_losses(from_logits, label_smoothing, keras, rng):
    """Both cross-entropies and their gradients, on logits and on probabilities, also on extreme ones."""
    import tensorflow as tf

    from scratch import losses

    scores = rng.normal(size=(6, 5)) * 3
    if not from_logits:
        scores = np.exp(scores)
        scores[0] /= scores[0].sum()
        scores[1] = [0.0, 1.0, 0.0, 0.0, 0.0]
        scores[2] = [1e-9, 0.25, 0.25, 0.25, 0.25]
    labels = np.array([0, 2, 0, 3, 4, 1])
    if label_smoothing is None:
        arguments, target = {"from_logits": from_logits}, labels
        kind = "SparseCategoricalCrossentropy"
    else:
        arguments, target = (
            {"from_logits": from_logits, "label_smoothing": label_smoothing},
            np.eye(5)[labels],
        )
        kind = "CategoricalCrossentropy"
    theirs = getattr(keras.losses, kind)(**arguments, dtype="float64")
    variable = tf.convert_to_tensor(scores)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        expected = theirs(target, variable)
    ours, gradient = getattr(losses, kind)(**arguments).value_and_grad(target, scores, from_logits)
    assert ours == pytest.approx(float(expected), rel=1e-13)
    np.testing.assert_allclose(gradient, tape.gradient(expected, variable), rtol=1e-13, atol=1e-15)


def test_a_softmax_layer_at_the_end_is_trained_as_in_keras(keras, images):
    x, y = images
    ours = Sequential(
        [layers.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10), layers.Softmax()], dtype="float64"
    )
    theirs = keras.Sequential(
        [
            keras.Input((28, 28, 1), dtype="float64"),
            keras.layers.Flatten(dtype="float64"),
            keras.layers.Dense(10, dtype="float64"),
            keras.layers.Softmax(dtype="float64"),
        ]
    )
    twin.copy_to_keras(ours, theirs)
    ours.compile(optimizers.SGD(0.5), compare.LOSS, metrics=["accuracy"])
    loss = keras.losses.SparseCategoricalCrossentropy(dtype="float64")
    theirs.compile(keras.optimizers.SGD(0.5), loss, metrics=["accuracy"])
    for _ in range(5):
        ours.train_on_batch(x, y)
        theirs.train_on_batch(x, y)
    assert twin.max_weight_difference(ours, theirs) <= 1e-14
    assert ours.evaluate(x, y) == pytest.approx(theirs.evaluate(x, y, verbose=0), abs=1e-6)
