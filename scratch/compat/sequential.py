"""Sequential with everything that a script may do with it, in Keras 3's words and in some of Keras 2's."""

import json
import os
import time
from pathlib import Path

import numpy as np

from scratch import console, models
from scratch.compat.offering import NotHereError, bound, note, plain
from scratch.compat.results import Results, prepared
from scratch.compat.settings import settings
from scratch.compat.shortening import limited, shortened
from scratch.compat.signatures import (
    BACKGROUND,
    COMPILE,
    EVALUATE,
    FIT,
    OLDER,
    PREDICT,
    SAVE,
    SUMMARY,
    WHOLE,
)
from scratch.compat.tensors import tensor
from scratch.errors import TrainingError
from scratch.progress import format_logs
from scratch.totals import Totals


class Sequential(models.Sequential):
    """A stack of layers, as keras.Sequential; what is computed is scratch.models.Sequential's."""

    def __init__(self, layers=None, trainable=True, name=None):
        if isinstance(trainable, str):  # Keras 2 had the name in second place
            trainable, name = True, trainable
        super().__init__(name=name)
        for layer in [] if layers is None else layers:
            self.add(layer)
        if not trainable:
            self.trainable = False

    def add(self, layer, rebuild=True):
        """Put a layer at the end."""
        super().add(layer)

    def build(self, input_shape=None):
        """Make the parameters, if the shape of an input is known."""
        if input_shape is None and self.input_shape is None:
            raise ValueError("build: expected the shape of an input, received none")
        super().build(self.input_shape if input_shape is None else input_shape)

    def __call__(self, x, training=False, mask=None):
        """Return what the network says of a batch, a Tensor."""
        if mask is not None:
            raise NotHereError("model(x, mask=...) is not here: masks are for sequences")
        return tensor(super().__call__(x, bool(training)))

    call = __call__

    @property
    def trainable(self):
        """Whether training changes any of the layers."""
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, value):
        for layer in self.layers:
            layer.trainable = value

    @property
    def weights(self):
        """All that the network keeps, a list of Tensors."""
        return [tensor(w) for w in self.named_weights().values()]

    variables = weights

    @property
    def trainable_weights(self):
        """All that training changes, a list of Tensors."""
        return [tensor(w) for w in self.named_params().values()]

    trainable_variables = trainable_weights

    @property
    def metrics_names(self):
        """The names of what `evaluate` returns, in order."""
        return ["loss", *(metric.name for metric in self.metrics)]

    # Training

    def compile(self, *arguments, **options):
        """Choose the optimizer, the loss and the metrics: by name, by function or as objects."""
        takes = {"optimizer", "loss", "metrics"}
        given = bound("model.compile", COMPILE, takes, in_order(arguments), options)
        loss, metrics = given.get("loss"), given.get("metrics")
        if isinstance(loss, list | tuple) and len(loss) == 1:
            given["loss"] = plain(loss[0])
        if isinstance(metrics, tuple):
            given["metrics"] = [plain(metric) for metric in metrics]
        check_functions("loss", [given.get("loss")], "categorical_crossentropy")
        check_functions("metrics", given.get("metrics") or [], "accuracy")
        super().compile(**given)

    def fit(self, *arguments, **options):
        """Train; return a History whose `history` knows older names, too."""
        given = bound("model.fit", FIT | BACKGROUND, set(FIT), arguments, options, OLDER)
        given = shortened(given, settings.limit, settings.epochs)
        if isinstance(given.get("verbose"), int):
            given["verbose"] = min(given["verbose"], 2)  # Keras prints no more for a larger number
        callbacks = given.get("callbacks") or []
        callbacks = list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
        names = [metric.name for metric in self.metrics]
        given["callbacks"] = [prepared(callback, names) for callback in callbacks]
        started = time.perf_counter()
        try:
            history = super().fit(**given)
        except TrainingError as error:
            if not any(type(callback).__name__ == "StopAtNaN" for callback in callbacks):
                raise
            console.say(f"TerminateOnNaN: {error}; the training ends here.")
            history = self.history
        results = {name: values[-1] for name, values in history.history.items() if values}
        settings.results.append(("fit", results, time.perf_counter() - started))
        history.history = Results(history.history)
        return history

    def evaluate(self, *arguments, **options):
        """Return [loss, *metrics] or, without metrics, the loss; say the results unless verbose is 0."""
        given = bound("model.evaluate", EVALUATE | BACKGROUND, set(EVALUATE), arguments, options, OLDER)
        as_dict = given.pop("return_dict", False)
        started = time.perf_counter()
        results = super().evaluate(**limited(given, settings.limit), return_dict=True)
        seconds = time.perf_counter() - started
        settings.results.append(("evaluate", results, seconds))
        if given.get("verbose", "auto"):
            console.say(f"evaluate - {seconds:.1f}s - {format_logs(results)}")
        if as_dict:
            return Results(results)
        values = [results[name] for name in self.metrics_names]
        return values if self.metrics else values[0]

    def predict(self, *arguments, **options):
        """Return what the network says of many images, an array (N, *output_shape)."""
        given = bound("model.predict", PREDICT | BACKGROUND, set(PREDICT), arguments, options, OLDER)
        return super().predict(**given)

    def predict_on_batch(self, x):
        """Return what the network says of one batch, an array."""
        return super().__call__(x)

    def predict_classes(self, x, batch_size=None, verbose=0):
        """Return the most probable class of each image, as Keras 2 did."""
        return self.predict(x, batch_size, verbose).argmax(axis=-1)

    def predict_proba(self, x, batch_size=None, verbose=0):
        """Return what `predict` returns, as Keras 2 did."""
        return self.predict(x, batch_size, verbose)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """Take one step; return the results of the batch before it."""
        x, y = self.checked(x, y)
        loss, z = self.train_step(x, y, models.loss_weights(y, sample_weight, class_weight))
        return self.results_of(loss, y, z, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Return the results of one batch."""
        x, y = self.checked(x, y)
        z = self.forward_to_logits(x)
        weights = models.loss_weights(y, sample_weight)
        loss = self.loss.of_checked(y, z, self.uses_logits, weights)[0] + self.penalty
        return self.results_of(loss, y, z, return_dict)

    def results_of(self, loss, y, z, as_dict):
        """Return what one batch comes to: a dict, a list, or the loss alone."""
        totals = Totals(self.metrics)
        totals.add(loss, y, self.predictions(z))
        results = totals.logs()
        if as_dict:
            return Results(results)
        values = [results[name] for name in self.metrics_names]
        return values if self.metrics else values[0]

    def reset_metrics(self):
        """Do nothing: no results are kept from one call to the next."""

    def fit_generator(self, *arguments, **options):
        """See fit: Keras 2's name, with the arguments in its order."""
        order = (
            "x",
            "steps_per_epoch",
            "epochs",
            "verbose",
            "callbacks",
            "validation_data",
            "validation_steps",
        )
        return self.fit(**dict(zip(order, arguments, strict=False)), **options)

    def evaluate_generator(self, generator, steps=None, verbose=0, **options):
        """See evaluate."""
        return self.evaluate(generator, steps=steps, verbose=verbose, **options)

    def predict_generator(self, generator, steps=None, verbose=0, **options):
        """See predict."""
        return self.predict(generator, steps=steps, verbose=verbose, **options)

    # Words and files

    def summary(self, *arguments, **options):
        """Print the layers; see Network.summary."""
        takes = {"line_length", "print_fn"}
        given = bound("model.summary", SUMMARY, takes, arguments, options)
        super().summary(**given)

    def save(self, *arguments, **options):
        """Write the whole model to a file; see scratch.saving."""
        takes = {"filepath", "overwrite", "save_format"}
        given = bound("model.save", SAVE, takes, arguments, options)
        path = os.fspath(given["filepath"])
        if not path.endswith(WHOLE):
            path += ".h5" if given.get("save_format") == "h5" else ".keras"
            note(f"model.save: TensorFlow's format is not here, so the model is saved as {path}.")
        make_folder(path)
        super().save(path, given.get("overwrite", True))

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Write the weights to a file in .weights.h5."""
        if max_shard_size is not None:
            raise NotHereError("model.save_weights: max_shard_size is not here: expected None")
        path = Path(filepath)
        make_folder(path)
        if path.name.endswith(".weights.h5") or path.suffix not in (".h5", ".hdf5"):
            super().save_weights(filepath, overwrite)
            return
        if path.exists() and not overwrite:
            raise NotHereError(f"model.save_weights: {path} exists, and overwrite=False")
        beside = path.with_name(f"{path.stem}.new.weights.h5")  # Keras 2's names are any in .h5
        super().save_weights(beside)
        os.replace(beside, path)

    def load_weights(self, filepath, skip_mismatch=False, by_name=False):
        """Take the weights in a file."""
        if skip_mismatch or by_name:
            raise NotHereError("model.load_weights: skip_mismatch and by_name are not here: expected False")
        super().load_weights(filepath)

    def get_config(self):
        """Return a description of the network, without its weights."""
        from scratch.nested import laid_open
        from scratch.saving.writing import sequential_config

        return sequential_config(laid_open(self), legacy=False)

    def to_json(self, **options):
        """Return a description of the network, without its weights; see keras.models.model_from_json."""
        config = {"module": "keras", "class_name": "Sequential", "config": self.get_config()}
        return json.dumps(config, default=lambda item: np.asarray(item).tolist(), **options)

    @classmethod
    def from_json(cls, text):
        """Return the network that to_json described, with new weights."""
        from scratch.compat.descriptions import network_of

        return adopted(network_of(text))


def in_order(arguments):
    """Return the arguments of `compile` without a name in Keras 3's order; Keras 2 had metrics third, and
    loss_weights, which are numbers, behind them.
    """
    third = arguments[2] if len(arguments) > 2 else None
    items = third if isinstance(third, list | tuple) else [third]
    if third is None or not items or any(isinstance(item, int | float) for item in items):
        return arguments
    metrics, *loss_weights = arguments[2:4]
    return (*arguments[:2], *(loss_weights or [None]), metrics, *arguments[4:])


def check_functions(argument, values, example):
    """Raise NotHereError for a function of the script's own among the values of an argument."""
    for value in values:
        if hasattr(value, "__code__"):
            raise NotHereError(
                f"model.compile: {argument}={value.__name__}, a function of one's own, is not here: "
                f"expected a name such as {example!r}"
            )


def make_folder(path):
    """Make the folder of a file that is to be written, as Keras 2 did and Keras 3 does for some files."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def adopted(model):
    """Return a Sequential of scratch.models as one of these."""
    if isinstance(model, Sequential):
        return model
    ours = Sequential.__new__(Sequential)
    ours.__dict__.update(model.__dict__)
    return ours
