"""What is known about a layer or an operation under examination, for a diagnosis to be more than a guess."""

import numpy as np

from scratch import reference
from scratch.gradcheck import mistakes
from scratch.gradcheck.diagnosis import Circumstances
from scratch.layers.activations import LayerWithActivation
from scratch.windows import add_windows, output_size

AXES = {
    "images": ("image", "row", "column", "channel"),
    "kernel": ("kernel row", "kernel column", "channel", "filter"),
    "rows": ("image", "feature"),
    "matrix": ("input", "unit"),
}


def axes_of(name, shape):
    """Return names for the axes of an array: of x, or of a parameter `name`."""
    if len(shape) == 4:
        return AXES["kernel" if name in ("w", "kernel") else "images"]
    if len(shape) == 2:
        return AXES["matrix" if name in ("w", "kernel") else "rows"]
    if len(shape) == 1 and name in ("b", "bias"):
        return ("unit",)
    return tuple(f"axis {k}" for k in range(len(shape)))


def sizes(y):
    """Return the factors that a result y: (N, ...) suggests, as Circumstances has them."""
    factors = [(len(y), "the batch size")]
    if y.ndim == 4:
        N, OH, OW, _ = y.shape
        factors += [(OH * OW, "the number of output pixels"), (N * OH * OW, "all output pixels of the batch")]
    return factors


def of_layer(layer, x, dy, by_image):
    """Return the Circumstances of a layer that has just gone forward with x, for y's gradient dy."""
    activation = layer.activation if isinstance(layer, LayerWithActivation) else layer
    kind = type(activation).__name__.lower()
    dz = dy if activation in (None, layer) else np.asarray(activation.backward(dy))
    kernel, window, found = layer.params.get("kernel"), None, {}
    if hasattr(layer, "pool_size") and x.ndim == 4:
        options = layer.pool_size, layer.strides, layer.padding
        found, window = mistakes.of_max_pooling(x, dy, *options), (*options, (1, 1))
    elif hasattr(layer, "kernel_size") and x.ndim == 4 and kernel is not None:
        options = layer.strides, layer.padding, layer.dilation_rate
        window = layer.kernel_size, *options
        if kernel.shape[2] == x.shape[3]:
            found = mistakes.of_convolution(x, kernel, dz, *options)
    elif kernel is not None and kernel.ndim == 2:
        found = mistakes.of_dense(x, kernel, dz)
    elif kind in ("relu", "sigmoid", "tanh", "softmax"):
        found = mistakes.of_activation(x, dy, kind)
    if activation not in (None, layer) and layer.params:
        found = merged(found, without_activation(layer, x, dy))
    factors = sizes(dy)
    if rate := getattr(layer, "rate", 0):
        factors.append((1 / (1 - rate), "dropout's scale, 1 / (1 - rate)"))
        found = {"dx": [("dropout's mask is missing in the backward: dy is handed on as it is", dy)]}
    return Circumstances(
        factors=tuple(factors), windows=window_counts(x, window), mistakes=found, by_image=by_image
    )


def merged(first, second):
    """Return two {name: list} as one."""
    return {name: [*first.get(name, []), *second.get(name, [])] for name in {*first, *second}}


def without_activation(layer, x, dy):
    """Return what the backward of a Conv2D or Dense gives that passes its activation by."""
    w, b = layer.params["kernel"], layer.params.get("bias")
    if w.ndim == 4:
        options = layer.strides, layer.padding, layer.dilation_rate
        _, cache = reference.grouped_conv2d_forward(x, w, b, *options, layer.groups)
        gradients = reference.grouped_conv2d_backward(dy, cache)
    else:
        _, cache = reference.dense_forward(x, w, b)
        gradients = reference.dense_backward(dy, cache)
    what = "the derivative of the activation is missing: dy is handed on as if there were none"
    named = zip(("dx", "dw", "db"), gradients, strict=True)
    return {name: [(what, gradient)] for name, gradient in named if gradient is not None}


def window_counts(x, window):
    """Return how many windows see each pixel of x: (N, H, W, C), as (H, W), or None where there are none."""
    if window is None:
        return None
    size, strides, padding, dilation = window
    axes = zip(x.shape[1:3], size, strides, dilation, strict=True)
    output = [output_size(n, k, s, padding, d) for n, k, s, d in axes]
    ones = np.ones((1, *output, *size, 1))
    return add_windows(ones, (1, *x.shape[1:3], 1), strides, padding, dilation)[0, :, :, 0]


def of_operation(arrays, options, y, dy, by_image):
    """Return the Circumstances of an operation called with `arrays` ({name: array}) and `options`.

    What it computes is known by scratch.reference's names of its arguments: x and a kernel w of as many axes,
    or x and pool_size.
    """
    x, w = arrays.get("x"), arrays.get("w")
    given = {n: as_pair(options[n]) for n in ("strides", "padding", "dilation") if options.get(n) is not None}
    window, counts, found = None, None, {}
    try:
        if x is not None and x.ndim == 4 and "pool_size" in options:
            size = as_pair(options["pool_size"])
            pooling = size, given.get("strides", size), given.get("padding", "valid")
            found, window = mistakes.of_max_pooling(x, dy, *pooling), (*pooling, (1, 1))
        elif x is not None and w is not None and w.ndim == x.ndim == 4 and w.shape[2] == x.shape[3]:
            found = mistakes.of_convolution(x, w, dy, **given)
            defaults = {"strides": (1, 1), "padding": "valid", "dilation": (1, 1)}
            window = w.shape[:2], *(defaults | given).values()
        elif x is not None and w is not None and w.ndim == 2:
            found = mistakes.of_dense(x, w, dy)
        counts = window_counts(x, window)
    except (ValueError, TypeError):  # it is another operation, whose arguments are called alike
        found = {}
    batch = len(next(iter(arrays.values())))
    return Circumstances(
        factors=tuple(sizes(y)) if np.ndim(y) else ((batch, "the batch size"),),
        averaged=not np.ndim(y),
        windows=counts,
        mistakes=found,
        by_image=by_image,
    )


def as_pair(value):
    """Return (2, 2) for 2; whatever is no whole number stays as it is."""
    return (value, value) if isinstance(value, int) else value
