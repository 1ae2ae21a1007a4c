"""Twins: a network from scratch and its like in Keras, with the same weights, looked at side by side.

Both are asked for what every layer returns, and for the gradient of the loss with respect to what every layer
returned and to every parameter. A network that ends in a softmax is differentiated from its logits on both
sides.
"""

import inspect
from dataclasses import dataclass

import numpy as np

from keras_ref.backend import load_keras, load_tensorflow
from scratch import optimizers
from scratch.errors import DigitsError, ShapeError
from scratch.losses import SparseCategoricalCrossentropy

# A name, and what it stands for on either side: a class and its arguments. All else is Keras's default.
OPTIMIZERS = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
}


@dataclass(frozen=True)
class Pair:
    """One array from each side, of the same shape: what `name` (a layer, or layer/parameter) is in each."""

    name: str
    scratch: np.ndarray
    keras: np.ndarray

    @property
    def difference(self):
        """The largest absolute difference, a float; NaN where a number of either side is not finite."""
        with np.errstate(invalid="ignore"):  # infinity - infinity
            return float(np.abs(self.scratch - self.keras).max(initial=0.0))

    @property
    def ulps(self):
        """The largest difference in units in the last place of the array's largest number, a float.

        A sum is rounded by up to half a unit of what is added up, and that is as large as the large numbers
        of the array; a unit of the number itself would make much of those that happen to be near 0.
        """
        largest = np.maximum(np.abs(self.scratch).max(initial=0), np.abs(self.keras).max(initial=0))
        with np.errstate(invalid="ignore"):  # infinity has no last place
            return self.difference / float(np.spacing(largest)) if self.difference else 0.0


def copy_to_keras(model, keras_model):
    """Give the Keras model the weights of the one from scratch. Raises ShapeError where they don't fit."""
    check_shapes([w.shape for w in model.get_weights()], [tuple(w.shape) for w in keras_model.weights])
    keras_model.set_weights(model.get_weights())


def copy_to_scratch(keras_model, model):
    """Give the model from scratch the weights of the Keras model. Raises ShapeError where they don't fit."""
    check_shapes([tuple(w.shape) for w in keras_model.weights], [w.shape for w in model.get_weights()])
    model.set_weights(keras_model.get_weights())


def make_optimizers(name, exact=False):
    """Return the optimizer of that name in OPTIMIZERS from each side. Raises DigitsError for another name.

    exact: give both sides every hyperparameter, defaults included, as float32 has it: so Keras rounds some of
    them, whatever the dtype, and in float64 that would show.
    """
    if name not in OPTIMIZERS:
        raise DigitsError(f"there is no optimizer {name!r}: expected one of {', '.join(OPTIMIZERS)}")
    kind, arguments = OPTIMIZERS[name]
    if exact:
        arguments = exact_in_float32(getattr(optimizers, kind), arguments)
    sides = optimizers, load_keras().optimizers
    return tuple(getattr(side, kind)(**arguments) for side in sides)


def exact_in_float32(kind, arguments):
    """Return all hyperparameters of an optimizer's class `kind`, each number rounded to float32.

    arguments: those that are not to have their default.
    """
    defaults = {p.name: p.default for p in inspect.signature(kind).parameters.values()}
    numbers = {name: value for name, value in (defaults | arguments).items() if isinstance(value, float)}
    return arguments | {name: float(np.float32(value)) for name, value in numbers.items()}


def check_shapes(source, target):
    """Raise ShapeError unless two lists of weight shapes are the same."""
    if source != target:
        raise ShapeError(
            f"the two models are no twins: one has weights of shapes {source}, the other {target}"
        )


def weights(model, keras_model):
    """Return all weights, a Pair each: the parameters, and state such as moving averages."""
    named = model.named_weights()
    pairs = zip(named.items(), keras_model.get_weights(), strict=True)
    return [Pair(name, ours.copy(), theirs) for (name, ours), theirs in pairs]


def max_weight_difference(model, keras_model):
    """Return the largest absolute difference between two weights at the same place, a float."""
    return max(pair.difference for pair in weights(model, keras_model))


def optimizer_state(model, keras_model):
    """Return what the two optimizers remember after a step, a Pair each: momenta, running means, ...

    They are named after their parameter, as in "conv2d/kernel momentum"; the count of steps comes first.
    Raises ShapeError where one side remembers something that the other does not.
    """
    ours, theirs = model.optimizer, keras_model.optimizer
    pairs = [Pair("iterations", np.array(ours.iterations), np.asarray(theirs.iterations))]
    arrays = [v for v in theirs.variables if v is not theirs.iterations and v is not theirs.learning_rate]
    if len(arrays) != sum(map(len, ours.slots)):
        names = sorted({kind for slots in ours.slots for kind in slots})
        raise ShapeError(
            f"the two optimizers are no twins: ours remembers {names} for each of {len(ours.slots)} "
            f"parameters, Keras's {len(arrays)} arrays in all"
        )
    for kind in ours.slots[0]:
        of_kind = [v for v in arrays if v.name.endswith(f"_{kind}")]
        for name, slots, variable in zip(model.named_params(), ours.slots, of_kind, strict=True):
            pairs.append(Pair(f"{name} {kind}", slots[kind].copy(), np.asarray(variable)))
    return pairs


def activations(model, keras_model, x):
    """Return what every layer returns for images x: (N, *input_shape), a Pair each."""
    ours, theirs, pairs = model.as_input(x), model.as_input(x), []
    for layer, keras_layer in zip(model.layers, keras_model.layers, strict=True):
        ours, theirs = layer.forward(ours), keras_layer(theirs, training=False)
        pairs.append(Pair(layer.name, ours.copy(), np.asarray(theirs)))
    return pairs


def gradients(model, keras_model, x, y):
    """Return the gradients of the mean cross-entropy for images x and labels y: (N,), a Pair each.

    First those with respect to what each layer returned, named after the layer; then those of the parameters.
    The last layer's result is taken without its softmax, if that is its activation: as logits.
    """
    x, y = model.as_input(x), np.asarray(y)
    ours = scratch_gradients(model, x, y)
    theirs = keras_pass(keras_model, x, y, model.gives_probabilities)
    theirs = [*theirs.of_results, *theirs.of_parameters]
    return [Pair(name, ours[name], np.asarray(g)) for name, g in zip(ours, theirs, strict=True)]


def scratch_gradients(model, x, y):
    """Return a dict of the gradients of all layers' results and of all parameters, from our own backward.

    It goes layer by layer, also where the engine has made one stage of several.
    """
    *body, last = model.layers
    for layer in body:
        x = layer.forward(x)
    z = last.forward_to_logits(x)
    _, dy = SparseCategoricalCrossentropy().value_and_grad(y, z, from_logits=True)
    of_results = {}
    for layer in reversed(model.layers):
        of_results[layer.name] = dy
        dy = layer.backward_from_logits(dy) if layer is last else layer.backward(dy)
    return dict(reversed(of_results.items())) | model.named_grads()


@dataclass(frozen=True, eq=False)
class KerasPass:
    """One pass of a Keras model, forward and backward, as tensors: a number, and three lists."""

    loss: object
    results: list
    of_results: list
    of_parameters: list


def keras_pass(keras_model, x, y, ends_in_softmax, training=False):
    """Return the KerasPass of images x and labels y, its gradients from TensorFlow's GradientTape.

    ends_in_softmax: the last layer's activation is a softmax, and its result is taken without it: as logits.
    """
    keras, tf = load_keras(), load_tensorflow()
    last = keras_model.layers[-1]
    # by its name, the loss would be computed in float32
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype=last.dtype)
    activation = last.activation
    if ends_in_softmax:
        last.activation = keras.activations.linear  # for a moment: to see, and differentiate by, the logits
    try:
        with tf.GradientTape() as tape:
            results = [tf.convert_to_tensor(x)]
            for layer in keras_model.layers:
                results.append(layer(results[-1], training=training))
                tape.watch(results[-1])
            loss = loss_of(tf.cast(y, tf.int64), results[-1])
    finally:
        last.activation = activation
    del results[0]
    variables = [v.value for v in keras_model.trainable_variables]
    of_results, of_parameters = tape.gradient(loss, [results, variables])
    return KerasPass(loss, results, of_results, of_parameters)
