"""From a model's config to its layers in order: Sequential models, and functional ones that are one line.

Models in models are laid open. For each layer it is noted where its weights are, in either layout.
"""

from dataclasses import dataclass
from itertools import islice

from scratch.errors import FileFormatError
from scratch.lookup import snake_case
from scratch.saving import limits
from scratch.saving.configs import as_object, expect_dict, expect_list, expect_text, shown

SEQUENTIAL, FUNCTIONAL = {"Sequential"}, {"Functional", "Model"}
MODELS = SEQUENTIAL | FUNCTIONAL
DEPTH = 8  # of models in models


@dataclass(frozen=True)
class LayerConfig:
    """One layer of a saved model.

    class_name, name, config: as the file has them. group: the outermost layer or model that it belongs to,
    which names its group in the legacy layout. place: the path of its group in Keras 3's layout. trainable:
    whether training changes it.
    """

    class_name: str
    name: str
    config: dict
    group: str
    place: str
    trainable: bool


@dataclass(frozen=True)
class Chain:
    """A model's layers in order, its name, and the shape of one input, or None where the config has none."""

    name: str
    layers: list
    input_shape: tuple | None


def read_chain(model):
    """Return the Chain of a model's config, a dict. Raises FileFormatError where it is no chain of layers."""
    class_name, _ = as_object(model, "its model")
    if class_name not in MODELS:
        raise FileFormatError(
            f"its model is of the class {shown(class_name)}: expected Sequential, or a functional model; a "
            f"class of one's own is Python code, which the file does not hold"
        )
    layers = list(islice(flatten(model, "", None, True, 0), limits.LAYERS + 1))
    if len(layers) > limits.LAYERS:
        raise FileFormatError(f"its model and those in it have more than {limits.LAYERS:,} layers")
    config = model.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    shape = input_shape(model, [layer.config for layer in layers])
    layers = [layer for layer in layers if layer.class_name != "InputLayer"]
    return Chain(name if isinstance(name, str) else "sequential", layers, shape)


def flatten(model, place, group, trainable, depth):
    """Yield a LayerConfig for each layer of a model and of the models in it."""
    if depth > DEPTH:
        raise FileFormatError(f"holds models in models, more than {DEPTH} deep")
    counts = {}
    for entry in ordered_layers(model):
        class_name, config = as_object(entry, describe(entry))
        kind = snake_case(class_name)
        number = counts[kind] = counts.get(kind, -1) + 1
        here = f"{place}layers/{kind}_{number}" if number else f"{place}layers/{kind}"
        name = layer_name(entry, config, here)
        learns = trainable and config.get("trainable") is not False
        if class_name in MODELS:
            yield from flatten(entry, f"{here}/", group or name, learns, depth + 1)
        else:
            yield LayerConfig(class_name, name, config, group or name, here, learns)


def ordered_layers(model):
    """Return the entries of a model's layers in the order in which they compute."""
    config = model.get("config")
    if model["class_name"] in SEQUENTIAL:  # in Keras 2.0 and 2.1, the config is the list itself
        layers = config if isinstance(config, list) else expect_dict(config, "its model").get("layers")
        layers = expect_list(layers, "its model's layers")
    else:
        layers = functional_layers(expect_dict(config, "its model"))
    if len(layers) > limits.LAYERS:
        raise FileFormatError(f"its model has {len(layers):,} layers: expected at most {limits.LAYERS:,}")
    return [expect_dict(layer, "a layer of its model") for layer in layers]


def describe(entry):
    """Return how a message calls a layer."""
    config = entry.get("config")
    name = entry.get("name") or (config.get("name") if isinstance(config, dict) else None)
    return f"its layer {shown(name)}" if name else "a layer of its model"


def layer_name(entry, config, otherwise):
    """Return a layer's name, or `otherwise` for the models in models of Keras 2.0, which have none."""
    return expect_text(config.get("name") or entry.get("name") or otherwise, "the name of a layer")


# Functional models


def functional_layers(config):
    """Return the layers of a functional model, from its one input to its one output."""
    layers = {}
    for entry in expect_list(config.get("layers"), "its model's layers")[: limits.LAYERS + 1]:
        entry = expect_dict(entry, "a layer of its model")
        name = layer_name(entry, entry["config"] if isinstance(entry.get("config"), dict) else {}, None)
        if name in layers:
            raise FileFormatError(f"its model has two layers of the name {shown(name)}")
        layers[name] = entry
    path, name = [], only_end(config.get("output_layers"), "output")
    while name is not None:
        if name not in layers or len(path) == len(layers):
            raise FileFormatError(f"its model is no line of layers: it leads to {shown(name)}")
        path.append(layers[name])
        name = source(layers[name], name)
    if len(path) != len(layers):
        left = next(name for name, entry in layers.items() if not any(entry is other for other in path))
        raise FileFormatError(
            f"its model is no line of layers: {shown(left)} is not on the way from input to output; only "
            f"layers that follow one another are read"
        )
    return path[::-1]


def only_end(ends, what):
    """Return the name of the one layer among a model's inputs or outputs."""
    ends = expect_list(ends, f"its model's {what}s")
    if ends and isinstance(ends[0], str):  # Keras 3 leaves out the outer list where there is but one
        ends = [ends]
    if len(ends) != 1 or not isinstance(ends[0], list) or not ends[0]:
        raise FileFormatError(f"its model has {len(ends)} {what}s: expected one")
    return expect_text(ends[0][0], f"its model's {what}")


def source(entry, name):
    """Return the name of the layer that feeds another; None for the input."""
    nodes = expect_list(entry.get("inbound_nodes"), f"what layer {shown(name)} is fed by")
    if not nodes:
        return None
    if len(nodes) != 1:
        raise FileFormatError(f"its layer {shown(name)} is used {len(nodes)} times: expected once")
    sources, options = node_of_keras_3(nodes[0]) if isinstance(nodes[0], dict) else node_of_keras_2(nodes[0])
    if len(sources) != 1 or not isinstance(sources[0], str):
        raise FileFormatError(
            f"its layer {shown(name)} has {len(sources)} inputs: expected one; only layers that follow one "
            f"another are read"
        )
    if any(option.get("training") for option in options if isinstance(option, dict)):
        raise FileFormatError(
            f"its layer {shown(name)} is always in training, a random result each time: expected one that "
            f"is so in training alone"
        )
    return sources[0]


def node_of_keras_2(node):
    """Return ([names of the sources], [options]) of [["conv2d", 0, 0, {}], ...]."""
    node = expect_list(node, "a connection of its model")
    links = [node] if node and isinstance(node[0], str) else node
    links = [expect_list(link, "a connection of its model") for link in links]
    return [link[0] for link in links if link], [link[3] for link in links if len(link) > 3]


def node_of_keras_3(node):
    """Return ([names of the sources], [options]) of {"args": [tensor], "kwargs": {...}}."""
    sources, left = [], [node.get("args"), node.get("kwargs")]
    while left:
        value = left.pop()
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            config = expect_dict(value.get("config"), "a connection of its model")
            sources += expect_list(config.get("keras_history"), "a connection of its model")[:1]
        elif isinstance(value, dict | list):
            left += value.values() if isinstance(value, dict) else value
    return sources, [node.get("kwargs")]


# The shape of the input


def input_shape(model, layer_configs):
    """Return the shape of one input, a tuple with None for what is left open; None if no shape is given."""
    config = model.get("config")
    first = layer_configs[:2]
    places = [first_config.get(key) for first_config in first for key in ("batch_input_shape", "batch_shape")]
    if isinstance(config, dict):
        places.append(config.get("build_input_shape"))
    if isinstance(model.get("build_config"), dict):
        places.append(model["build_config"].get("input_shape"))
    if first and isinstance(first[0].get("input_dim"), int):
        places.append([None, first[0]["input_dim"]])
    return next((tuple(shape[1:]) for shape in places if isinstance(shape, list) and len(shape) > 1), None)
