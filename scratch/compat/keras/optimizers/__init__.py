"""keras.optimizers: ours; `lr` and `decay` are Keras 2's."""

from scratch import optimizers as ours
from scratch.compat.offering import Offered, plain
from scratch.schedules import InverseTimeDecay

CLIPPING = {"clipnorm": None, "clipvalue": None, "global_clipnorm": None}
REST = {
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
    "name": None,
}
COMMON = {"weight_decay": None} | CLIPPING | REST
ADAM = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}
OLDER = {"decay": 0.0}
TAKEN = {"weight_decay", *CLIPPING, "name"}


class OfferedOptimizer(Offered):
    """An optimizer: Keras 2's `decay` makes its learning rate a schedule, as it did there."""

    def __init__(self, make, parameters):
        self.own = dict(parameters)
        takes = set(parameters) - (set(REST) - {"name"}) | {"decay"}
        super().__init__(
            f"keras.optimizers.{make.__name__}", make, parameters | OLDER, takes, {"lr": "learning_rate"}
        )

    def __call__(self, *arguments, **options):
        given = self.bound(arguments, {k: v for k, v in options.items() if k != "epsilon" or v is not None})
        decay = given.pop("decay", None)
        if decay:
            rate = given.get("learning_rate", self.parameters["learning_rate"])
            given["learning_rate"] = InverseTimeDecay(rate, 1, decay)
        return self.make(**given)


SGD = OfferedOptimizer(ours.SGD, {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False} | COMMON)
RMSprop = OfferedOptimizer(
    ours.RMSprop,
    {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False} | COMMON,
)
Adam = OfferedOptimizer(ours.Adam, {"learning_rate": 0.001} | ADAM | COMMON)
AdamW = OfferedOptimizer(ours.AdamW, {"learning_rate": 0.001, "weight_decay": 0.004} | ADAM | CLIPPING | REST)
Adagrad = OfferedOptimizer(
    ours.Adagrad, {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7} | COMMON
)
Adadelta = OfferedOptimizer(ours.Adadelta, {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7} | COMMON)
Optimizer = Offered("keras.optimizers.Optimizer", ours.Optimizer, {})
sgd, rmsprop, adam, adamw, adagrad, adadelta = SGD, RMSprop, Adam, AdamW, Adagrad, Adadelta


def get(identifier):
    """Return an optimizer by its name."""
    return ours.get(plain(identifier))


__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "get",
    "rmsprop",
    "sgd",
]
