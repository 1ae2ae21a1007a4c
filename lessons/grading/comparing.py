"""How an answer differs from the right one: the first difference, in the order shape, dtype, values."""

import numpy as np

from lessons.grading.exercise import TOLERANCE


def difference(exercise, expected, received, tolerance=None):
    """Return (step, sentence) about the first difference, or None where there is none.

    expected, received: what two functions returned. tolerance: relative, None for what the dtype allows.
    """
    problem = wrong_number_of(exercise.returns, expected, received)
    if problem:
        return "shape", problem
    pairs = list(by_name(exercise.returns, expected, received))
    for step, look in (("shape", wrong_shape), ("dtype", wrong_dtype)):
        for name, right, got in pairs:
            if problem := look(name, right, got):
                return step, problem
    if exercise.measure:
        measured = zip(exercise.measure(expected).items(), exercise.measure(received).values(), strict=True)
        pairs = [(f"the {name}", np.asarray(right), np.asarray(got)) for (name, right), got in measured]
    for name, right, got in pairs:
        if problem := wrong_values(name, right, got, tolerance):
            return "values", problem
    return None


def by_name(names, expected, received):
    """Yield (name, expected, received) for each thing that is returned."""
    if len(names) == 1:
        expected, received = (expected,), (received,)
    yield from zip(names, expected, received, strict=True)


def wrong_number_of(names, expected, received):
    """Return a sentence where it returns nothing, or not as many things as it should; else None."""
    if received is None and expected is not None:
        return f"it returns nothing: expected {listed(names)}; is a `return` missing?"
    if len(names) == 1:
        return None
    if not isinstance(received, tuple | list):
        return f"it returns {kind(received)}; expected {len(names)} things, {listed(names)}"
    if len(received) != len(names):
        return f"it returns {len(received)} things; expected {len(names)}: {listed(names)}"
    for name, right, got in zip(names, expected, received, strict=True):
        if got is None and right is not None:
            return f"{name} is None; expected {kind(right)}"
    return None


def is_number(value):
    """Return whether something is one number, of Python or of NumPy."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def wrong_shape(name, expected, received):
    """Return a sentence where a shape, or the kind of thing, is another; else None."""
    if isinstance(expected, np.ndarray):
        if not isinstance(received, np.ndarray | np.number):
            return f"{name} is {kind(received)}; expected {kind(expected)}"
        if received.shape != expected.shape:
            return f"{name} has shape {received.shape}; expected {expected.shape}"
    elif isinstance(expected, list):
        if not isinstance(received, list | tuple | np.ndarray):
            return f"{name} is {kind(received)}; expected a list"
        if len(expected) and not len(received):
            return f"{name} is empty; expected {len(expected)} in the list"
    elif is_number(expected) and not (is_number(received) or np.shape(received) == ()):
        return f"{name} is {kind(received)}; expected one number"
    return None


def wrong_dtype(name, expected, received):
    """Return a sentence where a dtype is another; else None. Whole numbers may be of any size."""
    if isinstance(expected, np.ndarray):
        right, got = expected.dtype, received.dtype
        if right == got or {right.kind, got.kind} <= {"i", "u"}:
            return None
        why = ""
        if right == np.float32 and got == np.float64:
            why = " (np.zeros, np.ones and np.arange make float64 unless told dtype=...)"
        elif got.kind == "f" and right.kind in "iu":
            why = f" (np.zeros and / make floats; np.zeros_like or dtype={right} would keep whole numbers)"
        elif got.kind in "iu" and right.kind == "f":
            why = " (was it put into an array of whole numbers, or divided by //?)"
        return f"{name} is {got}; expected {right}{why}"
    if is_number(expected) and np.asarray(received).dtype.kind not in "iuf":
        return f"{name} is {kind(received)}; expected one number"
    return None


def wrong_values(name, expected, received, tolerance=None):
    """Return a sentence where values are too far from the expected ones; else None."""
    if not (isinstance(expected, np.ndarray) or is_number(expected)):
        same = plain(received) == plain(expected)
        return None if same else first_difference(name, plain(expected), plain(received))
    expected, received = np.asarray(expected), np.asarray(received)
    if expected.dtype.kind in "iub":
        wrong = expected != received
    else:
        if np.isnan(received).any() and not np.isnan(expected).any():
            where = place(np.argwhere(np.isnan(received))[0]) if received.ndim else ""
            return (
                f"{name}{where} is NaN, no number: infinity minus infinity, 0 / 0, or the log of less than 0"
            )
        if tolerance is None:
            tolerance = TOLERANCE.get(str(expected.dtype), TOLERANCE["float64"])
        finite = np.abs(expected[np.isfinite(expected)])
        scale = max(finite.max(initial=0.0), 1e-30)
        with np.errstate(invalid="ignore"):
            close = np.abs(expected.astype(np.float64) - received) <= tolerance * scale
        wrong = ~(close | (expected == received) | (np.isnan(expected) & np.isnan(received)))
    if not wrong.any():
        return None
    if wrong.ndim == 0:
        return f"{name} is {received:.6g}; expected {expected:.6g}"
    first = tuple(np.argwhere(wrong)[0])
    count = "" if wrong.size == 1 else f" ({np.count_nonzero(wrong)} of {wrong.size} values are wrong)"
    return f"{name}{place(first)} is {received[first]:.6g}; expected {expected[first]:.6g}{count}"


def first_difference(name, expected, received):
    """Return a sentence about where two nested tuples differ first."""
    if isinstance(expected, tuple) and isinstance(received, tuple):
        if len(expected) != len(received):
            return f"{name} has {len(received)} entries; expected {len(expected)}: {expected}"
        for i, (right, got) in enumerate(zip(expected, received, strict=True)):
            if right != got:
                return first_difference(f"{name}[{i}]", right, got)
    return f"{name} is {received!r}; expected {expected!r}"


def place(index):
    """Return an index as it is written in Python: "[0, 2]"."""
    return f"[{', '.join(str(int(i)) for i in index)}]"


def plain(value):
    """Return lists as tuples and NumPy's numbers as Python's, so that == compares what counts."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, tuple | list):
        return tuple(plain(each) for each in value)
    return value.item() if isinstance(value, np.generic) else value


def kind(value):
    """Return in words what something is: "an array of shape (2, 3)", "a tuple", "None"."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if value is None:
        return "None"
    if is_number(value):
        return f"the number {value}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def listed(names):
    """Return names as text: "dx, dw and db"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
