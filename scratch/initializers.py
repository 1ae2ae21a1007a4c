"""Initial values for parameters, under Keras's names: what a network is before it has seen a single image.

Too small, and the signal dies out from layer to layer; too large, and it explodes. The schemes below choose
the variance by the number of a unit's inputs (fan_in) and outputs (fan_out) so that neither happens.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from scratch.lookup import find_instance
from scratch.rng import default_rng

# A normal distribution cut off at two standard deviations has only this share of its standard deviation left.
TRUNCATED_STDDEV = 0.87962566103423978


def compute_fans(shape):
    """Return (fan_in, fan_out) of a kernel: (D, F), or (KH, KW, C, F), where each counts KH * KW times."""
    if len(shape) == 0:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    window = int(np.prod(shape[:-2]))
    return shape[-2] * window, shape[-1] * window


class Initializer:
    """Makes an array of initial values: `initializer(shape, dtype, rng)`.

    seed: an int gives this initializer a generator of its own, so that every call returns the same values;
    with None it draws from the `rng` that it is called with (default: the project's default generator).
    """

    def __init__(self, seed=None):
        self.seed = seed

    def __call__(self, shape, dtype="float32", rng=None):
        """Return an array of `shape` and `dtype`."""
        if self.seed is not None:
            rng = np.random.default_rng(self.seed)
        return np.asarray(self.draw(tuple(shape), rng or default_rng())).astype(dtype)

    def draw(self, shape, rng):
        """Return float64 values of `shape`, the random ones drawn from `rng`."""
        raise NotImplementedError


class Constant(Initializer):
    """The same `value` everywhere."""

    def __init__(self, value=0.0):
        super().__init__()
        self.value = value

    def draw(self, shape, rng):
        """See Initializer."""
        return np.full(shape, self.value)


class Zeros(Constant):
    """0 everywhere: right for biases; for kernels it would leave all units alike for ever."""

    def __init__(self):
        super().__init__(0.0)


class Ones(Constant):
    """1 everywhere."""

    def __init__(self):
        super().__init__(1.0)


class RandomUniform(Initializer):
    """Uniform between `minval` and `maxval`."""

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def draw(self, shape, rng):
        """See Initializer."""
        return rng.uniform(self.minval, self.maxval, shape)


class RandomNormal(Initializer):
    """Normal with `mean` and `stddev`."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def draw(self, shape, rng):
        """See Initializer."""
        return rng.normal(self.mean, self.stddev, shape)


class TruncatedNormal(RandomNormal):
    """Normal with `mean` and `stddev`, without the values further than two `stddev` from the mean."""

    def draw(self, shape, rng):
        """See Initializer; the inverse of the distribution function, applied to uniform numbers."""
        return self.mean + self.stddev * ndtri(rng.uniform(ndtr(-2.0), ndtr(2.0), shape))


class VarianceScaling(Initializer):
    """Random values of variance scale / n, where n is fan_in, fan_out or their mean (`mode`).

    scale: a positive number; mode: "fan_in", "fan_out" or "fan_avg"; distribution: "truncated_normal",
    "untruncated_normal" or "uniform". Raises ValueError for anything else.
    """

    MODES = ("fan_in", "fan_out", "fan_avg")
    DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None):
        super().__init__(seed)
        if scale <= 0:
            raise ValueError(f"VarianceScaling: expected a positive scale, received {scale}")
        if mode not in self.MODES:
            raise ValueError(f"VarianceScaling: expected mode {' or '.join(self.MODES)}, received {mode!r}")
        if distribution not in self.DISTRIBUTIONS:
            expected = " or ".join(self.DISTRIBUTIONS)
            raise ValueError(f"VarianceScaling: expected distribution {expected}, received {distribution!r}")
        self.scale, self.mode, self.distribution = scale, mode, distribution

    def draw(self, shape, rng):
        """See Initializer. A uniform distribution on [-limit, limit] has variance limit**2 / 3."""
        fan_in, fan_out = compute_fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = np.sqrt(3 * variance)
            return rng.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return rng.normal(0.0, np.sqrt(variance), shape)
        return TruncatedNormal(0.0, np.sqrt(variance) / TRUNCATED_STDDEV).draw(shape, rng)


class GlorotUniform(VarianceScaling):
    """Uniform in +-sqrt(6 / (fan_in + fan_out)). Source: Glorot and Bengio, AISTATS 2010, equation 16."""

    def __init__(self, seed=None):
        super().__init__(1.0, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """Truncated normal of variance 2 / (fan_in + fan_out). Source: Glorot and Bengio, AISTATS 2010."""

    def __init__(self, seed=None):
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


class HeUniform(VarianceScaling):
    """Uniform in +-sqrt(6 / fan_in). Source: He et al., ICCV 2015, section 2.2."""

    def __init__(self, seed=None):
        super().__init__(2.0, "fan_in", "uniform", seed)


class HeNormal(VarianceScaling):
    """Truncated normal of variance 2 / fan_in. Source: He et al., ICCV 2015, section 2.2."""

    def __init__(self, seed=None):
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


class LecunUniform(VarianceScaling):
    """Uniform in +-sqrt(3 / fan_in). Source: LeCun et al., "Efficient BackProp" (1998), section 4.6."""

    def __init__(self, seed=None):
        super().__init__(1.0, "fan_in", "uniform", seed)


class LecunNormal(VarianceScaling):
    """Truncated normal of variance 1 / fan_in. Source: LeCun et al., "Efficient BackProp" (1998), section
    4.6.
    """

    def __init__(self, seed=None):
        super().__init__(1.0, "fan_in", "truncated_normal", seed)


INITIALIZERS = {
    "zeros": Zeros,
    "ones": Ones,
    "constant": Constant,
    "uniform": RandomUniform,
    "random_uniform": RandomUniform,
    "normal": RandomNormal,
    "random_normal": RandomNormal,
    "truncated_normal": TruncatedNormal,
    "variance_scaling": VarianceScaling,
    "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal,
    "he_uniform": HeUniform,
    "he_normal": HeNormal,
    "lecun_uniform": LecunUniform,
    "lecun_normal": LecunNormal,
}


def get(identifier):
    """Return the initializer that a name, a class or an object stands for. Raises ValueError for an unknown
    name.
    """
    return find_instance(identifier, INITIALIZERS, "initializer", Initializer)
