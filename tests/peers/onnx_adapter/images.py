"""Convolution, pooling and normalization of images: geometry, mostly."""

import math
from dataclasses import dataclass

import numpy as np

from scratch import layers
from scratch.windows import padding_amounts
from tests.peers.onnx_adapter.call import Inexpressible


@dataclass
class Window:
    """What convolution and pooling share: the window's geometry, and how the image is to be padded for it.

    pads: ((top, bottom), (left, right)), to be put around the image first; beyond: rows and columns after
    these that only the last windows of ceil_mode reach. padding: what the layer itself is then told.
    """

    size: tuple
    strides: tuple
    dilation: tuple
    pads: tuple
    beyond: tuple
    padding: str

    @property
    def padded(self):
        """Whether anything is to be put around the image."""
        return np.any(self.pads) or any(self.beyond)


def two_axes(values):
    """Return the values for both axes of an image, given those for one or two."""
    return (*values, 1) if len(values) == 1 else tuple(values)


def window_of(call, shape, size):
    """Return the Window of a node for images of `shape` (H, W), its `size` known."""
    strides, dilation = (two_axes(call.get(name, (1, 1)[: len(size)])) for name in ("strides", "dilations"))
    flat = call.get("pads", [0] * 2 * len(size))
    pads = list(zip(flat[: len(size)], flat[len(size) :], strict=True)) + [(0, 0)] * (2 - len(size))
    size, padding = two_axes(size), "valid"
    auto = call.get("auto_pad", "NOTSET")
    if auto == "SAME_UPPER":
        padding = "same"
    elif auto == "SAME_LOWER":  # of an odd number, the extra one goes before
        axes = zip(shape, size, strides, dilation, strict=True)
        pads = [padding_amounts(n, k, s, "same", d)[::-1] for n, k, s, d in axes]
    beyond = (0, 0)
    if call.get("ceil_mode"):
        axes = zip(shape, size, strides, dilation, pads, strict=True)
        beyond = tuple(pixels_beyond(*axis) for axis in axes)
    return Window(size, strides, dilation, tuple(pads), beyond, padding)


def pixels_beyond(n, k, stride, dilation, pads):
    """Return how many pixels the last window of ceil_mode reaches beyond an axis of n pixels and its pads."""
    reach, length = (k - 1) * dilation + 1, n + sum(pads)
    count = math.ceil((length - reach) / stride) + 1
    if (count - 1) * stride >= n + pads[0]:  # a window that would start in the padding does not count
        count -= 1
    return max((count - 1) * stride + reach - length, 0)


def to_images(x):
    """Return NCHW as NHWC; of one spatial axis, the width is 1."""
    x = x[..., None] if x.ndim == 3 else x
    return np.moveaxis(x, 1, -1)


def from_images(y, like):
    """Return NHWC as NCHW, with as many axes as ONNX's `like`."""
    y = np.moveaxis(y, -1, 1)
    return y[..., 0] if like.ndim == 3 else y


def for_axes(name, x):
    """Return our layer's class for images with as many spatial axes as x: (N, C, ...)."""
    spatial = x.ndim - 2
    return getattr(layers, f"{name}{max(spatial, 2)}D")


def pad_images(x, window, value, beyond=None):
    """Return NHWC images with the window's pads, filled with `value`, and what is beyond, with `beyond`."""
    x = np.pad(x, ((0, 0), *window.pads, (0, 0)), constant_values=value)
    after = [(0, n) for n in window.beyond]
    return np.pad(x, ((0, 0), *after, (0, 0)), constant_values=value if beyond is None else beyond)


def conv(call):
    """Conv: the image padded with zeros beforehand; OIHW kernels to HWIO."""
    x, w, b = call.input(0), call.input(1), call.input(2)
    kind = for_axes("Conv", x)
    images, kernel = to_images(x), to_images(w).transpose(1, 2, 3, 0)
    window = window_of(call, images.shape[1:3], w.shape[2:])
    layer = kind(
        w.shape[0],
        window.size,
        strides=window.strides,
        padding=window.padding,
        dilation_rate=window.dilation,
        groups=call.get("group", 1),
        use_bias=b is not None,
    )
    weights = {"kernel": kernel} | ({} if b is None else {"bias": b})
    y = call.compute(layer, pad_images(images, window, 0), **weights)
    return [from_images(y, x)]


def pooling(call, kind, window):
    """Return our pooling layer for a window; a dilation, if there is one, is its business to refuse."""
    dilation = {} if window.dilation == (1, 1) else {"dilation_rate": window.dilation}
    return kind(window.size, strides=window.strides, padding=window.padding, **dilation)


def max_pool(call):
    """MaxPool: the image padded with -infinity beforehand; the places of the maxima, where asked for."""
    x = call.input(0)
    kind, images = for_axes("MaxPooling", x), to_images(x).astype("float32")
    window = window_of(call, images.shape[1:3], call.get("kernel_shape"))
    layer = pooling(call, kind, window)
    y = call.compute(layer, pad_images(images, window, -np.inf))
    outputs = [from_images(y, x).astype(x.dtype)]
    return [*outputs, places_of_maxima(call, layer, y, images.shape, window)] if call.outputs[1:] else outputs


def places_of_maxima(call, layer, y, shape, window):
    """Return each maximum's index into all of x, (N, C, OH, OW): it is where backward sends its gradient."""
    (_, H, W, C), places = shape, np.empty(y.shape, np.int64)
    (top, _), (left, _) = window.pads
    for n, i, j, c in np.ndindex(y.shape):
        dy = np.zeros_like(y)
        dy[n, i, j, c] = 1
        ((_, row, column, _),) = np.argwhere(layer.backward(dy))
        row, column = row - top, column - left
        place = column * H + row if call.get("storage_order") else row * W + column
        places[n, i, j, c] = (n * C + c) * H * W + place
    return np.moveaxis(places, -1, 1)


def average_pool(call):
    """AveragePool: where an image is padded beforehand, its average is over that of a padded image of ones.

    The ones say which pixels count: the image's own, and with count_include_pad the pads', too.
    """
    x = call.input(0)
    kind, images = for_axes("AveragePooling", x), to_images(x)
    window = window_of(call, images.shape[1:3], call.get("kernel_shape"))
    layer = pooling(call, kind, window)
    y = call.compute(layer, pad_images(images, window, 0))
    if window.padded:
        counted = pad_images(np.ones_like(images), window, call.get("count_include_pad", 0), beyond=0)
        y = y / call.compute(layer, counted)
    return [from_images(y, x)]


def global_pool(kind):
    """Return GlobalAveragePool or GlobalMaxPool, for which our layer has the class `kind`."""
    return lambda call: [
        from_images(call.compute(kind(keepdims=True), to_images(call.input(0))), call.input(0))
    ]


def batch_normalization(call):
    """BatchNormalization: any number of spatial axes; in training mode, the moving averages come out, too."""
    x, gamma, beta, mean, variance = call.inputs
    training = bool(call.get("training_mode", 0))
    layer = layers.BatchNormalization(momentum=call.get("momentum", 0.9), epsilon=call.get("epsilon", 1e-5))
    weights = {"gamma": gamma, "beta": beta, "moving_mean": mean, "moving_variance": variance}
    y = call.compute(layer, np.moveaxis(x, 1, -1), training, **weights)
    return [np.moveaxis(y, -1, 1), layer.state["moving_mean"], layer.state["moving_variance"]]


def pad(call):
    """Pad: as a margin of zeros around images, which is the only one of ours."""
    x, opset_2 = call.input(0), call.opset < 11
    flat = call.get("pads") if opset_2 else call.input(1)
    value = call.get("value", 0.0) if opset_2 else call.input(2)
    mode, axes = call.get("mode", "constant"), call.input(3)
    axes = range(x.ndim) if axes is None else [int(a) % x.ndim for a in axes]
    amounts = dict.fromkeys(range(x.ndim), (0, 0))
    amounts |= zip(axes, zip(flat[: len(flat) // 2], flat[len(flat) // 2 :], strict=True), strict=True)
    if mode != "constant" or (value is not None and value != 0):
        raise Inexpressible(f"no layer of ours pads with {value if mode == 'constant' else mode}")
    if x.ndim != 4 or any(amounts[0]) or any(amounts[1]):
        raise Inexpressible("no layer of ours pads other axes than an image's height and width")
    sides = tuple(tuple(int(n) for n in amounts[axis]) for axis in (2, 3))
    return [from_images(call.compute(layers.ZeroPadding2D(sides), to_images(x)), x)]
