"""The bar that a person sees on a terminal."""

import io

import pytest
from rich.console import Console

from scratch.progress import EpochBar, TrainingProgress, format_logs


@pytest.fixture
def terminal():
    return Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)


def test_a_bar_shows_all_there_is_to_know_within_80_columns(terminal):
    bar = EpochBar("scratch Epoch 10/40", 430, terminal)
    results = format_logs({"accuracy": 0.98123, "loss": 0.06119})
    bar.update(bar.task, completed=389, pace="123.4ms/step", results=results)
    with terminal.capture() as drawn:
        terminal.print(bar.get_renderable())
    first, second = drawn.get().splitlines()
    for text in ("scratch Epoch 10/40", "━━━━━━━━━━", "389/430", "123.4ms/step", "left"):
        assert text in first
    assert "…" not in first
    assert second.strip() == "accuracy: 0.9812 - loss: 0.0612"


def test_small_numbers_keep_their_digits():
    logs = {"loss": 0.0, "accuracy": 0.001, "learning_rate": 0.00025}
    assert format_logs(logs) == "loss: 0.0000 - accuracy: 0.0010 - learning_rate: 2.5000e-04"


def test_each_epoch_ends_as_a_line_and_no_bar_is_left(terminal):
    progress = TrainingProgress("scratch", console=terminal)
    progress.set_params({"epochs": 1, "steps": 2})
    progress.on_epoch_begin(0)
    progress.on_train_batch_end(0, {"loss": 0.5})
    progress.on_epoch_end(0, {"loss": 0.25})
    assert progress.bar is None
    assert terminal.file.getvalue().rstrip().endswith("ms/step - loss: 0.2500")
    progress.on_epoch_begin(0)
    progress.on_train_end()
    assert progress.bar is None
