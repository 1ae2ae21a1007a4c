"""`digits evaluate FILE`: how well a network out of a file reads digits, whoever trained it."""

import json
import math

from rich.table import Table

from lessons.commands.arguments import add_data_argument, add_engine_argument, add_json_argument, at_least
from lessons.commands.files import add_file_argument, add_model_argument, open_model
from scratch import console, datasets, scales
from scratch.errors import DigitsError

AUTO = "auto"
LITTLE = 0.3  # a network that gets fewer right on its best scale has hardly learned these digits
CLOSE = 1.25  # where the next best scale's cross-entropy is less than so many times the best, both may be it


def configure(parser):
    """Declare the arguments."""
    add_file_argument(parser)
    parser.add_argument(
        "--scale",
        choices=(AUTO, *scales.SCALES),
        default=AUTO,
        help="the scale of the pixels that the network was trained on, which no file says: "
        + ", ".join(f"{name} for {words}" for name, (words, _) in scales.SCALES.items())
        + "; auto tries each on some training images (default: auto)",
    )
    add_model_argument(parser)
    add_engine_argument(parser)
    add_data_argument(parser)
    parser.add_argument(
        "--limit", type=at_least(1), metavar="N", help="use the first N test images (default: all)"
    )
    add_json_argument(parser)


def run(args):
    """Load the file, find the scale, evaluate, and print the result."""
    saved, model = open_model(args.file, args.model, args.engine)
    try:
        scales.check(model)
        dataset = datasets.load(args.data)
        report = evaluate(model, dataset, args.scale, args.limit)
    except DigitsError as error:
        raise DigitsError(f"{args.file}: {error}") from None
    report = {"file": str(args.file), "dialect": saved.dialect, "keras_version": saved.keras_version} | report
    if args.json:
        print(json.dumps(report, indent=2))
    else:
        show(report)


def evaluate(model, dataset, scale, limit=None):
    """Return what is found out about a model, a dict; scale: a name in scales.SCALES, or "auto"."""
    tried = {}
    if scale == AUTO:
        scale, tried = scales.guess(model, dataset.x_train, dataset.y_train)
    x, y = dataset.x_test[:limit], dataset.y_test[:limit]
    result = scales.score(model, x, y, scale, show=True)
    some = scales.to_input(x[:20], model.input_shape, scale)
    return {
        "data": dataset.name,
        "title": dataset.title,
        "input_shape": list(model.input_shape),
        "output": "probabilities" if scales.gives_probabilities(model, some) else "scores",
        "parameters": model.count_params(),
        "scale": scale,
        "scale_assumed": bool(tried),
        "scales": {name: as_dict(score) for name, score in tried.items()},
        "sample_images": min(scales.SAMPLE, len(dataset.x_train)) if tried else None,
        "test_images": len(x),
        "test_accuracy": result.accuracy,
        "test_loss": finite(result.cross_entropy),
    }


def as_dict(score):
    """Return a Score as JSON has it."""
    return {"cross_entropy": finite(score.cross_entropy), "accuracy": score.accuracy}


def finite(number):
    """Return a number; None, which JSON can say, for one that is not finite."""
    return number if math.isfinite(number) else None


# In words


def show(report):
    """Print the report."""
    console.say(f"{report['file']}: {report['dialect']}")
    console.say(
        f"It takes inputs of shape {tuple(report['input_shape'])}, has {report['parameters']:,} parameters, "
        f"and returns ten {report['output']}."
    )
    if report["scale_assumed"]:
        console.out.print(table_of(report))
        console.say(assumption(report))
    else:
        console.say(f"Scale of the pixels, as told: {scales.SCALES[report['scale']][0]}.")
    loss = "not finite" if report["test_loss"] is None else f"{report['test_loss']:.4f}"
    console.say(
        f"{report['title']}: test accuracy {report['test_accuracy']:.2%}, cross-entropy {loss} on "
        f"{report['test_images']:,} images"
    )


def table_of(report):
    """Return the rich Table of the scales that were tried."""
    table = Table(title=f"On {report['sample_images']} training images", title_justify="left")
    table.add_column("Scale of the pixels")
    table.add_column("Cross-entropy", justify="right")
    table.add_column("Accuracy", justify="right")
    for name, score in report["scales"].items():
        loss = "not finite" if score["cross_entropy"] is None else f"{score['cross_entropy']:.4f}"
        style = "bold" if name == report["scale"] else None
        table.add_row(f"{name}: {scales.SCALES[name][0]}", loss, f"{score['accuracy']:.1%}", style=style)
    return table


def assumption(report):
    """Return which scale was assumed, why, and how sure that is."""
    name, found = report["scale"], report["scales"]
    losses = {scale: score["cross_entropy"] or math.inf for scale, score in found.items()}
    lowest = min(losses, key=losses.get)
    why = "its cross-entropy is lowest" if lowest == name else f"it gets more right than {lowest} does"
    said = f"No file records the scale. Assumed: {scales.SCALES[name][0]}, because {why}"
    if found[name]["accuracy"] < LITTLE:
        return (
            f"{said}; but even so it gets few right: it may want other pixels (dark on light, say), or has "
            f"learned something else than these digits."
        )
    others = [loss for scale, loss in losses.items() if scale != name]
    if lowest == name and min(others) < CLOSE * losses[name]:
        return f"{said}, though not by much; --scale takes another."
    return f"{said}."
