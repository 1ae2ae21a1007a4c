"""The objects in a layer's config, both ways: activations, initializers, regularizers."""

import inspect

from scratch import initializers, layers, regularizers
from scratch.errors import FileFormatError
from scratch.layers.activations import ACTIVATIONS
from scratch.saving.configs import as_object, first_line, shown
from scratch.saving.layer_table import AS_ACTIVATION, LAYERS

ACTIVATION_ALIASES = {"softmax_v2": "softmax", "relu_v2": "relu"}  # of functions of TensorFlow
NOT_IN_KERAS_2 = {"relu6"}
# A layer in the place of an activation: its class in Keras, and its arguments, each with its older name.
ACTIVATION_LAYERS = {
    "ReLU": (layers.ReLU, {"max_value": None, "negative_slope": None, "threshold": None}),
    "Softmax": (layers.Softmax, {}),
    "LeakyReLU": (layers.LeakyReLU, {"negative_slope": "alpha"}),
    "ELU": (layers.ELU, {"alpha": None}),
}
REGULARIZERS = {"L1": ("l1",), "L2": ("l2",), "L1L2": ("l1", "l2")}


# Activations


def read_activation(value, where):
    """Return what a config gives as an activation as our layers take it: a name or a layer.

    where: whose it is, for the message. Raises FileFormatError for one that is not here.
    """
    if value is None:
        return "linear"
    name, config = as_object(value, f"the activation of {where}")
    name = ACTIVATION_ALIASES.get(name, name)
    if name == "linear" or name in ACTIVATIONS:
        return name
    if name == "Activation" and "activation" in config:  # the layer in the place of its function
        return read_activation(config["activation"], where)
    if name in ACTIVATION_LAYERS and isinstance(value, dict):
        return read_activation_layer(name, config, where)
    raise FileFormatError(
        f"{where} has the activation {shown(name)}, which is not here: there are linear, "
        f"{', '.join(sorted(ACTIVATIONS))}"
    )


def read_activation_layer(name, config, where):
    """Return the layer that a config puts in the place of an activation."""
    cls, known_arguments = ACTIVATION_LAYERS[name]
    known = {*known_arguments, *known_arguments.values(), "name", "trainable", "dtype"}
    odd = {key: value for key, value in config.items() if key not in known and value not in (None, 0, -1)}
    if odd:
        raise FileFormatError(f"the activation {name} of {where} has {shown(odd)}, which is not here")
    given = {new: config.get(new, config.get(old)) for new, old in known_arguments.items()}
    try:
        return cls(**{argument: value for argument, value in given.items() if value is not None})
    except ValueError as error:
        raise FileFormatError(f"the activation {name} of {where} cannot be: {first_line(error)}") from None


def write_activation(activation, where, legacy=False):
    """Return an activation, None or a layer, as Keras's config has it; legacy: as Keras 2 has it, too.

    Raises FileFormatError for one that Keras does not have.
    """
    if activation is None:
        return "linear"
    names = [name for name in ACTIVATIONS if not (legacy and name in NOT_IN_KERAS_2)]
    for name in names:
        ours = ACTIVATIONS[name]
        named = ours() if isinstance(ours, type) else ours
        if type(activation) is type(named) and settings(activation) == settings(named):
            return name
    for name, (cls, known_arguments) in ACTIVATION_LAYERS.items():
        if type(activation) is cls:
            config = {"name": activation.name, "trainable": True, "dtype": "float32"}
            for argument, older in known_arguments.items():
                config[(legacy and older) or argument] = getattr(activation, argument)
            return {
                "module": "keras.layers",
                "class_name": name,
                "config": config,
                "registered_name": None,
            }
    if type(activation) is layers.Activation:
        return write_activation(activation.activation, where, legacy)
    raise FileFormatError(f"{where} has {type(activation).__name__} for an activation, which Keras does not")


def settings(activation):
    """Return the numbers that an activation was made with."""
    return [vars(activation).get(name) for name in ("negative_slope", "alpha", "max_value", "threshold")]


def class_in_keras(layer):
    """Return the name of the class that a layer of ours is in Keras.

    Raises FileFormatError for a layer of the user's own.
    """
    if type(layer) in AS_ACTIVATION:
        return "Activation"
    name = type(layer).__name__
    if name not in LAYERS or LAYERS[name].cls is not type(layer):
        raise FileFormatError(
            f"layer {layer.name!r} is of a class of its own, {name}, which Keras does not have: expected "
            f"{', '.join(LAYERS)}"
        )
    return name


# Initializers and regularizers


def arguments(cls):
    """Return the names of a constructor's arguments."""
    parameters = inspect.signature(cls).parameters.values()
    return [p.name for p in parameters if p.name != "self" and p.kind is not p.VAR_KEYWORD]


def read_initializer(value):
    """Return an Initializer for what a config gives; None for one that is not here.

    It makes no difference which: the weights come from the file.
    """
    try:
        name, config = as_object(value, "an initializer")
        found = initializers.INITIALIZERS.get(name) or getattr(initializers, name, None)
        if not (isinstance(found, type) and issubclass(found, initializers.Initializer)):
            return None
        if config.get("distribution") == "normal":  # as Keras 2.0 to 2.2 call what is truncated
            config = config | {"distribution": "truncated_normal"}
        return found(**{key: config[key] for key in arguments(found) if key in config})
    except (ValueError, TypeError, NotImplementedError):
        return None


def write_initializer(initializer, where):
    """Return an Initializer as Keras's config has it. Raises FileFormatError for one of the user's own."""
    cls = type(initializer)
    if cls not in initializers.INITIALIZERS.values():
        raise FileFormatError(f"{where} has the initializer {cls.__name__}, which Keras does not")
    config = {key: getattr(initializer, key) for key in arguments(cls)}
    return {
        "module": "keras.initializers",
        "class_name": cls.__name__,
        "config": config,
        "registered_name": None,
    }


def read_regularizer(value, where):
    """Return (Regularizer or None, a note or None) for what a config gives."""
    if value is None:
        return None, None
    name, config = as_object(value, f"the regularizer of {where}")
    try:
        if not config:
            return regularizers.get(name), None
        wanted = {key: config[key] for key in ("l1", "l2") if isinstance(config.get(key), int | float)}
        if set(wanted) == set(config) - {"name"}:
            cls = getattr(regularizers, name) if name in REGULARIZERS else regularizers.L1L2
            return cls(**wanted), None
    except (ValueError, TypeError):
        pass
    return None, f"{where}: its regularizer {name} is not here, and is left out of further training"


def write_regularizer(regularizer, where):
    """Return a Regularizer or None as Keras's config has it. Raises FileFormatError for one's own."""
    if regularizer is None:
        return None
    name = type(regularizer).__name__
    if type(regularizer) is not getattr(regularizers, name, None) or name not in REGULARIZERS:
        raise FileFormatError(f"{where} has the regularizer {name}, which Keras does not")
    return {
        "module": "keras.regularizers",
        "class_name": name,
        "config": {key: getattr(regularizer, key) for key in REGULARIZERS[name]},
        "registered_name": None,
    }
