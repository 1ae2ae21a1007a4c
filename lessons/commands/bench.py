"""`digits bench`: how long training, prediction and a start take on this machine, beside Keras and others."""

import argparse
import json

from keras_ref.bench.contestant import CONTESTANTS, PEERS, installed
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
from scratch.errors import DigitsError

# what --ladder and --stages can be combined with
LADDER = ("ladder", "rounds", "threads", "out", "json")
STAGES = ("stages", "model", "engine", "steps", "data", "json")


def configure(parser):
    """Declare the arguments."""
    parser.add_argument(
        "--model",
        choices=[*ARCHITECTURES, "all"],
        action="append",
        help="the network; may be given several times (default: all)",
    )
    add_engine_argument(parser)
    beside = parser.add_mutually_exclusive_group()
    beside.add_argument(
        "--peers",
        type=peer_names,
        default=["keras"],
        metavar="NAMES",
        help=f"beside whom: some of {','.join(PEERS)}, or all that are installed: all (default: keras)",
    )
    beside.add_argument("--scratch-only", action="store_true", help="measure our side alone")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--ladder",
        action="store_true",
        help="measure one convolution five times instead, from loops in Python to one fused kernel",
    )
    instead.add_argument(
        "--stages",
        action="store_true",
        help="show instead where the time of one of our training steps goes",
    )
    parser.add_argument(
        "--rounds",
        type=at_least(1),
        default=5,
        metavar="N",
        help="how many times each contestant has its turn (default: 5)",
    )
    parser.add_argument(
        "--steps",
        type=at_least(1),
        default=117,
        metavar="N",
        help="training steps a turn (default: 117, a quarter of an epoch)",
    )
    parser.add_argument(
        "--threads",
        type=at_least(1),
        metavar="N",
        help="let each contestant use so many threads (default: as many as there are)",
    )
    add_data_argument(parser)
    add_out_argument(parser, "out/bench")
    add_json_argument(parser)


def peer_names(text):
    """Return the peers named in "keras,torch", each once, or ["all"] for "all"; an argparse type."""
    names = list(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in PEERS and names != ["all"]:
            raise argparse.ArgumentTypeError(f"expected some of {','.join(PEERS)}, or all; received {name!r}")
    return names


def run(args):
    """Measure, draw, and print the tables."""
    if args.ladder:
        run_ladder(args)
    elif args.stages:
        run_stages(args)
    else:
        run_networks(args)


def run_ladder(args):
    """Measure the ladder of kernels."""
    refuse_others(args, LADDER, "--ladder measures one convolution")
    folder = made(args.out)

    from keras_ref.bench import ladder

    report = ladder.climb(args.rounds, args.threads)
    path = ladder.write(report, folder)
    if args.json:
        print(json.dumps(report, indent=2))
        return
    ladder.print_ladder(report, console.out)
    console.out.print(f"Picture: {path}", soft_wrap=True)


def run_stages(args):
    """Measure the stages of one training step."""
    refuse_others(args, STAGES, "--stages measures our own training step, once")
    dataset = datasets.load(args.data)

    from keras_ref.bench import stages

    reports = [stages.measure(dataset, name, args.engine, args.steps) for name in chosen_models(args)]
    if args.json:
        print(json.dumps(reports, indent=2))
        return
    for report in reports:
        stages.print_stages(report, console.out)


def refuse_others(args, known, reason):
    """Raise DigitsError where an argument was given that is not among the `known` ones, for this `reason`."""
    parser = argparse.ArgumentParser()
    configure(parser)
    defaults = vars(parser.parse_args([]))
    for name, value in vars(args).items():
        if name not in known and value != defaults[name]:
            raise DigitsError(
                f"--{name.replace('_', '-')} has no meaning here, because {reason}; leave out one of the two"
            )


def chosen_models(args):
    """Return the names of the networks to measure, each once."""
    models = list(dict.fromkeys(args.model or ["all"]))
    return list(ARCHITECTURES) if "all" in models else models


def run_networks(args):
    """Measure networks beside others."""
    peers, missing = ([], []) if args.scratch_only else present(args.peers)
    dataset = datasets.load(args.data)
    folder = made(args.out)

    from keras_ref.bench import pictures
    from keras_ref.bench.coordinator import Settings, bench
    from keras_ref.bench.words import print_report

    limits = args.rounds, args.steps, args.threads
    report = bench(
        dataset, chosen_models(args), Settings(args.engine, *limits, peers, args.scratch_only, missing)
    )
    paths = pictures.write(report, folder)
    if args.json:
        print(json.dumps(report, indent=2))
        return
    print_report(report, console.out)
    console.out.print(f"Pictures: {', '.join(map(str, paths))}", soft_wrap=True)


def present(names):
    """Return which of the peers are to be measured, and which of all are missing: two lists of names.

    Raises DigitsError where one that was asked for by name is not installed.
    """
    missing = [name for name in PEERS if not installed(name)]
    if names == ["all"]:
        return [name for name in PEERS if name not in missing], missing
    for name in names:
        if name in missing:
            raise DigitsError(
                f"--peers: {name} can't be measured, because the package {CONTESTANTS[name][1]!r} is not "
                f"installed; install it, or leave {name} out (--scratch-only measures our side alone)"
            )
    return names, []
