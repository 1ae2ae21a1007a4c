"""Who has his turn when: all contestants are measured round by round, and only one works at a time."""

import tempfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import numpy as np

from keras_ref import environment
from keras_ref.bench import report, task
from keras_ref.bench.contender import LABELS, Contender
from keras_ref.bench.growth import IMAGES, growth_with_batch, growth_with_threads
from keras_ref.bench.processes import Process, check_threads
from keras_ref.bench.task import BATCH_SIZE, TRAIN_IMAGES
from scratch import architectures, console
from scratch.errors import DigitsError
from scratch.progress import watch

MOST_STEPS = TRAIN_IMAGES // BATCH_SIZE
# Between losses of about 2. Those of TensorFlow, PyTorch and JAX were at most 2e-6 apart from ours: float32
# has such numbers to 2e-7, and where a gradient is nearly 0, rounding decides where Adam's step goes.
SAME_LOSS = 1e-4
MEASURED = ("train_epoch", "predict_10k", "predict_one", "predict_one_by_predict", "start")


@dataclass(frozen=True)
class Settings:
    """What is measured: rounds, training steps a figure, our own engine, threads (None: all), beside whom.

    peers: names in keras_ref.bench.contestant.PEERS; scratch_only: neither peers nor the textbook engine;
    not_installed: peers that would have been measured, for the report to name.
    """

    engine: str = "fast"
    rounds: int = 5
    steps: int = 117
    threads: int | None = None
    peers: tuple = ("keras",)
    scratch_only: bool = False
    not_installed: tuple = ()


def bench(dataset, models, settings):
    """Measure the networks named in `models`; return a dict ready for JSON (see keras_ref.bench.report).

    dataset: a scratch.datasets.Dataset, repeated up to MNIST's size where it is smaller. Raises DigitsError
    for what can't be measured, and where a contestant computes something else than the others.
    """
    check(settings)
    with tempfile.TemporaryDirectory(prefix="digits-bench-", ignore_cleanup_errors=True) as folder:
        task.write_images(folder, dataset)
        reports = {name: bench_model(name, folder, settings) for name in models}
    head = {
        "data": dataset.name,
        "title": dataset.title,
        "source": dataset.source,
        "repeated_to_size_of_mnist": len(dataset.x_train) < TRAIN_IMAGES,
        **asdict(settings),
        "batch_size": BATCH_SIZE,
        "dtype": "float32",
        "units": report.UNITS,
        "environment": environment.describe() | report.versions(settings.peers),
    }
    return report.whole(head, reports)


def check(settings):
    """Raise DigitsError for more steps than an epoch of MNIST has, or more threads than there are."""
    check_threads(settings.threads)
    if settings.steps > MOST_STEPS:
        raise DigitsError(
            f"--steps: expected {MOST_STEPS} at most, an epoch of {TRAIN_IMAGES:,} images in batches of "
            f"{BATCH_SIZE}; received {settings.steps}"
        )


def bench_model(name, folder, settings):
    """Return the report on one network."""
    model = architectures.build(name, rng=np.random.default_rng(0))
    task.write_weights(folder, model)
    images = max(settings.steps * BATCH_SIZE, IMAGES)
    arguments = {"folder": folder, "model": name, "steps": settings.steps, "images": images}
    with ExitStack() as ending:
        sgemm = ending.enter_context(Process("sgemm", settings.threads, name="sgemm"))
        contenders = start(settings, arguments, ending)
        prepare(name, contenders, settings.rounds)
        figures, gflops = take_turns(name, contenders, sgemm, settings.rounds)
        by_batch = growth_with_batch(contenders, settings.rounds, turns(f"{name}: growth with batches"))
    by_threads = growth_with_threads(
        settings.threads or environment.usable_threads(),
        settings.rounds,
        turns(f"{name}: growth with threads"),
        kind=settings.engine,
        **arguments,
    )
    return report.of_model(model, contenders, figures, gflops, by_batch, by_threads)


def start(settings, arguments, ending):
    """Return a list of Contenders, each with its process, which `ending` (an ExitStack) ends."""
    others = [] if settings.scratch_only else [*settings.peers, "reference"]
    contenders = []
    for name in ["scratch", *others]:
        if name == settings.engine:  # the textbook is measured already, as "scratch"
            continue
        kind = settings.engine if name == "scratch" else name
        contender = Contender(name, kind=kind, threads=settings.threads, **arguments)
        ending.callback(contender.close)
        contenders.append(contender)
    return contenders


def turns(description):
    """Return a function that iterates over a list, on a terminal under a bar with this description."""
    return lambda steps: watch(steps, description, show=True)


def prepare(model, contenders, rounds):
    """Have all compile what they need, check that all compute the same, and find their fastest settings."""
    expected = None
    for contender in turns(f"{model}: preparing")(contenders):
        losses = contender.prepare()
        expected = expected or next(iter(losses.values()))
        for setting, received in losses.items():
            check_same(contender.label, setting, received, expected)
        contender.choose(list(losses), rounds)
        if len(losses) > 1:
            best = contender.chosen
            console.err.print(
                f"{model}: {contender.label} is fastest with {best['train_epoch']} in training, with "
                f"{best['predict_10k']} in prediction",
                soft_wrap=True,
            )


def check_same(label, setting, received, expected):
    """Raise DigitsError unless two pairs of losses, before and after a step, differ by roundings only."""
    for loss, other, when in zip(received, expected, ("before training", "after a step"), strict=True):
        if not abs(loss - other) <= SAME_LOSS:
            raise DigitsError(
                f"{label} ({setting}) can't be timed, because it computes something else: the loss of the "
                f"first batch {when} is {loss:.6f}, expected {other:.6f}, within {SAME_LOSS:g}"
            )


def take_turns(model, contenders, sgemm, rounds):
    """Measure everything, round by round; return {what: {contestant: [figure, ...]}}, and the GFLOP/s of
    matrix products, [figure, ...].
    """
    figures, gflops = defaultdict(lambda: defaultdict(list)), []
    todo = [(what, contender) for what in MEASURED for contender in contenders]
    todo = [(what, c) for what, c in todo if what != "predict_one_by_predict" or c.name == "keras"]
    everything = [(number, *turn) for number in range(1, rounds + 1) for turn in todo]
    for number, what, contender in turns(f"{model}: measuring")(everything):
        figure = getattr(contender, what)()
        if what == "start":
            figure, peak = figure
            if peak is not None:
                figures["peak_memory"][contender.name].append(peak)
        figures[what][contender.name].append(figure)
        if (what, contender) == todo[-1]:
            gflops.append(sgemm.measure("special", method="gflops"))
            latest = (f"{LABELS[name]} {values[-1]:.2f}" for name, values in figures["train_epoch"].items())
            console.err.print(
                f"{model}, round {number} of {rounds}: {', '.join(latest)} s an epoch", soft_wrap=True
            )
    return figures, gflops
