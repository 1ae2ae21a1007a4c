"""Sequential: a network to train, to evaluate and to ask, with Keras's methods, arguments and defaults."""

import math
import warnings
from importlib import import_module

import numpy as np

from scratch import console, door, feeding, losses, metrics, optimizers, reference, saving
from scratch.batches import loss_weights
from scratch.callbacks import Callback, CallbackList, History
from scratch.errors import ShapeError, TrainingError
from scratch.layers.arguments import fraction_below_one, positive
from scratch.network import Network, computing
from scratch.progress import TrainingProgress, watch
from scratch.totals import Totals


class Sequential(Network):
    """A stack of layers with a loss, an optimizer and metrics; see Network for the arguments."""

    def __init__(self, layers=(), name=None, dtype="float32", rng=None):
        super().__init__(layers, name, dtype, rng)
        self.optimizer = self.loss = None
        self.metrics = []
        self.stop_training = False
        self.history = None

    def compile(self, optimizer="rmsprop", loss=None, metrics=None, engine="fast"):
        """Choose the optimizer, the loss and the metrics, each by its name in Keras or as an object.

        A model that ends in a softmax is trained through its logits (see scratch.losses).
        engine: "fast", the compiled kernels, or "reference", the textbook; both compute the same.
        """
        self.use_engine(engine)
        self.optimizer = optimizers.get(optimizer)
        self.optimizer.fast_update = None
        if engine == "fast":
            self.optimizer.fast_update = import_module("scratch.fast.optimizers").update_for(self.optimizer)
        self.loss = None if loss is None else losses.get(loss)
        self.metrics = [get_metric(m) for m in ([metrics] if isinstance(metrics, str) else metrics or [])]
        if self.loss is not None and self.layers and self.gives_probabilities and self.loss.from_logits:
            warnings.warn(
                "the model ends in a softmax, and its loss was told from_logits=True: it is trained through "
                "its logits anyway, so leave one of the two away",
                stacklevel=2,
            )

    # One batch

    def loss_and_grads(self, x, y, training=False):
        """Return the loss of a batch, a float, and the gradients of all parameters.

        x: (N, *input_shape), y: labels. The gradients are a dict with the names and shapes of named_params().
        `training` switches layers such as Dropout on.
        """
        x, y = self.checked(x, y)
        loss, _ = self.forward_and_backward(x, y, training)
        return loss, self.named_grads()

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None):
        """Take one step of the optimizer; return the loss of the batch before it, a float."""
        x, y = self.checked(x, y)
        return self.train_step(x, y, loss_weights(y, sample_weight, class_weight))[0]

    def forward_and_backward(self, x, y, training, weights=None):
        """Return the loss and the logits of a batch, and leave the gradients in the layers."""
        with computing:
            z = self.forward_to_logits(x, training)
            loss, dz = self.loss.of_checked(y, z, self.uses_logits, weights)
            self.backward_from_logits(dz)
        return loss + self.penalty, z

    def train_step(self, x, y, weights=None):
        """Take one step of the optimizer on a batch that is checked; return its loss and its logits."""
        # what overflows is reported here, with its place
        with computing, np.errstate(over="ignore", invalid="ignore"):
            loss, z = self.forward_and_backward(x, y, True, weights)
            if not math.isfinite(loss):
                raise TrainingError(f"the loss became {loss} at {self.where_not_finite(x)}")
            self.optimizer.apply(list(self.named_grads().values()), list(self.named_params().values()))
        return loss, z

    @property
    def penalty(self):
        """What the layers' regularizers add to every loss, a float: 0 where there are none."""
        return sum(layer.penalty for layer in self.layers)

    @property
    def uses_logits(self):
        """Whether what forward_to_logits returns are logits."""
        return self.gives_probabilities or self.loss.from_logits

    def predictions(self, z):
        """Return what the model would have returned, given its logits."""
        return reference.softmax_forward(z)[0] if self.gives_probabilities else z

    def where_not_finite(self, x):
        """Return the end of a sentence: where the first value that is not finite arose, and what to do."""
        remedy = "a smaller learning rate or clipnorm=1.0 in the optimizer usually helps"
        for name, p in self.named_params().items():
            if not np.isfinite(p).all():
                return f"the parameters {name!r}, which the step before made infinite or NaN; {remedy}"
        for layer in self.layers:
            x = layer.forward(x)
            if not np.isfinite(x).all():
                return f"the output of layer {layer.name!r}; {remedy}"
        return f"the loss itself; {remedy}"

    def checked(self, x, y):
        """Return inputs and labels as training takes them, or raise what says why they can't be taken."""
        if self.loss is None:
            raise ValueError("the model has no loss: call model.compile(loss=...) first")
        if y is None:
            raise ValueError("y: expected a label for each input, received None")
        x, y = self.as_input(x), np.asarray(y)
        door.check_pairs(x, y)
        if len(self.output_shape) != 1:
            raise ShapeError(
                f"the loss expects one row of scores for each image, but the model returns shape "
                f"{(None, *self.output_shape)}: end it with Flatten() and Dense(classes)"
            )
        self.loss.check(y, (len(x), *self.output_shape))
        return x, y

    # Many batches

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Train for `epochs` passes over the data; return a History.

        x: (N, *input_shape) and y: labels; or x a Batches, a generator of batches or a sequence of them
        (see scratch.batches), which bring their own labels, batch size and order.
        batch_size: 32 unless given. validation_split: this fraction at the end of the data is held out,
        before any shuffling; validation_data: (x, y), (x, y, weights) or a generator, to hold out instead.
        shuffle: a new order in each epoch. sample_weight, class_weight: factors of the images' losses, (N,)
        or a dict by class. steps_per_epoch, validation_steps: so many batches, not all.
        validation_freq: validate after every so many epochs, or after those in a list (counted from 1).
        verbose: 0 nothing, 1 or "auto" a bar on a terminal and a line per epoch elsewhere, 2 a line per
        epoch. Ctrl-C ends the training where it is; the History then says `interrupted`.
        Raises DataError or ShapeError for data that do not fit, TrainingError where the loss turns NaN or
        infinite.
        """
        epochs = positive(epochs, "epochs")
        if verbose not in (0, 1, 2, "auto"):
            raise ValueError(f"verbose: expected 0, 1, 2 or 'auto', received {verbose!r}")
        callbacks = [callbacks] if isinstance(callbacks, Callback) else list(callbacks or [])
        if isinstance(validation_freq, int):
            validation_freq = range(positive(validation_freq, "validation_freq"), epochs + 1, validation_freq)
        if fraction_below_one(validation_split, "validation_split") and validation_data is None:
            (x, y, sample_weight), validation_data = feeding.split(
                self, x, y, sample_weight, validation_split
            )
        held_out = {"batch_size": validation_batch_size or batch_size, "steps": validation_steps}
        validation = feeding.held_out(self, validation_data, **held_out)
        batches = feeding.batches(
            self, x, y, batch_size, sample_weight, class_weight, steps_per_epoch, shuffle
        )
        self.history = history = History()
        shown = [] if verbose == 0 else [TrainingProgress(lines=verbose == 2)]
        params = {"verbose": verbose, "epochs": epochs, "steps": len(batches)}
        # as in Keras, the caller's own come first, so that what they add to the logs is kept and shown
        told = CallbackList([*callbacks, history, *shown], self, params)
        self.stop_training, logs = False, {}
        told.on_train_begin({})
        try:
            for epoch in range(initial_epoch, epochs):
                logs = self.run_epoch(
                    epoch, batches, validation if epoch + 1 in validation_freq else None, told
                )
                if self.stop_training:
                    break
        except KeyboardInterrupt:
            history.interrupted = True
            if verbose:
                console.err.print(f"Interrupted in epoch {epoch + 1} of {epochs}: the training ends here.")
        finally:
            told.on_train_end(logs)
        return history

    def run_epoch(self, epoch, batches, validation, told):
        """Train on each batch once, then validate; tell the callbacks, and return the results, a dict."""
        told.on_epoch_begin(epoch, {})
        totals = Totals(self.metrics)
        for step in range(len(batches)):
            told.on_train_batch_begin(step, {})
            x, y, *weights = batches.batch(epoch, step)
            try:
                loss, z = self.train_step(x, y, *weights)
            except TrainingError as error:
                raise TrainingError(f"epoch {epoch + 1}, step {step + 1}: {error}") from None
            totals.add(loss, y, self.predictions(z))
            told.on_train_batch_end(step, totals.logs())
            if self.stop_training:
                break
        logs = totals.logs()
        if validation:
            results = self.evaluate_batches(validation, told)
            logs |= {f"val_{name}": value for name, value in results.items()}
        told.on_epoch_end(epoch, logs)
        return logs

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
    ):
        """Return [loss, *metrics] over the data, floats; with return_dict, a dict by their names.

        x: (N, *input_shape), y: labels; or x a generator or a sequence of batches. sample_weight, steps: see
        fit. Raises DataError or ShapeError for data that do not fit.
        """
        batches = feeding.batches(self, x, y, batch_size, sample_weight, steps=steps)
        told = self.told(callbacks, len(batches), verbose)
        results = self.evaluate_batches(batches, told, verbose)
        return results if return_dict else [results["loss"], *(results[m.name] for m in self.metrics)]

    def evaluate_batches(self, batches, told, verbose=0):
        """Return a dict of the loss and the metrics over data that are checked; tell the callbacks."""
        totals = Totals(self.metrics)
        told.on_test_begin({})
        for step in watch(range(len(batches)), "evaluating", verbose):
            told.on_test_batch_begin(step, {})
            x, y, *weights = batches.batch(0, step)
            with np.errstate(over="ignore", invalid="ignore"):  # reported here, with its place
                z = self.forward_to_logits(x)
                loss, _ = self.loss.of_checked(y, z, self.uses_logits, *weights)
                loss += self.penalty
                if not math.isfinite(loss):
                    raise TrainingError(
                        f"evaluating images {totals.loss.count} and on: the loss is {loss} at "
                        f"{self.where_not_finite(x)}"
                    )
            totals.add(loss, y, self.predictions(z))
            told.on_test_batch_end(step, totals.logs())
        told.on_test_end(totals.logs())
        return totals.logs()

    def told(self, callbacks, steps, verbose):
        """Return a CallbackList of what an evaluation or a prediction is told to."""
        callbacks = [callbacks] if isinstance(callbacks, Callback) else list(callbacks or [])
        return CallbackList(callbacks, self, {"verbose": verbose, "epochs": 1, "steps": steps})

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """Return what the network says of many images, batch by batch: (N, *output_shape).

        x: (N, *input_shape), or a generator or a sequence of batches. For a few images, `model(x)` has less
        to do.
        """
        batches = feeding.inputs(self, x, batch_size, steps)
        told, results = self.told(callbacks, len(batches), verbose), []
        told.on_predict_begin({})
        for step in watch(range(len(batches)), "predicting", verbose):
            told.on_predict_batch_begin(step, {})
            results.append(self.forward(batches.batch(0, step)[0]))
            told.on_predict_batch_end(step, {"outputs": results[-1]})
        told.on_predict_end({})
        return np.concatenate(results)

    # Files

    def save(self, path, overwrite=True):
        """Write the model to a file that Keras loads, too: .keras, or the legacy .h5; see scratch.saving."""
        saving.save_model(self, path, overwrite)

    def save_weights(self, path, overwrite=True):
        """Write the weights to a file that Keras loads, too: .weights.h5; see scratch.saving."""
        saving.save_weights(self, path, overwrite)

    def load_weights(self, path):
        """Take the weights in a file of Keras's, of a whole model or alone; see scratch.saving."""
        saving.load_weights(self, path)


load_model = saving.load_model

get_metric = metrics.get  # `compile` has an argument of the module's name
