"""Our losses return the mean over a batch; other reductions are put together from batches of one row."""

import numpy as np


def losses_of_rows(loss, labels, rows, counted):
    """Return each row's loss, (M,), by our `loss`; 0 where `counted`, (M,), is false.

    labels: (M,) or (M, K); rows: (M, K), what our loss calls predictions.
    """
    each = zip(labels, rows, counted, strict=True)
    return np.array([loss(label[None], row[None]) if counts else 0.0 for label, row, counts in each])
