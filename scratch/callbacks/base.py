"""Callbacks: who is told of each step of training, in Keras's words. `logs` is a dict of names and floats."""


class Callback:
    """Does nothing, at every occasion; subclasses override what they care for.

    self.model is the model; self.params a dict with `epochs` and `steps` (batches in an epoch).
    """

    model = None
    params = None

    def set_model(self, model):
        """Learn which model is trained."""
        self.model = model

    def set_params(self, params):
        """Learn how long training is to be."""
        self.params = params

    def on_train_begin(self, logs=None):
        """Before the first epoch."""

    def on_train_end(self, logs=None):
        """After the last epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Before an epoch (numbered from 0)."""

    def on_epoch_end(self, epoch, logs=None):
        """After an epoch and its validation; logs: its results, the validation's with names in val_."""

    def on_train_batch_begin(self, batch, logs=None):
        """Before a training step (numbered from 0 in each epoch)."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        """After a training step; logs: the results of the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch, logs=None):
        """Another name of on_train_batch_begin."""

    def on_batch_end(self, batch, logs=None):
        """Another name of on_train_batch_end."""

    def on_test_begin(self, logs=None):
        """Before an evaluation, in training that of the validation images."""

    def on_test_end(self, logs=None):
        """After an evaluation; logs: its results."""

    def on_test_batch_begin(self, batch, logs=None):
        """Before a batch of an evaluation (numbered from 0)."""

    def on_test_batch_end(self, batch, logs=None):
        """After a batch of an evaluation; logs: the results so far."""

    def on_predict_begin(self, logs=None):
        """Before a prediction of many images."""

    def on_predict_end(self, logs=None):
        """After it."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Before a batch of a prediction (numbered from 0)."""

    def on_predict_batch_end(self, batch, logs=None):
        """After a batch of a prediction; logs: its `outputs`."""


class CallbackList:
    """Passes each occasion on to several callbacks, in order: `callbacks.on_epoch_begin(3)`."""

    def __init__(self, callbacks, model, params):
        self.callbacks = callbacks
        for callback in callbacks:
            callback.set_model(model)
            callback.set_params(params)

    def __getattr__(self, occasion):
        if not occasion.startswith("on_"):
            raise AttributeError(occasion)

        def tell_all(*args):
            for callback in self.callbacks:
                getattr(callback, occasion)(*args)

        return tell_all
