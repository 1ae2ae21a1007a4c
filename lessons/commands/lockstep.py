"""`digits lockstep`: both networks take the same training steps, and after each all they hold is compared."""

import argparse
import json
import math

import numpy as np
from rich.table import Table
from rich.text import Text

from lessons.commands.arguments import (
    add_data_argument,
    add_engine_argument,
    add_json_argument,
    add_out_argument,
    at_least,
    made,
)
from scratch import console, datasets
from scratch.architectures import ARCHITECTURES

ROWS = {
    "weights": "Weights",
    "state": "Optimizer's state",
    "gradients": "Gradients",
    "same_weights": "Gradients, given\nthe same weights",
    "activations": "Activations",
    "loss": "Loss",
}
OPTIMIZER_NAMES = {
    "sgd": "SGD",
    "momentum": "SGD with momentum",
    "nesterov": "SGD with Nesterov's momentum",
    "rmsprop": "RMSprop",
    "adam": "Adam",
}
LATEST = 10  # single steps vary: how things are at the end is the median of so many
GROWN = 3  # gradients further apart than so many times their rounding owe it to the weights


def configure(parser):
    """Declare the arguments."""
    from keras_ref.twin import OPTIMIZERS

    parser.add_argument("--model", choices=ARCHITECTURES, default="cnn", help="the network (default: cnn)")
    parser.add_argument(
        "--steps", type=at_least(1), default=100, metavar="N", help="training steps (default: 100)"
    )
    parser.add_argument(
        "--dtype",
        choices=("float64", "float32"),
        default="float64",
        help="float64 shows whether the two are the same, float32 how rounding grows (default: float64)",
    )
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="(default: adam)")
    add_engine_argument(parser)
    parser.add_argument(
        "--seed",
        type=at_least(0),
        default=0,
        metavar="N",
        help="decides on the initial weights and the order of the images (default: 0)",
    )
    parser.add_argument(
        "--tolerance",
        type=positive_number,
        metavar="X",
        help="the largest absolute difference that is not reported (default: 1e-12 in float64, 1e-5 in "
        "float32)",
    )
    add_data_argument(parser)
    add_out_argument(parser, "out/lockstep")
    add_json_argument(parser)


def positive_number(text):
    """Return the float above 0 that `text` names; an argparse type."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number such as 1e-12, received {text!r}") from None
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"expected a finite number above 0, received {text!r}")
    return number


def run(args):
    """Take the steps, write the picture, print the report; return 1 where float64 shows no clean bill."""
    dataset = datasets.load(args.data)
    folder = made(args.out)

    from keras_ref.lockstep import Settings, lockstep
    from keras_ref.report import write_file

    names = ("model", "optimizer", "dtype", "engine", "steps", "seed", "tolerance")
    report = lockstep(dataset, Settings(**{name: getattr(args, name) for name in names}))
    write_file(folder / "lockstep.json", (json.dumps(report, indent=2) + "\n").encode())
    write_file(folder / "lockstep.png", picture(report))
    if args.json:
        print(json.dumps(report, indent=2))
    else:
        console.out.print(make_table(report))
        for sentence in sentences(report):
            console.out.print(Text(sentence))
        console.out.print(f"The gap as a picture: {folder / 'lockstep.png'}", soft_wrap=True)
    return int(report["dtype"] == "float64" and report["verdict"] != "same")


def title(report):
    """Return what was run, in one line."""
    return (
        f"{report['title']}: model {report['model']}, {OPTIMIZER_NAMES[report['optimizer']]}, "
        f"{report['dtype']}, engine {report['engine']}, seed {report['seed']}"
    )


def picture(report):
    """Return the bytes of the PNG."""
    from scratch.figures import gap_growth, png

    name = f"Lock-step on {title(report)}"
    return png(gap_growth(report["gaps"], name, report["tolerance"], report["first_difference"]))


# The report in words


def make_table(report):
    """Return the rich Table: how far the two are apart in the first and the last step, a kind in each row."""
    first, last = report["gaps"][0], report["gaps"][-1]
    table = Table(title=Text(title(report), "bold"), title_justify="left", min_width=72)
    table.add_column("Largest difference in")
    table.add_column("step 1", justify="right")
    table.add_column(f"step {last['step']}", justify="right")
    table.add_column("ULPs", justify="right")
    table.add_column("Furthest apart were", overflow="fold")
    for kind, name in ROWS.items():
        worst = report["largest"][kind]
        where = f"{worst['tensor'].partition(' of ')[2] or worst['tensor']}, step {worst['step']}"
        table.add_row(
            name, short(first[kind]), short(last[kind]), ulps(last["ulps"][kind]),
            where if worst["difference"] != 0 else "",
        )  # fmt: skip
    return table


def short(number):
    """Return a difference as text: 3.1e-08, 0, or "not finite" for None."""
    return "not finite" if number is None else f"{number:.1e}" if number else "0"


def ulps(number):
    """Return a number of ULPs as text: 0.5, 12, 3,400."""
    return "not finite" if number is None else f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def sentences(report):
    """Return what the numbers mean."""
    unit = "ULPs: units in the last place of the largest number in the tensor, in the last step."
    if report["dtype"] == "float64":
        return [unit, conclusion(report)]
    return [unit, first_in_float32(report), why_it_grows(report)]


def conclusion(report):
    """Return in words what float64 has shown."""
    first, steps, tolerance = report["first_difference"], report["steps"], f"{report['tolerance']:g}"
    if report["verdict"] == "different":
        return (
            f"The two DIFFER. Step {first['step']} is the first with a difference above {tolerance}: "
            f"{first['tensor']}, {short(first['difference'])}. All that was computed before it agrees, so "
            f"look for the mistake in what computes it."
        )
    if report["verdict"] == "proves nothing":
        return (
            f"This PROVES NOTHING: the weights have moved by {short(report['weights_moved'])} at most, which "
            f"is not much beside a tolerance of {tolerance}; take more steps, or a smaller tolerance."
        )
    return (
        f"The two are the same: in {counted(steps, 'step')} nothing differed by more than {tolerance}. The "
        f"weights have moved by up to {short(report['weights_moved'])}, and end at most "
        f"{short(report['max_weight_difference'])} apart."
    )


def first_in_float32(report):
    """Return where float32 first exceeded the tolerance, which is no fault."""
    first, tolerance = report["first_difference"], f"{report['tolerance']:g}"
    if not first:
        return f"In {counted(report['steps'], 'step')} nothing differed by more than {tolerance}."
    return (
        f"The first difference above {tolerance} is in step {first['step']}: {first['tensor']}, "
        f"{short(first['difference'])}. In float32 that is no fault by itself: whether the two are the same, "
        f"--dtype float64 tells."
    )


def why_it_grows(report):
    """Return why the gap is what it is, from what was measured while it arose."""
    gaps, growth = report["gaps"], report["growth"]
    latest = gaps[-LATEST:]
    rounding = median(gap["same_weights"] for gap in gaps)
    units = median(gap["ulps"]["same_weights"] for gap in gaps)
    apart = median(gap["gradients"] for gap in latest)
    grown = apart > GROWN * rounding
    text = (
        f"Why it {'grows' if grown else 'hardly grows'}: given the same weights, the two sides' gradients "
        f"differ by {short(rounding)} ({ulps(units)} ULPs; the median step), because they add up the same "
        f"numbers in another order and float32 rounds every sum; with the weights that each has come to, "
        f"by {short(apart)} (the median of the last {counted(len(latest), 'step')})"
    )
    if not grown:
        return f"{text}, which is not much more: {pace(growth)}."
    switched = sum(gap["relus_switched"] for gap in latest)
    relus = f", {counted(switched, 'ReLU')} being open on one side only" if switched else ""
    times = f"{apart / rounding:,.0f} times as much" if rounding else "more"
    return (
        f"{text}, {times}{relus}. Each step starts from the gap that the last one has left, and "
        f"{pace(growth)}."
    )


def pace(growth):
    """Return by how much the optimizer multiplies a gradient's difference."""
    furthest = growth["furthest"]
    weight = f"{furthest['tensor']}{furthest['index']}"
    median_pace, own = (
        f"{p:.2g} times" if p is not None else "-" for p in (growth["pace"], furthest["pace"])
    )
    return (
        f"the optimizer moves the median weight {median_pace} as far as its gradient is large, and {weight}, "
        f"whose gap is the largest, {own}"
    )


def median(numbers):
    """Return the median of numbers, of which those that are not finite, None, count as infinite."""
    return float(np.median([math.inf if number is None else number for number in numbers]))


def counted(number, noun):
    """Return "1 step" or "1,290 steps"."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
