"""Computing cases on both sides, and telling how far apart the two are."""

import zlib
from dataclasses import dataclass

import numpy as np

from keras_ref.backend import use_plain_kernels
from keras_ref.gaps import number
from keras_ref.parity.layers import LAYERS
from keras_ref.parity.losses import LOSSES
from scratch.errors import DigitsError
from scratch.network import ENGINES

GENERATORS = LAYERS | LOSSES
DTYPES = ("float32", "float64")
# Relative to the sum of absolute products. float32 rounds at 6e-8 and float64 at 1.1e-16; sums have up to
# some thousand terms, in another order on either side.
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}


@dataclass(frozen=True)
class Outcome:
    """How one case came out in one dtype on one engine.

    differences: the largest relative difference by name, "y" forward and all else gradients; infinite where a
    number is not what it should be at all. fault: None, or in words what is wrong.
    """

    layer: str
    seed: int
    number: int
    engine: str
    dtype: str
    text: str
    differences: dict
    fault: str | None

    @property
    def forward(self):
        """The largest relative difference of what the layer returns, a float."""
        return self.differences.get("y", 0.0)

    @property
    def gradients(self):
        """The largest relative difference of any of its gradients, a float."""
        return max((d for name, d in self.differences.items() if name != "y"), default=0.0)

    @property
    def reproduction(self):
        """A line for the shell that computes this case again, and after it what the case is and its fault."""
        return (
            f"digits parity --layer {self.layer} --seed {self.seed} --case {self.number} "
            f"--engine {self.engine} --dtype {self.dtype}  # {self.text}: {self.fault}"
        )


def draw_case(name, seed, number):
    """Return case `number` of the layer or loss `name`, and the generator that its arrays are drawn from."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
    return GENERATORS[name](rng), rng


def check(name, numbers, seed=0, engines=ENGINES, dtypes=DTYPES):
    """Compute cases of a layer or a loss on both sides; yield their Outcomes, case by case.

    numbers: which cases, an iterable of whole numbers from 0. Raises DigitsError where TensorFlow runs with
    oneDNN, or Keras can't compute what has been drawn.
    """
    use_plain_kernels()
    for n in numbers:
        case, rng = draw_case(name, seed, n)
        try:
            arrays = case.arrays(rng)
            bounds = case.bounds(case, arrays)
            answers = {dtype: case.keras(arrays, dtype) for dtype in dtypes}
        except Exception as error:
            raise DigitsError(
                f"Keras can't compute case {n} of {name} with seed {seed}, {case} "
                f"({type(error).__name__}: {error}): expected what it can; mend what draws {name}"
            ) from error
        for dtype, expected in answers.items():
            for engine in engines:
                differences, fault = compare(case, arrays, bounds, expected, engine, dtype)
                yield Outcome(name, seed, n, engine, dtype, str(case), differences, fault)


def compare(case, arrays, bounds, expected, engine, dtype):
    """Return the relative differences of one case by name, and what is wrong, or None."""
    try:
        received = case.scratch(arrays, engine, dtype, expected)
    except Exception as error:  # whatever it is, it is a fault of the case, and the others go on
        return {"y": np.inf}, " ".join(f"{type(error).__name__}: {error}".split())
    if received.keys() != expected.keys():
        return {"y": np.inf}, f"expected the arrays {', '.join(expected)}, received {', '.join(received)}"
    differences = {name: relative(received[name], expected[name], bounds[name]) for name in expected}
    worst = max(differences, key=differences.get)
    if differences[worst] <= TOLERANCE[dtype]:
        return differences, None
    return differences, describe(worst, differences[worst], received[worst], expected[worst])


def relative(received, expected, bound):
    """Return the largest difference in units of the bound, a float; infinity for another shape or dtype, NaN,
    or any difference where the bound is 0.
    """
    if received.shape != expected.shape or received.dtype != expected.dtype:
        return np.inf
    difference = np.abs(received.astype(np.float64) - expected)
    difference = np.where(np.isfinite(difference), difference, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(difference == 0, 0, difference / bound).max(initial=0.0))


def describe(name, difference, received, expected):
    """Return in words what is wrong with an array."""
    if received.shape != expected.shape or received.dtype != expected.dtype:
        return (
            f"{name} is {received.dtype} of shape {received.shape}, expected {expected.dtype} of shape "
            f"{expected.shape}"
        )
    return f"{name} differs by {difference:.1e} of its sum of absolute products"


class Summary:
    """How all cases of one layer or loss came out: the worst of each dtype, and what failed."""

    def __init__(self, name):
        self.name, self.numbers = name, set()
        self.worst, self.failures = {}, []

    def add(self, outcome):
        """Count one more Outcome."""
        self.numbers.add(outcome.number)
        forward, gradients = self.worst.get(outcome.dtype, (0.0, 0.0))
        self.worst[outcome.dtype] = max(forward, outcome.forward), max(gradients, outcome.gradients)
        if outcome.fault:
            self.failures.append(outcome)

    def report(self):
        """Return it as a dict ready for JSON; a difference that is not finite is None."""
        worst = {
            dtype: {"forward": number(forward), "gradients": number(gradients)}
            for dtype, (forward, gradients) in self.worst.items()
        }
        return {"layer": self.name, "cases": len(self.numbers), **worst, "failures": len(self.failures)}
