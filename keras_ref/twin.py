"""Twins: a network from scratch and its like in Keras, with the same weights, looked at side by side.

Both are asked for what every layer returns, and for the gradient of the loss with respect to what every layer
returned and to every parameter. A network that ends in a softmax is differentiated from its logits on both
sides.
"""

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
        """The largest absolute difference, a float."""
        return float(np.abs(self.scratch - self.keras).max(initial=0.0))


def copy_to_keras(model, keras_model):
    """Give the Keras model the weights of the one from scratch. Raises ShapeError where they don't fit."""
    check_shapes([w.shape for w in model.get_weights()], [tuple(w.shape) for w in keras_model.weights])
    keras_model.set_weights(model.get_weights())


def copy_to_scratch(keras_model, model):
    """Give the model from scratch the weights of the Keras model. Raises ShapeError where they don't fit."""
    check_shapes([tuple(w.shape) for w in keras_model.weights], [w.shape for w in model.get_weights()])
    model.set_weights(keras_model.get_weights())


def make_optimizers(name):
    """Return the optimizer of that name in OPTIMIZERS from each side. Raises DigitsError for another name."""
    if name not in OPTIMIZERS:
        raise DigitsError(f"there is no optimizer {name!r}: expected one of {', '.join(OPTIMIZERS)}")
    kind, arguments = OPTIMIZERS[name]
    sides = optimizers, load_keras().optimizers
    return tuple(getattr(side, kind)(**arguments) for side in sides)


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
    theirs = keras_gradients(keras_model, x, y, model.gives_probabilities)
    return [Pair(name, ours[name], np.asarray(g)) for name, g in zip(ours, theirs, strict=True)]


def scratch_gradients(model, x, y):
    """Return a dict of the gradients of all layers' results and of all parameters, from our own backward."""
    z = model.forward_to_logits(x)
    _, dy = SparseCategoricalCrossentropy().value_and_grad(y, z, from_logits=True)
    of_results = {}
    for layer in reversed(model.layers):
        of_results[layer.name] = dy
        last = layer is model.layers[-1]
        dy = layer.backward_from_logits(dy) if last else layer.backward(dy)
    return dict(reversed(of_results.items())) | model.named_grads()


def keras_gradients(keras_model, x, y, ends_in_softmax):
    """Return a list of the same gradients in the same order, from TensorFlow's GradientTape."""
    keras, tf = load_keras(), load_tensorflow()
    last = keras_model.layers[-1]
    activation = last.activation
    if ends_in_softmax:
        last.activation = keras.activations.linear  # for a moment: to see, and differentiate by, the logits
    try:
        with tf.GradientTape() as tape:
            results = [tf.convert_to_tensor(x)]
            for layer in keras_model.layers:
                results.append(layer(results[-1], training=False))
                tape.watch(results[-1])
            labels = tf.cast(y, tf.int64)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, results[-1])
            loss = tf.reduce_mean(losses)
    finally:
        last.activation = activation
    variables = [v.value for v in keras_model.trainable_variables]
    return tape.gradient(loss, [*results[1:], *variables])
