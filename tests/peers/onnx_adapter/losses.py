"""Cross-entropy in all of ONNX's reductions."""

import numpy as np

from scratch import losses
from tests.cases import ENGINES
from tests.peers.onnx_adapter.activations import log_probabilities
from tests.peers.rows import losses_of_rows


def cross_entropy(call):
    """SoftmaxCrossEntropyLoss: the mean over all labels is our loss of the batch.

    Other reductions, weights and labels to be ignored are put together from our losses of single rows.
    """
    x, labels, weights = call.input(0), call.input(1), call.input(2)
    rows, labels_of_rows = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]), labels.reshape(-1)
    reduction, ignored = call.get("reduction", "mean"), call.get("ignore_index")
    ours = losses.SparseCategoricalCrossentropy(from_logits=True)
    ours.ops = ENGINES[call.engine]
    if reduction == "mean" and weights is None and ignored is None:
        loss = np.asarray(ours(labels_of_rows, rows))
    else:
        counts = labels_of_rows != ignored
        each = losses_of_rows(ours, labels_of_rows, rows, counts)
        weight = counts * (1 if weights is None else weights[np.where(counts, labels_of_rows, 0)])
        loss = reduce_losses(each * weight, weight, reduction, labels.shape)
    outputs = [loss.astype(x.dtype)]
    if len(call.outputs) > 1:
        logs = log_probabilities(call, rows).reshape(np.moveaxis(x, 1, -1).shape)
        outputs.append(np.moveaxis(logs, -1, 1))
    return outputs


def reduce_losses(weighted, weight, reduction, shape):
    """Return each row's loss, in `shape`, or their sum, or their weighted mean."""
    if reduction == "none":
        return weighted.reshape(shape)
    total = np.asarray(weighted.sum())
    return total / weight.sum() if reduction == "mean" else total
