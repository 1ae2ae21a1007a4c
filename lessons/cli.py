"""The `digits` command: finds the subcommand, runs it, and turns errors into sentences and exit statuses."""

import argparse
import importlib
import os
import sys
from importlib import metadata

from scratch.console import err
from scratch.errors import DigitsError

# A subcommand NAME lives in lessons/commands/NAME.py, which is imported only when it is asked for.
COMMANDS = {
    "Learning": {
        "lesson": "list the lessons, run one, or make a notebook of it",
        "check": "grade the exercises of a lesson, or show which are solved",
        "handout": "write the exercises without their solutions, for learners",
    },
    "Your own": {
        "run": "run a Keras script on our engine, as it stands; --against keras compares",
    },
    "Using it": {
        "predict": "read the digits in a photo or a drawing",
    },
    "Data": {
        "data": "show which data set is found, where, and whether it is sound",
    },
    "The network against Keras": {
        "compare": "train one network twice, from scratch and in Keras, and compare the two",
        "lockstep": "let both take the same training steps, and compare all that they hold after each",
        "parity": "compare random configurations of every layer with Keras, forward and backward",
    },
    "Models and their files": {
        "train": "train a network, and save it as a file that Keras loads, too",
        "evaluate": "say how well the network in a file reads digits, and on what scale of pixels",
        "convert": "write the network in one file to another, in another of Keras's formats",
        "inspect": "show what is in a model's file: layers, shapes, weights, pictures of them",
    },
    "Proof": {
        "gradcheck": "check gradients against differences, and say what is wrong with a wrong one",
        "bugs": "plant the bugs of real networks, and show which check catches which",
    },
    "Speed": {
        "bench": "measure training, prediction and start-up beside Keras",
    },
}
USAGE_ERROR, FAILURE, INTERRUPTED = 2, 1, 130


class OneSentenceParser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one sentence instead of the whole usage text."""

    def error(self, message):
        """Print `message` and leave with exit status 2."""
        self.exit(USAGE_ERROR, f"{self.prog}: {message}; see '{self.prog} --help'\n")


def overview():
    """Return the text of `digits --help`."""
    lines = [
        "usage: digits COMMAND [options]",
        "",
        "Handwritten digits, read by a network written twice.",
        "",
    ]
    for group, commands in COMMANDS.items():
        lines += [f"{group}:", *(f"  {name:<12}{summary}" for name, summary in commands.items()), ""]
    lines += ["'digits COMMAND --help' describes a command; 'digits --version' prints the version."]
    return "\n".join(lines)


def run_command(name, summary, arguments):
    """Parse `arguments` for the subcommand `name`, run it, and return its exit status."""
    try:
        command = importlib.import_module(f"lessons.commands.{name}")
        parser = OneSentenceParser(prog=f"digits {name}", description=f"{summary[0].upper()}{summary[1:]}.")
        command.configure(parser)
        return command.run(parser.parse_args(arguments)) or 0
    except DigitsError as error:
        err.print(f"digits {name}: {error}", style="bold red", markup=False, soft_wrap=True)
        return FAILURE
    except KeyboardInterrupt:
        err.print(f"digits {name}: interrupted; nothing more was written.", style="bold red")
        return INTERRUPTED
    except BrokenPipeError:  # `digits ... | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE


def main(arguments=None):
    """Run `digits` with `arguments` (default: the command line's) and return the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    first, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    if first in ("--help", "-h", "help"):
        print(overview())
        return 0
    if first == "--version":
        print(f"digit-recognizer {metadata.version('digit-recognizer')}")
        return 0
    for commands in COMMANDS.values():
        if first in commands:
            return run_command(first, commands[first], rest)
    print(f"digits: there is no command {first!r}; see 'digits --help'", file=sys.stderr)
    return USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main())
