"""Grading one function, step by step: signature, then every case, then its gradient, then Keras."""

import inspect
import time
import traceback

import numpy as np

from lessons.grading import printing, sources
from lessons.grading.comparing import difference, plain, wrong_shape, wrong_values
from lessons.grading.diagnosis import diagnose
from lessons.grading.verdict import FAILED, NOT_WRITTEN, NOTHING, PASSED, Failure, NotWritten, Verdict
from lessons.grading.words import shown
from scratch.errors import DigitsError

TIMING_SECONDS = 0.3
MOST_RUNS = 20
LOOKS = ["shape", "dtype", "values", "arguments"]  # what is looked at in each case, in order


def grade(number, exercise, module, tell=lambda verdict: None):
    """Return the Verdict on one function of the learner's module; Keras is asked by grade_by_keras.

    number: the lesson's. tell: called with the Verdict as soon as it is known
    that something is wrong, before the likely mistake is looked for, which may not come to an end.
    """
    verdict = Verdict(exercise.function)
    try:
        function = found(number, exercise, module)
        verdict.passed.append("signature")
        try_cases(number, exercise, function)
        try_generators(exercise, function)
        verdict.passed += LOOKS[:-1]
        if exercise.gradient:
            check_gradient(exercise, function, verdict)
        verdict.state = PASSED
    except Failure as failure:
        describe(verdict, number, exercise, failure)
        tell(verdict)
        if verdict.state == FAILED and failure.case is not None:
            verdict.likely = diagnose(number, exercise, function, failure.case, failure.answer)
    return verdict


def found(number, exercise, module):
    """Return the learner's function. Raises Failure where it is missing or takes other arguments."""
    wanted = inspect.signature(sources.solution(number, exercise.function))
    function = getattr(module, exercise.function, None)
    if function is None:
        raise Failure("signature", f"there is no {exercise.function}{wanted} in the file: put its `def` back")
    if not callable(function):
        raise Failure("signature", f"{exercise.function} is no function; expected `def` of it with {wanted}")
    try:
        received = inspect.signature(function)
    except (TypeError, ValueError):  # one of NumPy's own, perhaps, which has no signature
        return function
    for each in exercise.cases:
        try:
            received.bind(*each.arguments, **each.options)
        except TypeError:
            code = getattr(function, "__code__", None)
            raise Failure(
                "signature",
                f"expected {exercise.function}{wanted}; received {exercise.function}{received}",
                code and code.co_firstlineno,
            ) from None
    return function


def try_cases(number, exercise, function):
    """Try a function on all cases. Raises Failure on the first that it fails on."""
    solution = sources.solution(number, exercise.function)
    for index, each in enumerate(exercise.cases):
        printing.forget()
        answer, before, after = run(function, each, index)
        expected, _, _ = each.call(solution)
        try:
            wrong = difference(exercise, expected, answer, each.tolerance)
        except (TypeError, ValueError):  # lists of unequal lengths, texts: nothing to compare numbers with
            wrong = "shape", "what it returns can't be compared with numbers"
        if wrong:
            raise Failure(*wrong, case=index, answer=answer)
        names = list(each.named(solution))
        for argument, was, now in zip(names, before, after, strict=False):
            if isinstance(was, np.ndarray) and not np.array_equal(was, now, equal_nan=was.dtype.kind == "f"):
                raise Failure(
                    "arguments",
                    f"it changes {argument}, which belongs to whoever called it: work on a copy, or write "
                    f"`a = a + b` in the place of `a += b`",
                    case=index,
                )


def try_generators(exercise, function):
    """Try a function that is given a generator on two: alike and different. Raises Failure where it draws
    from elsewhere.
    """
    pairs = [
        (each.call(function)[0], each.call(function)[0], another.call(function)[0])
        for each in exercise.cases
        if (another := each.with_other_seeds()) is not None
    ]
    if any(plain(one) != plain(again) for one, again, _ in pairs):
        raise Failure("values", "two generators of one seed give two answers: draw all chance from rng")
    if pairs and all(plain(one) == plain(other) for one, _, other in pairs):
        raise Failure(
            "values", "generators of different seeds give the same answer: draw all chance from rng"
        )


def run(function, each, index):
    """Return what Case.call does. Raises Failure where the function does not return."""
    try:
        return each.call(function)
    except NotImplementedError as error:
        raise NotWritten("written", "not written yet", line_of(error, file_of(function))) from None
    except (Exception, SystemExit, GeneratorExit) as error:
        sentence, line = blame(error, file_of(function))
        answer = error if isinstance(error, Exception) else NOTHING
        raise Failure("run", sentence, line, case=index, answer=answer) from None


def file_of(function):
    """Return the name of the file that a function is written in, or None."""
    return getattr(getattr(function, "__code__", None), "co_filename", None)


def blame(error, path):
    """Return what an exception says, in a sentence, and the line of the file at `path` that it comes from."""
    if isinstance(error, SystemExit):
        text = "it ends the program (exit): a function ends with `return`"
    elif isinstance(error, RecursionError):
        text = "it calls itself without end (RecursionError)"
    elif isinstance(error, MemoryError):
        text = "it asks for more memory than there is (MemoryError)"
    elif isinstance(error, EOFError):
        text = "it waits for input: a function gets all it needs as arguments (EOFError)"
    else:
        message = " ".join(str(error).split())[:300]
        text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return text, line_of(error, path)


def line_of(error, path):
    """Return the last line of the file at `path` that an exception came through, or None."""
    lines = [
        line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == path
    ]
    return lines[-1] if lines else None


def describe(verdict, number, exercise, failure):
    """Write a Failure down in a Verdict."""
    verdict.state = NOT_WRITTEN if isinstance(failure, NotWritten) else FAILED
    verdict.step, verdict.sentence, verdict.line = failure.step, failure.sentence, failure.line
    if failure.case is None:
        return
    before = LOOKS.index(failure.step) if failure.step in LOOKS else 0
    verdict.passed += LOOKS[:before]
    case = exercise.cases[failure.case]
    solution = sources.solution(number, exercise.function)
    received = NOTHING if isinstance(failure.answer, Exception) else failure.answer
    given = case.named(solution)
    verdict.shown = [f"({case.note})"] * bool(case.note)
    verdict.shown += shown(exercise, given, case.call(solution)[0], received)
    verdict.printed = printing.text()


def check_gradient(exercise, function, verdict):
    """Check the learner's gradient against differences. Raises Failure where they disagree."""
    from scratch.gradcheck import RIGHT

    try:
        report = exercise.gradient(function)
    except (Exception, SystemExit) as error:
        raise Failure("gradient", *blame(error, file_of(function))) from None
    if report.verdict != RIGHT:
        raise Failure("gradient", str(report))
    verdict.passed.append("gradient")
    entries = sum(finding.checked for finding in report.findings.values())
    verdict.notes.append(f"agrees with central differences at {entries} entries")


def grade_by_keras(exercise, function, verdict):
    """Compare a function that has passed all else with Keras, and write into the Verdict what comes of it."""
    try:
        ask_keras(exercise, function, verdict)
    except Failure as failure:
        verdict.state, verdict.step = FAILED, failure.step
        verdict.sentence, verdict.line = failure.sentence, failure.line


def ask_keras(exercise, function, verdict):
    """Compare a function with Keras. Raises Failure where they disagree."""
    from keras_ref.backend import load_keras

    try:
        keras = load_keras()
    except DigitsError:
        verdict.notes.append("Keras was not asked: TensorFlow can't be imported here")
        return
    try:
        compared = exercise.keras(function, keras)
    except (Exception, SystemExit) as error:
        raise Failure("Keras", *blame(error, file_of(function))) from None
    for name, received, expected in compared:
        received, expected = np.asarray(received), np.asarray(expected)
        wrong = wrong_shape(name, expected, received) or wrong_values(name, expected, received, 1e-4)
        if wrong:
            raise Failure("Keras", f"Keras has something else: {wrong}")
    verdict.passed.append("Keras")


def time_it(number, exercise, function, verdict):
    """Write into a Verdict how long the learner's function takes, and our solution: shown, never graded."""
    if exercise.timed is None:
        return
    verdict.timed_on = exercise.timed.note
    verdict.ours = seconds_of(sources.solution(number, exercise.function), exercise.timed)
    try:
        verdict.seconds = seconds_of(function, exercise.timed)
    except (Exception, SystemExit) as error:
        sentence, _ = blame(error, file_of(function))
        verdict.notes.append(f"it could not be timed on {exercise.timed.note}: {sentence}")


def seconds_of(function, case):
    """Return the fastest of some runs, in seconds."""
    times = []
    while not times or (sum(times) < TIMING_SECONDS and len(times) < MOST_RUNS):
        started = time.perf_counter()
        case.call(function)
        times.append(time.perf_counter() - started)
    return min(times)
