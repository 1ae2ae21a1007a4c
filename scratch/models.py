"""Sequential: a network to train, to evaluate and to ask, with Keras's methods, arguments and defaults."""

import warnings
from importlib import import_module

import numpy as np

from scratch import console, door, losses, metrics, optimizers, reference, saving
from scratch.batches import Batches
from scratch.callbacks import Callback, CallbackList, History
from scratch.errors import DataError, ShapeError, TrainingError
from scratch.layers.arguments import fraction_below_one, positive
from scratch.network import Network, computing
from scratch.progress import TrainingProgress, watch

DEFAULT_BATCH_SIZE = 32  # Keras's


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

    def train_on_batch(self, x, y):
        """Take one step of the optimizer; return the loss of the batch before it, a float."""
        return self.train_step(*self.checked(x, y))[0]

    def forward_and_backward(self, x, y, training):
        """Return the loss and the logits of a batch, and leave the gradients in the layers."""
        with computing:
            z = self.forward_to_logits(x, training)
            loss, dz = self.loss.value_and_grad(y, z, self.uses_logits)
            self.backward_from_logits(dz)
        return loss + self.penalty, z

    def train_step(self, x, y):
        """Take one step of the optimizer on a batch that is checked; return its loss and its logits."""
        # what overflows is reported here, with its place
        with computing, np.errstate(over="ignore", invalid="ignore"):
            loss, z = self.forward_and_backward(x, y, training=True)
            if not np.isfinite(loss):
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
        initial_epoch=0,
    ):
        """Train for `epochs` passes over the data; return a History.

        x: (N, *input_shape) and y: labels; or x a Batches, which brings its own labels, batch size and order.
        batch_size: 32 unless given. validation_split: this fraction at the end of the data is held out,
        before any shuffling; validation_data: (x, y) to hold out instead. shuffle: a new order in each epoch.
        verbose: 0 nothing, 1 or "auto" a bar on a terminal and a line per epoch elsewhere, 2 a line per
        epoch. Ctrl-C ends the training where it is; the History then says `interrupted`.
        Raises DataError or ShapeError for data that do not fit, TrainingError where the loss turns NaN or
        infinite.
        """
        epochs = positive(epochs, "epochs")
        if verbose not in (0, 1, 2, "auto"):
            raise ValueError(f"verbose: expected 0, 1, 2 or 'auto', received {verbose!r}")
        callbacks = [callbacks] if isinstance(callbacks, Callback) else list(callbacks or [])
        batches, validation = self.training_data(x, y, batch_size, validation_split, validation_data, shuffle)
        self.history = history = History()
        shown = [] if verbose == 0 else [TrainingProgress(lines=verbose == 2)]
        params = {"epochs": epochs, "steps": len(batches)}
        # as in Keras, the caller's own come first, so that what they add to the logs is kept and shown
        told = CallbackList([*callbacks, history, *shown], self, params)
        self.stop_training = False
        told.on_train_begin()
        try:
            for epoch in range(initial_epoch, epochs):
                self.run_epoch(epoch, batches, validation, told)
                if self.stop_training:
                    break
        except KeyboardInterrupt:
            history.interrupted = True
            if verbose:
                console.err.print(f"Interrupted in epoch {epoch + 1} of {epochs}: the training ends here.")
        finally:
            told.on_train_end()
        return history

    def training_data(self, x, y, batch_size, validation_split, validation_data, shuffle):
        """Return the Batches to train on, and what to validate on: (x, y) or None."""
        if validation_data is not None:
            if not isinstance(validation_data, tuple | list) or len(validation_data) != 2:
                raise ValueError("validation_data: expected a pair (x, y), received something else")
            validation_data = self.checked(*validation_data)
        if isinstance(x, Batches):
            given, (x, y) = x, self.checked(x.x, x.y)
            return Batches(x, y, given.batch_size, given.shuffle, given.seed), validation_data
        x, y = self.checked(x, y)
        if fraction_below_one(validation_split, "validation_split") and validation_data is None:
            n = int(len(x) * (1 - validation_split))
            if n == 0:
                raise DataError(
                    f"validation_split={validation_split} leaves none of {len(x)} images to train on"
                )
            x, y, validation_data = x[:n], y[:n], (x[n:], y[n:])
        seed = int(self.rng.integers(2**32))
        return Batches(x, y, checked_batch_size(batch_size), shuffle, seed), validation_data

    def run_epoch(self, epoch, batches, validation, told):
        """Train on each batch once, then validate; tell the callbacks."""
        told.on_epoch_begin(epoch)
        totals = Totals(self.metrics)
        for step in range(len(batches)):
            told.on_train_batch_begin(step)
            x, y = batches.batch(epoch, step)
            try:
                loss, z = self.train_step(x, y)
            except TrainingError as error:
                raise TrainingError(f"epoch {epoch + 1}, step {step + 1}: {error}") from None
            totals.add(loss, y, self.predictions(z))
            told.on_train_batch_end(step, totals.logs())
            if self.stop_training:
                break
        logs = totals.logs()
        if validation:
            told.on_test_begin()
            results = self.evaluate_checked(*validation, batches.batch_size)
            told.on_test_end(results)
            logs |= {f"val_{name}": value for name, value in results.items()}
        told.on_epoch_end(epoch, logs)

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", return_dict=False):
        """Return [loss, *metrics] over the data, floats; with return_dict, a dict by their names.

        x: (N, *input_shape), y: labels. Raises DataError or ShapeError for data that do not fit.
        """
        x, y = self.checked(x, y)
        results = self.evaluate_checked(x, y, checked_batch_size(batch_size), verbose)
        return results if return_dict else [results["loss"], *(results[m.name] for m in self.metrics)]

    def evaluate_checked(self, x, y, batch_size, verbose=0):
        """Return a dict of the loss and the metrics over data that are checked."""
        totals = Totals(self.metrics)
        for start in watch(range(0, len(x), batch_size), "evaluating", verbose):
            part = slice(start, start + batch_size)
            with np.errstate(over="ignore", invalid="ignore"):  # reported here, with its place
                z = self.forward_to_logits(x[part])
                loss, _ = self.loss.value_and_grad(y[part], z, self.uses_logits)
                loss += self.penalty
                if not np.isfinite(loss):
                    where = self.where_not_finite(x[part])
                    raise TrainingError(f"evaluating images {start} and on: the loss is {loss} at {where}")
            totals.add(loss, y[part], self.predictions(z))
        return totals.logs()

    def predict(self, x, batch_size=None, verbose="auto"):
        """Return what the network says of many images, batch by batch: (N, *output_shape).

        x: (N, *input_shape). For a few images, `model(x)` has less to do.
        """
        x, batch_size = self.as_input(x), checked_batch_size(batch_size)
        results = []
        for start in watch(range(0, len(x), batch_size), "predicting", verbose):
            results.append(self.forward(x[start : start + batch_size]))
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


def checked_batch_size(batch_size):
    """Return the batch size, or Keras's for None. Raises ValueError unless it is a positive whole number."""
    return DEFAULT_BATCH_SIZE if batch_size is None else positive(batch_size, "batch_size")


class Totals:
    """The loss and the metrics over the batches of one epoch or evaluation."""

    def __init__(self, model_metrics):
        self.loss = metrics.Mean()
        self.metrics = model_metrics
        for metric in self.metrics:
            metric.reset_state()

    def add(self, loss, y, predictions):
        """Count one more batch: its mean loss, its labels, and what the model said."""
        self.loss.add(loss, len(y))
        for metric in self.metrics:
            metric.update_state(y, predictions)

    def logs(self):
        """Return all results so far by name, in Keras's order: the alphabet's."""
        results = {"loss": self.loss.result()} | {m.name: m.result() for m in self.metrics}
        return dict(sorted(results.items()))
