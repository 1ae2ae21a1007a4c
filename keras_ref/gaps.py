"""Gaps: how far two networks that train in lock-step are apart after each step, and why the gap grows."""

import numpy as np


class GapLog:
    """Keeps the gap of every step, the first difference above the tolerance, and what lets the gap grow.

    weights: Keras's before the first step, a list of arrays. tolerance: an absolute difference.
    """

    def __init__(self, weights, tolerance):
        self.tolerance = tolerance
        self.gaps, self.first_difference, self.furthest = [], None, {}
        self.weights = weights
        self.moved = [np.zeros_like(w) for w in weights]  # the lengths of all steps, added up
        self.pulled = [np.zeros_like(w) for w in weights]  # the sizes of all gradients, added up

    def add(self, tensors, same_weights):
        """Take in one step: {kind: [Pair, ...]} in the order of computation, and a list of Pairs."""
        self.add_gap(tensors | {"same_weights": same_weights})
        if self.first_difference is None:
            self.first_difference = self.find_difference(tensors)
        self.add_paths(tensors["weights"], same_weights)

    def add_gap(self, tensors):
        """Put down how far apart the tensors of each kind are."""
        gap = {"step": len(self.gaps) + 1}
        ulps = {}
        for kind, pairs in tensors.items():
            pair = max(pairs, key=size)
            gap[kind], ulps[kind] = number(pair.difference), number(np.max([p.ulps for p in pairs]))
            if kind not in self.furthest or size(pair) > size(self.furthest[kind][0]):
                self.furthest[kind] = pair, gap["step"]
        switched = sum(int(((p.scratch == 0) != (p.keras == 0)).sum()) for p in tensors["activations"])
        self.gaps.append(gap | {"ulps": ulps, "relus_switched": switched})

    def find_difference(self, tensors):
        """Return a dict of the first tensor that differs by more than the tolerance, or None."""
        for pairs in tensors.values():
            for pair in pairs:
                if not pair.difference <= self.tolerance:  # true of NaN
                    return {
                        "step": len(self.gaps),
                        "tensor": pair.name,
                        "difference": number(pair.difference),
                        "tolerance": self.tolerance,
                    }
        return None

    def add_paths(self, weights, gradients):
        """Add to how far each of Keras's weights has moved, and to how large its gradients were."""
        for i, (pair, gradient) in enumerate(zip(weights, gradients, strict=True)):
            with np.errstate(invalid="ignore"):  # infinity - infinity
                self.moved[i] += np.abs(pair.keras - self.weights[i])
            self.pulled[i] += np.abs(gradient.keras)
            self.weights[i] = pair.keras

    def report(self, weights):
        """Return all of it as a dict ready for JSON; a difference that is not finite is None.

        weights: the parameters after the last step, a list of Pairs.

        `gaps` has a dict for each step: `step`; the largest absolute difference in each kind of tensor, and
        in `same_weights` that of the parameters' gradients where both sides have Keras's weights; `ulps`, the
        same in units in the last place; `relus_switched`, how many activations are 0 on one side only.
        `first_difference` is None or says which tensor differed first, `largest` which of each kind ever
        differed most, `growth` what the gap grows by.
        """
        largest = {
            kind: {"tensor": pair.name, "step": step, "difference": number(pair.difference)}
            for kind, (pair, step) in self.furthest.items()
        }
        return {
            "first_difference": self.first_difference,
            "largest": largest,
            "growth": self.growth(weights),
            "gaps": self.gaps,
        }

    def growth(self, weights):
        """Return by how much weights move for their gradients, so for a difference of these, too: a dict.

        `pace` is how far the median weight has moved, as a multiple of all its gradients' sizes; `furthest`
        is the weight that is furthest apart at the end, and its own pace.
        """
        paces = [ratio(m, p) for m, p in zip(self.moved, self.pulled, strict=True)]
        every = np.concatenate([p.reshape(-1) for p in paces])
        worst = max(range(len(weights)), key=lambda i: size(weights[i]))
        with np.errstate(invalid="ignore"):  # infinity - infinity
            apart = np.abs(weights[worst].scratch - weights[worst].keras)
        index = np.unravel_index(np.argmax(apart), apart.shape)
        return {
            "pace": number(np.median(every[~np.isnan(every)])) if not np.isnan(every).all() else None,
            "furthest": {
                "tensor": weights[worst].name,
                "index": [int(k) for k in index],
                "pace": number(paces[worst][index]),
            },
        }


def ratio(moved, pulled):
    """Return moved / pulled, NaN for weights without a gradient."""
    with np.errstate(invalid="ignore"):  # infinity / infinity
        return np.divide(moved, pulled, out=np.full_like(moved, np.nan), where=pulled > 0)


def size(pair):
    """Return a pair's difference, which is the largest of all where it is NaN."""
    return float("inf") if np.isnan(pair.difference) else pair.difference


def number(value):
    """Return a float, or None where it is not finite: JSON has no word for that."""
    return float(value) if np.isfinite(value) else None
