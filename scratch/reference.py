"""The textbook: every operation of the network as a forward and a backward function, in plain NumPy.

A forward function returns its result and a `cache`: what its backward needs, and nobody else's business. A
backward function takes the gradient of the loss with respect to that result and returns the gradients with
respect to the arguments. Nothing is remembered anywhere else, so each pair can be read, and checked, on its
own.

    y, cache = conv2d_forward(x, w, b)
    dx, dw, db = conv2d_backward(dy, cache)

Sizes, here and in all of the project:
    N images   H height   W width   C channels in   F filters (channels out)
    KH, KW kernel or pool height and width   OH, OW output height and width   D features   K classes
A gradient is called after what it belongs to: dx is the gradient of the loss with respect to x, of x's shape.
Arrays are float32 or float64; what goes in as one comes out as the same. Images are NHWC, kernels HWIO, as in
Keras. Operations that the project's own networks do not need are in scratch/operations, and exported from
here.
"""

import numpy as np

from scratch.errors import ShapeError
from scratch.operations import (  # noqa: F401
    average_pool2d_backward,
    average_pool2d_forward,
    batch_norm_backward,
    batch_norm_forward,
    batch_statistics,
    elu_backward,
    elu_forward,
    global_average_pool2d_backward,
    global_average_pool2d_forward,
    global_max_pool2d_backward,
    global_max_pool2d_forward,
    leaky_relu_backward,
    leaky_relu_forward,
    limited_relu_backward,
    limited_relu_forward,
    rescale_backward,
    rescale_forward,
    silu_backward,
    silu_forward,
    zero_pad2d_backward,
    zero_pad2d_forward,
)
from scratch.windows import add_windows, extract_windows

# Keras's epsilon(): probabilities are kept this far from 0 and 1 before their logarithm is taken
EPSILON = 1e-7


# Convolution ------------------------------------------------------------------------------------------------


def conv2d_forward(x, w, b=None, strides=(1, 1), padding="valid", dilation=(1, 1)):
    """Convolve images with kernels; in the field's usage, a cross-correlation: the kernel is not flipped.

        y[n, i, j, f] = b[f] + sum over p, q, c of  x[n, i*sh + p*dh, j*sw + q*dw, c] * w[p, q, c, f]

    Every window is laid out as a row ("im2col"), so that the sum becomes one matrix product.

    x: (N, H, W, C), w: (KH, KW, C, F), b: (F,) or None. Returns y: (N, OH, OW, F) and the cache.
    Raises ShapeError where the channels of x and w differ or the kernel does not fit into the image.
    Source: Dumoulin and Visin, "A guide to convolution arithmetic", arXiv:1603.07285.
    """
    KH, KW, C, F = w.shape
    if x.shape[3] != C:
        raise ShapeError(f"conv2d: the kernel was made for {C} channels; received an image with {x.shape[3]}")
    windows = extract_windows(x, (KH, KW), strides, padding, dilation)  # (N, OH, OW, KH, KW, C)
    N, OH, OW = windows.shape[:3]
    patches = windows.reshape(N * OH * OW, KH * KW * C)
    y = patches @ w.reshape(KH * KW * C, F)  # (N*OH*OW, F)
    if b is not None:
        y += b
    return y.reshape(N, OH, OW, F), (patches, w, b, x.shape, strides, padding, dilation)


def conv2d_backward(dy, cache, need_dx=True):
    """Return dx, dw, db of conv2d_forward (dx is None unless `need_dx`; db is None where there was no bias).

    With y = patches @ w + b:  dw = patches.T @ dy,  db = sum of dy,  dpatches = dy @ w.T; and since a pixel
    is part of several patches, its gradient is the sum over all of them.

    dy: (N, OH, OW, F). Returns dx: (N, H, W, C), dw: (KH, KW, C, F), db: (F,).
    """
    patches, w, b, x_shape, strides, padding, dilation = cache
    KH, KW, C, F = w.shape
    N, OH, OW, _ = dy.shape
    dy = dy.reshape(N * OH * OW, F)
    dw = (patches.T @ dy).reshape(w.shape)
    db = None if b is None else dy.sum(axis=0)
    if not need_dx:
        return None, dw, db
    dpatches = dy @ w.reshape(KH * KW * C, F).T  # (N*OH*OW, KH*KW*C)
    dx = add_windows(dpatches.reshape(N, OH, OW, KH, KW, C), x_shape, strides, padding, dilation)
    return dx, dw, db


def grouped_conv2d_forward(
    x, w, b=None, strides=(1, 1), padding="valid", dilation=(1, 1), groups=1, conv2d=conv2d_forward
):
    """Convolve each of `groups` equal shares of the channels with its own share of the filters, by `conv2d`.

    x: (N, H, W, C), w: (KH, KW, C / groups, F), b: (F,) or None. Returns y: (N, OH, OW, F) and the cache.
    """
    if x.shape[3] != w.shape[2] * groups:
        raise ShapeError(
            f"conv2d: the kernel was made for {groups} groups of {w.shape[2]} channels; "
            f"received an image with {x.shape[3]}"
        )
    biases = [None] * groups if b is None else np.split(b, groups)
    shares = zip(np.split(x, groups, axis=3), np.split(w, groups, axis=3), biases, strict=True)
    results = [conv2d(*share, strides, padding, dilation) for share in shares]
    return np.concatenate([y for y, _ in results], axis=3), [cache for _, cache in results]


def grouped_conv2d_backward(dy, caches, need_dx=True, conv2d=conv2d_backward):
    """Return dx, dw, db of grouped_conv2d_forward: those of the groups, side by side."""
    shares = zip(np.split(dy, len(caches), axis=3), caches, strict=True)
    dxs, dws, dbs = zip(*(conv2d(share, cache, need_dx) for share, cache in shares), strict=True)
    dx = np.concatenate(dxs, axis=3) if need_dx else None
    db = None if dbs[0] is None else np.concatenate(dbs)
    return dx, np.concatenate(dws, axis=3), db


# Pooling ----------------------------------------------------------------------------------------------------


def max_pool2d_forward(x, pool_size=(2, 2), strides=None, padding="valid"):
    """Keep the largest value of each window, channel by channel; `strides` are the pool's size unless given.

    Padding is -infinity, so that it never wins, even where all pixels are negative. NaN counts as the
    largest.

    x: (N, H, W, C). Returns y: (N, OH, OW, C) and the cache. Raises ShapeError where the pool does not fit.
    """
    strides = strides or pool_size
    windows = extract_windows(x, pool_size, strides, padding, pad_value=-np.inf)
    N, OH, OW, PH, PW, C = windows.shape
    candidates = windows.reshape(N, OH, OW, PH * PW, C)
    # (N, OH, OW, 1, C): the number of the largest in each window; of equals the first, in row-major order
    winner = candidates.argmax(axis=3, keepdims=True)
    y = np.take_along_axis(candidates, winner, axis=3)[:, :, :, 0]
    return y, (winner, windows.shape, x.shape, strides, padding)


def max_pool2d_backward(dy, cache):
    """Return dx of max_pool2d_forward: each window hands its whole gradient to the pixel that won it.

    Where windows overlap, a pixel may win several times, and gets the sum. dy: (N, OH, OW, C). Returns (N, H,
    W, C).
    """
    winner, windows_shape, x_shape, strides, padding = cache
    N, OH, OW, PH, PW, C = windows_shape
    dcandidates = np.zeros((N, OH, OW, PH * PW, C), dy.dtype)
    np.put_along_axis(dcandidates, winner, dy[:, :, :, None], axis=3)
    return add_windows(dcandidates.reshape(windows_shape), x_shape, strides, padding)


# Dense ------------------------------------------------------------------------------------------------------


def dense_forward(x, w, b=None):
    """Multiply by a matrix and add a bias:  y = x @ w + b.

    x: (..., D), w: (D, F), b: (F,) or None. Returns y: (..., F) and the cache. Raises ShapeError where D
    differs.
    """
    if x.shape[-1] != w.shape[0]:
        raise ShapeError(f"dense: the kernel was made for {w.shape[0]} features; received {x.shape[-1]}")
    y = x @ w
    if b is not None:
        y += b
    return y, (x, w, b)


def dense_backward(dy, cache, need_dx=True):
    """Return dx, dw, db of dense_forward (dx is None unless `need_dx`; db is None where there was no bias).

    dw = x.T @ dy,  db = sum of dy over all rows,  dx = dy @ w.T. dy: (..., F).
    """
    x, w, b = cache
    rows, drows = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    dw = rows.T @ drows
    db = None if b is None else drows.sum(axis=0)
    dx = dy @ w.T if need_dx else None
    return dx, dw, db


# Activations ------------------------------------------------------------------------------------------------


def relu_forward(x):
    """Return max(x, 0), element by element; NaN stays NaN. Any shape."""
    return np.maximum(x, 0), x


def relu_backward(dy, cache):
    """Return dx of relu_forward: dy where x was positive, else 0; at 0 itself the derivative is taken to be
    0.
    """
    x = cache
    return np.where(x > 0, dy, 0)


def sigmoid_forward(x):
    """Return 1 / (1 + exp(-x)), element by element. Any shape.

    Written as exp(-log(1 + exp(-x))), with a logarithm of a sum that does not overflow for large -x.
    """
    y = np.exp(-np.logaddexp(0, -x))
    return y, y


def sigmoid_backward(dy, cache):
    """Return dx of sigmoid_forward: dy * y * (1 - y)."""
    y = cache
    return dy * y * (1 - y)


def tanh_forward(x):
    """Return tanh(x), element by element. Any shape."""
    y = np.tanh(x)
    return y, y


def tanh_backward(dy, cache):
    """Return dx of tanh_forward: dy * (1 - y**2)."""
    y = cache
    return dy * (1 - y**2)


def softmax_forward(x):
    """Turn the scores of each row into probabilities:  y_k = exp(x_k) / sum over m of exp(x_m).

    The row's maximum is subtracted first: it cancels in the quotient, and no exponential overflows.

    x: (..., K). Returns y: (..., K), rows that sum to 1, and the cache.
    """
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    y = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return y, y


def softmax_backward(dy, cache):
    """Return dx of softmax_forward:  dx_k = y_k * (dy_k - sum over m of dy_m * y_m). dy: (..., K)."""
    y = cache
    return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


# Dropout ----------------------------------------------------------------------------------------------------


def dropout_forward(x, rate, rng):
    """Set a random fraction `rate` of the values to 0, and scale the others by 1 / (1 - rate) so that the
    mean stays.

    x: any shape; rng: a np.random.Generator. Source: Srivastava et al., JMLR 15 (2014), in its "inverted"
    form.
    """
    scale = (rng.random(x.shape) >= rate) / (1 - rate)  # 0 or 1 / (1 - rate)
    scale = scale.astype(x.dtype)
    return x * scale, scale


def dropout_backward(dy, cache):
    """Return dx of dropout_forward: what was dropped gets nothing, the others are scaled alike."""
    scale = cache
    return dy * scale


# Losses -----------------------------------------------------------------------------------------------------


def softmax_cross_entropy_forward(z, y):
    """Return the mean cross-entropy between targets `y` and softmax(z), computed from the logits `z`.

        loss = -1/N * sum over n, k of  y[n, k] * log softmax(z)[n, k]

    log softmax(z) = z - max - log(sum exp(z - max)) is exact where softmax itself would round to 0 or 1.

    z: (N, K) logits, y: (N, K) targets, rows that sum to 1 (one-hot for a label). Returns a float and the
    cache.
    """
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -(y * log_p).sum() / len(z)
    return float(loss), (log_p, y)


def softmax_cross_entropy_backward(cache):
    """Return dz of softmax_cross_entropy_forward, (N, K):  (p - y) / N  with p = softmax(z).

    The 1/p of the logarithm's derivative cancels against the p in softmax's own, which is why the two are
    differentiated together.
    """
    log_p, y = cache
    return (np.exp(log_p) - y) / len(y)


def cross_entropy_forward(p, y):
    """Return the mean cross-entropy between targets `y` and probabilities `p`, as Keras's
    CategoricalCrossentropy.

    Each row of p is divided by its sum, clipped to [1e-7, 1 - 1e-7], and its logarithm taken. Where the
    probabilities come from a softmax, softmax_cross_entropy_forward on its logits is exact and needs no
    clipping.

    p: (N, K), y: (N, K). Returns a float and the cache.
    """
    total = p.sum(axis=1, keepdims=True)
    q = p / total
    loss = -(y * np.log(np.clip(q, EPSILON, 1 - EPSILON))).sum() / len(p)
    return float(loss), (q, total, y)


def cross_entropy_backward(cache):
    """Return dp of cross_entropy_forward, (N, K); a probability that was clipped has no gradient."""
    q, total, y = cache
    unclipped = (q >= EPSILON) & (q <= 1 - EPSILON)
    dq = np.where(unclipped, -y / np.where(unclipped, q, 1), 0) / len(y)
    return (dq - (dq * q).sum(axis=1, keepdims=True)) / total


def log_probability_forward(p):
    """Return log(p), p clipped to [1e-7, 1 - 1e-7]: logits for probabilities `p` of any shape.

    Keras's SparseCategoricalCrossentropy takes this way from probabilities to its loss.
    """
    return np.log(np.clip(p, EPSILON, 1 - EPSILON)), p


def log_probability_backward(dz, cache):
    """Return dp of log_probability_forward: dz / p, and 0 where p was clipped."""
    p = cache
    unclipped = (p >= EPSILON) & (p <= 1 - EPSILON)
    return np.where(unclipped, dz / np.where(unclipped, p, 1), 0)
