"""Where the time of a training step goes: each stage forward and backward, the optimizer, and the rest.

A stage is what the engine runs as one: a layer, or several fused into one (`model.stages`).
"""

import time
from dataclasses import dataclass

import numpy as np

from scratch.errors import DataError
from scratch.layers import Conv2D, Dense

CLOSED = 4  # the winner's number where ReLU is closed: see scratch.fast.conv_relu_pool


@dataclass(frozen=True)
class StageTime:
    """What one part of a step takes: milliseconds (the median), and the floating-point operations it needs.

    flops: two for each product and its sum; None where a stage has none worth counting.
    """

    part: str
    milliseconds: float
    flops: int | None = None

    @property
    def gflops_per_second(self):
        """Billions of floating-point operations a second; None where none are counted."""
        return None if self.flops is None else self.flops / self.milliseconds / 1e6


def time_stages(model, x, y, batch_size=128):
    """Train one epoch and return a list of StageTime, in the order of a step.

    x: (N, *input_shape), y: labels, as `fit` takes them, enough for some tens of steps; the model is
    compiled, and it is changed. Raises DataError where there are fewer than two whole batches.
    """
    x, y = model.checked(x, y)
    starts = range(0, len(x) - batch_size + 1, batch_size)
    if len(starts) < 2:
        raise DataError(f"expected two batches of {batch_size} images at least, received {len(x)} images")
    parts = [slice(start, start + batch_size) for start in starts]
    rounds = [one_step(model, x[part], y[part]) for part in parts][1:]  # the first one compiles
    flops = needed_flops(model, batch_size)
    medians = {part: 1000 * float(np.median([r[part] for r in rounds])) for part in rounds[0]}
    return [StageTime(part, milliseconds, flops.get(part)) for part, milliseconds in medians.items()]


def one_step(model, x, y):
    """Take one training step, as Sequential.train_step does; return the seconds of each part, by its name."""
    seconds, stages = {}, model.stages
    *body, last = stages
    first = next(i for i, stage in enumerate(stages) if stage.params)
    watch = Stopwatch(seconds)
    for stage in body:
        x = watch(f"{stage.name} forward", stage.forward, x, True)
    z = watch(f"{last.name} forward", last.forward_to_logits, x, True)
    _, dz = watch("loss", model.loss.of_checked, y, z, model.uses_logits)
    for i in range(len(stages) - 1, first - 1, -1):
        backward = stages[i].backward_from_logits if stages[i] is last else stages[i].backward
        dz = watch(f"{stages[i].name} backward", backward, dz, i > first)
    watch(
        "optimizer",
        model.optimizer.apply,
        list(model.named_grads().values()),
        list(model.named_params().values()),
    )
    return seconds


class Stopwatch:
    """Calls functions and keeps how many seconds each took."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self, part, function, *args):
        """Return function(*args)."""
        start = time.perf_counter()
        result = function(*args)
        self.seconds[part] = time.perf_counter() - start
        return result


def needed_flops(model, n):
    """Return the floating-point operations that each part of the last step needed, for a batch of `n` images.

    A dense product of (N, D) by (D, F) needs 2 * N * D * F, and so does each of its two gradients; a
    convolution likewise, with D = KH * KW * C and a row for each output pixel. Where convolution and pool are
    one stage, only pixels under a pool are computed, and backward only those that won and are open.
    """
    flops, stages = {}, model.stages
    first = next(i for i, stage in enumerate(stages) if stage.params)
    for i, stage in enumerate(stages):
        gradients = 2 if i > first else 1  # the first layer's input needs none
        if type(stage) is Dense:
            forward = backward = 2 * n * stage.params["kernel"].size
        elif type(stage) is Conv2D:
            pixels = stage.output_shape[0] * stage.output_shape[1]
            forward = backward = 2 * n * pixels * stage.params["kernel"].size
        elif hasattr(stage, "pool"):
            products = stage.params["kernel"].size // stage.output_shape[2]  # of one output pixel
            winners = stage.cache[2]
            forward, backward = 2 * 4 * winners.size * products, 2 * int((winners != CLOSED).sum()) * products
        else:
            continue
        flops[f"{stage.name} forward"], flops[f"{stage.name} backward"] = forward, gradients * backward
    return flops
