"""A callback out of functions, for what is not worth a class."""

from scratch.callbacks.base import Callback


class LambdaCallback(Callback):
    """Calls a function at each occasion that it was given one for, with what a Callback's method receives.

    on_epoch_end and the others: functions such as `lambda epoch, logs: ...`; the remaining occasions of
    Callback are keywords, too. Raises ValueError for a keyword that is no occasion.
    Source: keras.callbacks.LambdaCallback.
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **others,
    ):
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for occasion, function in (given | others).items():
            if not hasattr(Callback, occasion):
                raise ValueError(
                    f"LambdaCallback: expected an occasion such as on_epoch_end, received {occasion!r}"
                )
            if function is not None:
                setattr(self, occasion, function)
