"""Solutions to the exercises of lesson 7."""

import numpy as np


def kernel_gradients(x, dy):
    """Return dw and db, weight by weight."""
    H, W, C = x.shape[1:]
    OH, OW, F = dy.shape[1:]
    dw = np.zeros((H - OH + 1, W - OW + 1, C, F), x.dtype)
    for p, q in np.ndindex(dw.shape[:2]):
        met = x[:, p : p + OH, q : q + OW]
        dw[p, q] = np.einsum("nijc,nijf->cf", met, dy)
    return dw, dy.sum(axis=(0, 1, 2))


def input_gradient(dy, w, x_shape, s=1):
    """Return dx: each weight hands dy to the pixels that it lay on."""
    dx = np.zeros(x_shape, dy.dtype)
    (OH, OW), (KH, KW) = dy.shape[1:3], w.shape[:2]
    for p, q in np.ndindex(KH, KW):
        rows = slice(p, p + s * (OH - 1) + 1, s)
        columns = slice(q, q + s * (OW - 1) + 1, s)
        dx[:, rows, columns] += dy @ w[p, q].T
    return dx
