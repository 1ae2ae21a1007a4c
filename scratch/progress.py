"""What a person sees while something long is under way: a bar on a terminal, a line per epoch elsewhere."""

import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn, track
from rich.text import Text

from scratch import console as consoles
from scratch.callbacks import Callback


def format_logs(logs):
    """Return a dict of floats as text: "accuracy: 0.9812 - loss: 0.0612 - learning_rate: 1.0000e-04"."""
    return " - ".join(
        f"{name}: {value:.4e}" if 0 < abs(value) < 1e-3 else f"{name}: {value:.4f}"
        for name, value in (logs or {}).items()
    )


def watch(steps, description, show):
    """Iterate over the sequence `steps`; with `show`, on a terminal, under a bar that goes at the end."""
    if not (show and consoles.err.is_terminal):
        return iter(steps)
    return track(steps, description=description, console=consoles.err, transient=True)


class EpochBar(Progress):
    """The bar of one epoch, and under it the results so far: on one line, 80 columns would not hold them."""

    def __init__(self, title, steps, console):
        columns = BarColumn(bar_width=20), MofNCompleteColumn(), TextColumn("{task.fields[pace]}")
        remaining = TimeRemainingColumn(), TextColumn("left")
        super().__init__(TextColumn(title), *columns, *remaining, console=console, transient=True)
        self.task = self.add_task(title, total=steps, pace="", results="")

    def get_renderables(self):
        """Return what is drawn, line by line."""
        yield self.make_tasks_table(self.tasks)
        yield from (Text(f"  {task.fields['results']}", no_wrap=True) for task in self.tasks)


class TrainingProgress(Callback):
    """Shows how training goes: loss, metrics, milliseconds a step, time left.

    On a terminal there is a bar for each epoch, which ends as a line; elsewhere, and always with `lines`,
    only the line.
    label: what is trained, put before each line; console: where to (default: standard output).
    """

    def __init__(self, label="", lines=False, console=None):
        self.label = f"{label} " if label else ""
        self.console = console or consoles.out
        self.lines = lines or not self.console.is_terminal
        self.bar = None

    def on_epoch_begin(self, epoch, logs=None):
        """Put up the epoch's bar."""
        self.started, self.seconds = time.perf_counter(), None
        self.title = f"{self.label}Epoch {epoch + 1}/{self.params['epochs']}"
        if not self.lines:
            self.bar = EpochBar(self.title, self.params["steps"], self.console)
            self.bar.start()

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar."""
        if self.bar:
            pace = f"{1000 * (time.perf_counter() - self.started) / (batch + 1):.1f}ms/step"
            self.bar.update(self.bar.task, completed=batch + 1, pace=pace, results=format_logs(logs))

    def on_test_begin(self, logs=None):
        """Take the time: what follows is the validation."""
        self.seconds = time.perf_counter() - self.started

    def on_epoch_end(self, epoch, logs=None):
        """Put the epoch's line in the place of its bar."""
        self.take_down()
        seconds = self.seconds or time.perf_counter() - self.started
        pace = 1000 * seconds / self.params["steps"]
        self.console.print(
            f"{self.title} - {seconds:.1f}s - {pace:.1f}ms/step - {format_logs(logs)}",
            soft_wrap=not self.console.is_terminal,
        )

    def on_train_end(self, logs=None):
        """Leave no bar behind, also when training ended in the middle of an epoch."""
        self.take_down()

    def take_down(self):
        """Remove the bar, if there is one."""
        if self.bar:
            self.bar.stop()
            self.bar = None
