"""`digits gradcheck`: are the gradients right? The backward against differences, with a verdict."""

import argparse
import json

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
from scratch import console
from scratch.architectures import ARCHITECTURES, build
from scratch.errors import DigitsError
from scratch.gradcheck import RIGHT, WRONG, check_layer, check_model
from scratch.gradcheck.expression import EXAMPLE, LAYERS, check_size, default_shape, layer_from
from scratch.gradcheck.layer import BATCH
from scratch.layers import Input

STATUSES = {RIGHT: 0, WRONG: 1}
CANNOT_TELL_STATUS = 3  # 2 is for a wrong call
NOISE = 0.1
PICTURE = "error_against_step.png"


def shape(text):
    """Return the input shape that a text such as "8,8,3" means; an argparse type."""
    try:
        return Input([int(part) for part in text.split(",")]).shape
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected positive whole numbers such as 8,8,3, received {text!r}"
        ) from None


def configure(parser):
    """Declare the arguments."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--model", choices=ARCHITECTURES, help="check this network's loss (default: cnn)")
    what.add_argument(
        "--layer", metavar="EXPRESSION", help=f'check one layer, such as "{EXAMPLE}"; of {", ".join(LAYERS)}'
    )
    parser.add_argument(
        "--input-shape",
        type=shape,
        metavar="N,N,...",
        help="shape of one input of the layer (default: small, as the layer needs it)",
    )
    parser.add_argument(
        "--images",
        type=at_least(1),
        default=BATCH,
        metavar="N",
        help=f"how many in the batch (default: {BATCH})",
    )
    parser.add_argument(
        "--as-is",
        action="store_true",
        help="check the model at its first weights and on clean images; by default biases are drawn, and the "
        f"images get noise of up to {NOISE:g}, because an even background with zero biases lies on kinks",
    )
    add_engine_argument(parser)
    parser.add_argument(
        "--seed", type=at_least(0), default=0, metavar="N", help="decides on all that is drawn (default: 0)"
    )
    add_data_argument(parser)
    add_out_argument(parser, "out/gradcheck")
    add_json_argument(parser)
    parser.epilog = "Exit status: 0 right, 1 wrong (or an error), 2 a wrong call, 3 the check cannot tell."


def run(args):
    """Check, print the table and the verdict, draw the picture."""
    if args.input_shape and args.layer is None:
        raise DigitsError(
            "--input-shape is for a layer: name one with --layer; a model has a shape of its own"
        )
    folder = made(args.out)
    report, facts = model_report(args) if args.layer is None else layer_report(args)
    picture = folder / PICTURE
    picture.write_bytes(draw(report, facts["title"]))
    if args.json:
        print(json.dumps(facts | report.as_dict() | {"picture": str(picture)}, indent=2))
    else:
        show(report, facts["title"], picture)
    return STATUSES.get(report.verdict, CANNOT_TELL_STATUS)


def layer_report(args):
    """Return the Report on the layer that was asked for, and facts about it."""
    layer = layer_from(args.layer)
    input_shape = args.input_shape or default_shape(layer)
    check_size(layer, args.images, input_shape)
    x = np.random.default_rng(args.seed).normal(size=(args.images, *input_shape))
    report = check_layer(layer, x=x, training=True, engine=args.engine, seed=args.seed, progress=True)
    title = (
        f"{args.layer.strip()} on {args.images} x {' x '.join(map(str, input_shape))}, engine {args.engine}"
    )
    facts = {"layer": args.layer, "input_shape": list(input_shape), "images": args.images}
    return report, {"title": title} | facts | {"engine": args.engine, "seed": args.seed}


def model_report(args):
    """Return the Report on the model that was asked for, and facts about it."""
    from scratch import datasets

    name, dataset, rng = args.model or "cnn", datasets.load(args.data), np.random.default_rng(args.seed)
    if args.images > len(dataset.x_train):
        raise DigitsError(f"--images: expected {len(dataset.x_train)} at most, received {args.images}")
    chosen = rng.choice(len(dataset.x_train), args.images, replace=False)
    x, y = dataset.x_train[chosen, ..., None] / 255, dataset.y_train[chosen]
    model = build(name, "float64", rng)
    model.compile("sgd", "sparse_categorical_crossentropy", engine=args.engine)
    if not args.as_is:
        x = x + rng.uniform(-NOISE, NOISE, x.shape)
        for key, p in model.named_params().items():
            if key.endswith("bias"):
                p[...] = rng.uniform(-NOISE, NOISE, p.shape)
    report = check_model(model, x, y, training=True, seed=args.seed, progress=True)
    state = "as it is" if args.as_is else f"biases drawn and noise of up to {NOISE:g} added"
    title = f"Model {name}, {args.images} images of {dataset.title}, engine {args.engine}"
    facts = {"model": name, "data": dataset.name, "images": args.images, "as_is": args.as_is}
    report.notes.insert(
        0, f"The loss of model {name} on images {', '.join(map(str, chosen))} of {dataset.title}, {state}."
    )
    return report, {"title": title} | facts | {"engine": args.engine, "seed": args.seed}


def draw(report, title):
    """Return the picture as a PNG's bytes."""
    from scratch import figures
    from scratch.figures.gradcheck import error_against_step

    return figures.png(error_against_step(report.findings.values(), f"Gradient check: {title}"))


def show(report, title, picture):
    """Print the table, what limits the steps, and the verdict."""
    console.out.print(make_table(report, title))
    for line in [*report.notes, *limits(report), *report.sentences]:
        console.out.print(Text(line[0].upper() + line[1:].rstrip(".") + "."))
    console.out.print(Text(f"Error against step size: {picture}"), soft_wrap=True)


def make_table(report, title):
    """Return the rich Table of all tensors; errors are shares of a tensor's largest entry."""
    table = Table(title=Text(title, "bold"), title_justify="left")
    adjoint = {result.name: result for result in report.adjoint}
    table.add_column("Gradient", no_wrap=True)
    for name in ["Checked", "Step", "Error", "Limit", *["Adjoint"] * bool(adjoint)]:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    for finding in report.findings.values():
        cells = [
            short(finding.step),
            share(finding.largest_error, finding),
            share(finding.tolerance, finding),
        ]
        if adjoint:
            cells.append(short(adjoint[finding.name].gap) if finding.name in adjoint else "")
        style = {RIGHT: "green", WRONG: "bold red"}.get(finding.verdict, "yellow")
        table.add_row(Text(finding.name), counted(finding), *cells, Text(finding.verdict, style))
    return table


def counted(finding):
    """Return how many entries were checked, as text."""
    if finding.checked == finding.size:
        return f"all {finding.size:,}"
    return f"{finding.checked:,} of {finding.size:,}"


def short(number):
    """Return a number with one digit, "1e-05", or nothing for None."""
    return "" if number is None else f"{number:.0e}"


def share(number, finding):
    """Return a number as a share of the tensor's largest entry, as text."""
    return "" if number is None or not finding.scale else short(number / finding.scale)


def limits(report):
    """Return a sentence, in a list, on what keeps larger steps from being taken."""
    kinds = {}
    for finding in report.findings.values():
        if finding.curve:
            kinds.setdefault(finding.curve.kind, []).append(finding.name)
    if not kinds:
        return []
    text = "; ".join(f"{kind} for {', '.join(names)}" for kind, names in kinds.items())
    return [f"Error and limit are shares of the largest entry. What larger steps are off by: {text}."]
