"""Branches: which way each ReLU and each max-pooling of some layers went, noted, compared, and held.

On either side of a ReLU's kink and of a tie in a pool the function has another formula, a branch. Comparing
the branches at x with those a step away says which layer has a kink within the step. Holding them as they
were at x gives a function without kinks, whose slope is the one that a backward which took these branches
has to return.
"""

from collections import Counter
from contextlib import contextmanager

import numpy as np

from scratch.windows import extract_windows

NOTE, COMPARE, HOLD = "note", "compare", "hold"


class WatchedOps:
    """The operations that one layer calls, with an eye on its ReLU and its max-pooling.

    ops: the module that all else is taken from; layer: its name; watch: the Watch that this is a part of.
    """

    def __init__(self, ops, layer, watch):
        self.ops, self.layer, self.watch = ops, layer, watch

    def __getattr__(self, name):
        return getattr(self.ops, name)

    def relu_forward(self, x):
        """See scratch.reference; where branches are held, what was 0 stays 0, and the rest stays itself."""
        branch = self.watch.branch(self.layer, "ReLU", lambda: x > 0, lambda: x == 0)
        return self.ops.relu_forward(x) if branch is None else (np.where(branch, x, 0.0), x)

    def max_pool2d_forward(self, x, pool_size=(2, 2), strides=None, padding="valid"):
        """See scratch.reference; where branches are held, the pixel that won at first is taken."""
        windows = extract_windows(x, pool_size, strides or pool_size, padding, pad_value=-np.inf)
        N, OH, OW, PH, PW, C = windows.shape
        candidates = windows.reshape(N, OH, OW, PH * PW, C)
        branch = self.watch.branch(
            self.layer,
            "max-pooling",
            lambda: candidates.argmax(axis=3, keepdims=True),
            lambda: ties(candidates),
        )
        if branch is None:
            return self.ops.max_pool2d_forward(x, pool_size, strides, padding)
        return np.take_along_axis(candidates, branch, axis=3)[:, :, :, 0], None


def ties(candidates):
    """Return in which windows (N, OH, OW, PH*PW, C) the largest value occurs more than once."""
    return (candidates == candidates.max(axis=3, keepdims=True)).sum(axis=3) > 1


class Watch:
    """What several layers' ReLUs and max-poolings did; `mode` says whether it is noted, compared or held.

    exact: {(layer, kind): how many lie exactly on a kink or a tie}, of those noted.
    changes: {(layer, kind): how many went another way} in the comparison under way.
    """

    def __init__(self):
        self.mode, self.noted, self.exact, self.changes = NOTE, {}, {}, Counter()

    def branch(self, layer, kind, taken, on_kink):
        """Note or compare the branches that were `taken`; return those to take where they are held."""
        place = layer, kind
        if self.mode == HOLD:
            return self.noted[place]
        if self.mode == NOTE:
            self.noted[place], self.exact[place] = taken(), int(on_kink().sum())
        elif changed := int((taken() != self.noted[place]).sum()):
            self.changes[place] += changed
        return None

    def compared(self, f):
        """Return {(layer, kind): how many branches} differ in f() from those noted."""
        self.changes = Counter()
        with self.doing(COMPARE):
            f()
        return dict(self.changes)

    def held(self, f):
        """Return the float f(), computed with all branches as they were noted."""
        with self.doing(HOLD):
            return f()

    @contextmanager
    def doing(self, mode):
        """Set the mode, and note nothing anew when it is over."""
        before, self.mode = self.mode, mode
        try:
            yield
        finally:
            self.mode = before


@contextmanager
def watched(layers, watch):
    """Let each of the `layers` call its operations under the eyes of `watch`, inside a `with` block."""
    before = [layer.ops for layer in layers]
    try:
        for layer, ops in zip(layers, before, strict=True):
            layer.use_ops(WatchedOps(ops, layer.name, watch))
        yield
    finally:
        for layer, ops in zip(layers, before, strict=True):
            layer.use_ops(ops)
