"""One small network as each dialect of Keras's formats has it, written by hand, without scratch.saving.

`DIALECTS` maps a name to a function that returns a file's bytes. All of them hold network() with weights().
"""

import functools
import io
import json
import secrets
import zipfile

import h5py
import numpy as np

from scratch.layers import BatchNormalization, Conv2D, Dense, Flatten, Input, MaxPooling2D
from scratch.models import Sequential

SHAPE = (7, 6, 1)
LAYERS = ["conv2d", "batch_normalization", "max_pooling2d", "flatten", "dense", "dense_1"]
NAMES = {
    "conv2d": ["kernel", "bias"],
    "batch_normalization": ["gamma", "beta", "moving_mean", "moving_variance"],
    "dense": ["kernel", "bias"],
    "dense_1": ["kernel", "bias"],
}
LOSS, METRICS = "sparse_categorical_crossentropy", ["accuracy"]


def network(dtype="float32"):
    """Return the network, made without any file."""
    layers = [
        Conv2D(3, (3, 2), activation="relu"),
        BatchNormalization(),
        MaxPooling2D(2),
        Flatten(),
        Dense(5, activation="tanh"),
        Dense(4, activation="softmax"),
    ]
    model = Sequential([Input(SHAPE), *layers], dtype=dtype)
    for target, array in zip(model.named_weights().values(), flat_weights(), strict=True):
        target[...] = array
    return model


def weights():
    """Return {layer: [arrays]} of float32, the same each time."""
    rng = np.random.default_rng(5)
    shapes = {
        "conv2d": [(3, 2, 1, 3), (3,)],
        "batch_normalization": [(3,)] * 4,
        "dense": [(12, 5), (5,)],
        "dense_1": [(5, 4), (4,)],
    }
    return {
        layer: [rng.uniform(0.1, 1, shape).astype("f4") for shape in of_layer]
        for layer, of_layer in shapes.items()
    }


def flat_weights():
    """Return all arrays in order."""
    return [array for arrays in weights().values() for array in arrays]


# Configs


def initializer(style):
    """Return a kernel's initializer as a version of Keras writes it."""
    if style == "keras 1":
        return "glorot_uniform"
    if style in ("keras 2.0", "keras 2.3"):
        scaling = {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}
        return {"class_name": "VarianceScaling", "config": scaling}
    glorot = {"class_name": "GlorotUniform", "config": {"seed": None}}
    return (
        glorot if style == "tf.keras" else {"module": "keras.initializers", **glorot, "registered_name": None}
    )


def dtype_of(style):
    """Return what a version of Keras writes for float32."""
    if style != "keras 3":
        return "float32"
    return {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": "float32"},
        "registered_name": None,
        "shared_object_id": 140314697887696,
    }


def layer_configs(style):
    """Return [(class name, config)] of the network as a version of Keras writes them."""
    if style == "keras 1":
        return keras_1_configs()
    kernel = {"use_bias": True, "kernel_initializer": initializer(style), "kernel_regularizer": None}
    kernel |= {"bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None}
    last = {"data_format": "channels_last"}
    rows = [
        (
            "Conv2D",
            {"filters": 3, "kernel_size": [3, 2], "strides": [1, 1], "padding": "valid", "activation": "relu"}
            | last
            | kernel,
        ),
        ("BatchNormalization", {"axis": [3] if style == "tf.keras" else -1, "epsilon": 0.001, "scale": True}),
        ("MaxPooling2D", {"pool_size": [2, 2], "padding": "valid", "strides": [2, 2]} | last),
        ("Flatten", {} if style == "keras 2.0" else last),
        ("Dense", {"units": 5, "activation": "tanh"} | kernel),
        ("Dense", {"units": 4, "activation": "softmax_v2" if style == "tf.keras" else "softmax"} | kernel),
    ]
    common = {"trainable": True} | ({} if style == "keras 2.0" else {"dtype": dtype_of(style)})
    return [
        (kind, {"name": name} | common | config) for name, (kind, config) in zip(LAYERS, rows, strict=True)
    ]


def keras_1_configs():
    """Return [(class name, config)] as Keras 1.2 writes them."""
    kernel = {"init": "glorot_uniform", "W_regularizer": None, "b_constraint": None, "bias": True}
    conv = {"nb_filter": 3, "nb_row": 3, "nb_col": 2, "activation": "relu", "border_mode": "valid"}
    rows = [
        (
            "Convolution2D",
            conv | {"subsample": [1, 1], "dim_ordering": "tf", "input_dtype": "float32"} | kernel,
        ),
        ("BatchNormalization", {"mode": 0, "axis": -1, "epsilon": 0.001, "momentum": 0.99}),
        (
            "MaxPooling2D",
            {"pool_size": [2, 2], "strides": [2, 2], "border_mode": "valid", "dim_ordering": "tf"},
        ),
        ("Flatten", {}),
        ("Dense", {"output_dim": 5, "activation": "tanh", "input_dim": None} | kernel),
        ("Dense", {"output_dim": 4, "activation": "softmax", "input_dim": 5} | kernel),
    ]
    return [(kind, {"name": name} | config) for name, (kind, config) in zip(LAYERS, rows, strict=True)]


def entries(style, **more):
    """Return the layers of a Sequential's config; `more` goes into the first one's config."""
    configs = layer_configs(style)
    configs[0][1].update(more)
    module = {"module": "keras.layers", "registered_name": None} if style == "keras 3" else {}
    return [{"class_name": kind, "config": config} | module for kind, config in configs]


def input_entry(style):
    """Return the InputLayer's entry in a config."""
    key = "batch_shape" if style == "keras 3" else "batch_input_shape"
    config = {key: [None, *SHAPE], "dtype": "float32", "sparse": False, "ragged": False, "name": "input_1"}
    return {"class_name": "InputLayer", "config": config}


def functional(style):
    """Return the config of the network as a functional model."""
    names = ["input_1", *LAYERS]
    layers = []
    for before, name, entry in zip(
        [None, *names], names, [input_entry(style), *entries(style)], strict=False
    ):
        node = node_of(style, before)
        layers.append(entry | {"name": name, "inbound_nodes": [node] if before else []})
    ends = [["input_1", 0, 0]], [["dense_1", 0, 0]]
    if style == "keras 3":
        ends = ends[0][0], ends[1][0]
    return {"name": "model", "layers": layers[::-1], "input_layers": ends[0], "output_layers": ends[1]}


def node_of(style, before):
    """Return the connection to the layer before."""
    if style != "keras 3":
        return [[before, 0, 0, {}]]
    config = {"shape": [None], "dtype": "float32", "keras_history": [before, 0, 0]}
    return {"args": [{"class_name": "__keras_tensor__", "config": config}], "kwargs": {"training": False}}


TRAINING = {
    "loss": LOSS,
    "metrics": METRICS,
    "optimizer_config": {"class_name": "SGD", "config": {"lr": 0.25, "momentum": 0.5, "decay": 0.0}},
}
TRAINING_3 = {
    "loss": {"module": "builtins", "class_name": "function", "config": LOSS, "registered_name": "function"},
    "metrics": METRICS,
    "optimizer": {
        "module": "keras.optimizers",
        "class_name": "SGD",
        "config": {"name": "SGD", "learning_rate": 0.25, "momentum": 0.5, "nesterov": False},
        "registered_name": None,
    },
}


# HDF5


def hdf5(fill, **options):
    """Return the bytes of an HDF5 file that `fill` fills."""
    with h5py.File(secrets.token_hex(), "w", driver="core", backing_store=False, **options) as file:
        fill(file)
        file.flush()
        return file.id.get_file_image()


def legacy(model=None, training=TRAINING, version="2.3.1", backend="tensorflow", as_bytes=True, **options):
    """Return a legacy `.h5`. model: its config, or None for weights alone; options: see fill_weights."""

    def text(value):
        return value.encode() if as_bytes else value

    def fill(file):
        root = file
        if model:
            file.attrs["model_config"] = text(json.dumps(model))
            file.attrs["training_config"] = text(json.dumps(training))
            root = file.create_group("model_weights")
        root.attrs["backend"], root.attrs["keras_version"] = text(backend), text(version)
        fill_weights(root, text, **options)

    return hdf5(fill)


def fill_weights(root, text, suffix=":0", parts=1, change=lambda array: array, groups=None, **storage):
    """Fill a group with weights by the layers' names.

    suffix: of the weights' names; parts: how many the lists of names are cut into; change: applied to each
    array; groups: {name: [(name of weights, array)]} in the place of the network's own; storage: of arrays.
    """
    if groups is None:
        groups = {
            layer: [(f"{layer}/{n}{suffix}", a) for n, a in zip(NAMES[layer], weights()[layer], strict=True)]
            if layer in NAMES
            else []
            for layer in LAYERS
        }
    write_list(root, "layer_names", [text(name) for name in groups], parts)
    for layer, named in groups.items():
        group = root.create_group(layer)
        write_list(group, "weight_names", [text(name) for name, _ in named], parts if len(named) > 1 else 1)
        for name, array in named:
            group.create_dataset(name, data=change(array), **storage)


def write_list(group, name, texts, parts):
    if parts == 1:
        group.attrs[name] = texts
        return
    for number, part in enumerate(np.array_split(np.array(texts), parts)):
        group.attrs[f"{name}{number}"] = part


def weights_h5(prefix="layers", separator="/", step=1, notes=True, optimizer=None):
    """Return a `.weights.h5`, bytes; step: how layers of one class are counted up."""
    groups = {"conv2d": "conv2d", "batch_normalization": "batch_normalization", "dense": "dense"}
    groups["dense_1"] = f"dense_{step}"

    def fill(file):
        for layer, group in groups.items():
            variables = file.create_group(separator.join((prefix, group, "vars")))
            if notes:
                variables.attrs["name"] = layer
            for number, array in enumerate(weights()[layer]):
                variables[str(number)] = array
        for number, array in enumerate(optimizer or []):
            file[f"optimizer/vars/{number}"] = array

    return hdf5(fill)


def optimizer_state():
    """Return the variables of SGD with momentum after 3 steps."""
    momenta = [np.full_like(a, 0.125) for layer, of in weights().items() for a in trained(layer, of)]
    return [np.int64(3), np.float32(0.25), *momenta]


def trained(layer, arrays):
    return arrays[:2] if layer == "batch_normalization" else arrays


# Archives


def archive(members, method=zipfile.ZIP_STORED):
    """Return a zip archive, bytes, of {name: text or bytes}."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return stream.getvalue()


def sequential_3(**more):
    """Return the config.json of a Sequential in a `.keras` file, a dict."""
    config = {"name": "sequential", "trainable": True, "dtype": dtype_of("keras 3")}
    config["layers"] = [input_entry("keras 3"), *entries("keras 3")]
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": config,
        "registered_name": None,
        "build_config": {"input_shape": [None, *SHAPE]},
        "compile_config": TRAINING_3,
    } | more


def keras(config=None, weights=None, name="model.weights.h5", method=zipfile.ZIP_STORED, version="3.10.0"):
    """Return a `.keras` file, bytes."""
    metadata = {"keras_version": version, "date_saved": "2025-05-28@16:07:54"}
    members = {
        "metadata.json": json.dumps(metadata),
        "config.json": json.dumps(sequential_3() if config is None else config),
        name: weights_h5(optimizer=optimizer_state()) if weights is None else weights,
    }
    return archive(members, method)


def npz():
    """Return the weights as an npz, bytes."""
    arrays = {f"layers/{layer}/vars/{n}": a for layer, of in weights().items() for n, a in enumerate(of)}
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def sequential(style, **config):
    """Return the model_config of a legacy Sequential."""
    layers = entries(style, batch_input_shape=[None, *SHAPE])
    return {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": layers} | config}


def nested():
    """Return a legacy file of a model in a model, whose first layer is frozen: its weights come last."""
    layers = entries("tf.keras", trainable=False)
    inner = [input_entry("tf.keras"), *layers[:3]]
    body = {"class_name": "Sequential", "config": {"name": "body", "layers": inner}}
    model = {"class_name": "Sequential", "config": {"name": "whole", "layers": [body, *layers[3:]]}}
    w = weights()
    conv = [(f"conv2d/{n}:0", a) for n, a in zip(NAMES["conv2d"], w["conv2d"], strict=True)]
    normal = zip(NAMES["batch_normalization"], w["batch_normalization"], strict=True)
    normal = [(f"batch_normalization/{n}:0", a) for n, a in normal]
    groups = {"body": [*normal[:2], *conv, *normal[2:]], "flatten": []}
    for layer in ("dense", "dense_1"):
        groups[layer] = [(f"{layer}/{n}:0", a) for n, a in zip(NAMES[layer], w[layer], strict=True)]
    return legacy(model, version="2.11.0", groups=groups)


def nested_3():
    """Return a `.keras` file of a functional model in a Sequential."""
    body = {"class_name": "Functional", "module": "keras.models", "config": functional("keras 3")}
    config = sequential_3()
    config["config"]["layers"] = [body]
    del config["build_config"]
    return keras(config, weights_h5(prefix="layers/functional/layers"))


def user_block():
    """Return a legacy file that begins with 512 bytes of somebody else's."""
    return hdf5_with_block(legacy(sequential("keras 2.3")))


def hdf5_with_block(data):
    def fill(file):
        with h5py.File(io.BytesIO(data)) as source:
            for name, value in source.attrs.items():
                file.attrs[name] = value
            source.copy("model_weights", file)

    return bytes(512) + hdf5(fill)


def flipped(array):
    """Return a kernel as a backend has it whose convolution turns it around."""
    return array[::-1, ::-1] if array.ndim == 4 else array


def half(array):
    return array.astype("f2")


DIALECTS = {
    "keras-1": lambda: legacy(
        {"class_name": "Sequential", "config": entries("keras 1", batch_input_shape=[None, *SHAPE])},
        version="1.2.2",
        suffix="_W",
    ),
    "keras-2.0": lambda: legacy(
        {"class_name": "Sequential", "config": entries("keras 2.0", batch_input_shape=[None, *SHAPE])},
        version="2.0.4",
    ),
    "keras-2.3": lambda: legacy(sequential("keras 2.3")),
    "keras-2-theano": lambda: legacy(sequential("keras 2.3"), backend="theano", change=flipped),
    "keras-2-text-not-bytes": lambda: legacy(sequential("keras 2.3"), as_bytes=False),
    "keras-2-lists-in-parts": lambda: legacy(sequential("keras 2.3"), parts=2),
    "keras-2-packed": lambda: legacy(
        sequential("keras 2.3"), compression="gzip", shuffle=True, fletcher32=True
    ),
    "keras-2-float64-big-endian": lambda: legacy(sequential("keras 2.3"), change=lambda a: a.astype(">f8")),
    "keras-2-after-a-block": user_block,
    "tf.keras-built-late": lambda: legacy(
        {
            "class_name": "Sequential",
            "config": {
                "name": "sequential",
                "layers": entries("tf.keras"),
                "build_input_shape": {"class_name": "TensorShape", "items": [None, *SHAPE]},
            },
        }
    ),
    "tf.keras-functional": lambda: legacy({"class_name": "Model", "config": functional("tf.keras")}),
    "keras-2-functional": lambda: legacy({"class_name": "Functional", "config": functional("keras 2.3")}),
    "tf.keras-nested": nested,
    "keras-2-weights": lambda: legacy(),
    "keras-3-legacy": lambda: legacy(sequential("keras 3"), suffix="", version="3.5.0"),
    "keras-3": keras,
    "keras-3-deflated": lambda: keras(method=zipfile.ZIP_DEFLATED),
    "keras-3-npz": lambda: keras(weights=npz(), name="model.weights.npz"),
    "keras-3-functional": lambda: keras(
        {"class_name": "Functional", "config": functional("keras 3"), "compile_config": TRAINING_3}
    ),
    "keras-3-nested": nested_3,
    "keras-3-windows": lambda: keras(weights=weights_h5(separator="\\")),
    "keras-2.12": lambda: keras(weights=weights_h5(prefix="_layer_checkpoint_dependencies", notes=False)),
    "keras-2.13-counts-in-twos": lambda: keras(weights=weights_h5(step=2, notes=False), version="2.13.1"),
    "keras-3-weights": lambda: weights_h5(optimizer=optimizer_state()),
    "keras-3-weights-bare": lambda: weights_h5(notes=False),
}
WEIGHTS_ALONE = {"keras-2-weights", "keras-3-weights", "keras-3-weights-bare"}
FROZEN = {"tf.keras-nested"}


@functools.cache
def content(name):
    """Return the bytes of a dialect's file."""
    return DIALECTS[name]()
