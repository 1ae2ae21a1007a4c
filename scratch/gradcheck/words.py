"""Findings in words: the sentences that a gradient check ends with."""

from collections import Counter

import numpy as np

from scratch.gradcheck.differences import Direction

CHANGES = {
    "ReLU": "a ReLU of layer {!r} changes sides",
    "max-pooling": "a window of layer {!r} has another winner",
}
FEW = 4  # so many gradients are named one by one


def about(finding):
    """Return the verdict on one tensor in a sentence."""
    if finding.verdict == "right":
        return (
            f"gradient right: {finding.name} agrees with central differences at {coverage(finding)}; what is "
            f"off by less than {finding.tolerance:.0e} could not be seen (largest entry {finding.scale:.2g})"
        )
    if finding.verdict == "cannot tell":
        return f"this check cannot tell here for {finding.name}, because {finding.reason}{rest(finding)}"
    if not finding.wrong:
        return f"gradient wrong: {finding.name}: {finding.reason}"
    worst = finding.worst
    count = f" ({finding.wrong_count:,} of {finding.checked:,} entries checked are wrong)"
    if isinstance(worst.line, Direction):
        count = " (none of the entries sampled is)"
    elif finding.size == 1:
        count = ""
    likely = f"; likely mistake: {finding.mistake}" if finding.mistake else ""
    return (
        f"gradient wrong at {worst.where(finding.name)}: analytic {worst.analytic:.10g}, numeric "
        f"{worst.numeric:.10g}, ratio {ratio_text(worst.ratio)}{count}{likely}"
    )


def ratio_text(ratio):
    """Return a ratio as text, one near 1 by how much it is off: "1 - 4.2e-07"."""
    off = ratio - 1
    return f"1 {'-+'[off > 0]} {abs(off):.1e}" if 0 < abs(off) < 1e-4 else f"{ratio:.6g}"


def coverage(finding):
    """Return what was checked of a tensor."""
    if finding.checked == finding.size:
        return f"all {finding.size:,} entries" if finding.size > 1 else "its one entry"
    return (
        f"{finding.checked:,} of {finding.size:,} entries (a seeded sample) and {finding.directions} random "
        f"directions"
    )


def rest(finding):
    """Return what to say of the entries that the check can tell of, where there are others."""
    if not 0 < finding.undecided_count < finding.checked:
        return ""
    return f"; the other {finding.checked - finding.undecided_count:,} entries checked are right"


def kink_reason(finding):
    """Return why there is no verdict on a tensor, some lines of which have a kink."""
    undecided, entries = finding.undecided, finding.undecided_count
    worst = min(undecided, key=lambda r: (isinstance(r.line, Direction), -abs(r.slopes[1] - r.slopes[0])))
    left, right = worst.slopes
    what = "one of its entries" if entries == 1 else f"{entries:,} of its entries"
    if not entries:
        what = f"{len(undecided)} random directions"
    places = Counter(place for result in undecided for place in result.changes or {})
    cause = "the function has a kink, and so no derivative,"
    if places:
        (layer, kind), _ = places.most_common(1)[0]
        cause = CHANGES[kind].format(layer)
        others = sorted({name for name, _ in places} - {layer})
        cause += f" (and of {', '.join(map(repr, others))})" if others else ""
    held = ", which is right for the branch taken at x" if worst.held_agrees else ""
    return (
        f"{cause} within every usable step of {what}: at {worst.where(finding.name)} the slope is {left:.4g} "
        f"to the left and {right:.4g} to the right, and the backward says {worst.analytic:.4g}{held}"
    )


def noise_reason(finding, value):
    """Return why no step is good enough for a function of this value."""
    noise = finding.curve.rounding / max(abs(value), np.finfo(float).tiny)
    guess = " (does it compute in float32?)" if finding.curve.is_coarse(value) else ""
    return (
        f"the function's values are rounded at {noise:.0e} of their size{guess}, and no step makes the "
        f"differences better than to {finding.tolerance / finding.scale:.0%} of the largest entry"
    )


def wrong_shape(received, expected):
    """Return what is wrong with a gradient's shape."""
    text = f"it has shape {received}; expected that of what it belongs to, {expected}"
    if sorted(received) == sorted(expected):
        return f"{text}: axes are transposed"
    if np.prod(received) == np.prod(expected):
        return f"{text}: the same number of entries, so a reshape is missing"
    return text


def about_all(report):
    """Return what is to be said: a sentence for each tensor that is not right, or one for all that are."""
    found = list(report.findings.values())
    sentences = [about(f) for f in found if f.verdict == "wrong"]
    sentences += [result.sentence for result in report.failed_adjoint_tests]
    why = {}
    for finding in found:
        if finding.verdict == "cannot tell":
            why.setdefault(finding.reason + rest(finding), []).append(finding.name)
    sentences += [
        f"this check cannot tell here for {listed(names)}, because {text}" for text, names in why.items()
    ]
    return sentences or ([about(found[0])] if len(found) == 1 else [all_right(found)])


def listed(names):
    """Return names as text: "dx, dw and db"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def all_right(found):
    """Return the sentence about several gradients that are all right."""
    names = listed([f.name for f in found]) if len(found) <= FEW else f"all {len(found)} gradients"
    checked, size = sum(f.checked for f in found), sum(f.size for f in found)
    what = f"all {size:,} entries"
    if checked < size:
        what = (
            f"{checked:,} of {size:,} entries (tensors that are too large by a seeded sample) and in "
            f"{sum(f.directions for f in found)} random directions"
        )
    worst = max(f.tolerance / f.scale for f in found)
    return (
        f"gradient right: {names} agree with central differences at {what}; what is off by less than "
        f"{worst:.0e} of a tensor's largest entry could not be seen"
    )
