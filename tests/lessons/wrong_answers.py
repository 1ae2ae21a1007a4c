"""Wrong answers to the exercises, written as a person would, and what is to be said of them.

(lesson, function, the answer's text, a part of the likely mistake or, where none is likely, of the sentence)
"""

WRONG_ANSWERS = [
    (
        2,
        "softmax",
        "def softmax(z, T=1.0):\n    e = np.exp(z / T)\n    return e / e.sum(1)[:, None]",
        "overflows",
    ),
    (
        2,
        "softmax",
        "def softmax(z, T=1.0):\n    z -= z.max(axis=1, keepdims=True)\n    e = np.exp(z / T)\n"
        "    return e / e.sum(axis=1, keepdims=True)",
        "it changes z",
    ),
    (
        2,
        "softmax",
        "def softmax(z, T=1.0):\n    e = np.exp(z / T - (z / T).max())\n"
        "    return e / e.sum(axis=1, keepdims=True)",
        "each row's own",
    ),
    (
        2,
        "cross_entropy_gradient",
        "def cross_entropy_gradient(z, Y, T=1.0):\n    e = np.exp((z - z.max()) / T)\n"
        "    return (e / e.sum(1, keepdims=True) - Y) / len(z)",
        "1 / T",
    ),
    (
        2,
        "cross_entropy_gradient",
        "def cross_entropy_gradient(z, Y, T=1.0):\n    e = np.exp((z - z.max()) / T)\n"
        "    return ((e / e.sum(1, keepdims=True) - Y) / T).astype(z.dtype)",
        "a sum for a mean",
    ),
    (
        7,
        "kernel_gradients",
        "def kernel_gradients(x, dy):\n"
        "    N, H, W, C = x.shape\n    _, OH, OW, F = dy.shape\n"
        "    dw = np.zeros((H - OH + 1, W - OW + 1, C, F), x.dtype)\n"
        "    for i, j in np.ndindex(OH, OW):\n"
        "        window = x[:, i : i + dw.shape[0], j : j + dw.shape[1]]\n"
        "        dw = np.einsum('npqc,nf->pqcf', window, dy[:, i, j])\n"
        "    return dw, dy.sum((0, 1, 2))",
        "only the last window",
    ),
    (
        7,
        "input_gradient",
        "def input_gradient(dy, w, x_shape, s=1):\n"
        "    dx = np.zeros(x_shape, dy.dtype)\n"
        "    for i, j in np.ndindex(dy.shape[1:3]):\n"
        "        part = np.einsum('nf,pqcf->npqc', dy[:, i, j], w)\n"
        "        dx[:, i * s : i * s + len(w), j * s : j * s + w.shape[1]] = part\n"
        "    return dx",
        "assigned (=)",
    ),
    (
        7,
        "input_gradient",
        "def input_gradient(dy, w, x_shape, s=1):\n"
        "    dx = np.zeros(x_shape)\n"
        "    for i, j in np.ndindex(dy.shape[1:3]):\n"
        "        part = np.einsum('nf,pqcf->npqc', dy[:, i, j], w)\n"
        "        dx[:, i * s : i * s + len(w), j * s : j * s + w.shape[1]] += part\n"
        "    return dx",
        "unless told dtype=",
    ),
    (
        8,
        "max_pool",
        "def max_pool(x, k=2, s=None):\n"
        "    s = s or k\n    N, H, W, C = x.shape\n"
        "    y = np.zeros((N, (H - k) // s + 1, (W - k) // s + 1, C), x.dtype)\n"
        "    winner = np.zeros(y.shape, int)\n"
        "    for n, i, j, c in np.ndindex(y.shape):\n"
        "        window = x[n, i * s : i * s + k, j * s : j * s + k, c]\n"
        "        y[n, i, j, c] = window.max()\n"
        "        winner[n, i, j, c] = k * k - 1 - window.ravel()[::-1].argmax()\n"
        "    return y, winner",
        "of equal pixels the last wins",
    ),
    (
        8,
        "max_pool_backward",
        "def max_pool_backward(dy, winner, x_shape, k=2, s=None):\n"
        "    s = s or k\n    dx = np.zeros(x_shape, dy.dtype)\n"
        "    for n, i, j, c in np.ndindex(dy.shape):\n"
        "        p, q = divmod(winner[n, i, j, c], k)\n"
        "        dx[n, i * s + p, j * s + q, c] = dy[n, i, j, c]\n"
        "    return dx",
        "missing accumulation",
    ),
]
