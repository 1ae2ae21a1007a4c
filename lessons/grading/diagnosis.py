"""The likely mistake: the one that answers as the learner's function does."""

import numpy as np

from lessons.grading import sources
from lessons.grading.comparing import by_name, difference
from lessons.grading.verdict import NOTHING


def diagnose(number, exercise, function, failed, answer):
    """Return the likely mistake in a sentence, or None.

    number: the lesson's; function: the learner's; failed: the index of the case that it failed on; answer:
    what came of it there, what it returned or the exception. Of the known mistakes that come to the same
    there, the one that agrees in most other cases is it.
    """
    if answer is NOTHING:
        return None
    answers = {index: outcome(function, each) for index, each in enumerate(exercise.cases)}
    answers[failed] = answer
    solution = sources.solution(number, exercise.function)
    right = {index: outcome(solution, each) for index, each in enumerate(exercise.cases)}
    best, most = None, 0
    for mistake in exercise.mistakes:
        wrong = sources.mistaken(number, exercise.function, mistake)
        made = {index: outcome(wrong, each) for index, each in enumerate(exercise.cases)}
        if same(exercise, made[failed], right[failed], failed):
            continue  # this case can't tell it from the solution
        agreeing = sum(same(exercise, made[index], answers[index], index) for index in made)
        if not same(exercise, made[failed], answers[failed], failed):
            continue
        if str(made[failed]) != str(answer) and isinstance(answer, Exception) and agreeing < len(made):
            continue  # an error in other words, such as those of np.dot and of @: all else has to agree
        if agreeing > most:
            best, most = mistake.says, agreeing
    if best and most < len(exercise.cases):
        return f"perhaps: {best}"  # there is more to it
    return best or in_general(exercise, right[failed], answer, exercise.cases[failed])


def outcome(function, case):
    """Return what a function returns in a case, or the exception that it raises."""
    try:
        return case.call(function)[0]
    except Exception as error:
        return error
    except (SystemExit, GeneratorExit) as error:
        return RuntimeError(repr(error))


def same(exercise, one, other, index):
    """Return whether two outcomes of a case are the same: answers that agree, or exceptions of a kind."""
    if isinstance(one, Exception) or isinstance(other, Exception):
        return type(one) is type(other)
    try:
        return difference(exercise, one, other, exercise.cases[index].tolerance) is None
    except Exception:  # an answer of an odd kind, such as a list of lists of unequal lengths
        return False


def in_general(exercise, expected, received, case):
    """Return the likely mistake where no known one fits: one that any array can have."""
    if isinstance(received, Exception) or exercise.measure:
        return None
    try:
        for name, right, got in by_name(exercise.returns, expected, received):
            arrays = isinstance(right, np.ndarray) and isinstance(got, np.ndarray)
            if arrays and (sentence := of_array(name, right, got, case)):
                return sentence
    except (TypeError, ValueError):  # not as many things as expected, or none at all
        pass
    return None


def of_array(name, right, got, case):
    """Return what one wrong array looks like, or None. right, got: arrays."""
    if got.dtype.kind not in "iuf" or right.dtype.kind not in "iuf":
        return None
    if got.shape == right.shape and np.allclose(got, right, rtol=1e-4):
        return None
    if sorted(got.shape) == sorted(right.shape) and got.size and sorts_alike(got, right):
        return f"{name} has the right numbers in the wrong places: look at the order of the axes"
    if got.shape != right.shape or right.dtype.kind != "f" or not np.isfinite(got).all():
        return None
    if not got.any():
        return f"{name} is 0 everywhere: was anything added to it?"
    if np.allclose(got, -right, rtol=1e-4):
        return f"{name} has the wrong sign"
    for argument in [*case.arguments, *case.options.values()]:
        if isinstance(argument, np.ndarray) and argument.shape == got.shape and np.array_equal(got, argument):
            return f"{name} is an argument as it was given, unchanged"
    return factor(name, right, got)


def sorts_alike(one, other):
    """Return whether two arrays hold the same numbers."""
    return np.allclose(np.sort(one, axis=None), np.sort(other, axis=None), rtol=1e-5)


def factor(name, right, got):
    """Return by what one factor an array is off, in a sentence, or None."""
    largest = np.unravel_index(np.abs(right).argmax(), right.shape)
    if not right[largest]:
        return None
    ratio = float(got[largest] / right[largest])
    if ratio and np.allclose(got, ratio * right, rtol=1e-4):
        return f"{name} is {ratio:.4g} times what is expected: a sum for a mean, or a factor too many"
    return None
