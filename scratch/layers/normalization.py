"""Normalization: keeping what flows through the network at a size that is good to learn from."""

from scratch import initializers
from scratch.layers.arguments import number_between
from scratch.layers.base import Layer


class BatchNormalization(Layer):
    """Each channel brought to mean 0 and variance 1, then scaled by `gamma` and shifted by `beta`.

    In training, mean and variance are the batch's own, and `moving_mean` and `moving_variance` follow them:
    moving = momentum * moving + (1 - momentum) * the batch's. Otherwise these two are what is normalized by.

    axis: of the channels, which is the last one here: -1. epsilon: added to the variance, against a division
    by 0. center, scale: whether there is a beta and a gamma.
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        **options,
    ):
        super().__init__(**options)
        self.axis = axis
        self.momentum = number_between(momentum, "momentum", 0, 1)
        self.epsilon = number_between(epsilon, "epsilon", 0)
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def make(self, input_shape, rng, dtype):
        """See Layer."""
        if not input_shape:
            raise self.shape_error("expected inputs with at least one axis beside the batch, received none")
        if self.axis not in (-1, len(input_shape)):
            raise self.shape_error(
                f"it normalizes the last axis, the channels: expected axis=-1 or {len(input_shape)} for "
                f"inputs of shape {(None, *input_shape)}, received {self.axis!r}"
            )
        shape = input_shape[-1:]
        if self.scale:
            self.params["gamma"] = self.gamma_initializer(shape, dtype, rng)
        if self.center:
            self.params["beta"] = self.beta_initializer(shape, dtype, rng)
        self.state = {
            "moving_mean": self.moving_mean_initializer(shape, dtype, rng),
            "moving_variance": self.moving_variance_initializer(shape, dtype, rng),
        }
        return input_shape

    def forward(self, x, training=False):
        """See Layer; in training, the moving averages take one step."""
        training = training and self.trainable  # a frozen one keeps its averages, and goes by them
        mean, variance = self.state["moving_mean"], self.state["moving_variance"]
        if training:
            statistics = self.ops.batch_statistics(x)
            for moving, of_batch in zip((mean, variance), statistics, strict=True):
                moving[...] = moving * self.momentum + of_batch * (1 - self.momentum)
            mean, variance = statistics
        gamma, beta = self.params.get("gamma"), self.params.get("beta")
        y, self.cache = self.ops.batch_norm_forward(x, gamma, beta, mean, variance, self.epsilon, training)
        return y

    def backward(self, dy, need_dx=True):
        """See Layer."""
        dx, *gradients = self.ops.batch_norm_backward(dy, self.cache, need_dx)
        named = zip(("gamma", "beta"), gradients, strict=True)
        self.grads = {name: gradient for name, gradient in named if name in self.params}
        return dx
