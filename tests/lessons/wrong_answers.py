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
    (
        1,
        "scale_and_flatten",
        """
def scale_and_flatten(x):
    return (x.reshape(x.shape[0], -1) / 255.0)
""",
        "it is float64: make it float32",
    ),
    (
        1,
        "scale_and_flatten",
        """
def scale_and_flatten(x):
    x = np.float32(x) / 255
    return np.stack([image.flatten(order="F") for image in x])
""",
        "column by column",
    ),
    (
        1,
        "split",
        """
def split(x, y, fraction):
    k = round(len(x) * fraction)
    return x[k:], y[k:], x[:k], y[:k]
""",
        "the first images are kept",
    ),
    (
        1,
        "split",
        """
def split(x, y, fraction):
    k = int(len(x) * (1 - fraction))
    return x[:k], x[k:], y[:k], y[k:]
""",
        "the order of what is returned",
    ),
    (
        3,
        "dense_backward",
        """
def dense_backward(dy, x, w):
    return np.dot(dy, w), np.dot(x.T, dy), dy.sum(0)
""",
        "a transposition is missing in dx",
    ),
    (
        3,
        "dense_backward",
        """
def dense_backward(dy, x, w):
    n = dy.shape[0]
    return dy.dot(w.T), x.T.dot(dy) / n, dy.sum(0)
""",
        "dw is divided by N",
    ),
    (
        3,
        "sigmoid_backward",
        """
def sigmoid_backward(dy, x):
    return dy * (x * (1 - x))
""",
        "computed from x",
    ),
    (
        3,
        "sigmoid_backward",
        """
def sigmoid_backward(dy, x):
    e = np.exp(-x)
    return dy * e / (1 + e)**2
""",
        "overflows",
    ),
    (
        4,
        "numerical_gradient",
        """
def numerical_gradient(f, x, h=1e-5):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        y = x.copy()
        y[i] += h
        g[i] = (f(y) - f(x)) / h
    return g
""",
        "to one side, (f(x + h) - f(x)) / h",
    ),
    (
        4,
        "numerical_gradient",
        """
def numerical_gradient(f, x, h=1e-5):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        g[i] = (above - f(x)) / (2 * h)
    return g
""",
        "it changes x",
    ),
    (
        4,
        "relative_error",
        """
def relative_error(a, b):
    return (abs(a - b) / np.maximum(np.maximum(abs(a), abs(b)), 1e-30)).max()
""",
        "each entry is divided by itself",
    ),
    (
        5,
        "relu_backward",
        """
def relu_backward(dy, x):
    dx = dy.copy()
    dx[x < 0] = 0
    return dx
""",
        "the gradient at 0",
    ),
    (
        5,
        "relu_backward",
        """
def relu_backward(dy, x):
    dx = dy
    dx[x <= 0] = 0
    return dx
""",
        "it changes dy",
    ),
    (
        5,
        "he_uniform",
        """
def he_uniform(shape, rng):
    limit = np.sqrt(6 / shape[0])
    return ((2 * rng.random(shape) - 1) * limit).astype("float32")
""",
        "not the first axis alone",
    ),
    (
        5,
        "he_uniform",
        """
def he_uniform(shape, rng):
    fan_in = 1
    for n in shape[:-1]:
        fan_in *= n
    return (rng.standard_normal(shape) * np.sqrt(2 / fan_in)).astype("float32")
""",
        "a normal distribution",
    ),
    (
        6,
        "conv2d",
        """
def conv2d(x, w, b):
    N, H, W, C = x.shape
    KH, KW, _, F = w.shape
    y = np.zeros((N, H - KH + 1, W - KW + 1, F), x.dtype)
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            window = x[:, i:i + KH, j:j + KW]
            y[:, i, j] = np.tensordot(window, w[::-1, ::-1], 3) + b
    return y
""",
        "the kernel is flipped",
    ),
    (
        6,
        "conv2d",
        """
def conv2d(x, w, b):
    N, H, W, C = x.shape
    KH, KW, _, F = w.shape
    y = np.zeros((N, H - KH, W - KW, F), x.dtype)
    for i in range(H - KH):
        for j in range(W - KW):
            y[:, i, j] = np.tensordot(x[:, i:i + KH, j:j + KW], w, 3) + b
    return y
""",
        "off by one",
    ),
    (
        6,
        "same_padding",
        """
def same_padding(n, k, s=1):
    import math
    p = max((math.ceil(n / s) - 1) * s + k - n, 0)
    return p - p // 2, p // 2
""",
        "the extra one goes after",
    ),
    (
        7,
        "kernel_gradients",
        """
def kernel_gradients(x, dy):
    N, H, W, C = x.shape
    _, OH, OW, F = dy.shape
    dw = np.zeros((H - OH + 1, W - OW + 1, C, F), x.dtype)
    for n in range(N):
        for p, q in np.ndindex(dw.shape[:2]):
            dw[p, q] = np.tensordot(x[n, p:p + OH, q:q + OW], dy[n], ((0, 1), (0, 1)))
    return dw, dy.sum((0, 1, 2))
""",
        "only the last image",
    ),
    (
        9,
        "describe",
        """
def describe(input_shape, layers):
    out, s = [], input_shape
    for layer in layers:
        n = 0
        if layer[0] == "conv":
            _, F, k = layer
            n = F * (k * k + 1)
            s = (s[0] - k + 1, s[1] - k + 1, F)
        elif layer[0] == "pool":
            s = (s[0] // layer[1], s[1] // layer[1], s[2])
        elif layer[0] == "flatten":
            s = (s[0] * s[1] * s[2],)
        else:
            n, s = (s[0] + 1) * layer[1], (layer[1],)
        out.append((s, n))
    return out
""",
        "the channels are not counted",
    ),
    (
        9,
        "confusion_matrix",
        """
def confusion_matrix(y, predicted, K=10):
    counts = np.zeros((K, K), int)
    counts[y, predicted] += 1
    return counts
""",
        "missing accumulation",
    ),
    (
        9,
        "confusion_matrix",
        """
def confusion_matrix(y, predicted, K=10):
    counts = np.zeros((K, K), int)
    np.add.at(counts, (predicted, y), 1)
    return counts
""",
        "transposed",
    ),
    (
        10,
        "fit_into",
        """
def fit_into(image, size):
    r, c = np.nonzero(image)
    crop = image[r.min():r.max() + 1, c.min():c.max() + 1]
    i = np.arange(size) * crop.shape[0] // size
    j = np.arange(size) * crop.shape[1] // size
    return crop[np.ix_(i, j)]
""",
        "the proportions are lost",
    ),
    (
        10,
        "centre_of_mass_shift",
        """
def centre_of_mass_shift(image):
    r, c = np.nonzero(image)
    return round(14 - r.mean()), round(14 - c.mean())
""",
        "as if all ink weighed the same",
    ),
    (
        11,
        "to_keras_order",
        """
def to_keras_order(kernel, H, W, C):
    return kernel.reshape(C, H, W, -1).reshape(H * W * C, -1)
""",
        "a reshape alone",
    ),
    (
        11,
        "ulp_gap",
        """
def ulp_gap(a, b):
    return abs(a - b).max() / np.finfo(a.dtype).eps
""",
        "the machine epsilon is taken",
    ),
    (
        12,
        "momentum_step",
        """
def momentum_step(w, g, v, eta, mu):
    v = mu * v + g
    return w - eta * v, v
""",
        "PyTorch's form",
    ),
    (
        12,
        "adam_step",
        """
def adam_step(w, g, m, v, t, eta, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g * g
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (np.sqrt(v_hat) + epsilon), m, v
""",
        "as in the paper's algorithm 1",
    ),
    (
        12,
        "adam_step",
        """
def adam_step(w, g, m, v, t, eta, beta_1, beta_2, epsilon):
    m *= beta_1
    m += (1 - beta_1) * g
    v *= beta_2
    v += (1 - beta_2) * g * g
    return w - eta * np.sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (np.sqrt(v) + epsilon), m, v
""",
        "it changes m",
    ),
    (
        13,
        "batches",
        """
def batches(N, batch_size, rng):
    starts = list(range(0, N, batch_size))
    rng.shuffle(starts)
    return [np.arange(s, min(s + batch_size, N)) for s in starts]
""",
        "only the starts of the batches are shuffled",
    ),
    (
        13,
        "batches",
        """
def batches(N, batch_size, rng):
    order = np.arange(N)
    rng.shuffle(order)
    return [order[b * batch_size:(b + 1) * batch_size] for b in range(max(N // batch_size, 1))]
""",
        "the images that are left are lost",
    ),
    (
        14,
        "dropout",
        """
def dropout(x, r, rng):
    y = x.copy()
    y[rng.random(x.shape) < r] = 0
    return y
""",
        "what is left is not scaled",
    ),
    (
        14,
        "dropout",
        """
def dropout(x, r, rng):
    return x * rng.binomial(1, r, x.shape).astype(x.dtype) / (r or 1)
""",
        "not the share that is kept",
    ),
    (
        14,
        "shift",
        """
def shift(images, down, right):
    return np.roll(np.roll(images, down, 1), right, 2)
""",
        "np.roll",
    ),
    (
        15,
        "occlusion_map",
        """
def occlusion_map(predict, image, side):
    k = predict(image[None])[0].argmax()
    half, lost = side // 2, np.zeros(image.shape)
    for i, j in np.ndindex(image.shape):
        covered = image.copy()
        covered[i - half:i + half + 1, j - half:j + half + 1] = 0
        lost[i, j] = predict(image[None])[0, k] - predict(covered[None])[0, k]
    return lost
""",
        "begins below 0",
    ),
    (
        15,
        "fgsm",
        """
def fgsm(x, gradient, epsilon):
    return np.clip(x + epsilon * gradient, 0, 1).astype(x.dtype)
""",
        "the gradient itself is added",
    ),
    (
        16,
        "im2col",
        """
def im2col(x, KH, KW):
    N, H, W, C = x.shape
    rows = [x[n, i:i + KH, j:j + KW].transpose(2, 0, 1).ravel()
            for n in range(N) for i in range(H - KH + 1) for j in range(W - KW + 1)]
    return np.array(rows)
""",
        "the channels come first",
    ),
    (
        16,
        "arithmetic_intensity",
        """
def arithmetic_intensity(n, D, F, size=4):
    return n * D * F / (size * (n * D + D * F + n * F))
""",
        "two operations",
    ),
    (
        2,
        "softmax",
        """
def softmax(z, T=1.0):
    return np.exp(z / T) / np.exp(z / T).sum()
""",
        "the sum over the whole array",
    ),
    (
        3,
        "dense_backward",
        """
def dense_backward(dy, x, w):
    return dy @ w.T, x.T @ dy, dy.sum()
""",
        "db adds up over everything",
    ),
    (
        4,
        "numerical_gradient",
        """
def numerical_gradient(f, x, h=1e-5):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        a, b = x.copy(), x.copy()
        a[i], b[i] = a[i] + h, b[i] - h
        g[i] = (f(a) - f(b)) / 2 * h
    return g
""",
        "multiplied by h",
    ),
    (
        5,
        "relu_backward",
        """
def relu_backward(dy, x):
    return dy * (x > 1)
""",
        "x is compared with 1",
    ),
    (
        5,
        "he_uniform",
        """
def he_uniform(shape, rng):
    h = np.sqrt(6 / np.prod(shape[:-1]))
    return np.random.uniform(-h, h, shape).astype("float32")
""",
        "draw all chance from rng",
    ),
    (
        7,
        "input_gradient",
        """
def input_gradient(dy, w, x_shape, s=1):
    dx = np.zeros(x_shape, dy.dtype)
    for n, i, j, f in np.ndindex(dy.shape):
        dx[n, i * s : i * s + len(w), j * s : j * s + w.shape[1]] = dy[n, i, j, f] * w[..., f]
    return dx
""",
        "missing accumulation",
    ),
    (
        8,
        "max_pool_backward",
        """
def max_pool_backward(dy, winner, x_shape, k=2, s=None):
    dx = np.zeros(x_shape, dy.dtype)
    for n, i, j, c in np.ndindex(dy.shape):
        p, q = divmod(winner[n, i, j, c], k)
        dx[n, i + p, j + q, c] += dy[n, i, j, c]
    return dx
""",
        "the stride is not used",
    ),
    (
        13,
        "batches",
        """
def batches(N, batch_size, rng):
    order = np.random.default_rng(0).permutation(N)
    return [order[i : i + batch_size] for i in range(0, N, batch_size)]
""",
        "generators of different seeds give the same answer",
    ),
    (
        13,
        "batches",
        """
def batches(N, batch_size, rng):
    order = rng.permutation(N)
    for i in range(0, N, batch_size):
        yield order[i : i + batch_size]
""",
        "the batches is a generator; expected a list",
    ),
    (
        15,
        "occlusion_map",
        """
def occlusion_map(predict, image, side):
    lost, reach = np.zeros(image.shape), side // 2
    for i, j in np.ndindex(image.shape):
        covered = image.copy()
        covered[max(0, i - reach) : i + reach + 1, max(0, j - reach) : j + reach + 1] = 0
        lost[i, j] = predict(image[None])[0, 0] - predict(covered[None])[0, 0]
    return lost
""",
        "always class 0",
    ),
]

# (lesson, function, the answer's text, a part of what must not be said of it)
NOT_TO_BE_SAID = [
    (
        3,
        "sigmoid_backward",
        """
def sigmoid_backward(dy, x):
    return dy * (1 - np.tanh(x) ** 2)
""",
        "an argument as it was given",
    ),
    (
        3,
        "dense_backward",
        """
def dense_backward(dy, x, w):
    return dy @ w.T, x.T @ dy, dy.sum(0, keepdims=True)
""",
        "missing accumulation",
    ),
    (
        6,
        "conv2d",
        """
def conv2d(x, w, b):
    N, H, W, C = x.shape
    KH, KW, _, F = w.shape
    y = np.zeros((N, H - KH + 1, W - KW + 1, F), x.dtype)
    for p in range(KH):
        for q in range(KW):
            y += x[:, p : H - KH + 1, q : W - KW + 1] @ w[p, q]
    return y + b
""",
        "rows and columns",
    ),
    (
        15,
        "fgsm",
        """
def fgsm(x, gradient, epsilon):
    return np.clip(epsilon * np.sign(gradient), 0, 1).astype(x.dtype)
""",
        "the sign",
    ),
    (
        15,
        "occlusion_map",
        """
def occlusion_map(predict, image, side):
    p, lost = predict(image[None])[0], np.zeros(image.shape)
    for i, j in np.ndindex(image.shape):
        covered = image.copy()
        covered[max(0, i - side // 2) : i + side // 2 + 1, max(0, j - side // 2) : j + side // 2 + 1] = 0.5
        lost[i, j] = p.max() - predict(covered[None])[0, p.argmax()]
    return lost
""",
        "times what is expected",
    ),
    (
        16,
        "arithmetic_intensity",
        """
def arithmetic_intensity(n, D, F, size=4):
    return 2 * n * D * F / (8 * (n * D + D * F + n * F))
""",
        "two operations",
    ),
]
