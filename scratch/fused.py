"""Conv2D + ReLU + MaxPooling2D as one layer, and `accelerate`, which puts it in where these stand together.

It shares the parameters of the layers that it stands for: they are the same arrays, and the gradients appear
where they are looked for, so that optimizers, weights and summaries know nothing of it.
"""

from scratch.fast import conv_relu_pool_backward, conv_relu_pool_forward
from scratch.layers import Conv2D, MaxPooling2D, ReLU
from scratch.layers.base import Layer


class FusedConv2D(Layer):
    """A convolution, its ReLU and the max-pooling behind it, in one pass.

    conv, pool: the layers that it stands for, both built.
    """

    def __init__(self, conv, pool):
        super().__init__(f"{conv.name}+{pool.name}")
        self.conv, self.pool = conv, pool
        self.params = conv.params
        self.input_shape, self.output_shape = conv.input_shape, pool.output_shape

    def forward(self, x, training=False):
        """See Layer."""
        y, self.cache = conv_relu_pool_forward(x, self.conv.params["kernel"], self.conv.params["bias"])
        return y

    def backward(self, dy, need_dx=True):
        """See Layer; the gradients of the parameters are the convolution's."""
        dx, dw, db = conv_relu_pool_backward(dy, self.cache, need_dx)
        self.conv.set_grads(dw, db)
        return dx


def can_fuse(conv, pool):
    """Return whether the two layers are what the fused kernels compute: see scratch.fast.conv_relu_pool."""
    return (
        type(conv) is Conv2D
        and type(pool) is MaxPooling2D
        and type(conv.activation) is ReLU
        and conv.activation.is_plain
        and conv.use_bias
        and conv.groups == 1
        and conv.strides == conv.dilation_rate == (1, 1)
        and conv.padding == pool.padding == "valid"
        and pool.pool_size == pool.strides == (2, 2)
    )


def accelerate(layers):
    """Return the layers, one FusedConv2D in the place of each Conv2D + ReLU + MaxPooling2D it fits."""
    fused, rest = [], list(layers)
    while rest:
        if len(rest) > 1 and can_fuse(*rest[:2]):
            fused.append(FusedConv2D(*rest[:2]))
            rest = rest[2:]
        else:
            fused.append(rest.pop(0))
    return fused
