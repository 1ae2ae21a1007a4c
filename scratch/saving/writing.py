"""From a Sequential to a file that Keras loads: `.keras`, `.weights.h5`, and the legacy `.h5`.

What is written is what every Keras 3 understands (newer ones note more, which is then as usual), and in the
legacy `.h5` what Keras 2 understands, too. The same model gives the same bytes.
"""

import io
import json
import os
import secrets
import zipfile
from pathlib import Path

import numpy as np

from scratch.errors import FileFormatError
from scratch.saving import atomic, optimizer_state, training, values
from scratch.saving.archive import CONFIG, HDF5_WEIGHTS, METADATA
from scratch.saving.filling import places
from scratch.saving.layer_table import AS_ACTIVATION, LAYERS

KERAS_3, KERAS_2 = "3.15.1", "2.15.0"  # the versions whose dialects these are
LONGEST_LIST = 60_000  # bytes of a list of names: HDF5 has no room for 64 KiB in an attribute
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the date of a zip archive's members, so that it does not change the bytes


def save_model(model, path, overwrite):
    """Write a whole model; see scratch.saving.save_model."""
    path = checked_path(path, overwrite)
    name = path.name.lower()
    if name.endswith(".weights.h5"):
        raise FileFormatError(
            f"{path}: .weights.h5 is for weights alone: call save_weights(), or name it .keras"
        )
    if not name.endswith((".keras", ".h5", ".hdf5")):
        raise FileFormatError(f"{path}: expected a name that ends in .keras, or in .h5 for the legacy format")
    check_built(model, path)
    atomic.write(path, archive_of(model) if name.endswith(".keras") else legacy_of(model))


def save_weights(model, path, overwrite):
    """Write a model's weights; see scratch.saving.save_weights."""
    path = checked_path(path, overwrite)
    if not path.name.lower().endswith(".weights.h5"):
        raise FileFormatError(f"{path}: expected a name that ends in .weights.h5; save() writes whole models")
    check_built(model, path)
    atomic.write(path, hdf5_of(model))


def checked_path(path, overwrite):
    """Return a Path to write to. Raises FileFormatError where that cannot be, or must not."""
    path = Path(os.fspath(path))
    if path.is_dir():
        raise FileFormatError(f"{path} is a folder: expected the name of a file to write")
    if not path.parent.is_dir():
        raise FileFormatError(f"{path} cannot be written: there is no folder {path.parent}; make it first")
    if path.exists() and not overwrite:
        raise FileFormatError(f"{path} exists: it is written anew only with overwrite=True")
    return path


def check_built(model, path):
    """Raise FileFormatError for a model without weights."""
    if not model.built:
        raise FileFormatError(
            f"{path}: the model has no weights to save yet: give it an Input, or call build(input_shape)"
        )


# Configs


def archive_of(model):
    """Return a `.keras` file, bytes."""
    config = {
        "module": "keras",
        "class_name": "Sequential",
        "config": sequential_config(model, legacy=False),
        "registered_name": None,
        "build_config": {"input_shape": [None, *model.input_shape]},
    }
    compiled = training.write_training(model)
    if compiled:
        config["compile_config"] = compiled
    members = {
        METADATA: to_json({"keras_version": KERAS_3}),
        CONFIG: to_json(config),
        HDF5_WEIGHTS: hdf5_of(model),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), data)
    return file.getvalue()


def to_json(value):
    """Return a value as JSON, bytes; NumPy's numbers and arrays as plain ones."""
    return json.dumps(value, default=lambda item: np.asarray(item).tolist()).encode()


def sequential_config(model, legacy):
    """Return the config of a Sequential as Keras has it."""
    shape = [None, *model.input_shape]
    entry = {
        "class_name": "InputLayer",
        "config": {
            "batch_input_shape" if legacy else "batch_shape": shape,
            "dtype": model.dtype.name,
            "sparse": False,
            "ragged": False,
            "name": "input_layer",
        },
    }
    if not legacy:
        entry = {"module": "keras.layers", **entry, "registered_name": None}
    layers = [entry, *(layer_entry(layer, model.dtype.name, legacy) for layer in model.layers)]
    if legacy:
        return {"name": model.name, "layers": layers}
    config = {"name": model.name, "trainable": True, "dtype": policy(model.dtype.name), "layers": layers}
    return config | {"build_input_shape": shape}


def policy(dtype):
    """Return a dtype as Keras 3's config has it."""
    name = {"name": dtype}
    return {"module": "keras", "class_name": "DTypePolicy", "config": name, "registered_name": None}


def layer_entry(layer, dtype, legacy):
    """Return a layer as Keras's config has it. Raises FileFormatError for what Keras does not have."""
    class_name = values.class_in_keras(layer)
    config = {"name": layer.name, "trainable": layer.trainable, "dtype": dtype if legacy else policy(dtype)}
    config |= layer_config(layer, class_name, legacy)
    if legacy:
        if class_name == "LeakyReLU":  # Keras 2's name, which Keras 3 takes, too
            config["alpha"] = config.pop("negative_slope")
        return {"class_name": class_name, "config": config}
    entry = {"module": "keras.layers", "class_name": class_name, "config": config, "registered_name": None}
    if LAYERS[class_name].by_shape:
        entry["build_config"] = {"input_shape": [None, *layer.input_shape]}
    return entry


def layer_config(layer, class_name, legacy):
    """Return what a layer was made with as Keras's config has it."""
    if type(layer) in AS_ACTIVATION:
        return {"activation": AS_ACTIVATION[type(layer)]}
    row, where = LAYERS[class_name], f"layer {layer.name!r}"
    return {
        name: write_value(name, getattr(layer, name), where, legacy) for name in row.arguments
    } | row.fixed


def write_value(name, value, where, legacy):
    """Return an argument's value as Keras's config has it."""
    if name == "activation":
        return values.write_activation(value, where, legacy)
    if name.endswith("_initializer"):
        return values.write_initializer(value, where)
    if name.endswith("_regularizer"):
        return values.write_regularizer(value, where)
    return value


# Weights


def hdf5_of(model):
    """Return a `.weights.h5` file, bytes: weights in Keras 3's layout, and the optimizer's state."""
    groups = {place: list(layer.weights.values()) for layer, place in places(model)}
    names = {place: layer.name for layer, place in places(model)}
    if model.optimizer is not None:
        groups["optimizer"] = optimizer_state.variables(model)
        names["optimizer"] = training.name_in_keras(model.optimizer)
    groups[""], names[""] = [], model.name

    def fill(file):
        for place, arrays in groups.items():
            group = file.create_group(f"{place}/vars" if place else "vars")
            group.attrs["name"] = names[place]
            for number, array in enumerate(arrays):
                group[str(number)] = array

    return hdf5(fill)


def legacy_of(model):
    """Return a whole model in the legacy `.h5` format, bytes."""
    config = {"class_name": "Sequential", "config": sequential_config(model, legacy=True)}
    compiled = training.write_training(model, legacy=True)

    def fill(file):
        file.attrs["keras_version"], file.attrs["backend"] = KERAS_2, "tensorflow"
        write_text(file, "model_config", to_json(config))
        if compiled:
            write_text(file, "training_config", to_json(compiled))
            fill_legacy_optimizer(file.create_group("optimizer_weights"), model)
        root = file.create_group("model_weights")
        root.attrs["keras_version"], root.attrs["backend"] = KERAS_2, "tensorflow"
        write_list(root, "layer_names", [layer.name for layer in model.layers])
        for layer in model.layers:
            named = {f"{layer.name}/{name}:0": array for name, array in layer.weights.items()}
            fill_legacy_group(root.create_group(layer.name), named)

    return hdf5(fill)


def fill_legacy_optimizer(group, model):
    """Write an optimizer's state under names; Keras goes by their order."""
    arrays = optimizer_state.variables(model)
    names = ["iteration"] + ["learning_rate"] * (model.optimizer.schedule is None)
    names += [f"slot_{number}" for number in range(len(arrays) - len(names))]
    fill_legacy_group(group, dict(zip(names, arrays, strict=True)))


def fill_legacy_group(group, named):
    """Write arrays by name into a group, and the list of their names."""
    write_list(group, "weight_names", list(named))
    for name, array in named.items():
        group[name] = array


def write_text(file, name, text):
    """Write a long text as an attribute."""
    file.attrs[name] = text.decode()


def write_list(group, name, texts):
    """Write a list of texts as an attribute; a long one in numbered parts, as Keras does."""
    encoded = [text.encode() for text in texts]
    longest = max(map(len, encoded), default=1)
    step = max(1, LONGEST_LIST // longest)
    if len(encoded) <= step:
        group.attrs[name] = encoded
        return
    for number, start in enumerate(range(0, len(encoded), step)):
        group.attrs[f"{name}{number}"] = encoded[start : start + step]


def hdf5(fill):
    """Return an HDF5 file, bytes, that the function `fill` fills."""
    import h5py

    # In memory, where it needs a name of its own; not into a BytesIO, which h5py leaves short where the last
    # bytes were never written.
    with h5py.File(secrets.token_hex(), "w", driver="core", backing_store=False) as file:
        fill(file)
        file.flush()
        return file.id.get_file_image()
