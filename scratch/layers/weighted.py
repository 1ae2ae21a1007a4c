"""The layers that learn: a kernel, a bias, and an activation behind them."""

from scratch import initializers, regularizers
from scratch.layers.activations import LayerWithActivation
from scratch.layers.arguments import check_channels_last, padding_name, pair, positive


class WeightedLayer(LayerWithActivation):
    """What Conv2D and Dense share: a kernel and a bias, with their initializers and regularizers."""

    def __init__(
        self,
        activation,
        use_bias,
        kernel_initializer,
        bias_initializer,
        kernel_regularizer,
        bias_regularizer,
        **options,
    ):
        super().__init__(activation, **options)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def make_params(self, kernel_shape, rng, dtype):
        """Fill `params` with a kernel of `kernel_shape` and a bias of its last size."""
        self.params = {"kernel": self.kernel_initializer(kernel_shape, dtype, rng)}
        if self.use_bias:
            self.params["bias"] = self.bias_initializer(kernel_shape[-1:], dtype, rng)

    def set_grads(self, dkernel, dbias):
        """Remember the gradients under the parameters' names, those of the penalties added."""
        self.grads = {"kernel": dkernel, "bias": dbias} if self.use_bias else {"kernel": dkernel}
        for name, regularizer in self.regularizers.items():
            self.grads[name] = self.grads[name] + regularizer.gradient(self.params[name])

    @property
    def regularizers(self):
        """The regularizers that there are, a dict by the parameters' names."""
        if self.kernel_regularizer is self.bias_regularizer is None:
            return {}
        given = {"kernel": self.kernel_regularizer, "bias": self.bias_regularizer if self.use_bias else None}
        return {name: regularizer for name, regularizer in given.items() if regularizer is not None}

    @property
    def penalty(self):
        """See Layer."""
        return sum(regularizer(self.params[name]) for name, regularizer in self.regularizers.items())


class Conv2D(WeightedLayer):
    """Convolution of images (H, W, C) with `filters` kernels of `kernel_size`; to (OH, OW, filters).

    Arguments as in Keras's Conv2D: sizes are an int or a (height, width) pair, padding "valid" or "same".
    Raises ValueError where strides and dilation_rate are both above 1 or groups does not divide filters, as
    Keras does.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **options,
    ):
        initial = kernel_initializer, bias_initializer
        super().__init__(activation, use_bias, *initial, kernel_regularizer, bias_regularizer, **options)
        check_channels_last(data_format)
        self.filters = positive(filters, "filters")
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.strides = pair(strides, "strides")
        self.padding = padding_name(padding)
        self.dilation_rate = pair(dilation_rate, "dilation_rate")
        self.groups = positive(groups, "groups")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"Conv2D: strides {self.strides} and dilation_rate {self.dilation_rate} are both above 1; "
                f"expected one of them to be 1"
            )
        if self.filters % self.groups:
            raise ValueError(
                f"Conv2D: expected filters to be a multiple of groups={groups}, received {filters}"
            )

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        size = self.image_output_size(
            input_shape, self.kernel_size, self.strides, self.padding, self.dilation_rate
        )
        channels = input_shape[2]
        if channels % self.groups:
            raise self.shape_error(
                f"expected channels in a multiple of groups={self.groups}, received {channels}"
            )
        self.make_params((*self.kernel_size, channels // self.groups, self.filters), rng, dtype)
        return (*size, self.filters)

    def linear(self, x):
        """See LayerWithActivation."""
        w, b = self.params["kernel"], self.params.get("bias")
        options = self.strides, self.padding, self.dilation_rate
        if self.groups == 1:
            y, self.cache = self.ops.conv2d_forward(x, w, b, *options)
        else:
            y, self.cache = self.ops.grouped_conv2d_forward(x, w, b, *options, self.groups)
        return y

    def linear_backward(self, dz, need_dx=True):
        """See LayerWithActivation."""
        backward = self.ops.conv2d_backward if self.groups == 1 else self.ops.grouped_conv2d_backward
        dx, dw, db = backward(dz, self.cache, need_dx)
        self.set_grads(dw, db)
        return dx


class Dense(WeightedLayer):
    """Each of `units` outputs is a weighted sum of all inputs: (..., D) to (..., units)."""

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **options,
    ):
        initial = kernel_initializer, bias_initializer
        super().__init__(activation, use_bias, *initial, kernel_regularizer, bias_regularizer, **options)
        self.units = positive(units, "units")

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        if not input_shape:
            raise self.shape_error("expected inputs with at least one axis beside the batch, received none")
        self.make_params((input_shape[-1], self.units), rng, dtype)
        return (*input_shape[:-1], self.units)

    def linear(self, x):
        """See LayerWithActivation."""
        y, self.cache = self.ops.dense_forward(x, self.params["kernel"], self.params.get("bias"))
        return y

    def linear_backward(self, dz, need_dx=True):
        """See LayerWithActivation."""
        dx, dw, db = self.ops.dense_backward(dz, self.cache, need_dx)
        self.set_grads(dw, db)
        return dx
