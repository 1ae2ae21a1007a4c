"""Lock-step: the two networks stay together, and where one is made to err, the report says where."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from keras_ref import lockstep, twin
from keras_ref.gaps import GapLog
from lessons import cli
from scratch import figures, layers, optimizers, reference
from scratch.batches import Batches
from scratch.errors import DigitsError
from scratch.models import Sequential

KINDS = ["activations", "loss", "gradients", "state", "weights"]


@pytest.fixture(scope="module")
def dataset(digits):
    (x, y), _ = digits
    return SimpleNamespace(name="digits", title="Digits", source="here", x_train=x, y_train=y)


@pytest.fixture(scope="module")
def best_dataset(mnist, dataset):
    """Return MNIST, and where it is not, the offline digits."""
    if mnist is None:
        return dataset
    (x, y), _ = mnist
    return SimpleNamespace(name="mnist", title="MNIST", source="here", x_train=x, y_train=y)


def run(dataset, **settings):
    return lockstep.lockstep(dataset, lockstep.Settings(**{"model": "small", "steps": 3} | settings))


def check_gaps(report):
    """Assert what every report holds."""
    assert [gap["step"] for gap in report["gaps"]] == list(range(1, report["steps"] + 1))
    for gap in report["gaps"]:
        assert set(gap) == {"step", *KINDS, "same_weights", "ulps", "relus_switched"}
        assert set(gap["ulps"]) == {*KINDS, "same_weights"}
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["weights_moved"] > 1e-3


# Together


@pytest.mark.keras
@pytest.mark.parametrize("engine", ["fast", "reference"])
@pytest.mark.parametrize("model", ["cnn", "small"])
def test_two_right_networks_stay_together(model, engine, dataset):
    report = run(dataset, model=model, engine=engine, steps=5)
    check_gaps(report)
    assert (report["verdict"], report["first_difference"]) == ("same", None)
    assert 0 < report["max_weight_difference"] <= 1e-12
    # and would not, if what is compared were the same array twice
    assert all(gap["gradients"] > 0 for gap in report["gaps"])


@pytest.mark.verify
@pytest.mark.keras
@pytest.mark.parametrize("optimizer", twin.OPTIMIZERS)
def test_100_steps_of_cnn_in_float64(optimizer, best_dataset):
    report = run(best_dataset, model="cnn", steps=100, optimizer=optimizer)
    check_gaps(report)
    assert (report["steps"], report["verdict"]) == (100, "same")
    assert report["max_weight_difference"] <= 1e-12
    assert report["weights_moved"] > 0.01


@pytest.mark.verify
@pytest.mark.keras
@pytest.mark.parametrize("optimizer", twin.OPTIMIZERS)
def test_100_steps_of_cnn_in_float32(optimizer, best_dataset):
    """The two may drift apart, but given the same weights they want the same."""
    report = run(best_dataset, model="cnn", steps=100, optimizer=optimizer, dtype="float32")
    check_gaps(report)
    assert report["steps"] == 100
    assert all(gap["ulps"]["weights"] > 0 for gap in report["gaps"])
    # Gradients here are sums of up to 20,000 products of numbers around 1, and float32 rounds at 6e-8; but in
    # a few steps a ReLU or a pool, within rounding of two answers, gives one on either side
    assert np.median([gap["same_weights"] for gap in report["gaps"]]) < 2e-6
    assert report["gaps"][0]["weights"] < 1e-5


@pytest.mark.keras
def test_the_steps_are_those_of_both_sides_own_training(dataset, keras):
    """What lock-step lays open changes nothing: each side ends where its own train_on_batch does."""
    settings = lockstep.Settings(model="small", optimizer="momentum", engine="reference")
    x = lockstep.scaled(dataset.x_train).astype("float64")
    batches = Batches(x, dataset.y_train, lockstep.BATCH_SIZE, seed=0)
    model, keras_model = lockstep.twins(settings)
    lockstep.compare_steps(model, keras_model, batches, 4, 1e-12)
    ours, theirs = lockstep.twins(settings)
    # by its name, the loss would be computed in float32
    theirs.compile(theirs.optimizer, keras.losses.SparseCategoricalCrossentropy(dtype="float64"))
    for step in range(4):
        ours.train_on_batch(*batches.batch(0, step))
        theirs.train_on_batch(*batches.batch(0, step))
    for a, b in zip(model.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(keras_model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(
            a, b, rtol=0, atol=1e-15
        )  # its graph may add in another order than eagerly


@pytest.mark.keras
def test_every_layer_is_looked_at_also_where_the_engine_has_fused_some(dataset, keras):
    x, y = lockstep.scaled(dataset.x_train[:4]).astype("float64"), dataset.y_train[:4]
    for engine in ("fast", "reference"):
        model, keras_model = lockstep.twins(lockstep.Settings(engine=engine))
        tensors, same_weights = lockstep.take_step(model, keras_model, x, y)
        assert list(tensors) == KINDS
        names = [pair.name for pair in tensors["activations"]]
        assert names == [f"activation of {layer.name}" for layer in model.layers]
        params = list(model.named_params())
        assert [pair.name for pair in tensors["weights"]] == [pair.name for pair in same_weights] == params
        named = [f"{name} {kind}" for kind in ("momentum", "velocity") for name in params]
        assert [pair.name for pair in tensors["state"]] == ["iterations", *named]
        gradients = [pair.name.removeprefix("gradient of ") for pair in tensors["gradients"]]
        assert set(params) < set(gradients)
        assert gradients[:4] == ["dense_1's result", "dense_1/kernel", "dense_1/bias", "dense's result"]
        for pair in (pair for pairs in tensors.values() for pair in pairs):
            assert pair.scratch.shape == pair.keras.shape, pair.name
            assert np.abs(pair.keras).max() > 0, pair.name
        assert "forward" not in vars(model.stages[0])  # nobody listens any more


# Apart


def forgets_its_momentum(self, x, g, slots):
    slots["momentum"][...] = -self.learning_rate * g
    x += slots["momentum"]


def counts_every_parameter(self, x, g, slots, update=optimizers.Adam.update):
    update(self, x, g, slots)
    self.iterations += 1


def pools_to_the_last(dy, cache):
    dy = dy.copy()
    dy[-1] = 0
    return max_pool2d_backward(dy, cache)


max_pool2d_backward = reference.max_pool2d_backward

PLANTED = {
    "momentum is forgotten": (
        optimizers.SGD, "update", forgets_its_momentum, "momentum", 2, "conv2d/kernel momentum",
    ),
    "Adam's steps are counted for every parameter": (
        optimizers.Adam, "update", counts_every_parameter, "adam", 1, "iterations",
    ),
    "Adam's means are not corrected for their start": (
        optimizers.Adam, "alpha", lambda self: self.learning_rate, "adam", 1, "conv2d/kernel",
    ),
    "the last image has no gradient before the pool": (
        reference, "max_pool2d_backward", pools_to_the_last, "sgd", 1, "gradient of conv2d's result",
    ),
    "the gradient is summed over the batch": (
        reference, "softmax_cross_entropy_backward",
        lambda cache: np.exp(cache[0]) - cache[1], "sgd", 1, "gradient of dense_1's result",
    ),
}  # fmt: skip


@pytest.mark.keras
@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found_where_it_is(bug, dataset, monkeypatch):
    place, name, wrong, optimizer, step, tensor = PLANTED[bug]
    monkeypatch.setattr(place, name, wrong)
    report = run(dataset, optimizer=optimizer, engine="reference")
    check_gaps(report)
    assert report["verdict"] == "different"
    first = report["first_difference"]
    assert (first["step"], first["tensor"]) == (step, tensor)
    assert first["difference"] > first["tolerance"] == 1e-12


@pytest.mark.keras
def test_a_network_that_explodes_is_reported_up_to_there(dataset, monkeypatch):
    def explode(self, x, g, slots):
        x *= 1e100

    monkeypatch.setattr(optimizers.SGD, "update", explode)
    report = run(dataset, optimizer="sgd", engine="reference", steps=9)
    assert report["verdict"] == "different"
    assert report["first_difference"]["step"] == 1
    assert report["steps"] == len(report["gaps"]) < 9
    json.dumps(report, allow_nan=False)


@pytest.mark.keras
def test_weights_that_hardly_move_prove_nothing(dataset):
    assert run(dataset, tolerance=0.1)["verdict"] == "proves nothing"


def test_chance_is_refused():
    model = Sequential([layers.Input((4,)), layers.Dropout(0.5, name="noise"), layers.Dense(2)], name="mine")
    with pytest.raises(DigitsError, match=r"leaves nothing to chance, but layer 'noise' \(Dropout\) of mine"):
        lockstep.check_without_chance(model)
    lockstep.check_without_chance(Sequential([layers.Dropout(0.0)]))


# Measures


def pair(ours, theirs, dtype="float64"):
    return twin.Pair("w", np.array(ours, dtype), np.array(theirs, dtype))


def test_units_in_the_last_place():
    assert pair([1.0, 1e-30], [1.0, 0.0]).ulps == pytest.approx(1e-30 / 2**-52)
    assert pair([1 + 2**-23], [1.0], "float32").ulps == 1
    assert pair([3.0], [3 + 2**-51]).ulps == 1
    assert pair([0.0], [0.0]).ulps == 0
    assert np.isnan(pair([np.inf], [np.inf]).difference)


def test_hyperparameters_are_exact_in_float32_and_else_the_defaults():
    found = twin.exact_in_float32(optimizers.Adam, {"beta_1": 0.8})
    assert found == {
        name: float(np.float32(value))
        for name, value in {"beta_1": 0.8, "beta_2": 0.999, "epsilon": 1e-7, "learning_rate": 1e-3}.items()
    }
    assert twin.exact_in_float32(optimizers.SGD, {"nesterov": True})["nesterov"] is True


def step_of(weights, gradients, name="weights"):
    still = [pair([1.0], [1.0])]
    return {kind: still for kind in KINDS} | {name: weights}, gradients


def test_the_log_keeps_the_first_difference_and_counts_nan_as_the_largest():
    log = GapLog([np.array([0.0, 0.0])], 0.5)
    log.add(*step_of([pair([1.0, 2.0], [1.25, 2.0])], [pair([0.5, 4.0], [0.5, 4.0])]))
    assert log.first_difference is None
    log.add(*step_of([pair([3.0, 2.0], [3.0, 3.0])], [pair([0.5, 1.0], [0.5, 1.0])]))
    assert log.first_difference == {"step": 2, "tensor": "w", "difference": 1.0, "tolerance": 0.5}
    report = log.report([pair([3.0, 2.0], [3.0, 3.0])])
    assert [gap["weights"] for gap in report["gaps"]] == [0.25, 1.0]
    assert report["largest"]["weights"] == {"tensor": "w", "step": 2, "difference": 1.0}
    # Keras's weights went 0, 1.25, 3 and 0, 2, 3 under gradients that add up to 1 and 5
    assert report["growth"] == {
        "pace": pytest.approx((3 / 1 + 3 / 5) / 2),
        "furthest": {"tensor": "w", "index": [1], "pace": pytest.approx(3 / 5)},
    }
    log.add(*step_of([pair([np.nan, 2.0], [3.0, 3.0])], [pair([0.5, 1.0], [0.5, 1.0])]))
    assert log.gaps[-1]["weights"] is None
    assert log.report([pair([1.0, 2.0], [1.0, 2.0])])["largest"]["weights"]["step"] == 3


def test_infinite_weights_and_weights_without_a_gradient_have_no_pace():
    log = GapLog([np.array([1.0])], 0.5)
    still, infinite = pair([0.0], [0.0]), pair([np.inf], [np.inf])
    for _ in range(2):
        log.add(*step_of([infinite], [still]))
    assert log.first_difference["difference"] is None
    report = log.report([infinite])
    assert report["growth"] == {"pace": None, "furthest": {"tensor": "w", "index": [0], "pace": None}}
    assert report["gaps"][0]["ulps"]["weights"] is None


def test_relus_that_are_open_on_one_side_only_are_counted():
    log = GapLog([np.zeros(1)], 1.0)
    tensors, gradients = step_of(
        [pair([0.0, 0.0, 1e-9], [0.0, 1e-9, 0.0])], [pair([1.0], [1.0])], "activations"
    )
    log.add(tensors, gradients)
    assert log.gaps[0]["relus_switched"] == 2


def test_nan_is_a_difference():
    log = GapLog([np.zeros(1)], 1.0)
    log.add(*step_of([pair([np.nan], [1.0])], [pair([1.0], [1.0])]))
    assert log.first_difference == {"step": 1, "tensor": "w", "difference": None, "tolerance": 1.0}


# The picture


def gap(step, value):
    return {"step": step, **dict.fromkeys([*KINDS, "same_weights"], value)}


def test_the_picture_shows_zero_as_zero():
    figure = figures.gap_growth([gap(1, 0.0), gap(2, 1e-15), gap(3, None)], "MNIST: gaps", 1e-12)
    figures.png(figure)
    (axes,) = figure.axes
    assert len(axes.get_lines()) == 8  # six kinds, the tolerance, and the line that is 0
    zero, tick = axes.get_yticks()[0], axes.get_yticklabels()[0].get_text()
    assert tick == "0"
    assert zero < 1e-15 / 5
    np.testing.assert_array_equal(axes.get_lines()[0].get_ydata(), [zero, 1e-15, np.nan])
    low, high = axes.get_ylim()
    assert low < zero < 1e-12 < high
    assert {text.get_text() for text in figure.legends[0].get_texts()} >= {"Weights", "Tolerance, 1e-12"}


def test_the_picture_names_the_first_difference():
    first = {"step": 2, "tensor": "gradient of conv2d/bias", "difference": 1.0, "tolerance": 1e-12}
    figure = figures.gap_growth([gap(1, 1e-15), gap(2, 1.0)], "T", 1e-12, first)
    figures.png(figure)
    assert "Step 2: gradient of conv2d/bias" in figure.axes[0].texts[0].get_text()
    figures.png(figures.gap_growth([gap(1, 1e-15)], "One step", 1e-12))


# The command


@pytest.mark.keras
def test_the_command(tmp_path, capsys):
    arguments = ["lockstep", "--model", "small", "--steps", "2", "--data", "digits", "--out", str(tmp_path)]
    assert cli.main([*arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    check_gaps(report)
    assert (report["dtype"], report["optimizer"], report["tolerance"]) == ("float64", "adam", 1e-12)
    assert report == json.loads((tmp_path / "lockstep.json").read_text("utf-8"))
    assert (tmp_path / "lockstep.png").read_bytes().startswith(b"\x89PNG")
    assert cli.main([*arguments, "--dtype", "float32", "--tolerance", "1e-9", "--optimizer", "sgd"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for words in ("ULPs", "The first difference above 1e-09 is in step 1: activation of", "Why it"):
        assert words in text


@pytest.mark.keras
def test_the_command_fails_where_the_two_differ_or_nothing_is_proved(tmp_path, capsys, monkeypatch):
    arguments = ["lockstep", "--model", "small", "--steps", "2", "--data", "digits", "--out", str(tmp_path)]
    assert cli.main([*arguments, "--tolerance", "0.1"]) == 1
    assert "This PROVES NOTHING: the weights have moved by" in capsys.readouterr().out
    monkeypatch.setattr(optimizers.Adam, "alpha", lambda self: self.learning_rate)
    assert cli.main([*arguments, "--engine", "reference"]) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert "The two DIFFER. Step 1 is the first with a difference above 1e-12: conv2d/kernel" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tolerance", "0"], "--tolerance: expected a finite number above 0, received '0'"),
        (["--tolerance", "tiny"], "--tolerance: expected a number such as 1e-12, received 'tiny'"),
        (["--steps", "0"], "--steps: expected 1 or more"),
        (["--dtype", "float16"], "invalid choice: 'float16'"),
    ],
)
def test_a_wrong_call(arguments, message, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["lockstep", *arguments])
    assert left.value.code == cli.USAGE_ERROR
    assert message in capsys.readouterr().err
