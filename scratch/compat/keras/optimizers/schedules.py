"""keras.optimizers.schedules: ours."""

from scratch import schedules as ours
from scratch.compat.offering import REQUIRED, Offered

DECAY = {"initial_learning_rate": REQUIRED, "decay_steps": REQUIRED}


def offered(make, parameters):
    """Return a schedule that takes Keras's arguments."""
    return Offered(f"keras.optimizers.schedules.{make.__name__}", make, parameters)


def by_rate(make):
    """Return a schedule of a rate of decay."""
    parameters = {"decay_rate": REQUIRED, "staircase": False, "name": make.__name__}
    return offered(make, DECAY | parameters)


ExponentialDecay = by_rate(ours.ExponentialDecay)
InverseTimeDecay = by_rate(ours.InverseTimeDecay)
CosineDecay = offered(
    ours.CosineDecay, DECAY | {"alpha": 0.0, "name": "CosineDecay", "warmup_target": None, "warmup_steps": 0}
)
PiecewiseConstantDecay = offered(
    ours.PiecewiseConstantDecay, {"boundaries": REQUIRED, "values": REQUIRED, "name": "PiecewiseConstant"}
)
LearningRateSchedule = ours.LearningRateSchedule


__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
]
