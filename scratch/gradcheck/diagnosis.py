"""The likely mistake behind a wrong gradient, from how it differs from the numeric one over a whole tensor.

One wrong entry says little. That all are three times too large, or that only those are wrong which two
windows see, says what to look for in the code.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import permutations, product

import numpy as np

from scratch.gradcheck import words
from scratch.gradcheck.findings import WRONG

# What two arrays may differ by and still be taken for the same, as a share of the largest entry: far above
# the error of the differences, far below what tells one mistake from another. Where the mistake itself is
# small, as a share of the mistake.
SAME, SAME_OF_MISTAKE = 1e-5, 0.01
UNKNOWN = "none of the known ones gives this"


@dataclass(frozen=True)
class Circumstances:
    """What is known about the function beside its values; all of it is optional.

    factors: (number, what it is, in words), such as (3, "the batch size"), that may be missing or too many.
    averaged: whether the function is a mean over the batch. windows: for gradients of images, how many
    windows see each pixel, (H, W). mistakes: {gradient's name: [(what, array)]}, what known mistakes give.
    by_image: returns for a gradient's name what the backward says for each image alone, summing to the whole.
    """

    factors: tuple = ()
    averaged: bool = False
    windows: np.ndarray | None = None
    mistakes: dict = field(default_factory=dict)
    by_image: Callable | None = None


def diagnose(finding, axes=None, circumstances=None):
    """Return the likely mistake in words, or None where there is nothing to diagnose.

    finding: one whose verdict is "wrong"; axes: names of the tensor's axes.
    """
    if finding.verdict != WRONG or finding.analytic is None:
        return None
    case = Case(finding, axes, circumstances or Circumstances())
    for recognise in (not_finite, all_zero, constant_factor, known_mistake, rearranged, shifted, per_image,
                      missing_parts):  # fmt: skip
        if text := recognise(case):
            return text
    return UNKNOWN


class Case:
    """A wrong gradient and what it is compared with.

    known: where the numeric gradient is known, bools; wrong: where the analytic one differs from it.
    spatial: the axes that are rows and columns, of images or of a kernel.
    """

    def __init__(self, finding, axes, circumstances):
        self.name, self.circumstances = finding.name, circumstances
        self.analytic, self.numeric = np.asarray(finding.analytic, np.float64), finding.numeric
        self.axes = axes or tuple(f"axis {k}" for k in range(self.analytic.ndim))
        self.spatial = ()
        if self.analytic.ndim == 4:
            self.spatial = (1, 2) if self.axes[0] == "image" else (0, 1)
        self.known = ~np.isnan(self.numeric)
        gap = finding.largest_error if np.isfinite(self.analytic).all() else np.inf
        self.limit = max(finding.tolerance, min(SAME * finding.scale, SAME_OF_MISTAKE * (gap or np.inf)))
        self.wrong = self.known & ~(np.abs(self.analytic - self.numeric) <= self.limit)

    def is_same(self, candidate, where=True):
        """Return whether `candidate`, an array, is the analytic gradient, wherever that is compared."""
        with np.errstate(invalid="ignore"):
            return bool((np.abs(candidate - self.analytic) <= self.limit)[self.known & where].all())

    def becomes_numeric(self, candidate):
        """Return whether `candidate`, the analytic gradient rearranged, is the numeric one."""
        return bool((np.abs(candidate - self.numeric) <= self.limit)[self.known].all())


def not_finite(case):
    """A NaN or an infinity."""
    if np.isfinite(case.analytic).all():
        return None
    return "the backward divides by 0 or overflows there: the result is not finite"


def all_zero(case):
    """Nothing but zeros."""
    return "it is not computed: all its entries are 0" if not case.analytic.any() else None


def constant_factor(case):
    """The same ratio everywhere."""
    if case.analytic.size == 1 and not case.circumstances.factors:
        return None
    large = case.known & (np.abs(case.numeric) > np.nanmax(np.abs(case.numeric)) / 10)
    if not large.any():
        return None
    ratio = float(np.median(case.analytic[large] / case.numeric[large]))
    if not ratio or case.is_same(case.numeric) or not case.is_same(ratio * case.numeric):
        return None
    if is_near(ratio, -1):
        return "a sign: it is the negative of the gradient"
    return name_factor(abs(ratio), case) + (", and a sign" if ratio < 0 else "")


def is_near(a, b):
    """Return whether two ratios are the same."""
    return abs(a - b) <= SAME * abs(b)


def name_factor(ratio, case):
    """Return what a factor, positive and not 1, may be, in words."""
    averaged = case.circumstances.averaged
    for number, what in case.circumstances.factors:
        counts = float(number).is_integer()
        if number != 1 and is_near(ratio, number):
            why = "summed where it should be averaged" if averaged else "added up, or multiplied, that often"
            return f"a factor of {what} ({number:g}) too many" + counts * f": {why}"
        if number != 1 and is_near(ratio, 1 / number):
            why = "divided by it twice" if averaged else "averaged where it should be summed"
            return f"a factor of {what} ({number:g}) is missing" + counts * f": {why}"
    for axis, size in enumerate(case.analytic.shape):
        if size > 2 and (is_near(ratio, size) or is_near(ratio, 1 / size)):
            amount = "too many" if ratio > 1 else "is missing"
            return f"a factor of {size} {amount}: the length of its {case.axes[axis]} axis"
    return f"a constant factor: all of it is {words.ratio_text(ratio)} times what it should be"


def known_mistake(case):
    """What a mistake that others have made gives: see scratch.gradcheck.mistakes."""
    for what, gradient in case.circumstances.mistakes.get(case.name, ()):
        if gradient.shape == case.analytic.shape and case.is_same(gradient):
            return what
    return None


def rearranged(case):
    """Axes transposed, or run through backwards."""
    a = case.analytic
    if a.ndim < 1 or a.size > 10**6:
        return None
    for flipped in product((False, True), repeat=len(case.spatial)):
        axes = tuple(axis for axis, flip in zip(case.spatial, flipped, strict=True) if flip)
        if axes and case.becomes_numeric(np.flip(a, axes)):
            names = " and ".join(case.axes[axis] for axis in axes)
            what = "flipped images" if case.axes[0] == "image" else "a flipped kernel"
            return f"{what}: it is right when run through backwards along {names}"
    for order in permutations(range(a.ndim)):
        if order == tuple(range(a.ndim)):
            continue
        turned = a.transpose(order)
        if turned.shape == a.shape and case.becomes_numeric(turned):
            return f"a transposition: it is right with its axes {swapped(order, case.axes)} exchanged"
        if turned.shape != a.shape and case.becomes_numeric(turned.reshape(a.shape)):
            return "a transposition: its entries are right, but laid out in another order, as by a reshape"
        if turned.shape != a.shape and case.becomes_numeric(laid_out_back(a, order)):
            return "a transposition: its entries are right, but laid out in another order, as by a reshape"
    return None


def laid_out_back(a, order):
    """Return an array whose entries were laid out with the axes in another order, put in order again."""
    shape = tuple(a.shape[axis] for axis in order)
    return a.reshape(shape).transpose(np.argsort(order))


def swapped(order, axes):
    """Return the axes that a permutation moves, in words."""
    return " and ".join(axes[axis] for axis, source in enumerate(order) if axis != source)


def shifted(case):
    """Images, or kernels, moved by one pixel."""
    for shifts in product((-1, 0, 1), repeat=len(case.spatial)):
        if not any(shifts):
            continue
        moved, inside = np.roll(case.numeric, shifts, case.spatial), np.ones(case.analytic.shape, bool)
        for axis, shift in zip(case.spatial, shifts, strict=True):
            edge = [slice(None)] * 4
            edge[axis] = slice(0, shift) if shift > 0 else slice(shift, None) if shift else slice(0, 0)
            inside[tuple(edge)] = False
        known = inside & ~np.isnan(moved)
        same = (np.abs(moved - case.analytic) <= case.limit)[known].all()
        if same and case.wrong[inside].any() and np.abs(moved[known]).max(initial=0) > case.limit:
            names = " and ".join(case.axes[a] for a, s in zip(case.spatial, shifts, strict=True) if s)
            return f"a shift by one pixel along {names}: is the padding on the right side, there and back?"
    return None


def per_image(case):
    """Each image alone is right, but not all of them together."""
    if case.circumstances.by_image is None:
        return None
    parts = case.circumstances.by_image(case.name)
    if parts is None or len(parts) < 2 or not case.becomes_numeric(sum(parts)):
        return None
    for n, part in enumerate(parts):
        if case.is_same(part):
            which = {0: "the first", len(parts) - 1: "the last"}.get(n, f"number {n}")
            return (
                f"missing accumulation: only {which} image counts; the images' parts are to be added up (+=)"
            )
    return "the images' gradients are right one by one, but not added up over the batch as they should be"


def missing_parts(case):
    """Some entries right, others wrong."""
    active = case.known & (np.abs(case.numeric) > case.limit)
    right = active & ~case.wrong
    if not right.any() or not case.wrong.any():
        return None
    if case.wrong.sum() == 1:
        return "one entry alone is wrong: rather an index, or a special case, than the formula"
    if overlapping(case, right):
        return (
            "missing accumulation: it is wrong only where windows overlap, as if each window overwrote what "
            "the one before had left (= instead of +=)"
        )
    where = region(case)
    if not case.analytic[case.wrong].any():
        return (
            f"it is computed for a part only: 0 where it should not be{where}, and right elsewhere; does a "
            f"loop end too early, or an assignment (=) overwrite a sum (+=)?"
        )
    if (np.abs(case.numeric[case.wrong]) <= case.limit).all():
        return f"it is not 0 where it should be{where}, and right elsewhere: is a mask or a border forgotten?"
    return (
        f"contributions are missing, or too many{where}: the rest is right; is a sum (+=) written as an "
        f"assignment (=) where windows or images overlap?"
    )


def overlapping(case, right):
    """Return whether a gradient is wrong just where windows overlap, and right in pixels of a single one."""
    windows = case.circumstances.windows
    if windows is None or case.analytic.ndim != 4 or case.axes[0] != "image":
        return False
    often = np.broadcast_to(windows[None, :, :, None] > 1, case.analytic.shape)
    return bool(often[case.wrong].all() and right[~often].any())


def region(case):
    """Return the indices along one axis outside of which nothing is wrong, in words; "" if there are none."""
    for axis, name in enumerate(case.axes):
        others = tuple(k for k in range(case.wrong.ndim) if k != axis)
        bad = np.flatnonzero(case.wrong.any(axis=others))
        if len(bad) <= case.wrong.shape[axis] / 2:
            return f" (only at {name} {', '.join(map(str, bad))} of {case.wrong.shape[axis]})"
    return ""
