"""The checks that people have, each of which has a go at every bug.

A check is a function without arguments that returns an Outcome. It looks at the code as it is at that moment,
with a bug in it or not: so it imports our packages inside the function, and none at the top of its file.
"""

import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from lessons.museum import mathematics, side_by_side, suites, training
from lessons.museum.outcomes import CAUGHT, NOT_RUN, NotRun, Outcome
from lessons.museum.planting import OURS


@dataclass(frozen=True)
class Check:
    """name: short, as bugs.toml has it; title: for headings; asks: what it asks, in a sentence."""

    name: str
    title: str
    asks: str
    look: Callable

    def __call__(self):
        """Return what the check says of the code as it is now. What our packages raise counts as caught."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a bug may well divide by zero; what counts is the result
                return self.look()
        except NotRun as reason:
            return Outcome(NOT_RUN, str(reason))
        except Exception as error:
            if not comes_from_ours(error):
                raise
            return Outcome(CAUGHT, f"it ends in {type(error).__name__}: {first_line(error)}")


def comes_from_ours(error):
    """Return whether an error was raised in what our packages did, and not by a mistake in a check itself."""
    names = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    return any(name.partition(".")[0] in OURS for name in names)


def first_line(error):
    """Return the first line of an error's message that says anything."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "no message")


CHECKS = (
    Check(
        "accuracy",
        "Accuracy after 6,000 images",
        "does a network that has seen so many images read as well as it should?",
        training.accuracy,
    ),
    Check(
        "start",
        "Loss at the start",
        "does a network that has learned nothing yet begin with a loss of ln 10, that of guessing?",
        training.loss_at_the_start,
    ),
    Check(
        "gradients",
        "Gradient check",
        "does each backward agree with central differences of its forward?",
        mathematics.gradients,
    ),
    Check(
        "adjoint",
        "Adjoint test",
        "is <A x, y> = <x, A' y> for each layer that is linear?",
        mathematics.adjoint,
    ),
    Check(
        "parity",
        "Layers against Keras",
        "do layers and losses return what Keras's return, and all gradients?",
        side_by_side.parity,
    ),
    Check(
        "lockstep",
        "Lock-step with Keras",
        "do both networks have the same weights after each training step?",
        side_by_side.in_lockstep,
    ),
    Check(
        "onnx",
        "ONNX's tests",
        "do ONNX's tests of its operators pass?",
        suites.onnx,
    ),
    Check(
        "keras",
        "Keras's own tests",
        "do Keras's tests of its own layers, losses and optimizers pass?",
        suites.keras,
    ),
    Check(
        "unit",
        "Unit tests",
        "do the project's quick tests pass: examples worked out by hand, known numbers, rules?",
        suites.unit,
    ),
)
BY_NAME = {check.name: check for check in CHECKS}
