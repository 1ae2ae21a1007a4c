"""keras.layers: ours, with all of Keras's arguments."""

import inspect

from scratch import layers as ours
from scratch.compat.offering import REQUIRED, Offered, bound, note
from scratch.compat.settings import settings
from scratch.saving.layer_table import ARGUMENT_ALIASES

# What every layer takes beside its own arguments: Keras's, and input_shape's older spellings.
OPTIONS = {
    "activity_regularizer": None,
    "trainable": True,
    "dtype": None,
    "autocast": True,
    "name": None,
    "input_shape": None,
    "input_dim": None,
    "batch_input_shape": None,
    "batch_shape": None,
}
OURS = {"name", "input_shape", "trainable"}
DATA_FORMAT = {"data_format": None}
KERNEL = {
    "activation": None,
    "use_bias": True,
    "kernel_initializer": "glorot_uniform",
    "bias_initializer": "zeros",
    "kernel_regularizer": None,
    "bias_regularizer": None,
    "activity_regularizer": None,
    "kernel_constraint": None,
    "bias_constraint": None,
}
NORMALIZING = ("beta", "gamma", "moving_mean", "moving_variance")


class OfferedLayer(Offered):
    """A layer: its first shape may be given in any of the ways that Keras has had."""

    def __init__(self, make, parameters, name=None):
        name = name or make.__name__
        own = set(inspect.signature(make).parameters) - {"options"}
        renamed = {old: new for old, (owner, new) in ARGUMENT_ALIASES.items() if owner in (None, name)}
        super().__init__(f"keras.layers.{name}", make, parameters | OPTIONS, own | OURS, renamed)
        self.own_parameters = parameters

    def bound(self, arguments, options):
        """See Offered."""
        if len(arguments) > len(self.own_parameters):
            at_most = f"{len(self.own_parameters)} arguments without a name"
            raise TypeError(f"{self.name}: expected at most {at_most}, received {len(arguments)}")
        options = {k: v for k, v in options.items() if not (k in OPTIONS and v is None)}
        if "input_dim" in options:
            options["input_shape"] = (options.pop("input_dim"),)
        for with_batch in ("batch_input_shape", "batch_shape"):
            if with_batch in options:
                options["input_shape"] = tuple(options.pop(with_batch))[1:]
        if isinstance(options.get("input_shape"), int):
            options["input_shape"] = (options["input_shape"],)
        note_channels_first(options.get("input_shape"))
        return super().bound(arguments, options)


def note_channels_first(shape):
    """Note that an image's shape looks as if its channels came first."""
    if isinstance(shape, tuple | list) and len(shape) == 3 and shape[0] in (1, 3) and shape[2] not in (1, 3):
        channels, height, width = shape
        note(
            f"the shape {tuple(shape)} is read as (height, width, channels); {channels} channels of "
            f"{height}x{width} are {(height, width, channels)} here, as in Keras unless it is told otherwise."
        )


def pooling(**first):
    """Return the parameters of a pooling layer."""
    return first | {"strides": None, "padding": "valid", "data_format": None, "name": None}


class OfferedConv2D(OfferedLayer):
    """Conv2D, whose kernel was two numbers in Keras 1: Convolution2D(32, 3, 3), 3 rows and 3 columns."""

    def bound(self, arguments, options):
        """See Offered."""
        if "nb_row" in options and "nb_col" in options:
            options = dict(options)
            options["kernel_size"] = options.pop("nb_row"), options.pop("nb_col")
        if len(arguments) == 3 and all(isinstance(size, int) for size in arguments[1:]):
            filters, rows, columns = arguments
            if settings.keras_1:
                arguments = filters, (rows, columns)
            elif columns > 1:
                note(
                    f"{self.name}({filters}, {rows}, {columns}) is a kernel of {rows}x{rows} in steps of "
                    f"{columns}, as in Keras 3; in Keras 1 it was one of {rows}x{columns}, today "
                    f"Conv2D({filters}, ({rows}, {columns}))."
                )
        return super().bound(arguments, options)


Conv2D = OfferedConv2D(
    ours.Conv2D,
    {
        "filters": REQUIRED,
        "kernel_size": REQUIRED,
        "strides": (1, 1),
        "padding": "valid",
        "data_format": None,
        "dilation_rate": (1, 1),
        "groups": 1,
    }
    | KERNEL,
)
Dense = OfferedLayer(
    ours.Dense,
    {"units": REQUIRED} | KERNEL | {"lora_rank": None, "lora_alpha": None, "quantization_config": None},
)
MaxPooling2D = OfferedLayer(ours.MaxPooling2D, pooling(pool_size=(2, 2)))
AveragePooling2D = OfferedLayer(ours.AveragePooling2D, pooling(pool_size=REQUIRED))
GlobalAveragePooling2D = OfferedLayer(ours.GlobalAveragePooling2D, DATA_FORMAT | {"keepdims": False})
GlobalMaxPooling2D = OfferedLayer(ours.GlobalMaxPooling2D, DATA_FORMAT | {"keepdims": False})
ZeroPadding2D = OfferedLayer(ours.ZeroPadding2D, {"padding": (1, 1)} | DATA_FORMAT)
Flatten = OfferedLayer(ours.Flatten, DATA_FORMAT)
Reshape = OfferedLayer(ours.Reshape, {"target_shape": REQUIRED})
Rescaling = OfferedLayer(ours.Rescaling, {"scale": REQUIRED, "offset": 0.0})
Dropout = OfferedLayer(ours.Dropout, {"rate": REQUIRED, "noise_shape": None, "seed": None})
BatchNormalization = OfferedLayer(
    ours.BatchNormalization,
    {"axis": -1, "momentum": 0.99, "epsilon": 1e-3, "center": True, "scale": True}
    | {
        f"{name}_initializer": "ones" if name in ("gamma", "moving_variance") else "zeros"
        for name in NORMALIZING
    }
    | {
        "beta_regularizer": None,
        "gamma_regularizer": None,
        "beta_constraint": None,
        "gamma_constraint": None,
        "renorm": False,
        "renorm_clipping": None,
        "renorm_momentum": 0.99,
        "synchronized": False,
    },
)
Activation = OfferedLayer(ours.Activation, {"activation": REQUIRED})
LeakyReLU = OfferedLayer(ours.LeakyReLU, {"negative_slope": 0.3})
ELU = OfferedLayer(ours.ELU, {"alpha": 1.0})
Softmax = OfferedLayer(ours.Softmax, {"axis": -1})


class OfferedReLU(OfferedLayer):
    """ReLU, which with a slope is a LeakyReLU."""

    def __call__(self, *arguments, **options):
        own = dict(zip(self.own_parameters, arguments, strict=False)) | options
        if own.get("negative_slope") and not own.get("max_value") and not own.get("threshold"):
            return LeakyReLU(**{k: v for k, v in own.items() if k not in ("max_value", "threshold")})
        return super().__call__(*arguments, **options)


ReLU = OfferedReLU(ours.ReLU, {"max_value": None, "negative_slope": 0.0, "threshold": 0.0})

INPUT = {
    "shape": None,
    "batch_size": None,
    "dtype": None,
    "sparse": None,
    "ragged": None,
    "batch_shape": None,
    "name": None,
    "tensor": None,
    "optional": False,
}


def Input(*arguments, **options):
    """Return the shape of one input; batch_size and dtype are Keras's business alone."""
    takes = {"shape", "batch_size", "batch_shape", "dtype", "name"}
    given = bound("keras.Input", INPUT, takes, arguments, options, {"input_shape": "shape"})
    shape = given.get("shape")
    if given.get("batch_shape") is not None:
        shape = tuple(given["batch_shape"])[1:]
    note_channels_first(shape)
    return ours.Input((shape,) if isinstance(shape, int) else shape, given.get("name"))


InputLayer = Input
Layer = Offered("keras.layers.Layer", ours.Layer, {})
Convolution2D, MaxPool2D, AvgPool2D = Conv2D, MaxPooling2D, AveragePooling2D
GlobalAvgPool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D


__all__ = [
    "ELU",
    "Activation",
    "AveragePooling2D",
    "AvgPool2D",
    "BatchNormalization",
    "Conv2D",
    "Convolution2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalAvgPool2D",
    "GlobalMaxPool2D",
    "GlobalMaxPooling2D",
    "Input",
    "InputLayer",
    "Layer",
    "LeakyReLU",
    "MaxPool2D",
    "MaxPooling2D",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Softmax",
    "ZeroPadding2D",
]
