"""`digits bench`: how long training, prediction and a start take on this machine, beside Keras."""

import json

from rich.table import Table
from rich.text import Text

from lessons.commands.arguments import add_data_argument, add_engine_argument, add_json_argument, at_least
from scratch import console, datasets
from scratch.architectures import ARCHITECTURES

NAMES = {
    "training": "Training, ms a step",
    "epoch": "Training, s an epoch",
    "prediction": "10,000 images, ms",
    "one image": "One image, µs",
    "one image, Keras's predict": "One, Keras's predict, µs",
    "start to first step": "Start to first step, s",
    "peak memory": "Peak memory, MB",
}


def configure(parser):
    """Declare the arguments."""
    parser.add_argument(
        "--model", choices=[*ARCHITECTURES, "all"], default="all", help="the network (default: all)"
    )
    add_engine_argument(parser)
    parser.add_argument(
        "--rounds",
        type=at_least(1),
        default=5,
        metavar="N",
        help="how many times each side has its turn (default: 5)",
    )
    parser.add_argument(
        "--steps", type=at_least(1), default=100, metavar="N", help="training steps a turn (default: 100)"
    )
    parser.add_argument(
        "--threads",
        type=at_least(1),
        metavar="N",
        help="let both sides use so many threads (default: as many as there are)",
    )
    parser.add_argument("--scratch-only", action="store_true", help="measure our side alone")
    add_data_argument(parser)
    add_json_argument(parser)


def run(args):
    """Measure, and print the table."""
    dataset = datasets.load(args.data)
    models = list(ARCHITECTURES) if args.model == "all" else [args.model]

    from keras_ref.bench import Settings, bench

    settings = Settings(args.engine, args.rounds, args.steps, args.threads, args.scratch_only)
    report = bench(dataset, models, settings)
    if args.json:
        print(json.dumps(report, indent=2))
        return
    for model in models:
        console.out.print(make_table(report, model))
    for sentence in notes(report):
        console.out.print(Text(sentence))


def make_table(report, model):
    """Return the rich Table of one network."""
    title = Text(f"Model {model}, engine {report['engine']}, batch {report['batch_size']}, float32", "bold")
    table = Table(title=title, title_justify="left", min_width=72)
    table.add_column("")
    sides = ["scratch"] if report["scratch_only"] else ["scratch", "Keras", "ratio", "Keras's best", "ratio"]
    for side in sides:
        table.add_column(side, justify="right", no_wrap=True)
    for row in report["rows"]:
        if row["model"] == model:
            table.add_row(NAMES[row["what"]], *cells(row))
    return table


def cells(row):
    """Return the figures of a row as text."""
    if "keras" not in row:
        return [short(row["ours"])]
    keras = [short(row["keras"]), times(row["ratio"])]
    best = [short(row["keras_best"]), times(row["ratio_to_keras_best"])]
    return [short(row["ours"]), *keras, *best]


def short(number):
    """Return a number with three digits, and all those before the point: 0.0123, 1.23, 12.3, 1,234."""
    return f"{number:,.0f}" if number >= 99.95 else f"{number:#.3g}"


def counted(number, noun):
    """Return "1 thread" or "2 threads"."""
    return f"{number} {noun}{'s' * (number != 1)}"


def times(ratio):
    """Return a ratio as text: 0.95x, 1.23x, 12.3x, 123x."""
    return f"{ratio:.2f}x" if ratio < 1 else f"{short(ratio)}x"


def notes(report):
    """Return sentences that say what the figures are, and what they were measured on."""
    machine = report["environment"]
    threads = report["threads"] or machine["threads"]
    sentences = [
        f"Medians of {counted(report['rounds'], 'interleaved round')} (of {report['starts']} for start and "
        f"memory), {counted(report['steps'], 'training step')} each, on {machine['processor']}, "
        f"{counted(threads, 'thread')}; Python {machine['python']}, NumPy {machine['numpy']}, "
        f"Numba {machine['numba']}, TensorFlow {machine['tensorflow']}, Keras {machine['keras']}.",
        f"Data: {report['title']}{', repeated to the size of MNIST' * report['repeated_to_size_of_mnist']}. "
        "An epoch is 60,000 images; start and memory are those of a fresh process on random images, with "
        "warm caches.",
    ]
    if not report["scratch_only"]:
        sentences.append("A ratio is Keras's figure over ours; Keras's best is its best single round.")
        sentences += [setting_note(report, what) for what in ("training", "prediction")]
    if not any(row["what"] == "peak memory" for row in report["rows"]):
        sentences.append("Peak memory is not measured on this platform.")
    return sentences


def setting_note(report, what):
    """Return which setting of Keras was the fastest in a `training` or a `prediction`."""
    rows = [row for row in report["rows"] if row["what"] == what]
    found = ", ".join(f"{row['keras_steps_per_execution']} for {row['model']}" for row in rows)
    return f"Keras's steps_per_execution in {what}, the faster of 1 and 16: {found}."
