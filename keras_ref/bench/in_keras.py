"""The network in Keras on TensorFlow, in several settings: Keras gets the fastest."""

import time

from keras_ref import architectures
from keras_ref.backend import load_keras, load_tensorflow
from keras_ref.bench.contestant import Contestant
from keras_ref.bench.task import LOSS, METRICS

# What `compile` is told beside loss, optimizer and metrics. Several steps in one call of TensorFlow save
# Python's part of them; 117 is a quarter of an epoch of MNIST.
SETTINGS = {
    "default": {},
    "steps_per_execution=16": {"steps_per_execution": 16},
    "steps_per_execution=117": {"steps_per_execution": 117},
    "jit_compile=True": {"jit_compile": True},
}


class Library(Contestant):
    """Keras's own `fit`, `predict` and call, on arrays."""

    settings = tuple(SETTINGS)

    def __init__(self, task, name):
        super().__init__(task, name)
        self.models = {}

    def model(self, setting):
        """Return the network compiled so, with weights of its own: the task's, when it is first asked for."""
        if setting not in self.models:
            self.models[setting] = model = architectures.build(self.task.model)
            model.set_weights(self.task.weights)
            model.compile("adam", loss=LOSS, metrics=METRICS, **SETTINGS[setting])
        return self.models[setting]

    def train(self, setting, x, y, batch_size, steps):
        """See Contestant."""

        class Timer(load_keras().callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.started = time.perf_counter()

            def on_epoch_end(self, epoch, logs=None):
                self.seconds = time.perf_counter() - self.started

        timer = Timer()
        steps = None if steps * batch_size >= len(x) else steps
        options = {"batch_size": batch_size, "steps_per_epoch": steps, "verbose": 0, "callbacks": [timer]}
        self.model(setting).fit(x, y, **options)
        return timer.seconds

    def predict(self, setting, x, batch_size):
        """See Contestant."""
        return self.model(setting).predict(x, batch_size=batch_size, verbose=0)

    def one_image(self, how):
        """See Contestant."""
        model, x = self.model("default"), self.task.x_test[:1]
        if how == "predict":
            return lambda: model.predict(x, verbose=0)
        tensor = load_tensorflow().constant(x)
        return lambda: model(tensor, training=False)
