"""`digits parity`: random configurations of every layer and loss, forward and backward, against Keras."""

import json

from rich.table import Table
from rich.text import Text

from lessons.commands.arguments import add_json_argument, at_least
from scratch import console
from scratch.network import ENGINES
from scratch.progress import watch

MOST_PRINTED = 10  # failures; --json has all


def configure(parser):
    """Declare the arguments."""
    from keras_ref.parity import DTYPES, GENERATORS

    parser.add_argument(
        "--cases", type=at_least(1), default=2000, metavar="N", help="cases of each layer (default: 2000)"
    )
    parser.add_argument(
        "--layer",
        nargs="+",
        choices=GENERATORS,
        default=list(GENERATORS),
        metavar="NAME",
        help=f"only these, of {', '.join(GENERATORS)}",
    )
    parser.add_argument("--dtype", choices=(*DTYPES, "both"), default="both", help="(default: both)")
    parser.add_argument(
        "--engine",
        choices=(*ENGINES, "both"),
        default="both",
        help="who computes on our side: the textbook, the compiled kernels, or each in turn (default: both)",
    )
    parser.add_argument(
        "--seed", type=at_least(0), default=0, metavar="N", help="decides on all that is drawn (default: 0)"
    )
    parser.add_argument(
        "--case", type=at_least(0), metavar="N", help="compute this one case again, counted from 0"
    )
    add_json_argument(parser)


def run(args):
    """Compute all cases and print how they came out; return 1 where one failed."""
    from keras_ref import environment
    from keras_ref.parity import DTYPES, TOLERANCE, Summary, check

    dtypes = DTYPES if args.dtype == "both" else (args.dtype,)
    engines = ENGINES if args.engine == "both" else (args.engine,)
    numbers = range(args.cases) if args.case is None else [args.case]
    summaries = []
    for name in dict.fromkeys(args.layer):
        summaries.append(Summary(name))
        for number in watch(numbers, f"parity of {name}", show=True):
            for outcome in check(name, [number], args.seed, engines, dtypes):
                summaries[-1].add(outcome)
    failures = [outcome for summary in summaries for outcome in summary.failures]
    if args.json:
        report = {
            "seed": args.seed,
            "engines": list(engines),
            "tolerance": {dtype: TOLERANCE[dtype] for dtype in dtypes},
            "layers": [summary.report() for summary in summaries],
            "failures": [outcome.reproduction for outcome in failures],
            "environment": environment.describe(),
        }
        print(json.dumps(report, indent=2))
    else:
        if args.case is not None:
            print_cases(summaries, args.seed, args.case)
        console.out.print(make_table(summaries, args.seed, engines, dtypes))
        console.out.print(Text(meaning(TOLERANCE, dtypes)))
        print_failures(failures)
    return int(bool(failures))


def make_table(summaries, seed, engines, dtypes):
    """Return the rich Table: a row for each layer, the worst of all its cases."""
    title = Text(f"Parity with Keras: engine {' and '.join(engines)}, seed {seed}", "bold")
    table = Table(title=title, title_justify="left", min_width=72)
    table.add_column("Worst of all cases", overflow="fold")
    table.add_column("cases", justify="right")
    for dtype in dtypes:
        table.add_column(f"{dtype}\nforward", justify="right")
        table.add_column("\ngradients", justify="right")
    table.add_column("failed", justify="right")
    for summary in summaries:
        worst = [f"{difference:.1e}" for dtype in dtypes for difference in summary.worst[dtype]]
        table.add_row(summary.name, f"{len(summary.numbers):,}", *worst, str(len(summary.failures) or ""))
    return table


def meaning(tolerance, dtypes):
    """Return what the numbers are."""
    allowed = " and ".join(f"{tolerance[dtype]:g} in {dtype}" for dtype in dtypes)
    return (
        f"Differences are relative to the sum of absolute products, which rounding errs by a fraction of; "
        f"allowed are {allowed}."
    )


def print_cases(summaries, seed, number):
    """Print what one case is, of each layer."""
    from keras_ref.parity import draw_case

    for summary in summaries:
        case, _ = draw_case(summary.name, seed, number)
        console.out.print(f"Case {number}: {case}", soft_wrap=True, markup=False)


def print_failures(failures):
    """Print a line for each of the first failures that computes it again, and how many more there are."""
    for outcome in failures[:MOST_PRINTED]:
        console.out.print(outcome.reproduction, soft_wrap=True, markup=False)
    if len(failures) > MOST_PRINTED:
        console.out.print(f"... and {len(failures) - MOST_PRINTED:,} more; --json has them all.")
