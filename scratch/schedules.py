"""Learning-rate schedules: the learning rate as a function of the step, under Keras's names and arguments.

`Adam(learning_rate=CosineDecay(1e-3, 5000))` asks its schedule before each step. Keras computes schedules in
float32, ours are computed in Python's own floats: the two agree to 7 digits.
"""

from bisect import bisect_left
from math import cos, floor, pi

from scratch.layers.arguments import number_between


class LearningRateSchedule:
    """What all schedules are: `schedule(step)` returns the learning rate of a step, counted from 0."""

    def __call__(self, step):
        """Return the learning rate, a float of at least 0, of step number `step` (an int, from 0)."""
        raise NotImplementedError


class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ** (step / decay_steps): divided by the same again and again.

    staircase: round step / decay_steps down, so that the learning rate falls once every decay_steps.
    Source: keras.optimizers.schedules.ExponentialDecay.
    """

    def __init__(
        self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="ExponentialDecay"
    ):
        self.initial_learning_rate = number_between(initial_learning_rate, "initial_learning_rate", 0)
        self.decay_steps = positive_steps(decay_steps)
        self.decay_rate = number_between(decay_rate, "decay_rate", 0)
        self.staircase, self.name = staircase, name

    def __call__(self, step):
        """See LearningRateSchedule."""
        decays = step / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (floor(decays) if self.staircase else decays)


class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps): it falls ever more slowly.

    staircase: round step / decay_steps down. With decay_steps=1 it is what older Keras called an optimizer's
    `decay`. Source: keras.optimizers.schedules.InverseTimeDecay.
    """

    def __init__(
        self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="InverseTimeDecay"
    ):
        self.initial_learning_rate = number_between(initial_learning_rate, "initial_learning_rate", 0)
        self.decay_steps = positive_steps(decay_steps)
        self.decay_rate = number_between(decay_rate, "decay_rate", 0)
        self.staircase, self.name = staircase, name

    def __call__(self, step):
        """See LearningRateSchedule."""
        decays = step / self.decay_steps
        return self.initial_learning_rate / (
            1 + self.decay_rate * (floor(decays) if self.staircase else decays)
        )


class CosineDecay(LearningRateSchedule):
    """Half a wave of the cosine, from initial_learning_rate down to `alpha` times as much in decay_steps.

        decayed(t) = rate * ((1 - alpha) * (1 + cos(pi * t / decay_steps)) / 2 + alpha)

    and from then on it stays. warmup_target: if given, the learning rate first rises in a straight line, from
    initial_learning_rate to warmup_target in warmup_steps, and then decays from there.
    Source: Loshchilov and Hutter, "SGDR", ICLR 2017, equation 5; the warm-up: Goyal et al.,
    arXiv:1706.02677, section 2.2; in the form of keras.optimizers.schedules.CosineDecay.
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        self.initial_learning_rate = number_between(initial_learning_rate, "initial_learning_rate", 0)
        self.decay_steps = positive_steps(decay_steps)
        self.alpha = number_between(alpha, "alpha", 0)
        self.name = name
        self.warmup_target = warmup_target
        if warmup_target is not None:
            self.warmup_target = number_between(warmup_target, "warmup_target", 0)
        self.warmup_steps = number_between(warmup_steps, "warmup_steps", 0)

    def __call__(self, step):
        """See LearningRateSchedule."""
        if self.warmup_target is None:
            return self.decayed(step, self.initial_learning_rate)
        if step < self.warmup_steps:
            rise = self.warmup_target - self.initial_learning_rate
            return self.initial_learning_rate + rise * step / self.warmup_steps
        return self.decayed(step - self.warmup_steps, self.warmup_target)

    def decayed(self, steps, rate):
        """Return what is left of `rate` after so many steps of decay."""
        share = (1 + cos(pi * min(steps / self.decay_steps, 1))) / 2
        return rate * ((1 - self.alpha) * share + self.alpha)


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and including step boundaries[0], then values[1] as far as boundaries[1], and so on.

    boundaries: n increasing steps; values: n + 1 learning rates. Raises ValueError for anything else.
    Source: keras.optimizers.schedules.PiecewiseConstantDecay.
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        self.boundaries, self.values, self.name = list(boundaries), list(values), name
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"values: expected one more than boundaries, {len(self.boundaries) + 1}, "
                f"received {len(self.values)}"
            )
        if any(not a < b for a, b in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise ValueError(f"boundaries: expected increasing steps, received {self.boundaries}")
        self.values = [number_between(value, "values", 0) for value in self.values]

    def __call__(self, step):
        """See LearningRateSchedule."""
        return self.values[bisect_left(self.boundaries, step)]


def positive_steps(steps):
    """Return `steps`, a number above 0. Raises ValueError for anything else."""
    if not number_between(steps, "decay_steps", 0) > 0:
        raise ValueError(f"decay_steps: expected a number above 0, received {steps!r}")
    return steps
