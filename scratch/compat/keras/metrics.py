"""keras.metrics: accuracy, by class, by function and by name."""

from scratch import metrics as ours
from scratch.compat.offering import Named, Offered
from scratch.compat.tensors import tensor


def offered(make, name):
    """Return a metric that takes Keras's arguments."""
    return Offered(f"keras.metrics.{make.__name__}", make, {"name": name, "dtype": None}, {"name"})


SparseCategoricalAccuracy = offered(ours.SparseCategoricalAccuracy, "sparse_categorical_accuracy")
CategoricalAccuracy = offered(ours.CategoricalAccuracy, "categorical_accuracy")


def sparse_hits(y_true, y_pred):
    """Return 1.0 for each image whose most probable class is its label, else 0.0."""
    return tensor(tensor(y_pred).argmax(-1) == tensor(y_true).reshape(-1), "float32")


def hits(y_true, y_pred):
    """Return 1.0 for each image whose most probable class has the largest target, else 0.0."""
    return sparse_hits(tensor(y_true).argmax(-1), y_pred)


sparse_categorical_accuracy = Named("sparse_categorical_accuracy", sparse_hits)
categorical_accuracy = Named("categorical_accuracy", hits)
Metric = Offered("keras.metrics.Metric", ours.Metric, {})
get = ours.get


__all__ = [
    "CategoricalAccuracy",
    "Metric",
    "SparseCategoricalAccuracy",
    "categorical_accuracy",
    "get",
    "sparse_categorical_accuracy",
]
