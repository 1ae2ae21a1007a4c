"""Where the weights are: Keras 3's layout (by class and order) and the legacy one (by the layers' names).

Both are read into a list of arrays for each layer, in the order in which the layer keeps them.
"""

from dataclasses import dataclass

import numpy as np

from scratch.errors import FileFormatError
from scratch.saving import limits
from scratch.saving.configs import shown
from scratch.saving.layer_table import canonical_class, canonical_config, weight_names

ROOT = "model_weights"
CURRENT, LEGACY = "Keras 3's layout", "the legacy layout"
FLIPPING_BACKENDS = ("theano",)  # whose convolution turns the kernel around, as mathematics has it


@dataclass(frozen=True)
class Stored:
    """The weights of one layer: what the file calls it, and its arrays in order, with their names."""

    name: str
    arrays: list
    names: list


def layout(contents):
    """Return CURRENT or LEGACY. Raises FileFormatError where the file holds the weights of neither."""
    if any(has_list(attributes, "layer_names") for attributes in contents.attributes.values()):
        return LEGACY
    if any("vars" in path.split("/") for path in [*contents.attributes, *contents.arrays]):
        return CURRENT
    raise FileFormatError("is an HDF5 file, but holds no weights as Keras lays them out")


def has_list(attributes, name):
    """Return whether a list was written into a group's attributes, whole or in numbered parts."""
    return name in attributes or f"{name}0" in attributes


def list_of(contents, path, name):
    """Return a list of texts from a group's attributes; HDF5 makes Keras cut long ones into parts."""
    attributes = contents.attributes.get(path)
    if attributes is None or not has_list(attributes, name):
        raise FileFormatError(f"is damaged: {shown(path or 'the root')} lacks the list {name!r}")
    if name in attributes:
        parts = [attributes[name]]
    else:
        parts = []
        while f"{name}{len(parts)}" in attributes:
            parts.append(attributes[f"{name}{len(parts)}"])
    names = [text for part in parts for text in (part if isinstance(part, list) else [part])]
    if len(names) > limits.OBJECTS:
        raise FileFormatError(f"is damaged: it has a list {name!r} of {len(names):,} names")
    return names


# The legacy layout


def legacy_root(contents):
    """Return the path of the group that holds the layers: that of a whole model, or the root."""
    return ROOT if has_list(contents.attributes.get(ROOT, {}), "layer_names") else ""


def legacy_layers(contents):
    """Return the Stored weights of all layers that have some, in order."""
    root, layers, count = legacy_root(contents), [], 0
    for name in list_of(contents, root, "layer_names"):
        layers.append(legacy_layer(contents, root, name))
        count += len(layers[-1].arrays)
        if count > len(contents.arrays):  # names upon names for the same few would take for ever
            raise FileFormatError("is damaged: it names more arrays of weights than it holds")
    return [layer for layer in layers if layer.arrays]


def legacy_layer(contents, root, name):
    """Return the Stored weights of one layer."""
    group = join(root, name)
    names = list_of(contents, group, "weight_names")
    return Stored(name, [array_at(contents, join(group, n)) for n in names], names)


def join(*parts):
    """Return a path of groups without empty parts, which HDF5 does not count."""
    return "/".join(piece for part in parts for piece in part.replace("\\", "/").split("/") if piece)


def array_at(contents, path):
    """Return an array of the file. Raises FileFormatError where there is none."""
    if path not in contents.arrays:
        raise FileFormatError(f"is damaged: it names the weights {shown(path)}, but does not hold them")
    return contents.arrays[path]


def legacy_weights(contents, layers):
    """Return a list of arrays for each LayerConfig of a whole model."""
    groups = {}
    for layer in layers:
        groups.setdefault(layer.group, []).append(layer)
    groups = {name: members for name, members in groups.items() if legacy_order(members)}
    found = {}
    for name, stored in match_groups(list(groups), legacy_layers(contents)):
        wanted = legacy_order(groups[name])
        if len(stored.arrays) != len(wanted):
            raise FileFormatError(
                f"holds {len(stored.arrays)} arrays of weights for layer {shown(name)}: expected "
                f"{len(wanted)}, {' and '.join(name for _, name in wanted)}"
            )
        for (layer, weight), array in zip(wanted, stored.arrays, strict=True):
            found[id(layer), weight] = array
    return [[found[id(layer), weight] for weight in names_of(layer)] for layer in layers]


def match_groups(names, stored):
    """Return (name, Stored) for the layers of those names: by name, or by order where names are others.

    In Keras 2.0, models in models have no names in the config.
    """
    by_name = {layer.name: layer for layer in stored}
    if set(names) == set(by_name):
        return [(name, by_name[name]) for name in names]
    if len(names) != len(stored):
        raise FileFormatError(
            f"holds the weights of {len(stored)} layers, {shown(', '.join(by_name), 200)}: expected those of "
            f"{len(names)}, {shown(', '.join(names), 200)}"
        )
    return list(zip(names, stored, strict=True))


def names_of(layer):
    """Return the names of the weights of a LayerConfig, in order."""
    class_name = canonical_class(layer.class_name)
    return weight_names(class_name, canonical_config(class_name, layer.config))


def legacy_order(layers):
    """Return (layer, name of weights) for the layers of one group in the order in which Keras stores them.

    First what training changes, layer by layer, then the rest: which matters for models in models.
    """
    learned = [(layer, name) for layer in layers for name in names_of(layer) if learns(layer, name)]
    rest = [(layer, name) for layer in layers for name in names_of(layer) if not learns(layer, name)]
    return learned + rest


def learns(layer, name):
    """Return whether training changes the weights of that name of a LayerConfig."""
    return layer.trainable and not name.startswith("moving_")


# Keras 3's layout


def current_layers(contents):
    """Return the Stored weights of all layers that have some, by the paths of their groups, a dict."""
    groups = {}
    for path, array in contents.arrays.items():
        place, found, number = path.partition("/vars/")
        if found and place.partition("/")[0] not in ("optimizer", "metrics"):
            groups.setdefault(place, {})[number] = array
    return {current_place(place): in_order(contents, place, arrays) for place, arrays in groups.items()}


def current_place(path):
    """Return a group's path as Keras 3 has it: Keras 2.12 called the list of layers something else."""
    return path.replace("_layer_checkpoint_dependencies", "layers")


def variables(contents, place):
    """Return the Stored weights of one group."""
    start = join(place, "vars") + "/"
    named = {path.removeprefix(start): a for path, a in contents.arrays.items() if path.startswith(start)}
    return in_order(contents, place, named)


def in_order(contents, place, named):
    """Return the Stored weights of a group that holds vars/0, vars/1 and so on; named: {"0": array, ...}."""
    numbers = sorted(int(name) for name in named if is_number(name))
    if numbers != list(range(len(numbers))):
        raise FileFormatError(
            f"is damaged: {shown(place)} holds variables {shown(numbers)}: expected 0, 1, ..."
        )
    names = [str(number) for number in numbers]
    if not all(name in named for name in names):
        raise FileFormatError(f"is damaged: {shown(place)} holds variables under odd names")
    own_name = contents.attributes.get(join(place, "vars"), {}).get("name", place.rpartition("/")[2])
    return Stored(own_name, [named[name] for name in names], names)


def is_number(text):
    """Return whether a text is a whole number of a size that Keras counts to."""
    return text.isascii() and text.isdigit() and len(text) < 9


def current_weights(contents, layers):
    """Return a list of arrays for each LayerConfig of a whole model."""
    stored = current_layers(contents)
    if any(names_of(layer) and layer.place not in stored for layer in layers):
        stored = renumbered(stored, [current_place(path) for path in contents.attributes])
    result = []
    for layer in layers:
        arrays, needed = stored[layer.place].arrays if layer.place in stored else [], names_of(layer)
        result.append(arrays)
        if len(arrays) != len(needed):
            raise FileFormatError(
                f"holds {len(arrays)} arrays of weights for layer {shown(layer.name)}, at {layer.place}: "
                f"expected {len(needed)}{': ' * bool(needed)}{' and '.join(needed)}"
            )
    return result


def renumbered(stored, groups):
    """Return Stored weights under the paths that they should have: Keras 2.13 counted in twos at times.

    groups: the paths of all groups of the file. dense, dense_2, dense_4 become dense, dense_1, dense_2.
    """
    numbers = {}
    for path in groups:
        for above, name in steps(path):
            kind, number = kind_and_number(name)
            numbers.setdefault((above, kind), set()).add(number)
    ranks = {key: {n: rank for rank, n in enumerate(sorted(found))} for key, found in numbers.items()}

    def place(path):
        parts = path.split("/")
        for depth, (above, name) in enumerate(steps(path)):
            kind, number = kind_and_number(name)
            rank = ranks.get((above, kind), {}).get(number, 0)
            parts[2 * depth + 1] = f"{kind}_{rank}" if rank else kind
        return "/".join(parts)

    return {place(path): layer for path, layer in stored.items()}


def steps(path):
    """Return [("layers", "dense_2"), ...] of a group's path: each layer's name, and what is above it."""
    parts = path.split("/")
    return [("/".join(parts[:depth]), parts[depth]) for depth in range(1, len(parts), 2)]


def kind_and_number(name):
    """Return ("dense", 2) for "dense_2", and ("dense", 0) for "dense"."""
    kind, _, number = name.rpartition("_")
    return (kind, int(number)) if kind and is_number(number) else (name, 0)


# Both


def weights_of_model(contents, layers):
    """Return a list of arrays for each LayerConfig, in either layout, kernels turned as we have them."""
    read = legacy_weights if layout(contents) == LEGACY else current_weights
    backend = next((a["backend"] for a in contents.attributes.values() if "backend" in a), "")
    lists = read(contents, layers)
    return [turned(arrays, layer.class_name, backend) for arrays, layer in zip(lists, layers, strict=True)]


def turned(arrays, class_name, backend):
    """Return a layer's arrays, the kernel of a convolution turned if that backend convolves it flipped."""
    if backend not in FLIPPING_BACKENDS or canonical_class(class_name) != "Conv2D" or not arrays:
        return arrays
    return [arrays[0][::-1, ::-1], *arrays[1:]]


OLD_COUNTS = ("iterations:0", "iter:0")  # what the step count is called before Keras 2.11


def optimizer_variables(contents):
    """Return (the optimizer's variables in order, the step count first; whether in the order of Keras 2.10).

    The list is empty where there are none, and None where it is not known which they are.
    """
    if "optimizer_weights" not in contents.attributes:
        return variables(contents, "optimizer").arrays, False
    names = list_of(contents, "optimizer_weights", "weight_names")
    first = names[0].rpartition("/")[2] if names else ""
    old = first in OLD_COUNTS
    if names and not old and not first.startswith("iteration"):
        return None, old
    return [array_at(contents, join("optimizer_weights", name)) for name in names], old


def count_odd(array):
    """Return (NaN, infinite): how many of an array's numbers are so."""
    return int(np.isnan(array).sum()), int(np.isinf(array).sum())
