"""Stand-ins for what Keras's own tests import, so that these run on our classes without being changed.

A test module of Keras says `layers.Conv2D(...)`, `SGD(...)` or `losses.CategoricalCrossentropy(...)`. While
one of its tests runs, these names are the stand-ins below: they take Keras's calls, hand them to our classes,
and hand back arrays. As with ONNX, images of channels_first are turned, and one spatial axis is an image of
width 1. Keras computes in float32 unless told otherwise, and so do the stand-ins.
"""

import contextlib
from unittest import mock

import numpy as np
import pytest

from scratch import layers, losses, optimizers
from scratch.fast.optimizers import update_for
from tests.cases import ENGINES
from tests.peers.rows import losses_of_rows


class NotOurs(Exception):
    """Keras's own code was about to compute something."""


class Variable:
    """keras.Variable, as far as the tests use it: an array that can be assigned to."""

    def __init__(self, value, dtype="float32", name=None):
        self.value = np.asarray(value, dtype) if not isinstance(value, np.ndarray) else value.astype(dtype)
        self.name = name

    @classmethod
    def of(cls, array):
        """Return the Variable that is an array of ours, not a copy of it."""
        variable = cls(0.0)
        variable.value = array
        return variable

    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)

    def assign(self, value):
        """Set the value."""
        self.value[...] = value

    def numpy(self):
        """Return the value."""
        return self.value

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value, dtype)


class Namespace:
    """A module of Keras; `find` returns what a name in it stands for, or raises AttributeError."""

    def __init__(self, find):
        self.find = find

    def __getattr__(self, name):
        return self.find(name)


class Standins:
    """All stand-ins for one engine; `made` counts how often a test has asked for an object of ours."""

    def __init__(self, engine):
        self.engine, self.made = engine, 0
        self.layers = Namespace(self.layer)
        self.losses = Namespace(self.loss)
        self.ops = Namespace(numpy_in_float32)
        self.backend = Namespace(of_the_backend)

    def layer(self, name):
        """Return the stand-in of a layer, a class."""
        of_images = name.replace("1D", "2D")
        if of_images not in layers.__all__:
            raise AttributeError(f"scratch.layers has no {name}")
        settings = {"standins": self, "kind": getattr(layers, of_images), "one_axis": of_images != name}
        return type(name, (Layer,), settings)

    def loss(self, name):
        """Return the stand-in of a loss, a class."""
        if not hasattr(losses, name):
            raise AttributeError(f"scratch.losses has no {name}")
        return type(name, (Loss,), {"standins": self, "kind": getattr(losses, name)})

    def optimizer(self, name):
        """Return the stand-in of an optimizer, a class."""
        return type(name, (Optimizer,), {"standins": self, "kind": getattr(optimizers, name)})

    @contextlib.contextmanager
    def in_place_of_keras(self, module):
        """While this lasts, the test `module` sees the stand-ins, and Keras itself computes nothing."""
        names = {"layers": self.layers, "losses": self.losses, "ops": self.ops, "backend": self.backend}
        names |= {name: self.optimizer(name) for name in ("SGD", "RMSprop", "Adam")}
        names |= dict.fromkeys(("elu", "leaky_relu", "softmax"), self.layers)  # modules of one layer each
        with contextlib.ExitStack() as stack:
            for name in names.keys() & vars(module).keys():
                stack.enter_context(mock.patch.object(module, name, names[name]))
            for place in ("layers.layer.Layer", "losses.loss.Loss"):
                stack.enter_context(mock.patch(f"keras.src.{place}.__call__", refuse))
            stack.enter_context(mock.patch("keras.src.optimizers.base_optimizer.BaseOptimizer.apply", refuse))
            yield


def refuse(self, *args, **kwargs):
    """Raise NotOurs."""
    raise NotOurs(f"the test computes with Keras's own {type(self).__name__}")


def numpy_in_float32(name):
    """Return NumPy's function of that name, for keras.ops's, with results in float32."""
    return lambda *args, **kwargs: np.asarray(getattr(np, name)(*args, **kwargs), "float32")


def of_the_backend(name):
    """Return what keras.backend has under that name."""
    known = {
        "Variable": Variable,
        "backend": lambda: "tensorflow",
        "convert_to_numpy": np.asarray,
        "standardize_dtype": np.dtype,
    }
    if name not in known:
        raise AttributeError(f"no stand-in for keras.backend.{name}")
    return known[name]


class Layer:
    """A layer of Keras's, made with Keras's arguments, that is one of ours: `kind`."""

    SPATIAL = ("kernel_size", "pool_size", "strides", "dilation_rate")

    def __init__(self, *args, data_format=None, **kwargs):
        self.standins.made += 1
        self.channels_first = data_format == "channels_first"
        if self.one_axis:
            kwargs |= {name: with_width(kwargs[name]) for name in self.SPATIAL if name in kwargs}
        self.ours = self.kind(*args, **kwargs)
        self.ours.use_ops(ENGINES[self.standins.engine])

    def build(self, input_shape):
        """Make the weights; the shape has a batch axis."""
        self.ours.build(self.to_ours(np.empty((1, *input_shape[1:]))).shape[1:])

    def __call__(self, x, mask=None, *, training=False):
        """Return what our layer makes of a batch."""
        if mask is not None:
            raise NotOurs("our layers know no masks")
        return self.from_ours(self.ours(self.to_ours(np.asarray(x, "float32")), training))

    def backward(self, dy):
        """Return the gradient of the batch."""
        return self.from_ours(self.ours.backward(self.to_ours(dy)))

    def to_ours(self, x):
        """Return a batch in our layout: channels last and, of images, two spatial axes."""
        x = np.moveaxis(x, 1, -1) if self.channels_first and x.ndim > 2 else x
        return x[:, :, None] if self.one_axis and x.ndim == 3 else x

    def from_ours(self, y):
        """Return a batch in the layout that the test has."""
        y = y[:, :, 0] if self.one_axis and y.ndim == 4 else y
        return np.moveaxis(y, -1, 1) if self.channels_first and y.ndim > 2 else y

    @property
    def activation(self):
        """Our layer's activation."""
        return self.ours.activation

    @activation.setter
    def activation(self, value):
        self.ours.activation = value

    def __getattr__(self, name):
        weights = self.ours.weights
        if name in weights:
            array = weights[name]
            return Variable.of(array[:, 0] if self.one_axis and array.ndim == 4 else array)
        if name == "bias" and getattr(self.ours, "use_bias", None) is False:
            return None
        raise AttributeError(f"{type(self.ours).__name__} has no attribute {name!r}")

    def set_weights(self, weights):
        """Copy arrays into our layer's weights."""
        for array, new in zip(self.ours.weights.values(), weights, strict=True):
            array[...] = new

    @property
    def weights(self):
        """All weights, as Variables."""
        return [Variable.of(array) for array in self.ours.weights.values()]

    @property
    def trainable_weights(self):
        """Those that are learned."""
        return [Variable.of(array) for array in self.ours.params.values()]

    @property
    def non_trainable_weights(self):
        """Those that are not."""
        return [Variable.of(array) for array in self.ours.state.values()]


def with_width(size):
    """Return the two sizes that one along the only axis stands for."""
    return size if size is None else (*size, 1) if isinstance(size, tuple | list) else (size, 1)


class Loss:
    """A loss of Keras's that is one of ours: `kind`.

    What ours has no argument for is put together from its losses of single rows.
    """

    def __init__(self, reduction="sum_over_batch_size", ignore_class=None, **kwargs):
        self.standins.made += 1
        self.ours = self.kind(**kwargs)
        self.ours.ops = ENGINES[self.standins.engine]
        self.sparse = self.kind is losses.SparseCategoricalCrossentropy
        self.reduction, self.ignored = reduction, ignore_class

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Return the loss of a batch, of any number of axes before that of the classes."""
        rows = np.asarray(y_pred, "float32").reshape(-1, np.shape(y_pred)[-1])
        labels = np.reshape(y_true, -1) if self.sparse else np.reshape(y_true, (-1, np.shape(y_true)[-1]))
        if self.reduction == "sum_over_batch_size" and self.ignored is None and sample_weight is None:
            return np.float32(self.ours(labels, rows))
        counted = labels != self.ignored if self.sparse else np.ones(len(rows), bool)
        each = losses_of_rows(self.ours, labels, rows, counted)
        each = each * (1 if sample_weight is None else np.reshape(sample_weight, -1))
        return each.reshape(np.shape(y_pred)[:-1]) if self.reduction is None else np.float32(each.mean())


class Optimizer:
    """An optimizer of Keras's that is one of ours: `kind`."""

    def __init__(self, **kwargs):
        self.standins.made += 1
        self.ours = self.kind(**kwargs)
        self.ours.fast_update = update_for(self.ours) if self.standins.engine == "fast" else None

    def build(self, variables):
        """Make the state."""
        self.ours.build([variable.value for variable in variables])

    def apply_gradients(self, pairs):
        """Take a step for pairs of a gradient and a Variable."""
        gradients, variables = zip(*pairs, strict=True)
        gradients = [np.asarray(g, "float32") for g in gradients]
        self.ours.apply(gradients, [variable.value for variable in variables])

    def _clip_gradients(self, gradients):
        """Return the gradients, clipped."""
        return self.ours.clip(gradients)

    @property
    def variables(self):
        """What Keras counts: the number of steps, the learning rate, and the state."""
        slots = [array for slot in self.ours.slots or [] for array in slot.values()]
        return [self.ours.iterations, self.ours.learning_rate, *slots]


class TestsOnOurs:
    """What is changed in Keras's TestCase: its battery for any layer, and the wording of errors."""

    def setUp(self):
        """Leave Keras's global state alone: nothing here depends on it."""

    def assertRaisesRegex(self, kind, pattern):
        """Expect an error of that kind; how it is worded is our own affair."""
        return pytest.raises(kind)

    def run_layer_test(self, layer_cls, init_kwargs, input_shape=None, **expected):
        """Make the layer, go forward and back; check shapes, the number of weights, and results if given.

        Keras's own goes on to what we don't have: saved configurations, symbolic tensors, masks, float16.
        """
        layer = layer_cls(**init_kwargs)
        if unknown := {key for key, value in expected.items() if value} - KNOWN_EXPECTATIONS:
            raise NotOurs(f"run_layer_test with {', '.join(sorted(unknown))}")
        data = expected.get("input_data")
        x = np.random.default_rng(0).normal(size=input_shape) if data is None else np.asarray(data)
        layer.build(x.shape)
        for kind in ("trainable", "non_trainable"):
            count = expected.get(f"expected_num_{kind}_weights")
            if count is not None:
                assert len(getattr(layer, f"{kind}_weights")) == count
        y = layer(x, **(expected.get("call_kwargs") or {}))
        if expected.get("expected_output_shape") is not None:
            assert y.shape == tuple(expected["expected_output_shape"])
        if expected.get("expected_output") is not None:
            self.assertAllClose(y, np.asarray(expected["expected_output"]))
        dx = layer.backward(np.ones_like(y))
        assert dx.shape == x.shape
        assert layer.ours.grads.keys() == layer.ours.params.keys()
        assert all(np.isfinite(gradient).all() for gradient in (dx, *layer.ours.grads.values()))


# The arguments of run_layer_test that it can do without, or that mean what we check.
KNOWN_EXPECTATIONS = {
    "assert_built_after_instantiation",
    "call_kwargs",
    "expected_num_non_trainable_weights",
    "expected_num_trainable_weights",
    "expected_output",
    "expected_output_shape",
    "input_data",
    "run_mixed_precision_check",
    "run_training_check",
    "supports_masking",
}
