"""A case in words: what a function was given, what was expected, what came."""

import numpy as np

from lessons.grading.comparing import by_name
from lessons.grading.verdict import NOTHING

MOST_VALUES = 72  # more are not shown
WIDTH = 88


def shown(exercise, given, expected, received):
    """Return the lines that show a case.

    given: {name: value}; expected: what the solution returned; received: what the learner's function did, or
    NOTHING where it did not return.
    """
    lines = []
    for name, value in given.items():
        lines += block(name, value)
    if exercise.measure:
        expected = exercise.measure(expected)
        try:
            received = measured("received", exercise.measure(received))
        except Exception:  # no answer, or one that cannot be measured
            received = []
        return lines + measured("expected", expected) + received
    lines += outputs("expected", exercise.returns, expected)
    if received is not NOTHING:
        lines += outputs("received", exercise.returns, received)
    return lines


def measured(title, numbers):
    """Return the line that shows numbers by name."""
    return [f"{title}: " + ", ".join(f"{name} {value:.4g}" for name, value in numbers.items())]


def outputs(title, names, values):
    """Return the lines that show what a function returned."""
    if len(names) > 1 and not (isinstance(values, tuple | list) and len(values) == len(names)):
        return block(title, values)
    lines = []
    for name, value, _ in by_name(names, values, values):
        lines += block(f"{title} {name}", value)
    return lines


def block(name, value):
    """Return the lines "name = value", arrays with their shape and with at most MOST_VALUES values."""
    if not isinstance(value, np.ndarray):
        return [f"{name} = {text_of(value)}"]
    head = f"{name}, {value.dtype} of shape {value.shape}"
    if value.size > MOST_VALUES:
        return [head]
    text = np.array2string(value, precision=4, suppress_small=True, max_line_width=WIDTH, threshold=10**6)
    lines = text.splitlines()
    return [f"{name} = {lines[0]}"] if len(lines) == 1 else [f"{head}:", *(f"  {line}" for line in lines)]


def text_of(value):
    """Return something that is no array as text, not too long."""
    if callable(value):
        return (value.__doc__ or value.__name__).splitlines()[0]
    if isinstance(value, np.generic):
        value = value.item()
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:400]} ..."
