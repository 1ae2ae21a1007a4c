"""Checking gradients that are written as functions: one function, or a pair of a forward and a backward."""

import inspect

import numpy as np

from scratch.errors import DigitsError
from scratch.gradcheck.circumstances import axes_of, of_operation
from scratch.gradcheck.diagnosis import Circumstances, diagnose
from scratch.gradcheck.examine import examine
from scratch.gradcheck.findings import Report
from scratch.gradcheck.subjects import Settings, Subject

IN_FLOAT32 = (
    "{} float32: differences in float32 can't tell a right gradient from a wrong one (two values that nearly "
    "agree are subtracted, of seven digits one or two are left), so the check was done in float64"
)


def check(f, x, analytic, name="x", batch_size=None, averaged=True, **settings):
    """Check the gradient of a function of one array; return a Report.

    f: takes an array like x, returns a number. x: the point, an array of any shape; it is not changed.
    analytic: the gradient to check, an array, or a function of x that returns it. name: what x is called.
    batch_size, averaged: for the diagnosis, how many images f is a mean (or a sum) over.
    settings: see Settings. Raises DigitsError where f does not return a single number.

        report = check(lambda x: (x**3).sum(), np.array([1.0, 2.0]), lambda x: 3 * x**2)
        print(report.verdict, report)
    """
    notes = [IN_FLOAT32.format(f"{name} is")] if getattr(x, "dtype", None) in (np.float16, np.float32) else []
    try:
        array = np.array(x, np.float64)
    except (TypeError, ValueError):
        raise DigitsError(f"{name}: expected an array of numbers, received {x!r:.60}") from None
    expected = analytic(array.copy()) if callable(analytic) else analytic
    expected = None if expected is None else np.asarray(expected)
    with np.errstate(all="ignore"):
        value = f(array.copy())
    if np.ndim(value):
        raise DigitsError(
            f"f: expected a function that returns one number, received an array of shape {np.shape(value)}; "
            f"multiply it by a fixed dy and sum, or use check_operation"
        )
    axes = axes_of(name, array.shape)
    subject = Subject(f"d{name}", array, lambda: float(f(array.copy())), expected, axes=axes)
    factors = () if batch_size is None else ((batch_size, "the batch size"),)
    circumstances = Circumstances(factors=factors, averaged=averaged)
    return report_on([subject], Settings(**settings), circumstances, notes)


def check_operation(forward, backward, *arrays, names=None, wrt=None, seed=0, settings=None, **options):
    """Check a backward against its forward; return a Report.

    forward: takes the arrays and the options, returns (y, cache); backward: takes (dy, cache), returns the
    gradients, in the arrays' order (one array alone if there is one). If y is a number, a loss, backward
    takes the cache alone. What is checked is the gradient of the sum of y * dy for a random dy.
    arrays: those of floats are differentiated, None and whole numbers are passed on. names: what they are
    called (default: forward's arguments). wrt: names of those to differentiate by (default: all; of a loss
    the first). seed: of dy and of what is sampled. settings: a dict of Settings.

        check_operation(conv2d_forward, conv2d_backward, x, w, b, strides=(2, 2))
    """
    names = names or argument_names(forward, len(arrays))
    given, notes = as_float64(dict(zip(names, arrays, strict=True)))

    def run(values):
        return forward(*(v.copy() if isinstance(v, np.ndarray) else v for v in values), **options)

    y, _ = pair(run(given.values()))
    loss = np.ndim(y) == 0
    rng = np.random.default_rng(seed)
    dy = 1.0 if loss else rng.normal(size=np.shape(y))
    wrt = wanted(wrt, given, loss)

    def gradients(values, dy):
        y, cache = pair(run(values))
        return by_name(backward(cache) if np.ndim(y) == 0 else backward(dy.copy(), cache), given)

    def value():
        result, _ = run(given.values())
        return float(result if loss else (result * dy).sum())

    def by_image(name):
        first = next(iter(given))
        if loss or name == f"d{first}" or len(given[first]) != len(dy):
            return None
        parts = []
        for n in range(len(dy)):
            values = [a[n : n + 1] if key == first else a for key, a in given.items()]
            parts.append(gradients(values, dy[n : n + 1])[name[1:]])
        return parts

    received = gradients(given.values(), dy)
    subjects = [
        Subject(f"d{name}", given[name], value, received.get(name), axes=axes_of(name, given[name].shape))
        for name in wrt
    ]
    circumstances = of_operation({n: a for n, a in given.items() if a is not None}, options, y, dy, by_image)
    return report_on(subjects, Settings(seed=seed, **(settings or {})), circumstances, notes)


def wanted(wrt, given, loss):
    """Return the names of the arrays to differentiate by. Raises DigitsError where one is not of floats."""
    floats = [name for name, array in given.items() if is_float(array)]
    if wrt is None:
        return floats[: 1 if loss else None]
    for name in wrt:
        if name not in floats:
            raise DigitsError(
                f"wrt: expected names of arrays of floats ({', '.join(floats)}), received {name!r}"
            )
    return list(wrt)


def by_name(received, given):
    """Return {name: gradient} of what a backward has returned, in the order of the arrays of floats."""
    if isinstance(received, dict):
        raise DigitsError(
            f"backward: expected gradients in the order of the arrays ({', '.join(given)}), received a dict"
        )
    received = received if isinstance(received, tuple | list) else [received]
    order = [name for name, array in given.items() if array is None or is_float(array)]
    return {n: None if g is None else np.asarray(g) for n, g in zip(order, received, strict=False)}


def argument_names(forward, count):
    """Return the names of a function's first `count` arguments."""
    names = [p.name for p in inspect.signature(forward).parameters.values() if p.kind is not p.VAR_KEYWORD]
    if len(names) < count:
        raise DigitsError(
            f"names: expected a name for each of {count} arrays, received a function of {len(names)}"
        )
    return names[:count]


def pair(result):
    """Return y and the cache that a forward has returned. Raises DigitsError for anything else."""
    if not isinstance(result, tuple) or len(result) != 2:
        raise DigitsError(
            f"forward: expected it to return a pair, y and the cache for its backward, received "
            f"{type(result).__name__}"
        )
    return result


def is_float(array):
    """Return whether something is an array of floats."""
    return isinstance(array, np.ndarray) and array.dtype.kind == "f"


def as_float64(arrays):
    """Return {name: array} with floats as float64 copies, and notes on what was not float64."""
    converted, narrow = {}, []
    for name, array in arrays.items():
        array = array if array is None or np.isscalar(array) else np.asarray(array)
        if is_float(array):
            narrow += [name] * (array.dtype.itemsize < 8)
            array = np.array(array, np.float64)
        converted[name] = array
    verb = f"{', '.join(narrow)} {'is' if len(narrow) == 1 else 'are'}"
    return converted, [IN_FLOAT32.format(verb)] if narrow else []


def report_on(subjects, settings, circumstances, notes=()):
    """Return the Report on several Subjects, wrong gradients with their likely mistake."""
    found = {}
    for subject in subjects:
        with np.errstate(all="ignore"):  # a step may leave the domain of a logarithm; it is then not used
            finding = examine(subject, settings)
        finding.mistake = diagnose(finding, subject.axes, circumstances)
        found[subject.name] = finding
    notes = list(notes)
    for finding in found.values():
        if finding.analytic is not None and finding.coarse:
            notes.append(
                f"{finding.name} itself is float32: it was compared to no more than its own precision; "
                f"compute it in float64 to see smaller mistakes"
            )
    return Report(found, notes=notes)
