"""tensorflow.compat.v1: how scripts silence TensorFlow, and seed it."""

from types import SimpleNamespace

from scratch.compat.tensorflow import set_random_seed
from scratch.compat.tensorflow.session import ConfigProto, GPUOptions, Session

logging = SimpleNamespace(
    DEBUG=10, INFO=20, WARN=30, ERROR=40, FATAL=50, set_verbosity=lambda level: None, info=print
)


def disable_v2_behavior():
    """Do nothing."""


def disable_eager_execution():
    """Do nothing: all is computed at once."""


def enable_eager_execution():
    """Do nothing."""


__all__ = [
    "ConfigProto",
    "GPUOptions",
    "Session",
    "disable_eager_execution",
    "disable_v2_behavior",
    "enable_eager_execution",
    "logging",
    "set_random_seed",
]
