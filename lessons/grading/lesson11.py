"""Lesson 11: the first layer where two networks part, and sums that keep their digits."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, case

rng = np.random.default_rng(11)
A, B, C = np.array([1.0, 2.0]), np.array([1.0, 3.0]), np.array([-4.0, 0.0])
TENTHS = np.full(100_000, 0.1, np.float32)  # one after the other they come to 9,998.6 or so
MANY = rng.random(2**20).astype(np.float32)
PRECISE = 1e-6  # float32's 6e-8 for each of the 17 sums that a number goes through


def in_keras(pairwise_sum, keras):
    """Compare with keras.ops.sum in float64."""
    return [("the sum", pairwise_sum(TENTHS), np.asarray(keras.ops.sum(TENTHS.astype(np.float64))))]


EXERCISES = (
    Exercise(
        "first_difference",
        returns=("the index",),
        cases=(
            case([A], [B], 1e-6),
            case([A, A, B], [A, B, B], 1e-6),
            case([A, B], [B, A], 1e-6, note="both part; the first counts"),
            case([A, A], [A, A], 1e-6, note="they never part"),
            case([A - 1e-3], [A], 1e-6, note="ours are smaller"),
            case([100 * A + 1e-3, A], [100 * A, A], 1e-4, note="far apart in numbers, not as a share"),
            case([1e-5 * A, A], [1e-5 * B, A], 1e-4, note="near in numbers, not as a share"),
            case([C + 0.1], [C], 0.03, note="the largest in size is negative"),
            case([A, np.ones(1)], [A, np.ones(2)], 1e-6, note="another shape"),
            case([A, A * np.nan], [A, A], 1e-6, note="NaN"),
        ),
        mistakes=(
            Mistake(
                "the last layer where they part is returned; all behind the first are wrong because of it",
                "for index, (a, b) in enumerate(zip(ours, theirs, strict=True)):",
                "for index, (a, b) in reversed(list(enumerate(zip(ours, theirs, strict=True)))):",
            ),
            Mistake(
                "the difference itself is compared with the tolerance; compare it as a share of the "
                "largest entry",
                "tolerance * np.abs(b).max()",
                "tolerance",
            ),
            Mistake(
                "an absolute value is missing around the difference: ours may be smaller, too",
                "np.abs(a - b).max()",
                "(a - b).max()",
            ),
            Mistake(
                "an absolute value is missing: the largest of theirs may be negative",
                "np.abs(b).max()",
                "b.max()",
            ),
            Mistake(
                "NaN is not seen: every comparison with it is False, so ask `not (gap <= limit)`",
                "not np.abs(a - b).max() <= limit",
                "np.abs(a - b).max() > limit",
            ),
            Mistake(
                "layers are numbered from 0",
                "        if not np.abs(a - b).max() <= limit:\n            return index",
                "        if not np.abs(a - b).max() <= limit:\n            return index + 1",
            ),
            Mistake(
                "other shapes are stretched to fit (broadcasting) and compared: compare the shapes first",
                "        if a.shape != b.shape:\n            return index\n",
                "",
            ),
            Mistake("where they never part, None is expected", "return None", "return -1"),
        ),
    ),
    Exercise(
        "pairwise_sum",
        returns=("the sum",),
        cases=(
            case(np.array([3.0])),
            case(np.array([1.0, 2.0])),
            case(np.array([1.0, 2.0, 3.0]), note="an odd number"),
            case(np.arange(1.0, 8.0)),
            case(np.float32([1, 2, 3, 4, 5]), note="float32"),
            case(TENTHS, tolerance=PRECISE, note="100,000 tenths in float32"),
        ),
        mistakes=(
            Mistake(
                "an odd number's last one is lost: it has no neighbour, and goes along as it is",
                "np.concatenate([x[0:even:2] + x[1:even:2], x[even:]])",
                "x[0:even:2] + x[1:even:2]",
            ),
            Mistake(
                "added up one after the other: in float32 the sum loses its last digits; add in pairs",
                "while len(x) > 1:",
                "x = np.cumsum(x)[-1:]\n    while len(x) > 1:",
            ),
            Mistake(
                "a mean for a sum: nothing is divided here",
                "x[0:even:2] + x[1:even:2], x[even:]",
                "(x[0:even:2] + x[1:even:2]) / 2, x[even:]",
            ),
            Mistake(
                "it is one array, not one number: return its only entry, x[0]",
                "return x[0]",
                "return x",
            ),
            Mistake(
                "it stops too early: go on until one number is left",
                "while len(x) > 1:",
                "while len(x) > 2:",
            ),
        ),
        keras=in_keras,
        timed=case(MANY, note="a million numbers"),
    ),
)
