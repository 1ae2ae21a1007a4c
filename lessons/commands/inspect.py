"""`digits inspect FILE`: what is in a model's file, whether or not its network can be run here."""

import json
import math
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from lessons.commands.arguments import add_json_argument, add_out_argument, made
from lessons.commands.files import add_file_argument
from scratch import console, saving
from scratch.lookup import snake_case
from scratch.saving.atomic import write
from scratch.saving.overview import overview, statistics

STATISTICS = ("min", "mean", "max", "std")


def configure(parser):
    """Declare the arguments."""
    add_file_argument(parser)
    add_out_argument(parser, "out/inspect")
    add_json_argument(parser)


def run(args):
    """Read the file, draw the picture, print the table."""
    found = overview(saving.read(args.file))
    picture = made(args.out) / f"{picture_name(args.file)}.png"
    write(picture, draw(found, Path(args.file).name))
    report = describe(found, args.file) | {"picture": str(picture)}
    if args.json:
        print(json.dumps(report, indent=2))
    else:
        show(report)


def picture_name(file):
    """Return a name for the picture of a file: its own, without a suffix."""
    return Path(file).name.removesuffix(".keras").removesuffix(".h5").removesuffix(".weights") or "model"


def draw(found, name):
    """Return the picture as a PNG's bytes."""
    from scratch import figures
    from scratch.figures.weights import weights_and_filters

    layers = [(layer.name, layer.weights) for layer in found.layers]
    return figures.png(weights_and_filters(layers, f"{name}: {found.dialect}"))


def describe(found, file):
    """Return an Overview as JSON has it."""
    layers = [
        {
            "name": layer.name,
            "class": layer.class_name,
            "output_shape": as_list(layer.output_shape),
            "parameters": layer.parameters,
            "weights": {name: statistics(array) for name, array in layer.weights.items()},
        }
        for layer in found.layers
    ]
    return {
        "file": str(file),
        "dialect": found.dialect,
        "input_shape": as_list(found.input_shape),
        "layers": layers,
        "parameters": sum(layer.parameters for layer in found.layers),
        "optimizer": found.optimizer,
        "notes": found.notes,
    }


def as_list(shape):
    """Return a shape as a list; None for None."""
    return None if shape is None else list(shape)


# In words


def show(report):
    """Print the report."""
    console.say(f"{report['file']}: {report['dialect']}")
    if report["input_shape"]:
        console.say(f"Inputs: {shape_words(report['input_shape'])}")
    console.out.print(table_of(report))
    console.say(optimizer_words(report["optimizer"]))
    for note in report["notes"]:
        console.say(f"Note: {note}.")
    console.say(f"The weights as a picture: {report['picture']}")


def table_of(report):
    """Return the rich Table: a row for each layer, and below it one for each of its arrays."""
    table = Table(box=box.SIMPLE)
    table.add_column("Layer", overflow="fold")
    table.add_column("Shape", no_wrap=True)
    table.add_column("Parameters", justify="right", no_wrap=True)
    for name in STATISTICS:
        table.add_column(name, justify="right", no_wrap=True)
    for layer in report["layers"]:
        title, shape = Text(layer_title(layer), "bold"), shape_words(layer["output_shape"])
        table.add_row(title, Text(shape, "bold"), Text(f"{layer['parameters']:,}", "bold"))
        for name, numbers in layer["weights"].items():
            table.add_row(*weights_row(name, numbers))
    table.add_section()
    table.add_row("all", "", f"{report['parameters']:,}")
    return table


def layer_title(layer):
    """Return a layer's name, and its class where the name does not say it."""
    name, kind = layer["name"], layer["class"]
    return name if kind is None or name.startswith(snake_case(kind)) else f"{name} ({kind})"


def weights_row(name, numbers):
    """Return the cells of one array."""
    odd = f" ({numbers['not_finite']:,} NaN or infinite)" if numbers["not_finite"] else ""
    cells = ["-" if numbers[key] is None else f"{numbers[key]:.2g}" for key in STATISTICS]
    return Text(f"  {name}{odd}"), shape_words(numbers["shape"]), f"{math.prod(numbers['shape']):,}", *cells


def shape_words(shape):
    """Return a shape as "28x28x1"; "" where it is not known."""
    return "" if shape is None else "x".join(map(str, shape)) or "1"


def optimizer_words(optimizer):
    """Return what the file says of how it was trained."""
    if optimizer is None:
        return "The file does not say how it was trained."
    rate, steps = optimizer["learning_rate"], optimizer["steps"]
    text = f"Compiled with {optimizer['name']}"
    if rate is not None:
        text += f", learning rate {rate:g}"
    if steps:
        text += f", after {steps:,} step{'s' * (steps != 1)}"
    return f"{text}."
