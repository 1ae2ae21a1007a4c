"""What a run came to, as a dict ready for JSON: medians, spreads and ratios.

A report has, for each network in `models` and for the first of them also at the top,

    medians             {"train_epoch": {"scratch": 2.7, "reference": 45.0, "keras": 7.1}, "predict_10k": ...}
    spread              the same keys: [the smallest, the largest] of all rounds
    ratios              the same keys without "scratch": how many times better scratch is, median over median
    ratios_to_fastest   the same, each contestant's best round over scratch's median

in the `units`. `predict_one_by_predict` sets Keras's `predict` of one image against our model(x).
"""

import importlib.metadata

import numpy as np

from keras_ref.bench.contestant import CONTESTANTS
from keras_ref.bench.task import BATCH_SIZE, STEPS_AN_EPOCH
from keras_ref.bench.work import training_flop

UNITS = {
    "train_epoch": "s",
    "predict_10k": "ms",
    "predict_one": "µs",
    "predict_one_by_predict": "µs",
    "start": "s",
    "peak_memory": "MB",
}
AT_THE_TOP = ("ratios", "ratios_to_fastest", "medians", "spread")


def versions(peers):
    """Return the versions of the packages that the peers are, by package."""
    return {package: importlib.metadata.version(package) for _, package in map(CONTESTANTS.get, peers)}


def whole(head, reports):
    """Return the report on all networks: `head`, the first network's figures, each network's in `models`."""
    first = next(iter(reports.values()))
    return head | {key: first[key] for key in AT_THE_TOP} | {"models": reports}


def of_model(model, contenders, figures, gflops, by_batch, by_threads):
    """Return the report on one network, a scratch model that is built.

    figures, gflops: see coordinator.take_turns; by_batch, by_threads: see growth.
    """
    if "predict_one_by_predict" in figures:
        ours = {"scratch": figures["predict_one"]["scratch"]}
        figures["predict_one_by_predict"] = ours | figures["predict_one_by_predict"]
    figures = {what: figures[what] for what in UNITS if what in figures}
    medians = {what: middle(by_name) for what, by_name in figures.items()}
    spread = {what: ends(by_name) for what, by_name in figures.items()}
    fastest = {what: {name: low for name, (low, _) in spread[what].items()} for what in spread}
    return {
        "ratios": {what: ratios(medians[what], medians[what]["scratch"]) for what in medians},
        "ratios_to_fastest": {what: ratios(fastest[what], medians[what]["scratch"]) for what in medians},
        "medians": medians,
        "spread": spread,
        "rounds": {what: dict(by_name) for what, by_name in figures.items()},
        "part_of_the_work": {c.name: c.part for c in contenders},
        "settings": {c.name: c.chosen for c in contenders if len(c.settings) > 1},
        "failed_settings": {c.name: c.failed for c in contenders if c.failed},
        "peak": share_of_peak(model, medians["train_epoch"], gflops),
        "growth": {
            "batch_size": {
                "unit": "ms a step",
                "medians": {name: middle(by_size) for name, by_size in by_batch.items()},
                "spread": {name: ends(by_size) for name, by_size in by_batch.items()},
            },
            "threads": {
                "unit": "s an epoch",
                "medians": middle(by_threads),
                "spread": ends(by_threads),
                "times_as_fast_as_one": gains(middle(by_threads)),
            },
        },
    }


def middle(figures):
    """Return the median of each list in a dict; its keys become text, as JSON wants them."""
    return {str(key): float(np.median(values)) for key, values in figures.items()}


def ends(figures):
    """Return [the smallest, the largest] of each list in a dict; its keys become text."""
    return {str(key): [min(values), max(values)] for key, values in figures.items()}


def gains(medians):
    """Return how many times as fast each is as the first, from {threads: seconds}."""
    return {threads: next(iter(medians.values())) / seconds for threads, seconds in medians.items()}


def ratios(figures, ours):
    """Return everybody's figure over `ours`, without our own."""
    return {name: figure / ours for name, figure in figures.items() if name != "scratch"}


def share_of_peak(model, epochs, gflops):
    """Return what a training step of 128 images comes to, beside this machine's matrix product.

    epochs: {contestant: seconds an epoch}; gflops: the rates of matrix products that were measured.
    """
    needed, peak = training_flop(model) * BATCH_SIZE / 1e9, float(np.median(gflops))
    rates = {name: needed * STEPS_AN_EPOCH / seconds for name, seconds in epochs.items()}
    return {
        "sgemm_gflops": peak,
        "sgemm_gflops_spread": [min(gflops), max(gflops)],
        "gflop_a_step": needed,
        "gflops": rates,
        "share": {name: rate / peak for name, rate in rates.items()},
    }
