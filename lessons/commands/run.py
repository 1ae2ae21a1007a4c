"""`digits run script.py`: a Keras script on our engine, as it stands; with --against keras, in Keras, too."""

import argparse
from pathlib import Path

from lessons.commands.arguments import add_data_argument, at_least


def configure(parser):
    """Declare the arguments."""
    add_options(parser)
    parser.add_argument("script", help="a Python script that trains a keras.Sequential")
    parser.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        metavar="...",
        help="the options above may stand here, too; everything else, and all behind a --, is handed to the "
        "script",
    )


def add_options(parser):
    """Add the options, which may stand before the script or behind it."""
    parser.add_argument(
        "--limit", type=at_least(1), metavar="N", help="let `fit` and `evaluate` see so many images at most"
    )
    parser.add_argument(
        "--epochs", type=at_least(1), metavar="N", help="let `fit` take so many epochs at most"
    )
    parser.add_argument(
        "--against",
        choices=["keras"],
        help="run the script in real Keras, too, and print both results side by side",
    )
    add_data_argument(parser)


def run(args):
    """Run the script; return its exit status."""
    arguments = take_own_options(args)
    if args.against:
        from keras_ref import scripts

        return scripts.compare(Path(args.script), arguments, args.limit, args.epochs, args.data)
    from scratch.compat import running
    from scratch.compat.settings import settings

    settings.limit, settings.epochs, settings.data = args.limit, args.epochs, args.data
    return running.run(Path(args.script), arguments)


def take_own_options(args):
    """Move our options out of what stands behind the script, into `args`; return what is the script's."""
    from lessons.cli import OneSentenceParser

    end = args.arguments.index("--") if "--" in args.arguments else len(args.arguments)
    parser = OneSentenceParser(prog="digits run", add_help=False, allow_abbrev=False)
    add_options(parser)
    given, rest = parser.parse_known_args(args.arguments[:end])
    vars(args).update({name: value for name, value in vars(given).items() if value is not None})
    return rest + args.arguments[end + 1 :]
