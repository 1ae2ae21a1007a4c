"""A Keras script run twice, on our engine and in Keras, each in a process of its own; and the results beside
each other.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.table import Table

from keras_ref.backend import load_keras
from scratch import console
from scratch.compat import running
from scratch.compat.keras.datasets import mnist
from scratch.compat.settings import settings
from scratch.compat.shortening import limited, shortened
from scratch.errors import DigitsError

ROOT = Path(__file__).parents[1]
SIDES = {"scratch": "scratch.compat.running", "Keras": "keras_ref.scripts"}


def compare(path, arguments, limit=None, epochs=None, data=None):
    """Run the script on both sides, print what each came to, and return the exit status of the first that
    failed, or 0.

    Raises DigitsError where the script cannot be read.
    """
    running.parse(path, running.read(path))
    outcomes, statuses = {}, []
    for side, module in SIDES.items():
        console.out.rule(side)
        outcome, status = run_in_process(module, path, arguments, limit, epochs, data)
        statuses.append(status)
        if outcome:
            outcomes[side] = outcome
    if len(outcomes) == len(SIDES) and not any(statuses):
        console.out.rule()
        console.out.print(table(outcomes))
    return next((status for status in statuses if status), 0)


def run_in_process(module, path, arguments, limit=None, epochs=None, data=None, **options):
    """Run the script by a worker module; return what it came to, a dict or None, and its exit status."""
    given = {"--limit": limit, "--epochs": epochs, "--data": data}
    words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder, "results.json")
        done = subprocess.run(
            [sys.executable, "-P", "-m", module, *words, "--record", record, path, "--", *arguments],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            **options,
        )
        outcome = json.loads(record.read_text("utf-8")) if record.exists() else None
    return outcome, done.returncode


def table(outcomes):
    """Return the table of both sides' results: of each fit its last epoch, of each evaluate all."""
    result = Table()
    result.add_column("")
    for side in SIDES:
        result.add_column(side, justify="right")
    columns = [rows_of(outcomes[side]) for side in SIDES]
    for row in dict.fromkeys([*columns[0], *columns[1]]):
        result.add_row(row, *(column.get(row, "-") for column in columns))
    return result


def rows_of(outcome):
    """Return what a side came to as a dict of words."""
    rows, counts = {}, {}
    for kind, results, seconds in outcome["results"]:
        counts[kind] = counts.get(kind, 0) + 1
        name = kind if counts[kind] == 1 else f"{kind} {counts[kind]}"
        rows |= {f"{name}: {key}": f"{value:.4f}" for key, value in results.items()}
        rows[f"{name}: seconds"] = f"{seconds:.1f} s"
    return rows | {"seconds in all": f"{outcome['seconds']:.1f} s"}


# The worker: the script in real Keras


def main(arguments=None):
    """Run a script in Keras with `fit` made short and the project's data; return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--data")
    parser.add_argument("--record")
    parser.add_argument("script", type=Path)
    parser.add_argument("arguments", nargs="*")
    args = parser.parse_args(arguments)
    settings.limit, settings.epochs, settings.data = args.limit, args.epochs, args.data
    try:
        tree = running.parse(args.script, running.read(args.script))
    except DigitsError as error:
        console.err.print(f"digits run: {error}", style="bold red", markup=False, soft_wrap=True)
        return running.FAILURE
    overhear(load_keras())
    running.prepare(args.script, args.arguments)
    started = time.perf_counter()
    status = running.execute(args.script, tree)
    results = {"seconds": time.perf_counter() - started, "results": settings.results}
    Path(args.record).write_text(json.dumps(results), "utf-8")
    return status


def overhear(keras):
    """Have Keras take the project's data and our limits, and note what fit and evaluate come to."""
    import inspect

    from tensorflow.keras.datasets import mnist as of_tensorflow

    keras.datasets.mnist.load_data = of_tensorflow.load_data = mnist.load_data
    fit, evaluate = keras.Model.fit, keras.Model.evaluate
    fit_signature, evaluate_signature = inspect.signature(fit), inspect.signature(evaluate)

    def short_fit(*arguments, **options):
        given = fit_signature.bind(*arguments, **options).arguments
        started = time.perf_counter()
        history = fit(**shortened(given, settings.limit, settings.epochs))
        note("fit", {name: values[-1] for name, values in history.history.items()}, started)
        return history

    def noted_evaluate(*arguments, **options):
        if "_use_cached_eval_dataset" in options:  # fit's own validation
            return evaluate(*arguments, **options)
        given = evaluate_signature.bind(*arguments, **options).arguments
        return_dict = given.pop("return_dict", False)
        started = time.perf_counter()
        results = evaluate(**limited(given, settings.limit), return_dict=True)
        note("evaluate", results, started)
        values = [results[name] for name in ("loss", *(name for name in results if name != "loss"))]
        return results if return_dict else values if len(values) > 1 else values[0]

    keras.Model.fit, keras.Model.evaluate = short_fit, noted_evaluate


def note(kind, results, started):
    """Note what a fit or an evaluate came to."""
    results = {name: float(value) for name, value in results.items()}
    settings.results.append((kind, results, time.perf_counter() - started))


if __name__ == "__main__":
    sys.exit(main())
