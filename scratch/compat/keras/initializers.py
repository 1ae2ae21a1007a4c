"""keras.initializers: ours, by class, by function and by name."""

from scratch import initializers as ours
from scratch.compat.offering import Offered

SEEDED = {"seed": None, "input_axes": None, "output_axes": None}
INTERVAL = {"minval": -0.05, "maxval": 0.05, "seed": None}
NORMAL = {"mean": 0.0, "stddev": 0.05, "seed": None}
SCALED = {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal"} | SEEDED


def offered(make, parameters):
    """Return an initializer that takes Keras's arguments."""
    return Offered(f"keras.initializers.{make.__name__}", make, parameters)


Zeros = zeros = offered(ours.Zeros, {})
Ones = ones = offered(ours.Ones, {})
Constant = constant = offered(ours.Constant, {"value": 0.0})
RandomUniform = random_uniform = uniform = offered(ours.RandomUniform, INTERVAL)
RandomNormal = random_normal = normal = offered(ours.RandomNormal, NORMAL)
TruncatedNormal = truncated_normal = offered(ours.TruncatedNormal, NORMAL)
VarianceScaling = variance_scaling = offered(ours.VarianceScaling, SCALED)
GlorotUniform = glorot_uniform = offered(ours.GlorotUniform, SEEDED)
GlorotNormal = glorot_normal = offered(ours.GlorotNormal, SEEDED)
HeUniform = he_uniform = offered(ours.HeUniform, SEEDED)
HeNormal = he_normal = offered(ours.HeNormal, SEEDED)
LecunUniform = lecun_uniform = offered(ours.LecunUniform, SEEDED)
LecunNormal = lecun_normal = offered(ours.LecunNormal, SEEDED)
get = ours.get


__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "uniform",
    "variance_scaling",
    "zeros",
]
