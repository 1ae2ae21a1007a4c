"""The textbook, continued: operations that other people's networks use and the project's own do not.

One theme a file, in the manner of scratch.reference, which explains sizes and caches, and exports all of
these.
"""

from scratch.operations.activations import (
    elu_backward,
    elu_forward,
    leaky_relu_backward,
    leaky_relu_forward,
    limited_relu_backward,
    limited_relu_forward,
    silu_backward,
    silu_forward,
)
from scratch.operations.normalization import batch_norm_backward, batch_norm_forward, batch_statistics
from scratch.operations.pooling import (
    average_pool2d_backward,
    average_pool2d_forward,
    global_average_pool2d_backward,
    global_average_pool2d_forward,
    global_max_pool2d_backward,
    global_max_pool2d_forward,
)
from scratch.operations.preparation import (
    rescale_backward,
    rescale_forward,
    zero_pad2d_backward,
    zero_pad2d_forward,
)

__all__ = [
    "average_pool2d_backward",
    "average_pool2d_forward",
    "batch_norm_backward",
    "batch_norm_forward",
    "batch_statistics",
    "elu_backward",
    "elu_forward",
    "global_average_pool2d_backward",
    "global_average_pool2d_forward",
    "global_max_pool2d_backward",
    "global_max_pool2d_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "limited_relu_backward",
    "limited_relu_forward",
    "rescale_backward",
    "rescale_forward",
    "silu_backward",
    "silu_forward",
    "zero_pad2d_backward",
    "zero_pad2d_forward",
]
