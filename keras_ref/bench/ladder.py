"""The ladder of kernels: the same convolution five times, each in a process of its own, taking turns."""

from contextlib import ExitStack

import numpy as np
from rich.table import Table
from rich.text import Text

from keras_ref import environment
from keras_ref.bench.in_ladder import IMAGES, KERNEL, SHAPE, inputs
from keras_ref.bench.processes import Process, check_threads
from keras_ref.bench.words import counted, short, surroundings, times
from keras_ref.report import write_file
from scratch import console, ladder
from scratch.errors import DigitsError
from scratch.progress import watch

NOT_HERE = ("tensorflow", "keras")


def climb(rounds, threads=None):
    """Measure all rungs; return a dict ready for JSON.

    Each of its `rungs` has `microseconds`, a median for an image, their `spread`, `gflops`, and how many
    `times_faster` it is than the first. Raises DigitsError where one computes something else than the first.
    """
    check_threads(threads)
    with ExitStack() as ending:
        sgemm = ending.enter_context(Process("sgemm", threads, name="sgemm"))
        processes = {
            rung: ending.enter_context(Process(rung, threads, name="ladder")) for rung in ladder.RUNGS
        }
        differences = compare(processes)
        figures, gflops = take_turns(processes, sgemm, rounds)
    return {
        "rounds": rounds,
        "threads": threads,
        "input": SHAPE,
        "kernel": KERNEL,
        "dtype": "float32",
        "flop_an_image": flop_an_image(),
        "tolerance": ladder.tolerance(*inputs(1)),
        "sgemm_gflops": float(np.median(gflops)),
        "rungs": [rung_report(rung, figures, gflops, differences[rung]) for rung in figures],
        "environment": {key: value for key, value in environment.describe().items() if key not in NOT_HERE},
    }


def compare(processes):
    """Return how far each rung's result for an image is from the first one's. Raises DigitsError where these
    are more than roundings.
    """
    allowed, results, differences = ladder.tolerance(*inputs(1)), {}, {}
    for rung, process in watch(processes.items(), "comparing", show=True):
        results[rung] = np.array(process.measure("special", method="result", rung=rung))
        first = next(iter(results.values()))
        differences[rung] = float(np.abs(results[rung] - first).max())
        if not differences[rung] <= allowed:
            raise DigitsError(
                f"'{rung}' can't be timed, because it computes something else than '{next(iter(results))}': "
                f"the two differ by {differences[rung]:g}, expected {allowed:g} at most"
            )
    return differences


def take_turns(processes, sgemm, rounds):
    """Return {rung: [microseconds an image, ...]} and the GFLOP/s of matrix products, [figure, ...]."""
    figures, gflops = {rung: [] for rung in processes}, []
    for number, rung in watch(
        [(n, rung) for n in range(rounds) for rung in processes], "measuring", show=True
    ):
        figures[rung].append(processes[rung].measure("special", method="microseconds", rung=rung))
        if rung == list(processes)[-1]:
            gflops.append(sgemm.measure("special", method="gflops"))
            latest = ", ".join(f"{name} {short(values[-1])}" for name, values in figures.items())
            console.err.print(f"round {number + 1} of {rounds}: {latest} µs an image", soft_wrap=True)
    return figures, gflops


def flop_an_image():
    """Return the operations that an image needs: a product and a sum for each weight at each pixel that a
    pool sees.
    """
    pooled = [(n - k + 1) // 2 * 2 for n, k in zip(SHAPE[1:3], KERNEL, strict=False)]
    return 2 * pooled[0] * pooled[1] * int(np.prod(KERNEL))


def rung_report(rung, figures, gflops, difference):
    """Return what the report says of one rung."""
    microseconds, first = (float(np.median(figures[name])) for name in (rung, next(iter(figures))))
    rate = flop_an_image() / microseconds / 1000
    return {
        "name": rung,
        "function": f"scratch.ladder.{ladder.RUNGS[rung].__name__}",
        "images": IMAGES.get(rung, SHAPE[0]),
        "microseconds": microseconds,
        "spread": [min(figures[rung]), max(figures[rung])],
        "gflops": rate,
        "times_faster": first / microseconds,
        "share_of_sgemm": rate / float(np.median(gflops)),
        "difference": difference,
    }


def print_ladder(report, out):
    """Print the table of all rungs, and what the figures are."""
    table = Table(title=Text("One convolution, five times", "bold"), title_justify="left")
    table.add_column("")
    for column in ("µs an image", "GFLOP/s", "faster", "share of sgemm"):
        table.add_column(column, justify="right", no_wrap=True)
    for rung in report["rungs"]:
        cells = [short(rung["microseconds"]), short(rung["gflops"]), times(rung["times_faster"])]
        table.add_row(rung["name"], *cells, f"{100 * rung['share_of_sgemm']:.3g}%")
    out.print(table)
    for sentence in notes(report):
        out.print(Text(sentence))


def notes(report):
    """Yield sentences that say what the figures are."""
    N, H, W, C = report["input"]
    KH, KW, _, F = report["kernel"]
    yield (
        f"A {KH}x{KW} convolution of {H}x{W}x{C} to {F} channels, bias, ReLU and 2x2 max-pooling, batches of "
        f"{N} ({', '.join(f'{images} for {rung}' for rung, images in IMAGES.items())}), float32, "
        f"{report['flop_an_image'] / 1e6:.2f} MFLOP an image; sgemm: {short(report['sgemm_gflops'])} GFLOP/s."
    )
    largest = max(rung["difference"] for rung in report["rungs"])
    yield (
        f"All rungs agree: they differ from the first by {largest:.1e} at most, where rounding allows "
        f"{report['tolerance']:.1e}."
    )
    yield f"Medians of {counted(report['rounds'], 'interleaved round')}, on {surroundings(report)}."
    yield "What each rung adds is in scratch/ladder.py."


def write(report, folder):
    """Write the picture of all rungs into `folder`, a Path; return its path."""
    from scratch import figures

    _, H, W, C = report["input"]
    title = f"One convolution ({H}x{W}x{C}, {report['kernel'][-1]} filters, float32), five times"
    picture = figures.speed_ladder({rung["name"]: rung["microseconds"] for rung in report["rungs"]}, title)
    folder.mkdir(parents=True, exist_ok=True)
    return write_file(folder / "ladder.png", figures.png(picture))
