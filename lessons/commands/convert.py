"""`digits convert OLD NEW`: a model's file in another of Keras's formats."""

import json

from lessons.commands.arguments import add_json_argument
from lessons.commands.files import (
    WEIGHTS_SUFFIX,
    add_file_argument,
    add_force_argument,
    add_model_argument,
    checked_target,
    open_model,
    write,
)
from scratch import console, saving
from scratch.errors import DigitsError
from scratch.saving import filling


def configure(parser):
    """Declare the arguments."""
    add_file_argument(parser, "old", "the file to read: .keras, .h5 or .weights.h5, of any Keras since 1.2")
    parser.add_argument(
        "new",
        metavar="NEW",
        help="the file to write: .keras for Keras 3, .h5 for Keras 2 and 3, .weights.h5 for weights alone",
    )
    add_model_argument(parser)
    add_force_argument(parser)
    add_json_argument(parser)


def run(args):
    """Read, write, read what was written, and say what became of it."""
    target = checked_target(args.new, args.force)
    saved, model = open_model(args.old, args.model, "reference")
    write(model, target)
    written = saving.read(target)
    check_same(model, written)
    report = {
        "old": str(args.old),
        "new": str(target),
        "old_dialect": saved.dialect,
        "new_dialect": written.dialect,
        "layers": len(model.layers),
        "parameters": model.count_params(),
        "optimizer": type(model.optimizer).__name__ if model.optimizer else None,
        "steps": model.optimizer.iterations if model.optimizer else None,
    }
    if args.json:
        print(json.dumps(report, indent=2))
    else:
        show(report)


def check_same(model, written):
    """Raise DigitsError unless the file that was written holds a model's weights, bit for bit."""
    pairs = filling.weights_for(model, written).values()
    if any(ours.tobytes() != stored.tobytes() for ours, stored in pairs):
        raise DigitsError(f"{written.path} does not hold what was written to it: is the disk in order?")


def show(report):
    """Print what was read and written."""
    console.say(f"Read:    {report['old']}: {report['old_dialect']}")
    console.say(f"Written: {report['new']}: {report['new_dialect']}")
    console.say(f"{report['layers']} layers, {report['parameters']:,} parameters; {optimizer_words(report)}.")


def optimizer_words(report):
    """Return what became of the optimizer."""
    if report["optimizer"] is None:
        return "the file does not say how it was trained"
    if report["steps"]:
        steps = f"{report['steps']:,} step{'s' * (report['steps'] != 1)}"
        return f"optimizer {report['optimizer']} with its state after {steps}"
    whole = not report["new"].lower().endswith(WEIGHTS_SUFFIX)
    return f"optimizer {report['optimizer']}, {'which starts afresh' if whole else 'without a state'}"
