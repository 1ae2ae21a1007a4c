"""`digits compare`: train one network twice, and show side by side that it comes out the same."""

import json

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

EPOCHS = {"digits": 40}  # the offline digits are few: it takes so many epochs to learn them
EPOCHS_ELSEWHERE = 3


def configure(parser):
    """Declare the arguments."""
    from keras_ref.twin import OPTIMIZERS

    parser.add_argument("--model", choices=ARCHITECTURES, default="cnn", help="the network (default: cnn)")
    parser.add_argument(
        "--epochs",
        type=at_least(1),
        metavar="N",
        help=f"passes over the training images (default: {EPOCHS_ELSEWHERE}; on the offline digits, which "
        f"are few, {EPOCHS['digits']})",
    )
    parser.add_argument(
        "--batch-size", type=at_least(1), default=128, metavar="N", help="images a step (default: 128)"
    )
    add_engine_argument(parser)
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="(default: adam)")
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument(
        "--seed",
        type=at_least(0),
        default=0,
        metavar="N",
        help="decides on the initial weights and the order of the images (default: 0)",
    )
    seeds.add_argument(
        "--seeds",
        type=at_least(1),
        metavar="N",
        help="train with each of the seeds 0 to N-1, and show mean and standard deviation",
    )
    add_data_argument(parser)
    parser.add_argument(
        "--limit",
        type=at_least(10),
        metavar="N",
        help="use so many training images at most (the test set stays whole)",
    )
    add_out_argument(parser, "out/compare")
    add_json_argument(parser)


def run(args):
    """Train, compare, write the report, and print it."""
    dataset = datasets.load(args.data)
    folder = made(args.out)
    seeds = range(args.seeds) if args.seeds else [args.seed]
    epochs = args.epochs or EPOCHS.get(dataset.name, EPOCHS_ELSEWHERE)

    from keras_ref import report as reports
    from keras_ref.compare import compare

    report, first = compare(
        dataset,
        args.model,
        epochs,
        args.batch_size,
        args.optimizer,
        list(seeds),
        engine=args.engine,
        limit=args.limit,
        statistics=bool(args.seeds),
    )
    reports.write(report, first, dataset, folder)
    if args.json:
        print(json.dumps(report, indent=2))
        return
    reports.print_table(report, console.out)
    console.out.print(f"The report with all pictures: {folder / 'report.html'}", soft_wrap=True)
