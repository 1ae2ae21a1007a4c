"""What `fit`, `evaluate` and `predict` are given, as batches: arrays, generators, sequences of batches."""

from scratch.batches import Batches, Stream, is_stream, loss_weights
from scratch.errors import DataError
from scratch.layers.arguments import positive

DEFAULT_BATCH_SIZE = 32  # Keras's


def batches(
    model, x, y=None, batch_size=None, sample_weight=None, class_weight=None, steps=None, shuffle=False
):
    """Return the Batches of arrays that are checked, or a Stream of batches that each will be."""

    def checked(x, y=None, weights=None):
        x, y = model.checked(x, y)
        return x, y, loss_weights(y, weights, class_weight)

    if is_stream(x):
        if y is not None or sample_weight is not None:
            raise ValueError("y, sample_weight: expected none beside a generator, which brings its own")
        return Stream(x, steps, shuffle, model.rng, checked)
    if isinstance(x, Batches):
        given, (x, y, weights) = x, checked(x.x, x.y, x.weights)
        return Batches(x, y, given.batch_size, given.shuffle, given.seed, weights, given.steps)
    x, y, weights = checked(x, y, sample_weight)
    if batch_size is None and steps is not None:  # as in Keras: as many steps as were asked for see all
        batch_size = -(-len(x) // positive(steps, "steps"))
    seed = int(model.rng.integers(2**32)) if shuffle else 0
    return Batches(x, y, checked_batch_size(batch_size), shuffle, seed, weights, steps)


def inputs(model, x, batch_size=None, steps=None):
    """Return batches without labels, of arrays that are checked or of a Stream."""
    if is_stream(x):
        return Stream(x, steps, check=lambda x, *labels: (model.as_input(x), None))
    x = model.as_input(x)
    return Batches(x, x, checked_batch_size(batch_size), shuffle=False, steps=steps)


def held_out(model, data, batch_size=None, steps=None):
    """Return the batches to validate on, or None; data: (x, y), (x, y, weights), a generator, or None."""
    if data is None:
        return None
    parts = data if isinstance(data, tuple | list) else (data, None)
    if not 2 <= len(parts) <= 3 or (parts[1] is None and not is_stream(parts[0])):
        raise ValueError("validation_data: expected a pair (x, y), received something else")
    return batches(model, *parts[:2], batch_size, *parts[2:], steps=steps)


def split(model, x, y, sample_weight, fraction):
    """Return what to train on, (x, y, weights), and what to validate on: the last `fraction` of the data."""
    if is_stream(x) or isinstance(x, Batches):
        raise ValueError("validation_split: expected arrays to split, received batches; use validation_data")
    x, y = model.checked(x, y)
    weights = loss_weights(y, sample_weight)
    n = int(len(x) * (1 - fraction))
    if n == 0:
        raise DataError(f"validation_split={fraction} leaves none of {len(x)} images to train on")
    if weights is None:
        return (x[:n], y[:n], None), (x[n:], y[n:])
    return (x[:n], y[:n], weights[:n]), (x[n:], y[n:], weights[n:])


def checked_batch_size(batch_size):
    """Return the batch size, or Keras's for None. Raises ValueError unless it is a positive whole number."""
    return DEFAULT_BATCH_SIZE if batch_size is None else positive(batch_size, "batch_size")
