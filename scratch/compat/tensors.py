"""What a script receives where Keras returns a tensor: an array with what scripts ask of tensors."""

import numpy as np


class Tensor(np.ndarray):
    """A NumPy array with `.numpy()`; see `tensor`."""

    def numpy(self):
        """Return the plain array, or for a single number the number."""
        return np.asarray(self)[()]

    def get_shape(self):
        """Return the shape."""
        return self.shape

    def __format__(self, spec):
        return format(self.numpy(), spec) if self.ndim == 0 else super().__format__(spec)


def tensor(values, dtype=None):
    """Return values as a Tensor."""
    return np.asarray(values, dtype=dtype).view(Tensor)


class Rate(float):
    """A learning rate as a script may ask for it: a float with `.numpy()`, and `.assign(value)`.

    optimizer: whose rate it is.
    """

    def __new__(cls, value, optimizer=None):
        """Return the float, which remembers the optimizer."""
        rate = super().__new__(cls, value)
        rate.optimizer = optimizer
        return rate

    def numpy(self):
        """Return the number."""
        return np.float32(self)

    def assign(self, value):
        """Give the optimizer another learning rate."""
        self.optimizer.learning_rate = float(value)
