"""What a check is about, a tensor and the function whose gradient it is, and how thorough it is to be."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scratch.errors import DigitsError
from scratch.gradcheck.differences import STEPS


@dataclass(frozen=True)
class Settings:
    """How thorough a check is.

    steps: the step sizes to sweep, the largest first. Up to `entries` entries of a tensor, all are checked;
    above, a sample of `sample` entries, drawn by `seed`, and as many random directions as `directions` says.
    progress: whether a bar is shown on a terminal. Raises DigitsError for steps that can't be swept.
    """

    steps: tuple = STEPS
    entries: int = 2000
    sample: int = 200
    directions: int = 10
    seed: int = 0
    progress: bool = False

    def __post_init__(self):
        steps = np.asarray(self.steps, float)
        if len(steps) < 4 or not (steps > 0).all() or not (np.diff(steps) < 0).all():
            raise DigitsError(
                f"steps: expected at least four positive numbers, the largest first, received {self.steps!r}"
            )


@dataclass(frozen=True)
class Subject:
    """A tensor under examination.

    name: of its gradient, "dw". array: float64, what `value` reads; it is moved in place, and put back.
    value: returns the float whose gradient it is. analytic: what the backward says, or None.
    held, changes: for what scratch.gradcheck.branches can watch, `value` with all branches as they are at x,
    and {(layer, kind): how many branches} are other ones now. axes: names of the array's axes.
    """

    name: str
    array: np.ndarray
    value: Callable
    analytic: np.ndarray | None
    held: Callable | None = None
    changes: Callable | None = None
    axes: tuple | None = None
