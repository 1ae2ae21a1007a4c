"""What is drawn of the layers that other people's networks use and the project's own do not."""

import numpy as np

from keras_ref.parity import bounds
from keras_ref.parity.case import Case
from keras_ref.parity.chance import any_values, anything, draw, images, one_of, size, whole


def average_pooling2d(rng):
    """Draw an AveragePooling2D, no larger than the image: else TensorFlow's gradient is wrong."""
    pool = size(rng, 1, 7)
    strides, padding = one_of(rng, None, size(rng, 1, 3)), one_of(rng, "valid", "same")
    arguments = {"pool_size": pool, "strides": strides, "padding": padding}
    shape = images(rng, pool, "valid", 1, channels=whole(rng, 1, 6))
    return Case("AveragePooling2D", arguments, shape, any_values(rng))


def any_images(rng):
    """Return the shape of a batch of images."""
    return images(rng, 1, "valid", 1, channels=whole(rng, 1, 6))


def global_average_pooling2d(rng):
    """Draw a GlobalAveragePooling2D."""
    arguments = {"keepdims": one_of(rng, True, False)}
    return Case("GlobalAveragePooling2D", arguments, any_images(rng), any_values(rng))


def global_max_pooling2d(rng):
    """Draw a GlobalMaxPooling2D, with many ties."""
    arguments = {"keepdims": one_of(rng, True, False)}
    values = one_of(rng, "whole", any_values(rng))
    return Case("GlobalMaxPooling2D", arguments, any_images(rng), values, bounds=bounds.of_selected)


def zero_padding2d(rng):
    """Draw a ZeroPadding2D."""
    sides = tuple((whole(rng, 0, 3), whole(rng, 0, 3)) for _ in range(2))
    arguments = {"padding": one_of(rng, whole(rng, 0, 3), sides)}
    return Case("ZeroPadding2D", arguments, any_images(rng), any_values(rng))


def reshape(rng):
    """Draw a Reshape to two axes, one of which is to be found out."""
    shape = anything(rng)
    arguments = {"target_shape": one_of(rng, (-1, shape[1]), (shape[-1], -1), (-1,))}
    return Case("Reshape", arguments, shape, any_values(rng))


def rescaling(rng):
    """Draw a Rescaling by numbers that float32 has exactly; not below 0, as bounds.of_products wants it."""
    arguments = {"scale": one_of(rng, 1 / 256, 0.5, 2.0), "offset": one_of(rng, 0.0, 0.25, 1.0)}
    return Case("Rescaling", arguments, anything(rng), any_values(rng))


def leaky_relu(rng):
    """Draw a LeakyReLU; Keras rounds its slope to float32, so only slopes that this has exactly."""
    arguments = {"negative_slope": one_of(rng, 0.0, 0.25, 0.5, 1.0)}
    values = one_of(rng, "whole", any_values(rng))
    return Case("LeakyReLU", arguments, anything(rng), values, bounds=bounds.of_selected)


def elu(rng):
    """Draw an ELU."""
    arguments = {"alpha": one_of(rng, 0.25, 0.5, 1.0, 2.0)}
    values = one_of(rng, "wide", "whole", any_values(rng))
    return Case("ELU", arguments, anything(rng), values, bounds=bounds.of_elu)


def silu(rng):
    """Draw a SiLU, which in Keras is an Activation."""
    in_keras = "Activation", {"activation": "silu"}
    values = one_of(rng, "wide", any_values(rng))
    return Case("SiLU", {}, anything(rng), values, bounds=bounds.of_silu, in_keras=in_keras)


class BatchNormalizationCase(Case):
    """A BatchNormalization, whose moving variance is not negative."""

    def arrays(self, rng):
        """See Case."""
        arrays = super().arrays(rng)
        shape = arrays["moving_variance"].shape
        return arrays | {"moving_variance": np.abs(draw(rng, shape, "normal")) + 0.5}


def batch_normalization(rng):
    """Draw a BatchNormalization, in training as often as not."""
    arguments = {
        "momentum": one_of(rng, 0.5, 0.75),
        "epsilon": one_of(rng, 2.0**-10, 2.0**-5),
        "center": one_of(rng, True, True, False),
        "scale": one_of(rng, True, True, False),
    }
    shape, training = (*anything(rng), whole(rng, 1, 6)), one_of(rng, True, False)
    values = one_of(rng, "normal", "negative", "whole")
    return BatchNormalizationCase(
        "BatchNormalization", arguments, shape, values, training, bounds.of_batch_norm
    )


OTHER_LAYERS = {
    "AveragePooling2D": average_pooling2d,
    "BatchNormalization": batch_normalization,
    "ELU": elu,
    "GlobalAveragePooling2D": global_average_pooling2d,
    "GlobalMaxPooling2D": global_max_pooling2d,
    "LeakyReLU": leaky_relu,
    "Rescaling": rescaling,
    "Reshape": reshape,
    "SiLU": silu,
    "ZeroPadding2D": zero_padding2d,
}
