"""What an exercise is: a function to write, cases to try it on, and the mistakes that people make."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from scratch.errors import DigitsError

PER_LESSON = 2
TOLERANCE = {"float32": 1e-4, "float64": 1e-8}  # relative to the largest value: sums in another order pass


@dataclass(frozen=True)
class Seed:
    """Stands for np.random.default_rng(seed) among the arguments of a case: a fresh one for every call."""

    seed: int

    def __repr__(self):
        """Return how it is written in Python."""
        return f"np.random.default_rng({self.seed})"


@dataclass(frozen=True)
class Case:
    """Arguments to call a function with.

    arguments: a tuple; options: those given by name; note: in words, what is special; tolerance: relative,
    None for what the dtype allows.
    """

    arguments: tuple
    options: dict
    note: str
    tolerance: float | None

    def call(self, function):
        """Return function's answer, and how it left its arguments: two tuples, before and after."""
        given = [*self.arguments, *self.options.values()]
        before, after = [copied(value) for value in given], [copied(value) for value in given]
        count = len(self.arguments)
        options = dict(zip(self.options, after[count:], strict=True))
        with np.errstate(all="ignore"):
            return function(*after[:count], **options), before, after

    def with_other_seeds(self):
        """Return the Case with generators of other seeds, or None where there is no Seed in it."""
        if not any(isinstance(each, Seed) for each in self.arguments):
            return None
        others = (Seed(each.seed + 1000) if isinstance(each, Seed) else each for each in self.arguments)
        return replace(self, arguments=tuple(others))

    def named(self, function):
        """Return {argument's name: value} as `function`, the solution, calls its arguments."""
        return inspect.signature(function).bind(*self.arguments, **self.options).arguments


def case(*arguments, note="", tolerance=None, **options):
    """Return a Case."""
    return Case(arguments, options, note, tolerance)


def copied(value):
    """Return a value that a learner's function may spoil."""
    if isinstance(value, Seed):
        return np.random.default_rng(value.seed)
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list | dict):
        return [copied(each) for each in value] if isinstance(value, list) else dict(value)
    return value


@dataclass(frozen=True)
class Mistake:
    """A typical mistake: what to say of it, and the edit that makes it: `new` for `old` in the solution."""

    says: str
    old: str
    new: str


@dataclass(frozen=True)
class Exercise:
    """A function that the learner writes.

    function: its name. returns: names of what it returns. cases: the smallest first. mistakes: Mistakes, the
    likeliest first. gradient: None, or a function of the learner's function that returns a Report of
    scratch.gradcheck. keras: None, or a function of the learner's function and of the module keras that
    returns [(name, received, what Keras has)]. measure: None, or a function of the answer that returns {name:
    number}, for what is drawn at random: these are compared in the place of values. timed: a Case to show
    the speed with.
    """

    function: str
    returns: tuple
    cases: tuple
    mistakes: tuple
    gradient: Callable | None = None
    keras: Callable | None = None
    measure: Callable | None = None
    timed: Case | None = None


def exercises(number):
    """Return the Exercises of lesson `number`, a tuple. Raises DigitsError where it has none."""
    if find_spec(f"lessons.grading.lesson{number:02}") is None:
        raise DigitsError(f"lesson {number} has no exercises yet; 'digits check' lists those that have")
    return import_module(f"lessons.grading.lesson{number:02}").EXERCISES
