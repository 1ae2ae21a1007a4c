"""What is drawn at random of each loss: logits or probabilities, and what is true."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np

from keras_ref.backend import load_keras
from keras_ref.parity.case import differentiated, written
from keras_ref.parity.chance import draw, one_of, whole
from scratch import losses
from scratch.reference import EPSILON


@dataclass(frozen=True)
class LossCase:
    """A loss with its arguments, the shape (N, K) of predictions, and what kind of numbers they are.

    It has what a Case has. Predictions are "x", what is true "true"; the loss itself is "y", a number, and
    its gradient "dx".
    """

    layer: str
    arguments: dict
    shape: tuple
    values: str

    def __str__(self):
        """Return the constructor's call, and what goes in."""
        return f"{written(self.layer, self.arguments)} on {self.shape}, values {self.values!r}"

    @property
    def sparse(self):
        """Whether what is true are labels, not rows of probabilities."""
        return self.layer.startswith("Sparse")

    def arrays(self, rng):
        """Return "x" and "true", some rows of which, where they are rows, are not one-hot."""
        n, classes = self.shape
        x, labels = draw(rng, self.shape, self.values), rng.integers(0, classes, n)
        if not self.arguments["from_logits"]:
            x = probabilities(rng, x)
        if self.sparse:
            return {"x": x, "true": labels}
        soft = probabilities(rng, draw(rng, self.shape, "normal"))
        return {"x": x, "true": np.where(rng.random((n, 1)) < 0.5, soft, np.eye(classes)[labels])}

    def keras(self, arrays, dtype):
        """See Case."""
        loss = getattr(load_keras().losses, self.layer)(**self.arguments, dtype=dtype)
        true = arrays["true"] if self.sparse else arrays["true"].astype(dtype)
        y, (dx,) = differentiated(lambda x: loss(true, x), arrays | {"dy": 1.0}, dtype, [])
        return {"y": y, "dx": dx}

    def scratch(self, arrays, engine, dtype, expected):
        """See Case."""
        loss = getattr(losses, self.layer)(**self.arguments)
        loss.ops = import_module(f"scratch.{engine}")
        x = arrays["x"].astype(dtype)
        y, dx = loss.value_and_grad(arrays["true"], x, self.arguments["from_logits"])
        return {"y": np.asarray(y, dtype), "dx": dx}

    def bounds(self, case, arrays):
        """Return the sums of absolute products, of -t log softmax(z) and the like; see parity.bounds."""
        x, true, (n, classes) = arrays["x"], arrays["true"], self.shape
        smoothing = self.arguments.get("label_smoothing", 0)
        t = np.eye(classes)[true] if self.sparse else true * (1 - smoothing) + smoothing / classes
        if self.arguments["from_logits"]:
            return of_logits(x, t)
        unclipped = (x >= EPSILON) & (x <= 1 - EPSILON)
        if self.sparse:  # Keras takes log(p) for logits
            found = of_logits(np.log(np.clip(x, EPSILON, 1 - EPSILON)), t)
            return found | {"dx": np.where(unclipped, found["dx"] / np.where(unclipped, x, 1), 0)}
        total = x.sum(axis=1, keepdims=True)
        q = x / total
        y = (t * (1 - np.log(np.clip(q, EPSILON, 1 - EPSILON)))).sum() / n  # an error of q in log(q): 1 / q
        dq = t / np.clip(q, EPSILON, 1) / n
        return {"y": y, "dx": (dq + (dq * q).sum(axis=1, keepdims=True)) / total}


def of_logits(z, t):
    """Return the sums for the cross-entropy of logits z with targets t."""
    largest = z.max(axis=1, keepdims=True)
    exponentials = np.exp(z - largest)
    total = exponentials.sum(axis=1, keepdims=True)
    y = (t * (np.abs(z) + np.abs(largest) + np.log(total))).sum() / len(z)
    return {"y": y, "dx": (exponentials / total + t) / len(z)}


def probabilities(rng, scores):
    """Return rows of probabilities, exact in float32; some of them are 0, but not the largest of a row."""
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p[(rng.random(p.shape) < 0.1) & (p < 1)] = 0
    return (p / p.sum(axis=1, keepdims=True)).astype(np.float32).astype(np.float64)


def sparse_categorical_crossentropy(rng):
    """Draw a SparseCategoricalCrossentropy of logits, some of them far apart, or of probabilities."""
    return cross_entropy(rng, "SparseCategoricalCrossentropy", {})


def categorical_crossentropy(rng):
    """Draw a CategoricalCrossentropy likewise, its labels smoothed or not."""
    return cross_entropy(rng, "CategoricalCrossentropy", {"label_smoothing": one_of(rng, 0.0, 0.125)})


def cross_entropy(rng, name, more):
    """Draw either loss."""
    from_logits = one_of(rng, True, False)
    shape = whole(rng, 1, 9), whole(rng, 2, 12)
    values = one_of(rng, "normal", "whole", "wide") if from_logits else one_of(rng, "normal", "whole")
    return LossCase(name, {"from_logits": from_logits, **more}, shape, values)


LOSSES = {
    "SparseCategoricalCrossentropy": sparse_categorical_crossentropy,
    "CategoricalCrossentropy": categorical_crossentropy,
}
