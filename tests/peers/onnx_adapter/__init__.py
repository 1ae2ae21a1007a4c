"""ONNX's operators, each by way of our own layers: the thin layer between its tests and ours.

ONNX has images as NCHW and kernels as OIHW, and pads by explicit numbers; our layers have NHWC and HWIO, and
"valid" or "same". So images are turned, padded beforehand where need be, computed by our layer, and turned
back. One spatial axis is an image of width 1; three are more than our layers have.

Each operator is a function of a Call that returns a list of outputs. What our layers cannot do is passed on
to them all the same, so that it is they who refuse: on the day when they learn it, the test notices.
"""

import onnx

from scratch import layers
from tests.peers.onnx_adapter import activations, between, images, losses, matrices, optimizers
from tests.peers.onnx_adapter.activations import activation
from tests.peers.onnx_adapter.call import Call, Inexpressible

# What may stand between our operators in a model; its own tests are not for us.
BETWEEN = {
    "Constant": between.constant,
    "Neg": activation(lambda call: layers.Rescaling(-1)),
    "Squeeze": between.squeeze,
    "Transpose": between.transpose,
    "Unsqueeze": between.unsqueeze,
}

# The operators whose tests are put to our layers.
OPERATORS = {
    "Adam": optimizers.adam,
    "AveragePool": images.average_pool,
    "BatchNormalization": images.batch_normalization,
    "Conv": images.conv,
    "Dropout": activations.dropout,
    "Elu": activation(lambda call: layers.ELU(call.get("alpha", 1.0))),
    "Flatten": matrices.flatten,
    "Gemm": matrices.gemm,
    "GlobalAveragePool": images.global_pool(layers.GlobalAveragePooling2D),
    "GlobalMaxPool": images.global_pool(layers.GlobalMaxPooling2D),
    "LeakyRelu": activation(lambda call: layers.LeakyReLU(call.get("alpha", 0.01))),
    "LogSoftmax": activations.log_softmax,
    "MatMul": matrices.matmul,
    "MaxPool": images.max_pool,
    "Momentum": optimizers.momentum,
    "NegativeLogLikelihoodLoss": losses.negative_log_likelihood,
    "Pad": images.pad,
    "Relu": activation(lambda call: layers.ReLU()),
    "Reshape": matrices.reshape,
    "Sigmoid": activation(lambda call: layers.Sigmoid()),
    "Softmax": activations.softmax,
    "SoftmaxCrossEntropyLoss": losses.cross_entropy,
    "Swish": activations.swish,
    "Tanh": activation(lambda call: layers.Tanh()),
}


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
