"""Lock-step: both networks take the same training steps on the same batches, and all that they hold is
compared after each.

Two programs that are right differ by rounding alone; so in float64 the first tensor that differs by more
points at the mistake. Tensors are looked at in the order in which a step computes them.
"""

from dataclasses import asdict, dataclass

import numpy as np

from keras_ref import architectures as keras_architectures
from keras_ref import environment, twin
from keras_ref.backend import use_plain_kernels
from keras_ref.compare import LOSS, scaled
from keras_ref.gaps import GapLog, number
from scratch import architectures
from scratch.batches import Batches
from scratch.errors import DigitsError, TrainingError
from scratch.progress import watch

BATCH_SIZE = 32
# float64 rounds at 1.1e-16, and hundreds of steps stay far below this. In float32 there is no such line:
# rounding alone grows past any, and the tolerance only says which step to report.
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
# Weights must move by so many times the tolerance, or they might agree because hardly anything was trained.
LEAST_MOVED = 1000


@dataclass(frozen=True)
class Settings:
    """What is trained, and how far the two may be apart (None: what TOLERANCE has for the dtype)."""

    model: str = "cnn"
    optimizer: str = "adam"
    dtype: str = "float64"
    engine: str = "fast"
    steps: int = 100
    seed: int = 0
    tolerance: float | None = None


def lockstep(dataset, settings):
    """Let both networks take `settings.steps` steps; return what became of them, a dict ready for JSON.

    dataset: a scratch.datasets.Dataset. Raises DigitsError for what can't be done.
    """
    use_plain_kernels()
    model, keras_model = twins(settings)
    x = scaled(dataset.x_train).astype(settings.dtype)
    batches = Batches(x, dataset.y_train, BATCH_SIZE, seed=settings.seed)
    tolerance = TOLERANCE[settings.dtype] if settings.tolerance is None else settings.tolerance
    return {
        "data": dataset.name,
        "title": dataset.title,
        "source": dataset.source,
        "batch_size": BATCH_SIZE,
        **asdict(settings),
        **compare_steps(model, keras_model, batches, settings.steps, tolerance, show=True),
        "environment": environment.describe(),
    }


def twins(settings):
    """Return our model and Keras's, compiled, with the same weights.

    All hyperparameters are such that float32 has them exactly (see twin.make_optimizers).
    """
    model = architectures.build(settings.model, settings.dtype, np.random.default_rng(settings.seed))
    check_without_chance(model)
    keras_model = keras_architectures.build(settings.model, settings.dtype)
    twin.copy_to_keras(model, keras_model)
    our_optimizer, keras_optimizer = twin.make_optimizers(settings.optimizer, exact=True)
    model.compile(our_optimizer, loss=LOSS, engine=settings.engine)
    keras_model.compile(keras_optimizer, loss=LOSS)
    return model, keras_model


def check_without_chance(model):
    """Raise DigitsError where a layer draws random numbers in training: the two sides would draw others."""
    for layer in model.layers:
        if getattr(layer, "rate", 0):
            raise DigitsError(
                f"lock-step needs a network that leaves nothing to chance, but layer {layer.name!r} "
                f"({type(layer).__name__}) of {model.name} draws random numbers, on each side others: choose "
                f"another model"
            )


def compare_steps(model, keras_model, batches, steps, tolerance, show=False):
    """Let two compiled twins take so many steps on `batches`, a Batches; return what became of them, a dict.

    It ends early where our loss is no longer finite, if the two had differed before: else that is a
    TrainingError. show: put up a progress bar.
    """
    start, log = model.get_weights(), GapLog(keras_model.get_weights(), tolerance)
    for step in watch(range(steps), "taking steps on both sides", show):
        x, y = batches.batch(*divmod(step, len(batches)))
        try:
            log.add(*take_step(model, keras_model, x, y))
        except TrainingError:
            if not log.first_difference:
                raise
            break
    moved = max(float(np.abs(new - old).max()) for new, old in zip(model.get_weights(), start, strict=True))
    weights = twin.weights(model, keras_model)
    return {
        "steps": len(log.gaps),
        "tolerance": tolerance,
        "verdict": verdict(log.first_difference, moved, tolerance),
        "max_weight_difference": number(np.max([pair.difference for pair in weights])),
        "weights_moved": number(moved),
        **log.report(weights),
    }


def verdict(first_difference, moved, tolerance):
    """Return "different", or "same", or "proves nothing" where the weights hardly moved."""
    if first_difference:
        return "different"
    return "same" if moved >= LEAST_MOVED * tolerance else "proves nothing"


def take_step(model, keras_model, x, y):
    """Let both models take one training step on a batch; return all that it computed, {kind: [Pair, ...]}.

    Kinds, and the pairs of each, are in the order of computation: forward, loss, backward, optimizer. Our
    side is the step that training takes, overheard; Keras's is what its `train_on_batch` does, laid open.
    Beside it comes a list of pairs of the parameters' gradients where both sides have Keras's weights.
    """
    theirs = twin.keras_pass(keras_model, x, y, model.gives_probabilities, training=True)
    same_weights = gradients_of_same_weights(model, keras_model, x, y, theirs)
    with Recorder(model) as recorder:
        loss = model.train_on_batch(x, y)
    keras_model.optimizer.apply(theirs.of_parameters, keras_model.trainable_variables)
    tensors = {
        "activations": activations(model, recorder, theirs),
        "loss": [twin.Pair("loss", np.asarray(loss, model.dtype), np.asarray(theirs.loss))],
        "gradients": gradients(model, recorder, theirs),
        "state": twin.optimizer_state(model, keras_model),
        "weights": twin.weights(model, keras_model),
    }
    return tensors, same_weights


def activations(model, recorder, theirs):
    """Return what each layer returned, the last one its logits, a Pair each."""
    results = dict(zip((layer.name for layer in model.layers), theirs.results, strict=True))
    return [
        twin.Pair(f"activation of {name}", ours, np.asarray(results[name]))
        for name, ours in recorder.results.items()
    ]


def gradients(model, recorder, theirs):
    """Return the gradients with respect to each layer's result and its parameters, the last layer first."""
    of_results = dict(zip((layer.name for layer in model.layers), theirs.of_results, strict=True))
    of_parameters = dict(zip(model.named_params(), theirs.of_parameters, strict=True))
    found = []
    for layer in reversed(model.layers):
        if layer.name in recorder.gradients:
            found.append((f"{layer.name}'s result", recorder.gradients[layer.name], of_results[layer.name]))
        for key in layer.params:
            name = f"{layer.name}/{key}"
            found.append((name, layer.grads[key], of_parameters[name]))
    return [twin.Pair(f"gradient of {name}", ours, np.asarray(g)) for name, ours, g in found]


def gradients_of_same_weights(model, keras_model, x, y, theirs):
    """Return the parameters' gradients, a Pair each, where our model, too, has the weights of Keras's.

    What they differ by is the rounding of this one step. Afterwards our model has its own weights again.
    theirs: Keras's side, a twin.KerasPass.
    """
    own = model.get_weights()
    twin.copy_to_scratch(keras_model, model)
    _, ours = model.loss_and_grads(x, y, training=True)
    model.set_weights(own)
    pairs = zip(ours.items(), theirs.of_parameters, strict=True)
    return [twin.Pair(name, g, np.asarray(keras_g)) for (name, g), keras_g in pairs]


class Recorder:
    """Overhears a model: what its stages return, and the gradients that come back to them, by layer's name.

    Where the engine has made one stage of several layers, it goes by the last one's name, and the others are
    asked by themselves for what they return.
    """

    def __init__(self, model):
        self.stages = model.stages
        self.layers = {layer.name: layer for layer in model.layers}
        self.results, self.gradients = {}, {}

    def __enter__(self):
        """Begin."""
        for stage in self.stages:
            for method in ("forward", "forward_to_logits"):
                setattr(stage, method, self.forward(stage, getattr(stage, method)))
            for method in ("backward", "backward_from_logits"):
                setattr(stage, method, self.backward(stage, getattr(stage, method)))
        return self

    def __exit__(self, *error):
        """End: the stages have their own methods again, those of their class."""
        for stage in self.stages:
            for method in ("forward", "forward_to_logits", "backward", "backward_from_logits"):
                delattr(stage, method)

    def forward(self, stage, method):
        """Return a stand-in for a stage's method that goes forward."""
        *inner, last = stage.name.split("+")

        def overheard(x, training=False):
            y = method(x, training)
            for name in inner:
                x = self.results[name] = self.layers[name].forward(x, training)
            self.results[last] = y
            return y

        return overheard

    def backward(self, stage, method):
        """Return a stand-in for a stage's method that goes backward."""
        last = stage.name.split("+")[-1]

        def overheard(dy, need_dx=True):
            self.gradients[last] = dy
            return method(dy, need_dx)

        return overheard
