"""The operations of scratch.reference, under the same names, compiled by Numba: one file an operation.

Each kernel opens with what is blocked, what is fused and why. What Numba gains nothing at is the reference's
own. `NUMBA_DISABLE_JIT=1` runs all of it as plain Python, to step through.
"""

from scratch.fast.conv2d import (
    conv2d_backward,
    conv2d_forward,
    grouped_conv2d_backward,
    grouped_conv2d_forward,
)
from scratch.fast.conv_relu_pool import conv_relu_pool_backward, conv_relu_pool_forward
from scratch.fast.dense import dense_backward, dense_forward
from scratch.fast.max_pool2d import max_pool2d_backward, max_pool2d_forward
from scratch.reference import (
    cross_entropy_backward,
    cross_entropy_forward,
    dropout_backward,
    dropout_forward,
    log_probability_backward,
    log_probability_forward,
    relu_backward,
    relu_forward,
    sigmoid_backward,
    sigmoid_forward,
    softmax_backward,
    softmax_cross_entropy_backward,
    softmax_cross_entropy_forward,
    softmax_forward,
    tanh_backward,
    tanh_forward,
)

__all__ = [
    "conv2d_backward",
    "conv2d_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
    "cross_entropy_backward",
    "cross_entropy_forward",
    "dense_backward",
    "dense_forward",
    "dropout_backward",
    "dropout_forward",
    "grouped_conv2d_backward",
    "grouped_conv2d_forward",
    "log_probability_backward",
    "log_probability_forward",
    "max_pool2d_backward",
    "max_pool2d_forward",
    "relu_backward",
    "relu_forward",
    "sigmoid_backward",
    "sigmoid_forward",
    "softmax_backward",
    "softmax_cross_entropy_backward",
    "softmax_cross_entropy_forward",
    "softmax_forward",
    "tanh_backward",
    "tanh_forward",
]
