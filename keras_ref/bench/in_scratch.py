"""The contestant that all others are compared with: this project's own network, in either engine."""

import numpy as np

from keras_ref.bench.contestant import Contestant
from keras_ref.bench.task import LOSS, METRICS
from scratch import architectures
from scratch.callbacks import Callback, EpochTimer


class StopAfter(Callback):
    """Ends training after so many steps."""

    def __init__(self, steps):
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        """Count."""
        self.model.stop_training = batch + 1 >= self.steps


class Library(Contestant):
    """The network from scratch; name: the engine, "fast" or "reference"."""

    def __init__(self, task, name):
        super().__init__(task, name)
        self.model = architectures.build(task.model, rng=np.random.default_rng(0))
        self.model.set_weights(task.weights)
        self.model.compile("adam", loss=LOSS, metrics=METRICS, engine=name)

    def train(self, setting, x, y, batch_size, steps):
        """See Contestant."""
        timer = EpochTimer()
        callbacks = [timer] if steps * batch_size >= len(x) else [timer, StopAfter(steps)]
        self.model.fit(x, y, batch_size=batch_size, verbose=0, callbacks=callbacks)
        return timer.seconds[0]

    def predict(self, setting, x, batch_size):
        """See Contestant."""
        return self.model.predict(x, batch_size=batch_size, verbose=0)

    def one_image(self, how):
        """See Contestant."""
        x = self.task.x_test[:1]
        return lambda: self.model(x)
