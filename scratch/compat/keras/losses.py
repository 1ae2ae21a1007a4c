"""keras.losses: cross-entropy, by class, by function and by name."""

from scratch import losses as ours
from scratch.compat.offering import Named, Offered
from scratch.compat.tensors import tensor

MEAN = {"reduction": "sum_over_batch_size"}


def offered(make, parameters):
    """Return a loss that takes Keras's arguments."""
    return Offered(f"keras.losses.{make.__name__}", make, parameters)


SparseCategoricalCrossentropy = offered(
    ours.SparseCategoricalCrossentropy,
    {"from_logits": False, "ignore_class": None}
    | MEAN
    | {"axis": -1, "name": "sparse_categorical_crossentropy", "dtype": None},
)
CategoricalCrossentropy = offered(
    ours.CategoricalCrossentropy,
    {"from_logits": False, "label_smoothing": 0.0, "axis": -1}
    | MEAN
    | {"name": "categorical_crossentropy", "dtype": None},
)


def each_loss(make):
    """Return the function that computes each image's loss: (y_true, y_pred) -> (N,)."""

    def losses(y_true, y_pred, from_logits=False, **options):
        loss = make(from_logits, **options)
        rows = zip(tensor(y_true), tensor(y_pred), strict=True)
        return tensor([loss.value_and_grad(y[None], p[None], from_logits)[0] for y, p in rows])

    return losses


sparse_categorical_crossentropy = Named(
    "sparse_categorical_crossentropy", each_loss(SparseCategoricalCrossentropy)
)
categorical_crossentropy = Named("categorical_crossentropy", each_loss(CategoricalCrossentropy))
get = ours.get


__all__ = [
    "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy",
    "categorical_crossentropy",
    "get",
    "sparse_categorical_crossentropy",
]
