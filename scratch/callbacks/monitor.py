"""What callbacks share that watch one of the results: which one, and whether it has improved."""

import warnings

from scratch.callbacks.base import Callback


class MonitorCallback(Callback):
    """Watches the result `monitor` of each epoch; `best` is the best so far, or None.

    mode: "min" if smaller is better, "max" if larger is, "auto" to know it by the name: the loss is to fall,
    the metrics that the model was compiled with are to rise. best: what there is to beat at first.
    min_delta: an improvement by less than this is none.
    """

    def __init__(self, monitor="val_loss", mode="auto", best=None, min_delta=0):
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__}: expected mode 'auto', 'min' or 'max', received {mode!r}; "
                f"'auto' is taken instead",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor, self.mode, self.best = monitor, mode, best
        self.min_delta = abs(min_delta)

    def is_improvement(self, value, reference):
        """Return whether `value` is better than `reference`, by min_delta; than None, any value is."""
        if reference is None:
            return True
        if self.direction() == "max":
            return value - self.min_delta > reference
        return value + self.min_delta < reference

    def direction(self):
        """Return "min" or "max". Raises ValueError where "auto" can't tell."""
        if self.mode != "auto":
            return self.mode
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return "min"
        directions = {metric.name: metric.direction for metric in self.model.metrics}
        if directions.get(name) is None:
            raise ValueError(
                f"{type(self).__name__}: monitor={self.monitor!r} is neither the loss nor a metric that the "
                f"model was compiled with, so that 'auto' can't tell whether it is to rise or to fall; "
                f"expected mode='max' or mode='min', or another monitor"
            )
        return directions[name]

    def monitored(self, logs, consequence):
        """Return the result that is watched, or None, with a warning that names the `consequence`."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__}: there is no result {self.monitor!r} to monitor, only "
                f"{', '.join(logs or {}) or 'none at all'}; {consequence}",
                stacklevel=3,
            )
        return value
