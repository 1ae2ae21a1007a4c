"""The likely mistake: the one that answers as the learner's function does."""

from itertools import permutations

import numpy as np

from lessons.grading import sources
from lessons.grading.comparing import by_name, difference, wrong_number_of
from lessons.grading.verdict import NOTHING


def diagnose(number, exercise, function, failed, answer):
    """Return the likely mistake in a sentence, or None.

    number: the lesson's; function: the learner's; failed: the index of the case that it failed on; answer:
    what came of it there, what it returned or the exception. Of the known mistakes that come to the same
    there, and that are not refuted by a case that the function solves, the one that agrees in most other
    cases is it.
    """
    if answer is NOTHING:
        return None
    answers = {index: outcome(function, each) for index, each in enumerate(exercise.cases)}
    answers[failed] = answer
    solution = sources.solution(number, exercise.function)
    right = {index: outcome(solution, each) for index, each in enumerate(exercise.cases)}
    failing = {index for index in right if not same(exercise, right[index], answers[index], index)}
    best, most = None, 0
    for mistake in exercise.mistakes:
        wrong = sources.mistaken(number, exercise.function, mistake)
        made = {index: outcome(wrong, each) for index, each in enumerate(exercise.cases)}
        wrong_too = {index for index in made if not same(exercise, made[index], right[index], index)}
        alike = {index for index in made if same(exercise, made[index], answers[index], index)}
        if failed not in wrong_too & alike or wrong_too & alike - failing:
            continue  # this case can't tell it from the solution
        if len(alike) < len(made) and not likely_enough(
            exercise, right, answers, made, failed, failing, alike
        ):
            continue
        if len(alike) > most:
            best, most = mistake.says, len(alike)
    if best and most < len(exercise.cases):
        return f"perhaps: {best}"  # there is more to it
    return best or in_general(exercise, right, answers, failed)


def likely_enough(exercise, right, answers, made, failed, failing, alike):
    """Say whether a mistake that doesn't explain everything may be named all the same, with a "perhaps".

    right, answers, made: outcomes by case of the solution, the learner's function and the mistake; failing:
    cases that the learner's fails on; alike: those where it does what the mistake does.
    """
    if any(
        not same(exercise, made[index], right[index], index)
        for index in right
        if index not in failing | alike
    ):
        return False  # whoever made this mistake would have failed there
    if isinstance(answers[failed], Exception):  # errors of one kind have many causes
        return failing <= alike and str(made[failed]) == str(answers[failed])
    step, _ = difference(exercise, right[failed], answers[failed], exercise.cases[failed].tolerance)
    if step == "shape":
        return all(same_shapes(exercise, made[index], answers[index]) for index in failing)
    return failing <= alike or (step == "values" and 2 * len(failing & alike) >= len(failing))


def same_shapes(exercise, one, other):
    """Return whether two outcomes have the same shapes, or are errors of a kind."""
    if isinstance(one, Exception) or isinstance(other, Exception):
        return type(one) is type(other)
    problem = difference(exercise, one, other)
    return problem is None or problem[0] != "shape"


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


def in_general(exercise, right, answers, failed):
    """Return the likely mistake where no known one fits: one that any array can have, and that shows wherever
    the answer is wrong, so that it is no chance of one case.

    right, answers: {index of a case: what the solution and the learner's function made of it}.
    """
    if exercise.measure:
        return None
    found = []
    for index, each in enumerate(exercise.cases):
        if same(exercise, right[index], answers[index], index):
            continue
        problem = of_answer(exercise, right[index], answers[index], each)
        if index == failed and problem is None:
            return None
        found.append(problem)
    telling = [each for each in found if each is not CANT_TELL]
    if not telling or None in telling or len({kind for kind, _ in telling}) > 1:
        return None
    return telling[0][1]


CANT_TELL = ("too small", "")


def of_answer(exercise, expected, received, case):
    """Return (kind, sentence) of what is wrong with an answer, CANT_TELL where it is too small, or None."""
    if isinstance(received, Exception) or wrong_number_of(exercise.returns, expected, received):
        return None
    for name, right, got in by_name(exercise.returns, expected, received):
        arrays = isinstance(right, np.ndarray) and isinstance(got, np.ndarray)
        if arrays and not alike(right, got):
            return of_array(name, right, got, case)
    return None


def alike(right, got):
    """Return whether two arrays are the same but for rounding and dtype."""
    if got.dtype.kind not in "iuf" or right.dtype.kind not in "iuf":
        return True  # nothing is said of other things
    return got.shape == right.shape and np.allclose(got, right, rtol=1e-4, equal_nan=True)


def of_array(name, right, got, case):
    """Return (kind, sentence) of what one wrong array looks like, CANT_TELL, or None. right, got: arrays."""
    if np.unique(right).size < 2:
        return CANT_TELL  # one number is any number's multiple, and its own transpose
    if got.size == right.size and any(
        np.allclose(turned.ravel(), right.ravel(), rtol=1e-5) for turned in transposed(got)
    ):
        return "axes", f"{name} has the right numbers in the wrong places: look at the order of the axes"
    if got.shape != right.shape or right.dtype.kind != "f" or not np.isfinite(got).all():
        return None
    if not got.any():
        return "zero", f"{name} is 0 everywhere: was anything added to it?"
    if np.allclose(got, -right, rtol=1e-4):
        return "sign", f"{name} has the wrong sign"
    for argument in [*case.arguments, *case.options.values()]:
        if isinstance(argument, np.ndarray) and argument.shape == got.shape and np.array_equal(got, argument):
            return "unchanged", f"{name} is an argument as it was given, unchanged"
    return factor(name, right, got)


def transposed(array):
    """Yield an array with its axes in every other order, at most four of them."""
    orders = permutations(range(array.ndim)) if 2 <= array.ndim <= 4 else ()
    yield from (array.transpose(order) for order in orders if order != tuple(range(array.ndim)))


def factor(name, right, got):
    """Return ("factor", by what one factor an array is off, in a sentence), or None."""
    largest = np.unravel_index(np.abs(right).argmax(), right.shape)
    if not right[largest]:
        return None
    ratio = float(got[largest] / right[largest])
    if ratio and np.allclose(got, ratio * right, rtol=1e-4):
        return (
            "factor",
            f"{name} is {ratio:.4g} times what is expected: a sum for a mean, or a factor too many",
        )
    return None
