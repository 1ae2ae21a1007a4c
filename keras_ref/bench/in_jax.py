"""The same network in JAX: pure functions, the training step compiled as a whole."""

import os
import time

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from keras_ref.bench.contestant import Contestant
from scratch.errors import DigitsError

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7  # Keras's Adam


class Library(Contestant):
    """JAX with jit, images in NHWC."""

    settings = ("jit",)

    def __init__(self, task, name):
        super().__init__(task, name)
        limit_threads(task.threads)
        self.rng = np.random.default_rng(0)
        params = [jnp.asarray(w) for w in task.weights]
        self.state = params, [*map(jnp.zeros_like, params)], [*map(jnp.zeros_like, params)], jnp.zeros(())
        self.step = jax.jit(train_step, donate_argnums=0)
        self.probabilities = jax.jit(lambda params, x: jax.nn.softmax(logits(params, x)))

    def train(self, setting, x, y, batch_size, steps):
        """See Contestant."""
        x, y = jnp.asarray(x), jnp.asarray(y, jnp.int32)
        totals = jnp.zeros(()), jnp.zeros((), jnp.int32)
        jax.block_until_ready((x, y))
        started = time.perf_counter()
        order = self.rng.permutation(len(x))
        for start in range(0, len(x), batch_size)[:steps]:
            indices = order[start : start + batch_size]
            self.state, totals = self.step((self.state, totals), x, y, indices)
        jax.block_until_ready((self.state, totals))
        return time.perf_counter() - started

    def predict(self, setting, x, batch_size):
        """See Contestant."""
        starts = range(0, len(x), batch_size)
        params = self.state[0]
        return np.concatenate([self.probabilities(params, x[i : i + batch_size]) for i in starts])

    def one_image(self, how):
        """See Contestant."""
        x = jnp.asarray(self.task.x_test[:1])
        return lambda: self.probabilities(self.state[0], x).block_until_ready()


def limit_threads(threads):
    """Let JAX use so many threads: at its first use, it makes one for each processor that it may run on."""
    if threads is None:
        return
    if not hasattr(os, "sched_setaffinity"):
        raise DigitsError("--threads: JAX's threads can't be limited on this platform; leave one of them out")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def logits(params, x):
    """Return logits (N, K) for images x: (N, H, W, C).

    params: kernels and biases in turns; a convolution, (KH, KW, C, F), is followed by ReLU and 2x2 pooling, a
    dense layer, (D, F), by ReLU unless it is the last.
    """
    layers = list(zip(params[::2], params[1::2], strict=True))
    for kernel, bias in layers:
        if kernel.ndim == 4:
            layout = ("NHWC", "HWIO", "NHWC")
            x = lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=layout)
            x = jax.nn.relu(x + bias)
            x = lax.reduce_window(x, -np.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        else:
            x = x.reshape(len(x), -1) @ kernel + bias
            x = x if kernel is layers[-1][0] else jax.nn.relu(x)
    return x


def cross_entropy(params, x, y):
    """Return the mean loss of a batch, and its logits."""
    z = logits(params, x)
    return -jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1).mean(), z


def train_step(carried, x, y, indices):
    """Take one step of Adam on the images at `indices`; return the state and the totals after it."""
    (state, (total, right)), x, y = carried, x[indices], y[indices]
    (loss, z), grads = jax.value_and_grad(cross_entropy, has_aux=True)(state[0], x, y)
    totals = total + loss * len(y), right + (z.argmax(1) == y).sum()
    return adam(*state, grads), totals


def adam(params, ms, vs, t, grads):
    """Return parameters, moments and the count of steps after a step of Adam; see scratch.optimizers."""
    t = t + 1
    alpha = LEARNING_RATE * jnp.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
    ms = [m + (g - m) * (1 - BETA_1) for m, g in zip(ms, grads, strict=True)]
    vs = [v + (g * g - v) * (1 - BETA_2) for v, g in zip(vs, grads, strict=True)]
    new = [p - alpha * m / (jnp.sqrt(v) + EPSILON) for p, m, v in zip(params, ms, vs, strict=True)]
    return new, ms, vs, t
