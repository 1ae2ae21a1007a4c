"""The sum of absolute products: what a difference between the two sides is measured by.

It is the same operation with every number that goes into it, and every term of its formula, replaced by its
absolute value. Rounding errs by a fraction of that, however much of the result cancels. Each number of a
result has a sum of its own:

    sums of products   y: |x| |w| + |b|,   dx: |dy| |w|,   dw: |dy| |x|,   db: |dy|, each summed up as there
    max, ReLU, ...     y: |x| that is passed on,   dx: sum of |dy| that comes back
    sigmoid            y: y,   dx: |dy| y (1 + y)      of dy y (1 - y)
    tanh               y: |y|,   dx: |dy| (1 + y^2)     of dy (1 - y^2)
    softmax            y: y,   dx_k: y_k (|dy_k| + sum of |dy_m| y_m)

All of it is computed by Keras or from what Keras returns, in float64. Where a sum is 0, so is the result:
exactly, on both sides. Each function takes a case and its arrays, and returns the sums by name.
"""

from dataclasses import replace

import numpy as np


def of_products(case, arrays):
    """Return the sums for a layer that is linear in x and in its parameters: itself, on absolute values.

    A ReLU behind it lets through what is not below 0, so all of that.
    """
    return case.keras({name: np.abs(array) for name, array in arrays.items()}, "float64")


def of_selected(case, arrays):
    """Return the sums for a layer that passes some of its numbers on, which ones x decides: max-pooling."""
    found = case.keras(arrays | {"dy": np.abs(arrays["dy"])}, "float64")
    return {name: np.abs(array) for name, array in found.items()}


def of_dropout(case, arrays):
    """Return the sums for a Dropout, whichever numbers it drops."""
    kept = 1 - case.arguments["rate"]
    return {"y": np.abs(arrays["x"]) / kept, "dx": np.abs(arrays["dy"]) / kept}


def of_sigmoid(case, arrays):
    """Return the sums for a sigmoid."""
    y = case.keras(arrays, "float64")["y"]
    return {"y": y, "dx": np.abs(arrays["dy"]) * y * (1 + y)}


def of_tanh(case, arrays):
    """Return the sums for a hyperbolic tangent."""
    y = case.keras(arrays, "float64")["y"]
    return {"y": np.abs(y), "dx": np.abs(arrays["dy"]) * (1 + y**2)}


def of_softmax(case, arrays):
    """Return the sums for a softmax over the last axis."""
    y, dy = case.keras(arrays, "float64")["y"], np.abs(arrays["dy"])
    return {"y": y, "dx": y * (dy + (dy * y).sum(axis=-1, keepdims=True))}


def of_elu(case, arrays):
    """Return the sums for an ELU: alpha (exp(x) + 1) below 0, and |dy| (|y| + alpha) of dy (y + alpha)."""
    alpha, x, dy = case.arguments.get("alpha", 1.0), arrays["x"], np.abs(arrays["dy"])
    y = case.keras(arrays, "float64")["y"]
    below = alpha * (np.exp(np.minimum(x, 0)) + 1)
    return {"y": np.where(x > 0, np.abs(x), below), "dx": np.where(x > 0, dy, dy * (np.abs(y) + alpha))}


def of_silu(case, arrays):
    """Return the sums for x s with the sigmoid s, whose slope is s + x s (1 - s)."""
    x, dy = np.abs(arrays["x"]), np.abs(arrays["dy"])
    s = np.exp(-np.logaddexp(0, -arrays["x"]))
    return {"y": x * s, "dx": dy * (s + x * s * (1 + s))}


def of_batch_norm(case, arrays):
    """Return the sums for a batch normalization.

    With the batch's own mean m and variance v, x - m and the variance are differences, of sums of |x|: where
    these are far larger than the deviation, their rounding counts for as much more.
    """
    x, dy = arrays["x"], np.abs(arrays["dy"])
    axes = tuple(range(x.ndim - 1))
    gamma, beta = (np.abs(arrays.get(name, default)) for name, default in (("gamma", 1.0), ("beta", 0.0)))
    mean = x.mean(axis=axes) if case.training else arrays["moving_mean"]
    variance = x.var(axis=axes) if case.training else arrays["moving_variance"]
    scale = 1 / np.sqrt(variance + case.arguments["epsilon"])
    far = np.abs(x) + (np.abs(x).mean(axis=axes) if case.training else np.abs(mean))
    x_hat = scale * far
    times = 1 + scale**2 * (far**2).mean(axis=axes) if case.training else 1.0
    dx = gamma * dy
    if case.training:
        dx = dx + dx.mean(axis=axes) + x_hat * (dx * x_hat).mean(axis=axes)
    sums = {"y": gamma * x_hat + beta, "dx": scale * dx}
    if "gamma" in arrays:
        sums["dgamma"] = (dy * x_hat).sum(axis=axes)
    if "beta" in arrays:
        sums["dbeta"] = dy.sum(axis=axes)
    return {name: times * total for name, total in sums.items()}


def of_grouped(case, arrays):
    """Return the sums for a grouped convolution, group by group: see of_products.

    In one go, Keras would take half a second to compile it.
    """
    groups = case.arguments["groups"]
    *front, channels = case.shape
    arguments = case.arguments | {"filters": case.arguments["filters"] // groups, "groups": 1}
    group = replace(case, arguments=arguments, shape=(*front, channels // groups), built={})
    shares = {name: np.split(array, groups, axis=-1) for name, array in arrays.items()}
    found = [of_products(group, {name: s[i] for name, s in shares.items()}) for i in range(groups)]
    return {name: np.concatenate([sums[name] for sums in found], axis=-1) for name in found[0]}


def exact(case, arrays):
    """Return zeros: both sides must have the very same numbers, for no sum of what goes in is rounded."""
    return {"y": 0.0, "dx": 0.0} | {f"d{name}": 0.0 for name in arrays if name not in ("x", "dy")}
