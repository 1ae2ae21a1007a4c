"""The loss and the metrics over many batches."""

from scratch import metrics


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
