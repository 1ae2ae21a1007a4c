"""How a saved model was trained, both ways: optimizer, learning rate, loss and metrics.

What is not here does not keep a model from being loaded, since none of it changes what the model says: it is
left out, and a note says so.
"""

from scratch import losses, metrics, optimizers, schedules
from scratch.errors import FileFormatError
from scratch.saving.configs import as_object, first_line, shown

COMMON = ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue")
# Each optimizer's own hyperparameters.
OPTIMIZERS = {
    "SGD": ("momentum", "nesterov"),
    "RMSprop": ("rho", "momentum", "epsilon", "centered"),
    "Adam": ("beta_1", "beta_2", "epsilon", "amsgrad"),
    "AdamW": ("beta_1", "beta_2", "epsilon", "amsgrad"),
    "Adagrad": ("initial_accumulator_value", "epsilon"),
    "Adadelta": ("rho", "epsilon"),
}
OPTIMIZER_NAMES = {"SGD": "SGD"}  # the names that Keras gives them; else the class's, in small letters
# What Keras's optimizers have beside, and the values that ours stand for.
OTHER_OPTIONS = {
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}
SCHEDULES = {
    "ExponentialDecay": ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name"),
    "InverseTimeDecay": ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name"),
    "CosineDecay": (
        "initial_learning_rate",
        "decay_steps",
        "alpha",
        "name",
        "warmup_target",
        "warmup_steps",
    ),
    "PiecewiseConstantDecay": ("boundaries", "values", "name"),
}
LOSSES = {
    "SparseCategoricalCrossentropy": ("from_logits",),
    "CategoricalCrossentropy": ("from_logits", "label_smoothing"),
}
METRICS = {
    "Accuracy": "accuracy",
    "SparseCategoricalAccuracy": "sparse_categorical_accuracy",
    "CategoricalAccuracy": "categorical_accuracy",
}
DEFAULT_OPTIMIZER = "rmsprop"  # that of compile()


def read_training(config, notes):
    """Return (optimizer, loss, metrics) for a dict as compile() takes them; the loss may be None.

    config: Keras 3's `compile_config` or the older `training_config`. notes: a list that sentences about
    what is not here are added to.
    """
    return (
        attempt(read_optimizer, optimizer_of(config), DEFAULT_OPTIMIZER, notes),
        attempt(read_loss, config.get("loss"), None, notes),
        read_metrics(config.get("metrics"), notes),
    )


def optimizer_of(config):
    """Return what a dict as read_training takes it says of the optimizer; None where it says nothing."""
    return config.get("optimizer", config.get("optimizer_config"))


def attempt(read, value, otherwise, notes):
    """Return read(value, notes), or `otherwise` and a note where that raises."""
    try:
        return read(value, notes)
    except (ValueError, TypeError, OverflowError) as error:
        notes.append(f"{first_line(error)}; it is left out of further training")
        return otherwise


# Optimizers


def read_optimizer(value, notes):
    """Return an Optimizer. Raises ValueError or TypeError for one that is not here."""
    if value is None:
        return DEFAULT_OPTIMIZER
    name, config = as_object(value, "its optimizer")
    cls = optimizers.OPTIMIZERS.get(name.lower())
    if cls is None or cls.__name__ not in OPTIMIZERS:
        raise FileFormatError(
            f"its optimizer {shown(name)} is not here (there are {', '.join(OPTIMIZERS)}), but "
            f"{DEFAULT_OPTIMIZER} is"
        )
    given = {key: config[key] for key in (*COMMON, *OPTIMIZERS[cls.__name__]) if config.get(key) is not None}
    rate = config.get("learning_rate", config.get("lr"))
    if rate is not None:
        given["learning_rate"] = read_learning_rate(rate)
    odd = [key for key in ("use_ema", "loss_scale_factor", "gradient_accumulation_steps") if config.get(key)]
    odd += ["decay"] * bool(config.get("decay"))
    if odd:
        notes.append(f"its optimizer {name}'s {' and '.join(odd)}: left out of further training")
    return cls(**given)


def read_learning_rate(value):
    """Return a number or a schedule. Raises ValueError or TypeError for a schedule that is not here."""
    if not isinstance(value, dict):
        return value
    name, config = as_object(value, "its learning rate")
    if name not in SCHEDULES:
        raise FileFormatError(
            f"its learning rate follows {shown(name)}, which is not here: there are {', '.join(SCHEDULES)}"
        )
    given = {key: config[key] for key in SCHEDULES[name] if config.get(key) is not None}
    return getattr(schedules, name)(**given)


def write_optimizer(optimizer, legacy=False):
    """Return an Optimizer as Keras's config has it.

    legacy: in words that Keras 2 understands, too. Raises FileFormatError for one of the user's own.
    """
    name = type(optimizer).__name__
    if type(optimizer) is not getattr(optimizers, name, None) or name not in OPTIMIZERS:
        raise FileFormatError(f"the optimizer {name} is not one of Keras's: expected {', '.join(OPTIMIZERS)}")
    config = {"name": name_in_keras(optimizer), "learning_rate": write_learning_rate(optimizer)}
    common = {key: getattr(optimizer, key) for key in COMMON}
    if legacy:  # older ones do not know them all
        config |= {key: value for key, value in common.items() if value is not None}
    else:
        config |= common | OTHER_OPTIONS
    config |= {key: getattr(optimizer, key) for key in OPTIMIZERS[name]}
    return written("keras.optimizers", name, config, legacy)


def name_in_keras(optimizer):
    """Return an optimizer's name; where it has that of its class, as Keras has it."""
    name = type(optimizer).__name__
    return optimizer.name if optimizer.name != name else OPTIMIZER_NAMES.get(name, name.lower())


def write_learning_rate(optimizer):
    """Return an optimizer's learning rate as Keras's config has it: a number or a schedule."""
    if optimizer.schedule is None:
        return float(optimizer.learning_rate)
    name = type(optimizer.schedule).__name__
    if type(optimizer.schedule) is not getattr(schedules, name, None) or name not in SCHEDULES:
        raise FileFormatError(
            f"the learning rate is a function of one's own ({name}), which a file cannot hold: expected a "
            f"number, or one of {', '.join(SCHEDULES)}"
        )
    config = {key: getattr(optimizer.schedule, key) for key in SCHEDULES[name]}
    return written("keras.optimizers.schedules", name, config)


def written(module, name, config, legacy=False):
    """Return a Keras object as its config has it."""
    if legacy:
        return {"class_name": name, "config": config}
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


# Losses and metrics


def read_loss(value, notes):
    """Return a loss. Raises ValueError for one that is not here."""
    value = only_value(value)
    if value is None:
        return None
    name, config = as_object(value, "its loss")
    try:
        found = losses.get(name)
    except ValueError:
        raise FileFormatError(
            f"its loss {shown(name)} is not here (there are {', '.join(losses.LOSSES)}): call compile() with "
            f"one of them to train or evaluate"
        ) from None
    wanted = ("name", *LOSSES[type(found).__name__])
    given = {key: config[key] for key in wanted if config.get(key) is not None}
    odd = {key: config[key] for key in ("ignore_class", "class_weight") if config.get(key) is not None}
    if odd or config.get("reduction") in ("sum", "none"):
        notes.append(f"its loss {name}'s {shown(odd or config['reduction'])}: left out of further training")
    return type(found)(**given)


def only_value(value):
    """Return what a list or dict of one (by the output's name) holds; anything else as it is."""
    if isinstance(value, list) and len(value) == 1:
        return only_value(value[0])
    if isinstance(value, dict) and len(value) == 1 and "class_name" not in value:
        return only_value(next(iter(value.values())))
    return value


def write_loss(loss, legacy=False):
    """Return a loss or None as Keras's config has it. Raises FileFormatError for one of the user's own."""
    if loss is None:
        return None
    name = type(loss).__name__
    if type(loss) is not getattr(losses, name, None) or name not in LOSSES:
        raise FileFormatError(f"the loss {name} is not one of Keras's: expected {', '.join(LOSSES)}")
    config = {"name": loss.name, "reduction": "sum_over_batch_size"}
    config |= {key: getattr(loss, key) for key in LOSSES[name]}
    return written("keras.losses", name, config, legacy)


def read_metrics(value, notes):
    """Return a list of metrics; those that are not here are noted, and left out."""
    found = []
    for item in all_values(value):
        try:
            found.append(read_metric(item))
        except ValueError as error:
            notes.append(f"{first_line(error)}; it is left out")
    # two of one name would be one
    return list({metric.name: metric for metric in found}.values())


def all_values(value):
    """Return all that lists and dicts (by the outputs' names) of metrics hold."""
    if isinstance(value, list):
        return [item for v in value for item in all_values(v)]
    if isinstance(value, dict) and "class_name" not in value:
        return [item for v in value.values() for item in all_values(v)]
    return [] if value is None else [value]


def read_metric(value):
    """Return a metric. Raises ValueError for one that is not here."""
    name, config = as_object(value, "its metric")
    if name == "MeanMetricWrapper":  # Keras 2's, around a function, under the name that it was asked for
        asked_for = config.get("name")
        if isinstance(asked_for, str) and asked_for in metrics.METRICS:
            return metrics.get(asked_for)
        name = config.get("fn")
        name = as_object(name, "its metric")[0] if name is not None else shown(asked_for)
    try:
        metric = metrics.get(name)
    except ValueError:
        raise FileFormatError(f"its metric {shown(name)} is not here") from None
    if isinstance(config.get("name"), str):
        metric.name = config["name"]
    return metric


def write_metric(metric, legacy=False):
    """Return a metric as Keras's config has it. Raises FileFormatError for one of the user's own."""
    name = type(metric).__name__
    if type(metric) is not getattr(metrics, name, None) or name not in METRICS:
        raise FileFormatError(f"the metric {name} is not one of Keras's: expected {', '.join(METRICS)}")
    if metrics.METRICS.get(metric.name) is type(metric):
        return metric.name  # a name is what compile() is given most of the time
    return written("keras.metrics", name, {"name": metric.name, "dtype": "float32"}, legacy)


def write_training(model, legacy=False):
    """Return a compiled model's optimizer, loss and metrics as Keras's config has them, a dict."""
    if model.optimizer is None:
        return None
    config = {
        "loss": write_loss(model.loss, legacy),
        "loss_weights": None,
        "metrics": [write_metric(metric, legacy) for metric in model.metrics] or None,
        "weighted_metrics": None,
    }
    if legacy:
        return config | {"optimizer_config": write_optimizer(model.optimizer, legacy)}
    config = {"optimizer": write_optimizer(model.optimizer)} | config
    return config | {"run_eagerly": False, "steps_per_execution": 1, "jit_compile": False}
