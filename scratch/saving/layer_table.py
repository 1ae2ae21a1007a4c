"""The layers that Keras's files may hold, and how each is written down there: one row a class.

A row names the constructor's arguments, which a config holds under the same names, and what else Keras's
config has, with the one value that our layer stands for. The layers themselves know nothing of files.
"""

from dataclasses import dataclass, field

from scratch import layers

WEIGHTED = ("activation", "use_bias", "kernel_initializer", "bias_initializer")
WEIGHTED += ("kernel_regularizer", "bias_regularizer")
CONSTRAINTS = {"kernel_constraint": None, "bias_constraint": None}
CHANNELS = {"data_format": "channels_last"}


@dataclass(frozen=True)
class Row:
    """How a layer is written down.

    cls: the class in scratch.layers. arguments: what its constructor takes and Keras's config holds.
    fixed: what Keras's config holds beside, and the value that our layer computes by. weights: the arrays
    that it keeps, in order, each with the argument that may switch it off. by_shape: whether Keras notes the
    shape of its input, too.
    """

    cls: type
    arguments: tuple = ()
    fixed: dict = field(default_factory=dict)
    weights: tuple = ()
    by_shape: bool = False


KERNEL_AND_BIAS = (("kernel", None), ("bias", "use_bias"))
NORMALIZING = (
    ("gamma", "scale"),
    ("beta", "center"),
    ("moving_mean", None),
    ("moving_variance", None),
)
NORMALIZING_INITIALIZERS = tuple(f"{name}_initializer" for name, _ in NORMALIZING)
WINDOW = ("pool_size", "strides", "padding")

LAYERS = {
    "Conv2D": Row(
        layers.Conv2D,
        ("filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", *WEIGHTED),
        CHANNELS | CONSTRAINTS | {"activity_regularizer": None},
        KERNEL_AND_BIAS,
        by_shape=True,
    ),
    "Dense": Row(layers.Dense, ("units", *WEIGHTED), CONSTRAINTS, KERNEL_AND_BIAS, by_shape=True),
    "BatchNormalization": Row(
        layers.BatchNormalization,
        ("axis", "momentum", "epsilon", "center", "scale", *NORMALIZING_INITIALIZERS),
        {
            "beta_regularizer": None,
            "gamma_regularizer": None,
            "beta_constraint": None,
            "gamma_constraint": None,
        },
        NORMALIZING,
        by_shape=True,
    ),
    "MaxPooling2D": Row(layers.MaxPooling2D, WINDOW, CHANNELS),
    "AveragePooling2D": Row(layers.AveragePooling2D, WINDOW, CHANNELS),
    "GlobalAveragePooling2D": Row(layers.GlobalAveragePooling2D, ("keepdims",), CHANNELS),
    "GlobalMaxPooling2D": Row(layers.GlobalMaxPooling2D, ("keepdims",), CHANNELS),
    "ZeroPadding2D": Row(layers.ZeroPadding2D, ("padding",), CHANNELS, by_shape=True),
    "Flatten": Row(layers.Flatten, (), CHANNELS, by_shape=True),
    "Reshape": Row(layers.Reshape, ("target_shape",)),
    "Rescaling": Row(layers.Rescaling, ("scale", "offset"), by_shape=True),
    "Dropout": Row(layers.Dropout, ("rate", "seed"), {"noise_shape": None}),
    "Activation": Row(layers.Activation, ("activation",)),
    "ReLU": Row(layers.ReLU, ("max_value", "negative_slope", "threshold")),
    "LeakyReLU": Row(layers.LeakyReLU, ("negative_slope",)),
    "ELU": Row(layers.ELU, ("alpha",)),
    "Softmax": Row(layers.Softmax, (), {"axis": -1}),
}

# Layers of ours that are activations by name in Keras: Activation("sigmoid").
AS_ACTIVATION = {layers.Sigmoid: "sigmoid", layers.Tanh: "tanh", layers.SiLU: "silu"}

# Layers that do nothing but in training, and are not here: they are left out, which a note says.
TRAINING_ONLY = {
    "ActivityRegularization",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "RandomBrightness",
    "RandomContrast",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "SpatialDropout2D",
}

CLASS_ALIASES = {
    "AvgPool2D": "AveragePooling2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "Conv2DV1": "Conv2D",
    "Convolution2D": "Conv2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "MaxPool2D": "MaxPooling2D",
}

# Keras 1's names, and others that changed since.
ARGUMENT_ALIASES = {
    "alpha": ("LeakyReLU", "negative_slope"),
    "atrous_rate": ("Conv2D", "dilation_rate"),
    "bias": (None, "use_bias"),
    "border_mode": (None, "padding"),
    "dim_ordering": (None, "data_format"),
    "init": (None, "kernel_initializer"),
    "nb_filter": ("Conv2D", "filters"),
    "output_dim": ("Dense", "units"),
    "p": ("Dropout", "rate"),
    "subsample": ("Conv2D", "strides"),
    "W_constraint": (None, "kernel_constraint"),
    "W_regularizer": (None, "kernel_regularizer"),
    "b_constraint": (None, "bias_constraint"),
    "b_regularizer": (None, "bias_regularizer"),
}
VALUE_ALIASES = {
    ("data_format", "tf"): "channels_last",
    ("data_format", "th"): "channels_first",
    ("data_format", "default"): "channels_last",
    ("data_format", None): "channels_last",
}

# What a config may hold that changes nothing that is computed here.
WITHOUT_EFFECT = {
    "batch_input_shape",
    "batch_shape",
    "build_config",
    "dtype",
    "fused",
    "input_dim",
    "input_dtype",
    "input_length",
    "input_shape",
    "name",
    "optional",
    "ragged",
    "renorm_clipping",
    "renorm_momentum",
    "sparse",
    "synchronized",
    "trainable",
    "virtual_batch_size",
}


def canonical_class(name):
    """Return a class's name as the table has it."""
    return CLASS_ALIASES.get(name, name)


def canonical_config(class_name, config):
    """Return a layer's config under the argument names of Keras 3; class_name: as the table has it."""
    result = {}
    for name, value in config.items():
        owner, current = ARGUMENT_ALIASES.get(name, (None, name))
        if owner in (None, class_name) and current not in config:
            name = current
        if value is None or isinstance(value, str):
            value = VALUE_ALIASES.get((name, value), value)
        result[name] = value
    if class_name == "Conv2D" and {"nb_row", "nb_col"} <= set(config):
        result["kernel_size"] = [result.pop("nb_row"), result.pop("nb_col")]
    return result


def weight_names(class_name, config):
    """Return the names of the arrays that a layer keeps, in order, by its class and canonical config."""
    row = LAYERS.get(class_name)
    return [name for name, switch in row.weights if config.get(switch) is not False] if row else []
