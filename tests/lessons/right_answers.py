"""Right answers, written otherwise than the solutions: (lesson, function, the answer's text)."""

RIGHT_ANSWERS = [
    (
        1,
        "scale_and_flatten",
        """
def scale_and_flatten(x):
    out = np.zeros((x.shape[0], x.shape[1] * x.shape[2]), np.float32)
    for n in range(len(x)):
        out[n] = x[n].ravel() / 255
    return out
""",
    ),
    (
        1,
        "split",
        """
def split(x, y, fraction):
    n = int(len(y) * (1 - fraction))
    return tuple(np.array(part) for part in (x[:n], y[:n], x[n:], y[n:]))
""",
    ),
    (
        2,
        "softmax",
        """
def softmax(z, T=1.0):
    rows = []
    for row in z:
        e = np.exp((row - max(row)) / T)
        rows.append(e / sum(e))
    return np.array(rows)
""",
    ),
    (
        2,
        "cross_entropy_gradient",
        """
def cross_entropy_gradient(z, Y, T=1.0):
    u = z / T
    log_p = u - np.log(np.exp(u).sum(axis=1))[:, None]
    du = (np.exp(log_p) - Y) / Y.shape[0]
    return du / T
""",
    ),
    (
        3,
        "sigmoid_backward",
        """
def sigmoid_backward(dy, x):
    y = 0.5 * (np.tanh(x / 2) + 1)
    return dy * (y - y * y)
""",
    ),
    (
        4,
        "numerical_gradient",
        """
def numerical_gradient(f, x, h=1e-5):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        g[i] = (above - f(x)) / (2 * h)
        x[i] = kept
    return g
""",
    ),
    (
        4,
        "relative_error",
        """
def relative_error(a, b):
    scale = np.maximum(abs(a), abs(b)).max()
    return 0 if scale == 0 else (abs(a - b) / scale).max()
""",
    ),
    (5, "relu_backward", "def relu_backward(dy, x):\n    return dy * (x > 0)"),
    (
        5,
        "he_uniform",
        """
def he_uniform(shape, rng):
    *inner, F = shape
    h = (6 / np.prod(inner)) ** 0.5
    return ((2 * rng.random(shape) - 1) * h).astype("float32")
""",
    ),
    (
        5,
        "he_uniform",
        """
def he_uniform(shape, rng):
    h = np.float32(np.sqrt(6 * shape[-1] / np.prod(shape)))
    w = [rng.uniform(-h, h) for _ in range(np.prod(shape))]
    return np.array(w, np.float32).reshape(shape)
""",
    ),
    (
        6,
        "conv2d",
        """
def conv2d(x, w, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(1, 2))
    return np.einsum("nijcpq,pqcf->nijf", windows, w) + b
""",
    ),
    (
        6,
        "same_padding",
        """
def same_padding(n, k, s=1):
    import math
    m = math.ceil(n / s)
    needed = (m - 1) * s + k
    p = needed - n if needed > n else 0
    return int(p / 2), math.ceil(p / 2)
""",
    ),
    (
        7,
        "kernel_gradients",
        """
def kernel_gradients(x, dy):
    view = np.lib.stride_tricks.sliding_window_view(x, dy.shape[1:3], axis=(1, 2))
    return np.einsum("npqcij,nijf->pqcf", view, dy), np.einsum("nijf->f", dy)
""",
    ),
    (
        7,
        "input_gradient",
        """
def input_gradient(dy, w, x_shape, s=1):
    dx = np.zeros(x_shape, dy.dtype)
    for n, i, j, f in np.ndindex(dy.shape):
        dx[n, s * i : s * i + len(w), s * j : s * j + w.shape[1]] += dy[n, i, j, f] * w[:, :, :, f]
    return dx
""",
    ),
    (
        8,
        "max_pool",
        """
def max_pool(x, k=2, s=None):
    s = k if s is None else s
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))[:, ::s, ::s]
    flat = windows.reshape(*windows.shape[:4], k * k)
    return flat.max(axis=-1), flat.argmax(axis=-1)
""",
    ),
    (
        8,
        "max_pool_backward",
        """
def max_pool_backward(dy, winner, x_shape, k=2, s=None):
    s = s or k
    dx = np.zeros(x_shape, dy.dtype)
    n, i, j, c = np.indices(dy.shape)
    np.add.at(dx, (n, s * i + winner // k, s * j + winner % k, c), dy)
    return dx
""",
    ),
    (
        9,
        "confusion_matrix",
        """
def confusion_matrix(y, predicted, K=10):
    counts = np.zeros((K, K), int)
    np.add.at(counts, (y, predicted), 1)
    return counts
""",
    ),
    (
        10,
        "fit_into",
        """
def fit_into(image, size):
    r, c = np.nonzero(image)
    crop = image[r.min() : r.max() + 1, c.min() : c.max() + 1]
    longer = max(crop.shape)
    h2, w2 = (max(1, round(n * size / longer)) for n in crop.shape)
    out = np.zeros((h2, w2), image.dtype)
    for i, j in np.ndindex(h2, w2):
        out[i, j] = crop[int((i + 0.5) * crop.shape[0] / h2), int((j + 0.5) * crop.shape[1] / w2)]
    return out
""",
    ),
    (
        10,
        "centre_of_mass_shift",
        """
def centre_of_mass_shift(image):
    i, j = np.indices(image.shape)
    r, c = np.average(i, weights=image), np.average(j, weights=image)
    return np.rint(14 - r).astype(int), np.rint(14 - c).astype(int)
""",
    ),
    (
        11,
        "to_keras_order",
        """
def to_keras_order(kernel, H, W, C):
    rows = [kernel[(c * H + i) * W + j] for i in range(H) for j in range(W) for c in range(C)]
    return np.stack(rows)
""",
    ),
    (
        12,
        "adam_step",
        """
def adam_step(w, g, m, v, t, eta, beta_1, beta_2, epsilon):
    m = m + (1 - beta_1) * (g - m)
    v = v + (1 - beta_2) * (g * g - v)
    alpha = eta * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t)
    return [w - alpha * m / (v**0.5 + epsilon), m, v]
""",
    ),
    (
        13,
        "batches",
        """
def batches(N, batch_size, rng):
    order = list(range(N))
    rng.shuffle(order)
    return [np.array(order[i : i + batch_size]) for i in range(0, N, batch_size)]
""",
    ),
    (
        13,
        "adjoint_gap",
        """
def adjoint_gap(forward, backward, x, dy):
    left, right = np.vdot(forward(x), dy), np.vdot(x, backward(dy))
    if left == right:
        return 0.0
    return abs(left - right) / (abs(left) + abs(right))
""",
    ),
    (
        14,
        "dropout",
        """
def dropout(x, r, rng):
    return x * rng.binomial(1, 1 - r, x.shape).astype(x.dtype) / x.dtype.type(1 - r)
""",
    ),
    (
        14,
        "dropout",
        """
def dropout(x, r, rng):
    out = x / x.dtype.type(1 - r)
    drop = rng.choice([True, False], size=x.shape, p=[r, 1 - r])
    out[drop] = 0
    return out
""",
    ),
    (
        14,
        "shift",
        """
def shift(images, down, right):
    N, H, W = images.shape
    out = np.zeros_like(images)
    for i in range(H):
        for j in range(W):
            if 0 <= i - down < H and 0 <= j - right < W:
                out[:, i, j] = images[:, i - down, j - right]
    return out
""",
    ),
    (
        15,
        "occlusion_map",
        """
def occlusion_map(predict, image, side):
    p = predict(image[None])[0]
    k, half, lost = p.argmax(), side // 2, np.zeros(image.shape)
    row, column = np.indices(image.shape)
    for i, j in np.ndindex(image.shape):
        far = (abs(row - i) > half) | (abs(column - j) > half)
        lost[i, j] = p[k] - predict((image * far)[None])[0, k]
    return lost
""",
    ),
    (
        15,
        "fgsm",
        """
def fgsm(x, gradient, epsilon):
    moved = x + x.dtype.type(epsilon) * np.sign(gradient)
    return np.minimum(np.maximum(moved, 0), 1)
""",
    ),
    (
        16,
        "im2col",
        """
def im2col(x, KH, KW):
    windows = np.lib.stride_tricks.sliding_window_view(x, (KH, KW), axis=(1, 2))
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, KH * KW * x.shape[3])
""",
    ),
]
