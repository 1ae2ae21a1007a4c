"""Optimizers: how a gradient g becomes a step of a parameter x. Keras's names, arguments, defaults and
formulas.

Each class is one formula, in `update`, for one parameter and one step; the state that it keeps from step to
step (a momentum, a running mean) is an array of the parameter's shape, one for each parameter, and never
shared. A learning rate may be a schedule (see scratch.schedules), which is asked before each step.
"""

from numbers import Real

import numpy as np

from scratch import schedules
from scratch.layers.arguments import number_between
from scratch.lookup import find_instance


class Optimizer:
    """What all optimizers share: the learning rate, the step count, the state, and what is done to gradients
    first.

    learning_rate: a positive number, which may be set anew between steps; a schedule, a function of the step
    (see scratch.schedules); or a function without arguments that is called before each step.
    weight_decay: if given, every step first shrinks each parameter by this fraction times the learning rate.
    clipvalue: if given, gradients are clipped to [-clipvalue, clipvalue]. clipnorm: if given, each
    parameter's gradient is scaled down to this length. global_clipnorm: likewise, for all gradients taken as
    one vector.
    """

    slot_names = ()  # the arrays of state that `update` keeps for each parameter

    def __init__(
        self,
        learning_rate,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        name=None,
    ):
        if not is_function(learning_rate) and not (isinstance(learning_rate, Real) and learning_rate > 0):
            raise ValueError(
                f"learning_rate: expected a positive number or a schedule, received {learning_rate!r}"
            )
        if sum(option is not None for option in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                "expected at most one of clipnorm, clipvalue and global_clipnorm, received several"
            )
        self.iterations = 0
        self.rate_of_step = None
        self.schedule = None
        self.learning_rate = learning_rate
        self.name = name or type(self).__name__
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.slots = None
        self.fast_update = None  # what does `update` for all parameters (see scratch.fast.optimizers)

    @property
    def learning_rate(self):
        """The learning rate, a float, of the next step; or, while a step is under way, of that one."""
        if self.rate_of_step is not None:
            return self.rate_of_step
        if isinstance(self.schedule, schedules.LearningRateSchedule):
            return float(self.schedule(self.iterations))
        return self._learning_rate if self.schedule is None else float(self.schedule())

    @learning_rate.setter
    def learning_rate(self, value):
        """Take another one. Raises TypeError for a number in the place of a schedule, as Keras does."""
        if is_function(value):
            self.schedule = value
        elif isinstance(self.schedule, schedules.LearningRateSchedule):
            raise TypeError(
                "learning_rate: this optimizer was given a schedule, so that no number can be set; make the "
                "optimizer with a number, and callbacks can change it"
            )
        elif not isinstance(value, Real) or not value >= 0:
            raise ValueError(f"learning_rate: expected a number of at least 0, received {value!r}")
        else:
            self._learning_rate, self.schedule = float(value), None

    def build(self, params):
        """Make the state, all zeros, for a list of parameters."""
        self.slots = [{name: np.zeros_like(x) for name in self.slot_names} for x in params]

    def apply(self, grads, params):
        """Take one step: change each array of `params` in place by the gradient at the same place in `grads`.

        Raises ValueError where the two, or the parameters of an earlier step, are not the same in number and
        shape.
        """
        if self.slots is None:
            self.build(params)
        if not len(grads) == len(params) == len(self.slots):
            raise ValueError(
                f"expected a gradient for each of the {len(self.slots)} parameters that this optimizer was "
                f"built for, received {len(grads)} gradients for {len(params)} parameters; each model needs "
                f"its own optimizer"
            )
        self.rate_of_step = self.learning_rate  # asked once a step: a function may answer anew each time
        try:
            self.step(self.clip(grads), params)
        finally:
            self.rate_of_step = None
        self.iterations += 1

    def step(self, grads, params):
        """Change all parameters, by the compiled kernels where there are some for them."""
        if self.weight_decay:
            for x in params:
                x -= x * (self.weight_decay * self.learning_rate)
        if self.fast_update and all(x.flags.c_contiguous for x in params):
            self.fast_update(params, grads, self.slots)
            return
        for x, g, slots in zip(params, grads, self.slots, strict=True):
            self.update(x, g, slots)

    def update(self, x, g, slots):
        """Change the parameter `x` in place by its gradient `g`; `slots` is its state, a dict of arrays."""
        raise NotImplementedError

    def clip(self, grads):
        """Return the gradients, clipped as the constructor's arguments say."""
        if self.clipvalue:
            return [np.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        if self.clipnorm:
            return [g * min(1.0, self.clipnorm / (norm([g]) or 1.0)) for g in grads]
        if self.global_clipnorm:
            scale = min(1.0, self.global_clipnorm / (norm(grads) or 1.0))
            return [g * scale for g in grads]
        return grads


def is_function(learning_rate):
    """Return whether a learning rate is to be asked for: a class that was not called is none."""
    return callable(learning_rate) and not isinstance(learning_rate, type)


def norm(arrays):
    """Return the Euclidean length, a float, of arrays taken as one vector."""
    return float(np.sqrt(sum((a * a).sum() for a in arrays)))


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if it is above 0.

        plain      x += -lr * g
        momentum   v = momentum * v - lr * g;   x += v
        nesterov   v as above;                  x += momentum * v - lr * g

    Source: Sutskever et al., ICML 2013, in the form of keras.optimizers.SGD.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **options):
        super().__init__(learning_rate, **options)
        if not 0 <= momentum <= 1:
            raise ValueError(f"momentum: expected a number from 0 to 1, received {momentum!r}")
        self.momentum, self.nesterov = momentum, nesterov
        self.slot_names = ("momentum",) if momentum else ()

    def update(self, x, g, slots):
        """See Optimizer."""
        step = -self.learning_rate * g
        if self.momentum:
            v = slots["momentum"]
            v *= self.momentum
            v += step
            step = self.momentum * v + step if self.nesterov else v
        x += step


class RMSprop(Optimizer):
    """Divides each gradient by the root of a running mean of its square.

        v = rho * v + (1 - rho) * g**2;   x += -lr * g / sqrt(v + epsilon)

    centered: subtract the square of the running mean of g from v, which makes it a variance.
    momentum: steps gather speed as in SGD.
    Source: Tieleman and Hinton, Coursera lecture 6.5 (2012), in the form of keras.optimizers.RMSprop.
    """

    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, **options):
        super().__init__(learning_rate, **options)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
        self.slot_names = ("velocity", *["momentum"] * (momentum > 0), *["average_gradient"] * centered)

    def update(self, x, g, slots):
        """See Optimizer."""
        v = slots["velocity"]
        v *= self.rho
        v += (1 - self.rho) * g**2
        variance = v
        if self.centered:
            mean = slots["average_gradient"]
            mean *= self.rho
            mean += (1 - self.rho) * g
            variance = v - mean**2
        step = self.learning_rate * g / np.sqrt(variance + self.epsilon)
        if self.momentum > 0:
            gathered = slots["momentum"]
            gathered *= self.momentum
            gathered += step
            step = gathered
        x -= step


class Adam(Optimizer):
    """Running means of the gradient and of its square, both corrected for having started at 0; t counts steps
    from 1.

        m += (1 - beta_1) * (g - m);    v += (1 - beta_2) * (g**2 - v)
        alpha = lr * sqrt(1 - beta_2**t) / (1 - beta_1**t);    x += -alpha * m / (sqrt(v) + epsilon)

    amsgrad: use the largest v so far. Source: Kingma and Ba, ICLR 2015; epsilon as in the last paragraph of
    their section 2 ("epsilon hat"), not as in Algorithm 1: so has it keras.optimizers.Adam.
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, **options):
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad
        self.slot_names = ("momentum", "velocity", *["velocity_hat"] * amsgrad)

    def update(self, x, g, slots):
        """See Optimizer."""
        m, v = slots["momentum"], slots["velocity"]
        m += (1 - self.beta_1) * (g - m)
        v += (1 - self.beta_2) * (g**2 - v)
        if self.amsgrad:
            v = np.maximum(slots["velocity_hat"], v, out=slots["velocity_hat"])
        x -= self.alpha() * m / (np.sqrt(v) + self.epsilon)

    def alpha(self):
        """Return the learning rate of the step that is under way, both means' late start corrected."""
        t = self.iterations + 1
        return self.learning_rate * float(np.sqrt(1 - self.beta_2**t)) / (1 - self.beta_1**t)


class AdamW(Adam):
    """Adam with weight decay: each step first takes x -= x * weight_decay * lr, see Optimizer.

    Unlike the gradient of a penalty in the loss (scratch.regularizers), this is not divided by sqrt(v).
    Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019; as there, and as in
    keras.optimizers.AdamW, all parameters decay, biases included.
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        **options,
    ):
        if weight_decay is None:
            raise ValueError("weight_decay: expected a number, received None; that would be Adam")
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **options
        )


class Adagrad(Optimizer):
    """Divides each gradient by the root of the sum of all its squares so far: steps only ever get smaller.

        a += g**2;   x += -lr * g / sqrt(a + epsilon)

    initial_accumulator_value: what `a` starts at, at least 0.
    Source: Duchi et al., JMLR 12 (2011), section 1.3, in the form of keras.optimizers.Adagrad.
    """

    slot_names = ("accumulator",)

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        self.initial_accumulator_value = number_between(
            initial_accumulator_value, "initial_accumulator_value", 0
        )
        self.epsilon = epsilon

    def build(self, params):
        """See Optimizer; the sums start at initial_accumulator_value."""
        super().build(params)
        for slots in self.slots:
            slots["accumulator"][...] = self.initial_accumulator_value

    def update(self, x, g, slots):
        """See Optimizer."""
        a = slots["accumulator"]
        a += g**2
        x -= self.learning_rate * g / np.sqrt(a + self.epsilon)


class Adadelta(Optimizer):
    """Steps as large as recent steps were, where gradients are as large as recent gradients were.

        a = rho * a + (1 - rho) * g**2;     d = -g * sqrt(e + epsilon) / sqrt(a + epsilon)
        e = rho * e + (1 - rho) * d**2;     x += lr * d

    Source: Zeiler, "ADADELTA", arXiv:1212.5701, Algorithm 1, where lr is 1; in the form of
    keras.optimizers.Adadelta, whose lr is small unless it is set.
    """

    slot_names = ("accumulated_grad", "accumulated_delta_var")

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        self.rho, self.epsilon = rho, epsilon

    def update(self, x, g, slots):
        """See Optimizer."""
        a, e = slots["accumulated_grad"], slots["accumulated_delta_var"]
        a *= self.rho
        a += (1 - self.rho) * g**2
        d = -g * np.sqrt(e + self.epsilon) / np.sqrt(a + self.epsilon)
        e *= self.rho
        e += (1 - self.rho) * d**2
        x += self.learning_rate * d


OPTIMIZERS = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
}


def get(identifier):
    """Return the optimizer that a name, a class or an object stands for. Raises ValueError for an unknown
    name.
    """
    return find_instance(identifier, OPTIMIZERS, "optimizer", Optimizer)
