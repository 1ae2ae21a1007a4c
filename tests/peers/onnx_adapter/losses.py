"""Cross-entropy in all of ONNX's reductions."""

import numpy as np
from scipy.special import logsumexp

from scratch import losses
from tests.cases import ENGINES
from tests.peers.onnx_adapter.activations import log_probabilities
from tests.peers.rows import losses_of_rows


def cross_entropy(call):
    """SoftmaxCrossEntropyLoss: the loss and, if it is asked for, the logarithms of the probabilities."""
    rows = rows_of(call.input(0))
    outputs = [reduced_loss(call, rows, np.zeros(len(rows)))]
    if len(call.outputs) > 1:
        logs = log_probabilities(call, rows).reshape(np.moveaxis(call.input(0), 1, -1).shape)
        outputs.append(np.moveaxis(logs, -1, 1))
    return outputs


def negative_log_likelihood(call):
    """NegativeLogLikelihoodLoss: takes what it is given for log-probabilities, whatever they sum to.

    Ours takes it for logits, and so adds the logarithm of that sum, which is 0 for log-probabilities.
    """
    rows = rows_of(call.input(0))
    return [reduced_loss(call, rows, logsumexp(rows, axis=1))]


def rows_of(x):
    """Return scores (N, K, ...) as rows of K."""
    return np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


def reduced_loss(call, rows, excess):
    """Return ONNX's loss of all rows, less each one's `excess`: (M, K), (M,).

    The mean over all labels is our loss of the batch. Other reductions, weights and labels to be ignored are
    put together from our losses of single rows.
    """
    labels, weights = call.input(1), call.input(2)
    labels_of_rows = labels.reshape(-1)
    reduction, ignored = call.get("reduction", "mean"), call.get("ignore_index")
    ours = losses.SparseCategoricalCrossentropy(from_logits=True)
    ours.ops = ENGINES[call.engine]
    if reduction == "mean" and weights is None and ignored is None:
        loss = np.asarray(ours(labels_of_rows, rows) - excess.mean())
    else:
        counts = labels_of_rows != ignored
        each = losses_of_rows(ours, labels_of_rows, rows, counts) - counts * excess
        weight = counts * (1 if weights is None else weights[np.where(counts, labels_of_rows, 0)])
        loss = reduce_losses(each * weight, weight, reduction, labels.shape)
    return loss.astype(rows.dtype)


def reduce_losses(weighted, weight, reduction, shape):
    """Return each row's loss, in `shape`, or their sum, or their weighted mean."""
    if reduction == "none":
        return weighted.reshape(shape)
    total = np.asarray(weighted.sum())
    return total / weight.sum() if reduction == "mean" else total
