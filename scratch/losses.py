"""Losses: cross-entropy between what is true and what the network says, in Keras's two spellings.

A model that ends in a softmax is trained through its logits, as in Keras: the loss is then computed, and
differentiated, from what goes into the softmax, which is exact where probabilities would round to 0 or 1.
"""

import numpy as np

from scratch import reference
from scratch.batches import loss_weights
from scratch.errors import DataError, ShapeError
from scratch.lookup import find_instance, snake_case


class Loss:
    """The mean over the batch of each image's loss.

    from_logits: whether predictions are logits (scores that a softmax has yet to turn into probabilities).
    Source of the formulas: scratch.reference.
    """

    ops = reference

    def __init__(self, from_logits=False, name=None):
        self.from_logits = from_logits
        self.name = name or snake_case(type(self).__name__)

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Return the loss, a float, of predictions y_pred: (N, K)."""
        weights = loss_weights(np.asarray(y_true), sample_weight)
        return self.value_and_grad(y_true, np.asarray(y_pred), self.from_logits, weights)[0]

    def value_and_grad(self, y_true, y_pred, from_logits, sample_weight=None):
        """Return the loss, a float, and its gradient with respect to y_pred, (N, K).

        sample_weight: (N,), factors of the images' own losses; the mean is still over N, as in Keras.
        Raises ShapeError or ValueError where y_true does not fit y_pred; the message names the first label at
        fault.
        """
        y_true = np.asarray(y_true)
        self.check(y_true, y_pred.shape)
        return self.of_checked(y_true, y_pred, from_logits, sample_weight)

    def of_checked(self, y_true, y_pred, from_logits, sample_weight=None):
        """Do what value_and_grad does, where `check` has seen y_true, an array, before."""
        targets = self.targets(y_true, y_pred)
        compute = self.of_logits if from_logits else self.of_probabilities
        loss, dy = compute(targets, y_pred)
        if sample_weight is not None:  # each image's loss is linear in its targets, and its gradient its own
            weights = np.asarray(sample_weight, y_pred.dtype).reshape(-1, 1)
            loss, dy = compute(targets * weights, y_pred)[0], dy * weights
        return loss, dy

    def check(self, y_true, shape):
        """Raise ShapeError or ValueError where y_true does not fit predictions of `shape` (N, K)."""
        raise NotImplementedError

    def targets(self, y_true, y_pred):
        """Return y_true as rows (N, K) of y_pred's dtype."""
        raise NotImplementedError

    def of_logits(self, targets, z):
        """Return the loss of logits z: (N, K), and dz."""
        loss, cache = self.ops.softmax_cross_entropy_forward(z, targets)
        return loss, self.ops.softmax_cross_entropy_backward(cache)

    def of_probabilities(self, targets, p):
        """Return the loss of probabilities p: (N, K), and dp."""
        raise NotImplementedError


class SparseCategoricalCrossentropy(Loss):
    """Cross-entropy against labels: y_true (N,) or (N, 1), whole numbers from 0 to K - 1.

    Any other label is an error, as it is in TensorFlow on a CPU.
    """

    def check(self, y_true, shape):
        """See Loss."""
        n, classes = shape
        if y_true.shape not in ((n,), (n, 1)):
            raise ShapeError(f"expected one label for each of {n} predictions, received shape {y_true.shape}")
        labels = check_numbers(y_true).reshape(-1)
        wrong = ~((labels >= 0) & (labels < classes) & (labels == np.floor(labels)))  # true of NaN, too
        if wrong.any():
            first = int(wrong.argmax())
            raise ValueError(
                f"label {labels[first]} at index {first} is not one of the {classes} classes: expected a "
                f"whole number from 0 to {classes - 1}"
            )

    def targets(self, y_true, y_pred):
        """See Loss: labels become one-hot rows."""
        return one_hot(y_true.reshape(-1).astype(int), y_pred.shape[1], y_pred.dtype)

    def of_probabilities(self, targets, p):
        """See Loss; as in Keras, log(p), clipped, serves as logits."""
        z, cache = self.ops.log_probability_forward(p)
        loss, dz = self.of_logits(targets, z)
        return loss, self.ops.log_probability_backward(dz, cache)


class CategoricalCrossentropy(Loss):
    """Cross-entropy against distributions: y_true (N, K), rows that sum to 1, such as one-hot labels.

    label_smoothing: a fraction of at least 0 and at most 1 that is taken from the targets and spread over all
    classes.
    """

    def __init__(self, from_logits=False, label_smoothing=0.0, name=None):
        super().__init__(from_logits, name)
        if not 0 <= label_smoothing <= 1:
            raise ValueError(
                f"label_smoothing: expected a fraction from 0 to 1, received {label_smoothing!r}"
            )
        self.label_smoothing = label_smoothing

    def check(self, y_true, shape):
        """See Loss."""
        if y_true.shape != tuple(shape):
            raise ShapeError(
                f"expected a row of {shape[1]} targets for each of {shape[0]} predictions, received shape "
                f"{y_true.shape}; for integer labels use sparse_categorical_crossentropy"
            )
        wrong = ~((check_numbers(y_true) >= 0) & (y_true <= 1)).all(axis=1)  # true of NaN, too
        if wrong.any():
            first = int(wrong.argmax())
            raise ValueError(
                f"targets at index {first}: expected numbers from 0 to 1, received {y_true[first]}"
            )

    def targets(self, y_true, y_pred):
        """See Loss: y_true, smoothed."""
        y_true = y_true.astype(y_pred.dtype)
        if self.label_smoothing:
            y_true = y_true * (1 - self.label_smoothing) + self.label_smoothing / y_pred.shape[1]
        return y_true

    def of_probabilities(self, targets, p):
        """See Loss."""
        loss, cache = self.ops.cross_entropy_forward(p, targets)
        return loss, self.ops.cross_entropy_backward(cache)


def check_numbers(y_true):
    """Return y_true. Raises DataError unless its dtype is one of numbers."""
    if y_true.dtype.kind not in "buif":
        raise DataError(f"labels: expected an array of numbers, received dtype {y_true.dtype}")
    return y_true


def one_hot(labels, classes, dtype="float32"):
    """Return rows (N, classes) that hold 1 at each label and 0 elsewhere; labels: (N,) ints from 0 to classes
    - 1.
    """
    return np.eye(classes, dtype=dtype)[labels]


LOSSES = {
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
}


def get(identifier):
    """Return the loss that a name, a class or an object stands for. Raises ValueError for an unknown name."""
    return find_instance(identifier, LOSSES, "loss", Loss)
