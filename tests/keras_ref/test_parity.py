"""Parity at scale: every layer as in Keras in random configurations; and that the check can fail."""

import json
import math

import numpy as np
import pytest

from keras_ref import parity
from keras_ref.parity import GENERATORS, TOLERANCE, Summary, bounds, check, draw_case
from keras_ref.parity.case import Case, Replay
from keras_ref.parity.check import relative
from keras_ref.parity.layers import LAYERS
from keras_ref.parity.losses import LOSSES
from lessons import cli
from scratch import layers, losses, reference
from scratch.errors import DigitsError
from scratch.layers.arguments import pair
from scratch.windows import output_size

MANY = 2000
NEW_SEED = 1  # `make verify` draws others than `make test` and `digits parity` by default


def failures(name, numbers, **options):
    return [outcome for outcome in check(name, numbers, **options) if outcome.fault]


# The layers are what they are in Keras


@pytest.mark.keras
@pytest.mark.parametrize("name", GENERATORS)
def test_100_cases(name):
    assert [outcome.reproduction for outcome in failures(name, range(100))] == []


@pytest.mark.verify
@pytest.mark.keras
@pytest.mark.parametrize("name", GENERATORS)
def test_2000_cases(name):
    assert [outcome.reproduction for outcome in failures(name, range(MANY), seed=NEW_SEED)] == []


def test_every_layer_and_loss_has_a_generator():
    abstract = {"Layer", "Input"}  # the base of all layers, and a shape
    # a layer of scratch.fused, which models put in by themselves
    assert set(LAYERS) - {"FusedConv2D"} == set(layers.__all__) - abstract
    assert set(LOSSES) == {loss.__name__ for loss in losses.LOSSES.values()}


# What is drawn


def drawn(name, count=100):
    return [draw_case(name, 0, number)[0] for number in range(count)]


def test_a_case_is_a_function_of_name_seed_and_number():
    for name in GENERATORS:
        (one, rng), (same, again) = draw_case(name, 3, 7), draw_case(name, 3, 7)
        assert (str(one), rng.random()) == (str(same), again.random())
    assert len({str(draw_case("Conv2D", seed, 7)[0]) for seed in range(9)}) == 9


def has_remainder(case, window, strides, dilation=(1, 1)):
    reach = [(k - 1) * d + 1 for k, d in zip(window, dilation, strict=True)]
    sizes = zip(case.shape[1:3], reach, strides, strict=True)
    return case.arguments["padding"] == "valid" and any((n - k) % s for n, k, s in sizes)


def test_convolutions_of_all_kinds_are_drawn():
    cases = [(case, case.arguments) for case in drawn("Conv2D")]
    strides = {pair(a["strides"], "") for _, a in cases}
    dilations = {pair(a["dilation_rate"], "") for _, a in cases}
    kernels = {k for _, a in cases for k in pair(a["kernel_size"], "")}
    assert kernels == set(range(1, 8))
    assert {s for one in strides for s in one} == {d for one in dilations for d in one} == {1, 2, 3}
    assert any(a != b for a, b in strides)
    assert {a["groups"] for _, a in cases} == {1, 2, 3}
    assert {a["padding"] for _, a in cases} == {"valid", "same"}
    assert {a["use_bias"] for _, a in cases} == {True, False}
    assert {a["activation"] for _, a in cases} == {None, "relu"}
    assert {case.shape[0] for case, _ in cases} == {1, 2, 3, 9}
    assert {case.values for case, _ in cases} == {"normal", "negative", "whole", "even"}
    assert any(max(pair(a["strides"], "")) > max(pair(a["kernel_size"], "")) for _, a in cases)
    assert any(
        has_remainder(case, pair(a["kernel_size"], ""), pair(a["strides"], ""), pair(a["dilation_rate"], ""))
        for case, a in cases
    )
    assert all(
        output_size(n, k, 1, a["padding"], d) >= 1
        for case, a in cases
        for n, k, d in zip(
            case.shape[1:3], pair(a["kernel_size"], ""), pair(a["dilation_rate"], ""), strict=True
        )
    )


def test_poolings_of_all_kinds_are_drawn():
    cases = drawn("MaxPooling2D")
    windows = [
        (pair(c.arguments["pool_size"], ""), pair(c.arguments["strides"] or c.arguments["pool_size"], ""))
        for c in cases
    ]
    assert {k for pool, _ in windows for k in pool} == set(range(1, 8))
    assert any(s < k for pool, strides in windows for k, s in zip(pool, strides, strict=True))  # overlap
    assert any(s > k for pool, strides in windows for k, s in zip(pool, strides, strict=True))  # gaps
    assert any(has_remainder(c, *window) for c, window in zip(cases, windows, strict=True))
    assert {c.arguments["padding"] for c in cases} == {"valid", "same"}
    assert {"whole", "negative", "even"} <= {c.values for c in cases}
    assert 1 in {c.shape[0] for c in cases}


def test_dropout_is_drawn_in_training_and_outside_and_softmax_by_many_ways():
    assert {case.training for case in drawn("Dropout")} == {True, False}
    assert {case.arguments["activation"] for case in drawn("Activation")} == {
        "linear", "relu", "sigmoid", "tanh", "softmax", "elu", "silu",
    }  # fmt: skip
    assert {case.arguments["from_logits"] for name in LOSSES for case in drawn(name)} == {True, False}


# The check can fail


def spoil(function, position=None):
    """Return the same operation with one number of one result changed a little."""

    def wrong(*args, **kwargs):
        results = function(*args, **kwargs)
        result = results if position is None else results[position]
        if result is not None:
            flat = np.ascontiguousarray(result)
            flat.reshape(-1)[-1] += 1e-3 * max(1, abs(flat.reshape(-1)[-1]))
            result[...] = flat
        return results

    return wrong


SPOILED = {
    "conv2d_forward": ("Conv2D", 0, "y"),
    "conv2d_backward": ("Conv2D", 0, "dx"),
    "max_pool2d_forward": ("MaxPooling2D", 0, "y"),
    "max_pool2d_backward": ("MaxPooling2D", None, "dx"),
    "dense_backward": ("Dense", 1, "dkernel"),
    "relu_backward": ("ReLU", None, "dx"),
    "softmax_backward": ("Softmax", None, "dx"),
    "tanh_backward": ("Tanh", None, "dx"),
    "dropout_forward": ("Dropout", 0, "y"),
    "softmax_cross_entropy_backward": ("CategoricalCrossentropy", None, "dx"),
}


@pytest.mark.keras
@pytest.mark.parametrize("operation", SPOILED)
def test_one_wrong_number_is_reported(operation, monkeypatch):
    name, position, array = SPOILED[operation]
    monkeypatch.setattr(reference, operation, spoil(getattr(reference, operation), position))
    found = failures(name, range(12), engines=["reference"], dtypes=["float32"])
    assert found
    assert all(outcome.fault.startswith(f"{array} differs by ") for outcome in found)


def transposed_dilation(dy, cache, need_dx=True, right=reference.conv2d_backward):
    *others, dilation = cache
    return right(dy, (*others, dilation[::-1]), need_dx)


def assigns_where_windows_overlap(dwindows, x_shape, strides, padding, dilation=(1, 1)):
    x = np.zeros(x_shape, dwindows.dtype)
    places = np.arange(x.size).reshape(x_shape)
    windows = reference.extract_windows(places, dwindows.shape[3:5], strides, padding, dilation, -1)
    np.put(x.reshape(-1), windows[dwindows != 0].clip(0), dwindows[dwindows != 0])
    return x


def ties_to_the_last(x, pool_size=(2, 2), strides=None, padding="valid", right=reference.max_pool2d_forward):
    y, (_, shape, *rest) = right(x, pool_size, strides, padding)
    candidates = reference.extract_windows(x, pool_size, strides or pool_size, padding, pad_value=-np.inf)
    candidates = candidates.reshape(*shape[:3], -1, shape[-1])
    last = candidates.shape[3] - 1 - candidates[:, :, :, ::-1].argmax(axis=3, keepdims=True)
    return y, (last, shape, *rest)


@pytest.mark.keras
@pytest.mark.parametrize(
    ("name", "function", "wrong"),
    [
        ("MaxPooling2D", "add_windows", assigns_where_windows_overlap),
        ("MaxPooling2D", "max_pool2d_forward", ties_to_the_last),
        ("ReLU", "relu_backward", lambda dy, cache: np.where(cache >= 0, dy, 0)),
        ("Dropout", "dropout_backward", lambda dy, cache: dy),
        ("Softmax", "softmax_backward", lambda dy, cache: cache * (1 - cache) * dy),
        ("Sigmoid", "sigmoid_backward", lambda dy, cache: (dy * cache * (1 - cache)).astype("float64")),
        ("Tanh", "tanh_forward", lambda x: (np.tanh(x) * np.nan, x)),
    ],
)
def test_bugs_that_real_networks_had(name, function, wrong, monkeypatch):
    monkeypatch.setattr(reference, function, wrong)
    assert failures(name, range(40), engines=["reference"], dtypes=["float32"])


@pytest.mark.keras
def test_what_raises_is_a_failure_and_the_others_go_on(monkeypatch):
    def fail(x):
        if len(x) == 1:
            raise ZeroDivisionError("one\nimage")
        return np.tanh(x), np.tanh(x)

    monkeypatch.setattr(reference, "tanh_forward", fail)
    outcomes = list(check("Tanh", range(20), engines=["reference"], dtypes=["float64"]))
    raised = [outcome for outcome in outcomes if outcome.fault]
    assert 0 < len(raised) < len(outcomes) == 20
    assert {outcome.fault for outcome in raised} == {"ZeroDivisionError: one image"}
    assert {outcome.forward for outcome in raised} == {math.inf}


@pytest.mark.keras
def test_what_keras_cannot_compute_is_an_error_that_names_the_case(monkeypatch):
    def draw(rng):
        return Case(
            "Conv2D", {"filters": 1, "kernel_size": 2, "strides": 2, "dilation_rate": 2}, (1, 9, 9, 1)
        )

    monkeypatch.setitem(GENERATORS, "Conv2D", draw)
    with pytest.raises(DigitsError, match=r"Keras can't compute case 5 of Conv2D with seed 0, Conv2D\(filt"):
        list(check("Conv2D", [5]))


def test_the_measure():
    one = np.array([1.0, 0.0])
    assert relative(one, one, np.zeros(2)) == 0
    assert relative(np.array([1.5, 0.0]), one, np.array([10.0, 0.0])) == 0.05
    assert relative(np.array([1.0, 1e-300]), one, np.array([10.0, 0.0])) == math.inf
    assert relative(one * np.nan, one, np.ones(2)) == math.inf
    assert relative(one, np.array([np.inf, 0.0]), np.ones(2)) == math.inf
    assert relative(one.astype("float32"), one, np.ones(2)) == math.inf
    assert relative(one[:1], one, np.ones(2)) == math.inf
    assert TOLERANCE == {"float32": 1e-5, "float64": 1e-12}


def test_a_dropout_is_made_to_drop_what_keras_dropped():
    kept = np.array([True, False, True])
    y, _ = reference.dropout_forward(np.full(3, 2.0), 0.75, Replay(kept))
    np.testing.assert_array_equal(y, [8.0, 0.0, 8.0])


@pytest.mark.keras
def test_kernels_with_onednn_are_refused(monkeypatch, keras):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    with pytest.raises(DigitsError, match="TensorFlow has been imported with oneDNN's kernels"):
        list(check("Flatten", range(1)))


# The sums of absolute products


@pytest.mark.keras
def test_the_sums_of_a_convolution_are_those_of_its_products(rng):
    case = Case("Conv2D", {"filters": 3, "kernel_size": (2, 3), "strides": 2}, (2, 5, 6, 2))
    arrays = case.arrays(rng)
    sums = case.bounds(case, arrays)
    x, w, b, dy = (np.abs(arrays[name]) for name in ("x", "kernel", "bias", "dy"))
    patch = x[1, 2:4, 2:5]
    assert sums["y"][1, 1, 1, 2] == pytest.approx((patch * w[..., 2]).sum() + b[2])
    assert sums["dbias"] == pytest.approx(dy.sum(axis=(0, 1, 2)))
    assert sums["dkernel"][1, 2, 0, 1] == pytest.approx((x[:, 1::2, 2::2, 0] * dy[..., 1]).sum())
    assert sums["dx"][0, 0, 0, 1] == pytest.approx((dy[0, 0, 0] * w[0, 0, 1]).sum())
    assert not sums["dx"][:, 4].any()  # no window sees the last row


@pytest.mark.keras
def test_the_sums_of_a_grouped_convolution(rng):
    case = Case("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 3}, (2, 5, 6, 6))
    arrays = case.arrays(rng)
    in_one_go, by_groups = bounds.of_products(case, arrays), bounds.of_grouped(case, arrays)
    assert in_one_go.keys() == by_groups.keys()
    for name, sums in in_one_go.items():
        np.testing.assert_allclose(by_groups[name], sums, rtol=1e-12)


@pytest.mark.keras
@pytest.mark.parametrize("name", GENERATORS)
def test_no_sum_is_smaller_than_what_it_is_the_sum_of(name):
    for number in range(10):
        case, rng = draw_case(name, 0, number)
        arrays = case.arrays(rng)
        sums, answers = case.bounds(case, arrays), case.keras(arrays, "float64")
        assert sums.keys() == answers.keys()
        if name == "FusedConv2D":  # whose results have to be the very same
            assert set(sums.values()) == {0}
            continue
        for key, answer in answers.items():
            assert np.shape(sums[key]) == answer.shape
            assert (np.abs(answer) <= sums[key] * (1 + 1e-9)).all(), f"{key} of {case}"


# The command


@pytest.mark.keras
def test_the_command(capsys):
    assert cli.main(["parity", "--cases", "3", "--layer", "Flatten", "Dense", "--seed", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "engine reference and fast, seed 4" in lines[0]
    for name in ("Flatten", "Dense"):
        (row,) = [line for line in lines if name in line]
        assert [cell.strip() for cell in row.split("│")][2] == "3"
    assert cli.main(["parity", "--cases", "3", "--layer", "ReLU", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    zeros = {"forward": 0.0, "gradients": 0.0}
    row = {"layer": "ReLU", "cases": 3, "float32": zeros, "float64": zeros, "failures": 0}
    assert report["layers"] == [row]
    assert (report["failures"], report["engines"]) == ([], ["reference", "fast"])


@pytest.mark.keras
def test_a_failure_prints_the_line_that_computes_it_again(capsys, monkeypatch):
    monkeypatch.setattr(reference, "relu_backward", lambda dy, cache: dy)
    arguments = ["parity", "--layer", "ReLU", "--engine", "reference", "--dtype", "float32"]
    assert cli.main([*arguments, "--cases", "40"]) == 1
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if line.startswith("digits parity")]
    assert len(lines) == 10
    assert "more; --json has them all" in out
    command, _, comment = lines[0].partition("  # ")
    assert comment.startswith("ReLU() on (")
    assert "dx differs by inf of its sum of absolute products" in comment
    assert cli.main(command.split()[1:]) == 1
    again = capsys.readouterr().out
    assert lines[0] in again
    assert again.startswith("Case ")
    monkeypatch.undo()
    assert cli.main(command.split()[1:]) == 0
    assert cli.main([*arguments, "--cases", "2", "--json"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layer", "Conv3D"], "invalid choice: 'Conv3D'"),
        (["--cases", "0"], "--cases: expected 1 or more, received 0"),
        (["--case", "-1"], "--case: expected 0 or more, received -1"),
        (["--dtype", "float16"], "invalid choice: 'float16'"),
    ],
)
def test_a_wrong_call(arguments, message, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["parity", *arguments])
    assert left.value.code == cli.USAGE_ERROR
    assert message in capsys.readouterr().err


def test_what_a_summary_reports():
    summary = Summary("Dense")
    for number, differences in enumerate([{"y": 1e-9, "dx": 3e-9, "dkernel": 2e-9}, {"y": math.inf}]):
        summary.add(parity.Outcome("Dense", 0, number, "fast", "float32", "Dense()", differences, None))
    assert summary.report() == {
        "layer": "Dense",
        "cases": 2,
        "float32": {"forward": None, "gradients": 3e-9},
        "failures": 0,
    }
