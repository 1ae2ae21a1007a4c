"""Lesson 13: batches that lose nobody, and the adjoint test."""

import numpy as np

from lessons.grading.exercise import Exercise, Mistake, Seed, case

rng = np.random.default_rng(13)
X, DY = rng.normal(size=(3, 4)), rng.normal(size=(3, 2))
W = rng.normal(size=(4, 2))
CHANCE = 0.1  # of 2,000 images: what is measured is off by less than 5%


def measured(parts):
    """Return what tells one way of making batches from another, {name: number}."""
    order = np.concatenate([np.asarray(part) for part in parts])
    neighbours = [np.mean(np.abs(np.diff(part)) == 1) for part in parts if len(part) > 1]
    return {
        "number of batches": len(parts),
        "images in all": len(order),
        "different images": len(np.unique(order)),
        "smallest number": order.min(),
        "largest batch": max(len(part) for part in parts),
        "smallest batch": min(len(part) for part in parts),
        "share of neighbours in a batch, in halves": round(2 * np.mean(neighbours)) if neighbours else 0,
        "share of images where they were, in halves": round(2 * np.mean(order == np.arange(len(order)))),
    }


def product(x):
    """x @ W"""
    return x @ W


def its_adjoint(dy):
    """dy @ W.T"""
    return dy @ W.T


def twice_its_adjoint(dy):
    """2 * dy @ W.T, which is wrong"""
    return 2 * dy @ W.T


def negative(dy):
    """-dy @ W.T, which is wrong"""
    return -dy @ W.T


def nothing(x):
    """0"""
    return 0 * x


def cut_off(x):
    """x[:, :2]"""
    return x[:, :2]


def padded(dy):
    """dy with two columns of zeros"""
    return np.pad(dy, ((0, 0), (0, 2)))


EXERCISES = (
    Exercise(
        "batches",
        returns=("the batches",),
        measure=measured,
        cases=(
            case(1, 1, Seed(0), note="one image"),
            case(2_000, 50, Seed(1), tolerance=CHANCE),
            case(2_001, 50, Seed(2), tolerance=1e-4, note="one image is left for the last batch"),
            case(300, 500, Seed(3), tolerance=1e-3, note="fewer images than a batch has"),
        ),
        mistakes=(
            Mistake(
                "the images that are left are lost: the last batch may be smaller",
                "range(0, N, batch_size)",
                "range(0, max(N - batch_size + 1, 1), batch_size)",
            ),
            Mistake(
                "only the starts of the batches are shuffled: neighbours stay together in every epoch; "
                "shuffle the images, then cut",
                "[order[start : start + batch_size] for start in range(0, N, batch_size)]",
                "[np.arange(s, min(s + batch_size, N)) for s in rng.permutation(range(0, N, batch_size))]",
            ),
            Mistake("nothing is shuffled", "rng.permutation(N)", "np.arange(N)"),
            Mistake(
                "drawn with replacement: some images are there twice, others not at all; use a permutation",
                "rng.permutation(N)",
                "rng.integers(0, N, N)",
            ),
            Mistake(
                "each batch is drawn by itself, so that images repeat: draw one order for all, and cut it",
                "[order[start : start + batch_size] for",
                "[rng.permutation(order)[: min(batch_size, N - start)] for",
            ),
            Mistake(
                "batches of nearly the same size (np.array_split): all have batch_size images but the last",
                "[order[start : start + batch_size] for start in range(0, N, batch_size)]",
                "np.array_split(order, -(-N // batch_size))",
            ),
            Mistake("images are numbered from 0", "rng.permutation(N)", "rng.permutation(N) + 1"),
            Mistake(
                "off by one: batches overlap by an image",
                "order[start : start + batch_size]",
                "order[start : start + batch_size + 1]",
            ),
            Mistake(
                "off by one: the last image of every batch is lost",
                "order[start : start + batch_size]",
                "order[start : start + max(batch_size - 1, 1)]",
            ),
        ),
        timed=case(60_000, 128, Seed(0), note="60,000 images in batches of 128"),
    ),
    Exercise(
        "adjoint_gap",
        returns=("the gap",),
        cases=(
            case(product, twice_its_adjoint, X, DY, note="a backward that is twice too large"),
            case(product, negative, X, DY, note="a backward with the wrong sign"),
            case(nothing, nothing, np.ones(2), np.ones(2), note="both sides are 0"),
            case(product, its_adjoint, 1e3 * X, DY, tolerance=1e9, note="a right backward"),
            case(product, padded, -X, DY),
            case(cut_off, its_adjoint, X, DY),
        ),
        mistakes=(
            Mistake(
                "an absolute value is missing: the gap is never below 0",
                "abs(left - right) / size",
                "(left - right) / size",
            ),
            Mistake(
                "absolute values are missing in the denominator: left and right may have other signs",
                "abs(left) + abs(right)",
                "left + right",
            ),
            Mistake(
                "not divided: without a scale nobody knows whether it is much",
                "abs(left - right) / size",
                "abs(left - right)",
            ),
            Mistake(
                "0 / 0 where both sides are 0: the gap is 0 then",
                "float(abs(left - right) / size) if size else 0.0",
                "np.abs(left - right) / size",
            ),
            Mistake("divided by one side only", "abs(left) + abs(right)", "abs(left)"),
            Mistake(
                "divided by the larger of the two sides; expected their sum",
                "abs(left) + abs(right)",
                "max(abs(left), abs(right))",
            ),
            Mistake(
                "means for sums: x and dy may have different numbers of entries",
                "np.sum(forward(x) * dy), np.sum(x * backward(dy))",
                "np.mean(forward(x) * dy), np.mean(x * backward(dy))",
            ),
        ),
    ),
)
