"""The layer that stands for Conv2D, ReLU and MaxPooling2D in training: see scratch.fused."""

import numpy as np

from keras_ref.backend import load_keras
from keras_ref.parity.bounds import exact
from keras_ref.parity.case import Case
from keras_ref.parity.chance import batch, one_of, size, whole
from scratch.layers import Conv2D, Input, MaxPooling2D
from scratch.network import Network


class FusedCase(Case):
    """A Conv2D with a ReLU, and a MaxPooling2D behind it, which the fast engine makes one layer of."""

    def make_keras(self, dtype):
        """See Case: a model of the two layers."""
        keras = load_keras()
        conv = keras.layers.Conv2D(**self.arguments, activation="relu", dtype=dtype)
        inputs = keras.Input(self.shape[1:], dtype=dtype)
        return keras.Sequential([inputs, conv, keras.layers.MaxPooling2D(dtype=dtype)])

    def scratch(self, arrays, engine, dtype, expected):
        """See Case."""
        conv = Conv2D(**self.arguments, activation="relu")
        model = Network([Input(self.shape[1:]), conv, MaxPooling2D()], dtype=dtype)
        model.use_engine(engine)
        assert len(model.stages) == (1 if engine == "fast" else 2), "the two layers have not been fused"
        for name, param in conv.params.items():
            param[...] = arrays[name]
        y = model.forward(model.as_input(arrays["x"]))
        dx = arrays["dy"].astype(dtype)
        for stage in reversed(model.stages):
            dx = stage.backward(dx)
        return {"y": y, "dx": dx} | {f"d{name}": g for name, g in conv.grads.items()}


def fused_conv2d(rng):
    """Draw a convolution, ReLU and pooling in one: whole numbers, so that both sides take the same winners.

    At most 16 filters, because the fast engine compiles a kernel for each width; as often as not the kernel
    and the single channel that it has a function of their own for.
    """
    kernel, channels = one_of(rng, (3, 1), (size(rng, 1, 7), whole(rng, 1, 5)))
    height, width = np.broadcast_to(kernel, 2)
    shape = (batch(rng), *(int(k) + whole(rng, 1, 9) for k in (height, width)), channels)
    arguments = {"filters": whole(rng, 1, 16), "kernel_size": kernel}
    return FusedCase("FusedConv2D", arguments, shape, "whole", bounds=exact, dy_values="whole")
