"""ONNX's operators, each by way of our own layers: the thin layer between its tests and ours.

ONNX has images as NCHW and kernels as OIHW, and pads by explicit numbers; our layers have NHWC and HWIO, and
"valid" or "same". So images are turned, padded beforehand where need be, computed by our layer, and turned
back. One spatial axis is an image of width 1; three are more than our layers have.

Each operator is a function of a Call that returns a list of outputs. What our layers cannot do is passed on
to them all the same, so that it is they who refuse: on the day when they learn it, the test notices.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import onnx

from scratch import layers, losses, optimizers
from scratch.fast.optimizers import update_for
from scratch.windows import padding_amounts
from tests.cases import ENGINES
from tests.peers.rows import losses_of_rows


class Inexpressible(Exception):
    """There is no layer of ours to hand this to."""


@dataclass
class Call:
    """One node: its operator's name, attributes, inputs (None where left out), outputs' names and version."""

    operator: str
    attributes: dict
    inputs: list
    outputs: list
    opset: int
    engine: str
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def get(self, attribute, default=None):
        """Return an attribute; bytes as text."""
        value = self.attributes.get(attribute, default)
        return value.decode() if isinstance(value, bytes) else value

    def input(self, index):
        """Return an input, or None where there are fewer."""
        return self.inputs[index] if index < len(self.inputs) else None

    def compute(self, layer, x, training=False, **weights):
        """Return what our `layer`, made to hold `weights`, makes of a batch x."""
        x = np.asarray(x)
        layer.use_ops(ENGINES[self.engine])
        layer.build(x.shape[1:], self.rng, x.dtype if x.dtype == np.float64 else "float32")
        for name, value in weights.items():
            layer.weights[name][...] = value
        return layer(x, training)


# Whole models -----------------------------------------------------------------------------------------------


def run_model(model, inputs, engine):
    """Return the outputs of an ONNX model, a list of arrays, for its inputs."""
    graph = model.graph
    values = {"": None} | {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    names = [i.name for i in graph.input if i.name not in values]
    values |= zip(names, inputs, strict=True)
    opsets = {o.domain: o.version for o in model.opset_import}
    for node in graph.node:
        if node.op_type not in OPERATORS | BETWEEN:
            raise Inexpressible(f"no layer of ours does {node.op_type}")
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        arguments = [values[name] for name in node.input]
        call = Call(node.op_type, attributes, arguments, list(node.output), opsets[node.domain], engine)
        outputs = (OPERATORS | BETWEEN)[node.op_type](call)
        values |= zip(node.output, outputs, strict=False)
    return [values[o.name] for o in graph.output]


# What stands between two operators --------------------------------------------------------------------------


def constant(call):
    """Return the attribute's value."""
    return [onnx.numpy_helper.to_array(call.get("value"))]


def transpose(call):
    """Return the input with its axes in another order."""
    return [call.input(0).transpose(call.get("perm"))]


def axes_of(call):
    """Return the axes that Squeeze and Unsqueeze are to take away or add: an attribute once, an input now."""
    return tuple(call.get("axes") or call.input(1))


def squeeze(call):
    """Return the input without some axes of length 1."""
    return [call.input(0).squeeze(axes_of(call))]


def unsqueeze(call):
    """Return the input with some more axes of length 1."""
    return [np.expand_dims(call.input(0), axes_of(call))]


# Images -----------------------------------------------------------------------------------------------------


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


# Matrices and shapes ----------------------------------------------------------------------------------------


def matrix_product(call, a, b, bias=None):
    """Return a @ b, plus a bias, by our Dense; a: (M, K), b: (K, F)."""
    layer = layers.Dense(b.shape[1], use_bias=bias is not None)
    return call.compute(layer, a, kernel=b, **({} if bias is None else {"bias": bias}))


def gemm(call):
    """Gemm: alpha * A @ B + beta * C, where alpha goes into the kernel and beta into the bias."""
    a, b, c = call.input(0), call.input(1), call.input(2)
    a, b = a.T if call.get("transA") else a, b.T if call.get("transB") else b
    one = np.float32(1)
    bias = None if c is None else one * call.get("beta", 1.0) * c
    return [matrix_product(call, a, one * call.get("alpha", 1.0) * b, bias)]


def matmul(call):
    """MatMul: a Dense layer for each pair of matrices, the vectors made matrices first."""
    a, b = call.inputs
    rows, columns = a.ndim == 1, b.ndim == 1
    a, b = a[None] if rows else a, b[:, None] if columns else b
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = (np.broadcast_to(m, batch + m.shape[-2:]) for m in (a, b))
    y = np.empty((*batch, a.shape[-2], b.shape[-1]), a.dtype)
    for index in np.ndindex(batch):
        y[index] = matrix_product(call, a[index], b[index])
    y = y[..., 0, :] if rows else y
    return [y[..., 0] if columns else y]


def flatten(call):
    """Flatten: the axes before `axis` are the batch."""
    x, axis = call.input(0), call.get("axis", 1)
    axis += x.ndim if axis < 0 else 0
    rows = x.reshape(math.prod(x.shape[:axis]), *x.shape[axis:])
    return [call.compute(layers.Flatten(), rows)]


def reshape(call):
    """Reshape: all of x is one input; a 0 in the shape stands for x's own size there."""
    x, shape = call.inputs
    zeros = call.get("allowzero", 0)
    shape = [int(n) if n or zeros else x.shape[i] for i, n in enumerate(shape)]
    return [call.compute(layers.Reshape(shape), x[None])[0]]


# Activations ------------------------------------------------------------------------------------------------


def activation(make):
    """Return an operator that is our activation, element by element: make(call) returns the layer."""

    def compute(call):
        return [call.compute(make(call), call.input(0))]

    return compute


def swish(call):
    """Swish: x * sigmoid(alpha * x), of which we have alpha = 1."""
    if call.get("alpha", 1.0) != 1.0:
        raise Inexpressible("our SiLU has no alpha")
    return [call.compute(layers.SiLU(), call.input(0))]


def along_axis(call, function):
    """Return what `function`, of rows (M, K), makes of x along the node's axis."""
    x = call.input(0)
    if call.opset < 13:  # all axes from this one on are one row
        axis = call.get("axis", 1)
        return function(x.reshape(math.prod(x.shape[:axis]), -1)).reshape(x.shape)
    x = np.moveaxis(x, call.get("axis", -1), -1)
    y = function(x.reshape(-1, x.shape[-1])).reshape(x.shape)
    return np.moveaxis(y, -1, call.get("axis", -1))


def softmax(call):
    """Softmax, over the last axis once the node's is moved there."""
    return [along_axis(call, lambda rows: call.compute(layers.Softmax(), rows))]


def log_softmax(call):
    """LogSoftmax: log p_k is what our cross-entropy says of a row whose label is k, but for its sign."""
    return [along_axis(call, lambda rows: log_probabilities(call, rows))]


def log_probabilities(call, rows):
    """Return log softmax(z) of rows z: (M, K), by our cross-entropy."""
    ops, one_hot = ENGINES[call.engine], np.eye(rows.shape[1], dtype=rows.dtype)
    logs = [[-ops.softmax_cross_entropy_forward(z[None], k[None])[0] for k in one_hot] for z in rows]
    return np.array(logs, rows.dtype)


def dropout(call):
    """Dropout: in training, our layer draws from the generator that ONNX's own test draws from."""
    x, ratio, training = call.input(0), call.input(1), bool(call.input(2))
    ratio = call.get("ratio", 0.5) if ratio is None else float(ratio)
    outputs = []
    for batch in (x, np.ones_like(x)):  # what becomes of ones says what was kept
        layer = layers.Dropout(ratio)
        layer.build(x.shape[1:])
        layer.rng = np.random.RandomState(call.get("seed", 0))
        layer.use_ops(ENGINES[call.engine])
        outputs.append(layer.forward(batch, training))
    return [outputs[0], outputs[1] > 0]


# Losses -----------------------------------------------------------------------------------------------------


def cross_entropy(call):
    """SoftmaxCrossEntropyLoss: the mean over all labels is our loss of the batch.

    Other reductions, weights and labels to be ignored are put together from our losses of single rows.
    """
    x, labels, weights = call.input(0), call.input(1), call.input(2)
    rows, labels_of_rows = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]), labels.reshape(-1)
    reduction, ignored = call.get("reduction", "mean"), call.get("ignore_index")
    ours = losses.SparseCategoricalCrossentropy(from_logits=True)
    ours.ops = ENGINES[call.engine]
    if reduction == "mean" and weights is None and ignored is None:
        loss = np.asarray(ours(labels_of_rows, rows))
    else:
        counts = labels_of_rows != ignored
        each = losses_of_rows(ours, labels_of_rows, rows, counts)
        weight = counts * (1 if weights is None else weights[np.where(counts, labels_of_rows, 0)])
        loss = reduce_losses(each * weight, weight, reduction, labels.shape)
    outputs = [loss.astype(x.dtype)]
    if len(call.outputs) > 1:
        logs = log_probabilities(call, rows).reshape(np.moveaxis(x, 1, -1).shape)
        outputs.append(np.moveaxis(logs, -1, 1))
    return outputs


def reduce_losses(weighted, weight, reduction, shape):
    """Return each row's loss, in `shape`, or their sum, or their weighted mean."""
    if reduction == "none":
        return weighted.reshape(shape)
    total = np.asarray(weighted.sum())
    return total / weight.sum() if reduction == "mean" else total


# Optimizers -------------------------------------------------------------------------------------------------


def take_step(call, optimizer, arrays, gradients, slots):
    """Take one step, in place, with our optimizer in the state `slots`, a list for each slot's name."""
    optimizer.build(arrays)
    optimizer.fast_update = update_for(optimizer) if call.engine == "fast" else None
    for name, values in slots.items():
        for slot, value in zip(optimizer.slots, values, strict=True):
            slot[name][...] = value
    optimizer.apply(gradients, arrays)
    return [[slot[name] for slot in optimizer.slots] for name in slots]


def tensors_of(call, kinds):
    """Return the rate, the step's number, and `kinds` lists of arrays; the gradients regularized.

    What ONNX adds to a gradient for regularization would be part of the loss with us.
    """
    rate, step, *arrays = call.inputs
    count = len(arrays) // kinds
    groups = [[a.copy() for a in arrays[i * count : (i + 1) * count]] for i in range(kinds)]
    weight = np.float32(call.get("norm_coefficient", 0.0))
    groups[1] = [g + weight * x for x, g in zip(*groups[:2], strict=True)]
    return float(rate), int(step), groups


def adam(call):
    """Adam: before its first step ONNX's corrects no bias, so the rate is given without that correction."""
    rate, step, (arrays, gradients, v, h) = tensors_of(call, 4)
    beta_1, beta_2 = call.get("alpha", 0.9), call.get("beta", 0.999)
    if step == 0:
        rate *= (1 - beta_1) / math.sqrt(1 - beta_2)
    optimizer = optimizers.Adam(rate, beta_1, beta_2, call.get("epsilon", 0.0))
    optimizer.iterations = max(step - 1, 0)
    v, h = take_step(call, optimizer, arrays, gradients, {"momentum": v, "velocity": h})
    return [*arrays, *v, *h]


def momentum(call):
    """Momentum: our velocity is ONNX's times -rate. ONNX dampens gradients by beta, but not in step 0."""
    rate, step, (arrays, gradients, v) = tensors_of(call, 3)
    dampened = [np.float32(call.get("beta") if step else 1.0) * g for g in gradients]
    nesterov = call.get("mode") == "nesterov"
    optimizer = optimizers.SGD(rate, call.get("alpha"), nesterov=nesterov)
    (v,) = take_step(call, optimizer, arrays, dampened, {"momentum": [-rate * each for each in v]})
    return [*arrays, *(each / np.float32(-rate) for each in v)]


# Operators with tests of their own that are none of ours, but that stand between some of ours in a model.
BETWEEN = {
    "Constant": constant,
    "Neg": activation(lambda call: layers.Rescaling(-1)),
    "Squeeze": squeeze,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}

OPERATORS = {
    "Adam": adam,
    "AveragePool": average_pool,
    "BatchNormalization": batch_normalization,
    "Conv": conv,
    "Dropout": dropout,
    "Elu": activation(lambda call: layers.ELU(call.get("alpha", 1.0))),
    "Flatten": flatten,
    "Gemm": gemm,
    "GlobalAveragePool": global_pool(layers.GlobalAveragePooling2D),
    "GlobalMaxPool": global_pool(layers.GlobalMaxPooling2D),
    "LeakyRelu": activation(lambda call: layers.LeakyReLU(call.get("alpha", 0.01))),
    "LogSoftmax": log_softmax,
    "MatMul": matmul,
    "MaxPool": max_pool,
    "Momentum": momentum,
    "NegativeLogLikelihoodLoss": cross_entropy,
    "Pad": pad,
    "Relu": activation(lambda call: layers.ReLU()),
    "Reshape": reshape,
    "Sigmoid": activation(lambda call: layers.Sigmoid()),
    "Softmax": softmax,
    "SoftmaxCrossEntropyLoss": cross_entropy,
    "Swish": swish,
    "Tanh": activation(lambda call: layers.Tanh()),
}
