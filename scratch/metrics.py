"""Metrics: what is counted over an epoch. `update_state` for each batch, then `result`, as in Keras."""

import numpy as np

from scratch.errors import ShapeError
from scratch.lookup import find_instance


class Metric:
    """What all metrics are: `update_state(y_true, y_pred)` for each batch, `result()`, `reset_state()`.

    direction: "max" where a larger result is a better one, "min" where a smaller one is, None where that is
    not known; callbacks that watch for improvement ask for it.
    """

    direction = None

    def __init__(self, name=None):
        self.name = name or self.name
        self.reset_state()


class Mean(Metric):
    """A running mean, weighted by the number of images: a smaller last batch counts for less."""

    name = "mean"

    def reset_state(self):
        """Forget everything."""
        self.total, self.count = 0.0, 0

    def add(self, mean, n):
        """Count the `mean` of `n` more values."""
        self.total += mean * n
        self.count += n

    def result(self):
        """Return the mean, a float; 0 before anything was counted."""
        return self.total / self.count if self.count else 0.0


class SparseCategoricalAccuracy(Mean):
    """The share of images whose most probable class is their label; y_true: (N,) or (N, 1) ints, y_pred: (N,
    K).
    """

    name = "sparse_categorical_accuracy"
    direction = "max"

    def update_state(self, y_true, y_pred):
        """Count one more batch."""
        labels = np.asarray(y_true)
        if labels.shape not in ((len(y_pred),), (len(y_pred), 1)):
            raise ShapeError(
                f"{self.name}: expected one label for each prediction, received shape {labels.shape}"
            )
        labels = labels.reshape(-1)
        if len(labels):
            right = int(np.count_nonzero(y_pred.argmax(axis=1) == labels))
            self.add(right / len(labels), len(labels))


class CategoricalAccuracy(SparseCategoricalAccuracy):
    """The share of images whose most probable class has the largest target; y_true and y_pred: (N, K)."""

    name = "categorical_accuracy"

    def update_state(self, y_true, y_pred):
        """Count one more batch."""
        if np.shape(y_true) != y_pred.shape:
            raise ShapeError(f"{self.name}: expected rows of targets, received shape {np.shape(y_true)}")
        super().update_state(np.asarray(y_true).argmax(axis=1), y_pred)


class Accuracy(Metric):
    """Stands for "accuracy": sparse for labels, categorical for one-hot rows, as the first batch shows."""

    name = "accuracy"
    direction = "max"

    def reset_state(self):
        """Forget everything, also which of the two it is."""
        self.metric = None

    def update_state(self, y_true, y_pred):
        """Count one more batch."""
        if self.metric is None:
            one_hot = np.shape(y_true) == y_pred.shape and y_pred.shape[1] > 1
            self.metric = CategoricalAccuracy() if one_hot else SparseCategoricalAccuracy()
        self.metric.update_state(y_true, y_pred)

    def result(self):
        """Return the accuracy, a float; 0 before anything was counted."""
        return self.metric.result() if self.metric else 0.0


METRICS = {
    "accuracy": Accuracy,
    "acc": Accuracy,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
}


def get(identifier):
    """Return the metric that a name, a class or an object stands for; a name is also what its result is
    called.

    Raises ValueError for an unknown name.
    """
    metric = find_instance(identifier, METRICS, "metric", Metric)
    if isinstance(identifier, str):
        metric.name = identifier
    return metric
