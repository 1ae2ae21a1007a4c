"""From a SavedModel to a Sequential, with its weights, compiled as it was."""

import warnings

from scratch.errors import FileFormatError
from scratch.layers import Input
from scratch.models import Sequential
from scratch.saving import optimizer_state, training, values, weights
from scratch.saving.configs import first_line, own_name, printable, shown
from scratch.saving.filling import add_layer, check_volume
from scratch.saving.layer_table import (
    LAYERS,
    TRAINING_ONLY,
    WITHOUT_EFFECT,
    canonical_class,
    canonical_config,
)
from scratch.saving.saved_model import named

USUAL_SIDE = 28  # where a file leaves height and width open
ONLY_IN_TRAINING = ("_regularizer", "_constraint", "noise_shape", "seed")
FLOATS = {"float16", "bfloat16", "float32", "float64"}


def build_model(saved, compile=True, engine="fast"):
    """Return the Sequential that a SavedModel describes; see scratch.saving.load_model."""
    notes = []
    with named(saved.path):
        if saved.chain is None:
            raise FileFormatError(
                "holds weights alone: build the network that they belong to and call its load_weights()"
            )
        model = build_network(saved, notes)
        model.use_engine(engine)
        if compile and saved.training:
            compile_model(model, saved, engine, notes)
    for note in notes:
        warnings.warn(f"{saved.path}: {note}", stacklevel=3)
    return model


def build_network(saved, notes):
    """Return the network, with its weights, not compiled."""
    chain = saved.chain
    configs = [canonical(layer) for layer in chain.layers]
    for layer, (class_name, _) in zip(chain.layers, configs, strict=True):
        check_class(layer, class_name)
    arrays = weights.weights_of_model(saved.contents, chain.layers)
    dtype = common_dtype(configs, notes)
    model = Sequential(
        [Input(checked_shape(chain.input_shape, notes))], name=printable(chain.name), dtype=dtype
    )
    for layer, (class_name, config), stored in zip(chain.layers, configs, arrays, strict=True):
        made = make_layer(layer, class_name, config, notes)
        if made is not None:
            made.name, made.trainable = free_name(layer, model), layer.trainable
            add_layer(model, made, stored, notes)
    if not model.layers:
        raise FileFormatError("describes a model without layers")
    return model


def canonical(layer):
    """Return (class name, config) of a LayerConfig as the table has them."""
    class_name = canonical_class(layer.class_name)
    return class_name, canonical_config(class_name, layer.config)


def checked_shape(shape, notes):
    """Return the shape of one input, whole numbers. Raises FileFormatError where that is not known."""
    if shape is None:
        raise FileFormatError(
            "does not say what shape its inputs have: build the network in Keras with an Input, and save it "
            "again"
        )
    if len(shape) == 3 and shape[2] is not None and None in shape[:2]:
        shape = tuple(USUAL_SIDE if n is None else n for n in shape)
        notes.append(f"it leaves the size of its images open; taken as {shape[0]}x{shape[1]}")
    if not shape or any(type(n) is not int or n < 1 for n in shape):
        raise FileFormatError(f"describes inputs of shape {shown(shape)}: expected positive whole numbers")
    check_volume(shape, "its input")
    return shape


# dtypes


def common_dtype(configs, notes):
    """Return the dtype to compute in: float64 where all layers say so, else float32."""
    names = {dtype_name(config.get("dtype")) for _, config in configs} - {None}
    odd = {name for name in names if name not in ("float32", "float64")}
    for name in sorted(odd):
        if name.removeprefix("mixed_") not in FLOATS:
            raise FileFormatError(
                f"computes in {shown(name)}, which is not here: expected float32, float64, or a mixed policy"
            )
        notes.append(f"it was made to compute in {name}; here it computes in float32")
    return "float64" if names == {"float64"} else "float32"


def dtype_name(dtype):
    """Return the name of a dtype or of a policy, in any of their spellings; None for none."""
    if isinstance(dtype, dict):
        config = dtype.get("config")
        dtype = config.get("name") if isinstance(config, dict) else dtype.get("class_name")
    return dtype if isinstance(dtype, str) else None


# Layers


def make_layer(layer, class_name, config, notes):
    """Return a layer of ours for a LayerConfig, not built; None for one that acts in training alone."""
    where = f"layer {shown(layer.name)}"
    if class_name in TRAINING_ONLY:
        notes.append(f"{where} ({class_name}) acts in training alone and is not here; it is left out")
        return None
    row = LAYERS[class_name]
    if class_name == "ReLU" and config.get("negative_slope"):
        row, config = LAYERS["LeakyReLU"], leaky(config, where)
    check_rest(row, config, f"{where} ({class_name})", notes)
    given = {name: config[name] for name in row.arguments if name in config}
    try:
        return row.cls(**{name: read_value(name, value, where, notes) for name, value in given.items()})
    except FileFormatError:
        raise
    except (ValueError, TypeError, OverflowError) as error:
        raise FileFormatError(f"has a {where} ({class_name}) that cannot be: {first_line(error)}") from None


def check_class(layer, class_name):
    """Raise FileFormatError for a layer that is not here, before its weights are looked for."""
    if class_name not in LAYERS and class_name not in TRAINING_ONLY:
        raise FileFormatError(
            f"has a layer {shown(layer.name)} of the class {shown(own_name(class_name))}, which is not here: "
            f"there are {', '.join(LAYERS)}; take it out, or put another in its place, and save the model "
            f"again"
        )


def leaky(config, where):
    """Return the config of a LeakyReLU for that of a ReLU with a slope, which is the same."""
    rest = {name: value for name, value in config.items() if name != "negative_slope"}
    if rest.get("max_value") is not None or rest.get("threshold"):
        raise FileFormatError(f"has a {where} (ReLU) with a slope and a limit, which is not here")
    rest = {name: value for name, value in rest.items() if name not in ("max_value", "threshold")}
    return rest | {"negative_slope": config["negative_slope"]}


def read_value(name, value, where, notes):
    """Return an argument's value as the constructor takes it."""
    if name == "activation":
        return values.read_activation(value, where)
    if name.endswith("_initializer"):
        return values.read_initializer(value) or "zeros"
    if name.endswith("_regularizer"):
        regularizer, note = values.read_regularizer(value, where)
        notes.extend([note] if note else [])
        return regularizer
    if name == "axis" and isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, list) and name not in ("scale", "offset"):
        return tuple(tuple(item) if isinstance(item, list) else item for item in value)
    return value


def check_rest(row, config, where, notes):
    """Raise FileFormatError where a config asks for what our layer does not do; note what is for training."""
    for name, value in config.items():
        if name in row.arguments or name in WITHOUT_EFFECT:
            continue
        usual = row.fixed.get(name)
        if value == usual or is_last_axis(name, value) or (name not in row.fixed and not value):
            continue
        if name == "data_format":
            raise FileFormatError(
                f"has a {where} for images as (channels, height, width): expected (height, width, channels), "
                f"data_format='channels_last'; build the network so in Keras and copy the weights over"
            )
        if not name.endswith(ONLY_IN_TRAINING):
            raise FileFormatError(f"has a {where} with {name}={shown(value)}, which is not here")
        notes.append(f"{where}: its {name} is not here, and is left out of further training")


def is_last_axis(name, value):
    """Return whether a softmax's axis is the last one, in the one other way that Keras writes it."""
    return name == "axis" and value == [-1]


def free_name(layer, model):
    """Return a layer's name, with that of the model that it comes out of where it is taken.

    Slashes, which Keras 2 allowed and Keras 3 does not, become underscores.
    """
    taken = {other.name for other in model.layers}
    name, group = (printable(text.replace("/", "_")) for text in (layer.name, layer.group))
    candidates = [name, f"{group}_{name}", *(f"{name}_{number}" for number in range(1, len(taken) + 2))]
    return next(name for name in candidates if name not in taken)


# How it was trained


def compile_model(model, saved, engine, notes):
    """Compile a model as the file says, the optimizer in the state that it was in."""
    optimizer, loss, metrics = training.read_training(saved.training, notes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a loss from logits and a softmax, which the model came with
        model.compile(optimizer, loss, metrics, engine=engine)
    if optimizer != training.DEFAULT_OPTIMIZER:
        optimizer_state.restore(model, saved.contents, notes)
    elif training.optimizer_of(saved.training) is None and optimizer_state.is_there(saved.contents):
        notes.append(
            f"it does not say which optimizer it was trained with: {optimizer} is taken, and further "
            f"training starts afresh"
        )
