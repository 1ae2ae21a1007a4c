"""Checking the gradients of a layer."""

from contextlib import ExitStack

import numpy as np

from scratch.errors import DigitsError
from scratch.gradcheck import adjoint
from scratch.gradcheck.branches import Watch, watched
from scratch.gradcheck.circumstances import axes_of, of_layer
from scratch.gradcheck.operations import IN_FLOAT32, report_on
from scratch.gradcheck.still import Randomness, in_float64, kept
from scratch.gradcheck.subjects import Settings, Subject
from scratch.network import computing

BATCH = 3  # a mistake by a factor of 3 can't be mistaken for one by 2
ANOTHER = (
    "a second backward returns another {} than the first: does it add to what the one before has left (+=), "
    "instead of beginning anew?"
)
CHANGED = "the backward changes {} in place, which others read after it: let it work on a copy"
GRADIENTS = {"kernel": "dw", "bias": "db"}


def check_layer(layer, input_shape=None, x=None, training=False, engine=None, seed=0, **settings):
    """Check a layer's backward against its forward, and, where it is linear, by the adjoint test.

    layer: one that has been built is checked as it stands, and left so; one that has not is built with random
    parameters, biases included. input_shape: without the batch axis; or x: a batch (N, *input_shape) for a
    particular point, by default three random inputs. training: whether layers such as Dropout act; the mask
    is drawn once, by `seed`, and held. engine: "reference" or "fast"; by default what the layer calls.
    What is checked is the gradient of the sum of y * dy for a random dy, plus the penalties of regularizers.
    settings: see Settings.
    Returns a Report about dx and a gradient for each parameter, dw and db.
    """
    rng = np.random.default_rng(seed)
    x, notes = layer_input(layer, input_shape, x, rng)
    with ExitStack() as stack:
        stack.enter_context(computing)
        stack.enter_context(kept([layer], engine))
        if layer.input_shape != x.shape[1:]:
            build(layer, x.shape[1:], seed)
        if are_narrow(layer.params.values()) and not notes:
            notes = [IN_FLOAT32.format("the layer's parameters are")]
        stack.enter_context(in_float64([layer]))
        function = LayerFunction(layer, x, training, rng)
        notes += function.notes
        report = report_on(
            function.subjects(), Settings(seed=seed, **settings), function.circumstances(), notes
        )
        with np.errstate(all="ignore"):  # it also goes forward with zeros, which a layer may divide by
            report.adjoint = adjoint.examine_layer(layer, x, training, function.restore, rng, gradient_name)
        function.restore()
    return report


def layer_input(layer, input_shape, x, rng):
    """Return a batch for the layer, float64, and notes on what has been converted."""
    if x is not None:
        x = np.asarray(x)
        return np.array(x, np.float64), [IN_FLOAT32.format("x is")] if are_narrow([x]) else []
    shape = layer.input_shape if input_shape is None else tuple(input_shape)
    if shape is None:
        raise DigitsError("input_shape: expected the shape of one input, such as (8, 8, 3), received none")
    return rng.normal(size=(BATCH, *shape)), []


def are_narrow(arrays):
    """Return whether any of the arrays is of floats with fewer digits than float64's."""
    return any(a.dtype.kind == "f" and a.dtype.itemsize < 8 for a in arrays)


def build(layer, shape, seed):
    """Build a layer with random parameters; raise ShapeError where it has some already, for another shape."""
    rng = np.random.default_rng([seed, 1])  # not the one that draws dy: a dropout would draw the same
    layer.build(shape, rng, "float64")
    for p in layer.params.values():
        if not p.any():
            p[...] = rng.normal(size=p.shape)  # zeros hide errors, and put ReLUs on their kinks


class LayerFunction:
    """The sum of y * dy of a layer at x, as a function of x and of the layer's parameters."""

    def __init__(self, layer, x, training, rng):
        self.layer, self.x, self.training = layer, x, training
        self.randomness = Randomness([layer])
        self.states = self.randomness.states()
        y = self.forward()
        self.dy = rng.normal(size=y.shape)
        self.analytic, self.notes = self.backward()
        self.forward()
        again, _ = self.backward()
        self.notes += [ANOTHER.format(n) for n, g in self.analytic.items() if not is_same(g, again[n])]
        self.watch = Watch()
        self.watching(self.forward)

    def restore(self):
        """Draw the same random numbers again."""
        self.randomness.restore(self.states)

    def forward(self):
        """Return y."""
        self.restore()
        return self.layer.forward(self.x, self.training)

    def backward(self):
        """Return what the backward says, {gradient's name: array}, and notes on what it should not do."""
        layer, dy = self.layer, self.dy.copy()
        before = {f"parameter {name!r}": (p, p.copy()) for name, p in layer.params.items()}
        before |= {"x": (self.x, self.x.copy()), "dy": (dy, self.dy)}
        dx = layer.backward(dy)
        gradients = {"dx": None if dx is None else np.array(dx)}
        for name in layer.params:
            g = layer.grads.get(name)
            gradients[gradient_name(name)] = None if g is None else np.array(g)
        notes = [
            CHANGED.format(what) for what, (now, was) in before.items() if not np.array_equal(now, was, True)
        ]
        for now, was in before.values():
            now[...] = was
        return gradients, notes

    def value(self):
        """Return the sum of y * dy, plus what the layer's regularizers add to a loss, a float."""
        return float((self.forward() * self.dy).sum()) + self.layer.penalty

    def watching(self, f):
        """Return f() while the layer's branches are watched."""
        with watched([self.layer], self.watch):
            return f()

    def held_value(self):
        """Return the value with all branches as they are at x."""
        return self.watching(lambda: self.watch.held(self.value))

    def changes(self):
        """Return {(layer, kind): how many branches} are other ones than at x."""
        return self.watching(lambda: self.watch.compared(self.forward))

    def subjects(self):
        """Return what is to be examined: x and the parameters."""
        arrays = {"dx": self.x} | {gradient_name(n): p for n, p in self.layer.params.items()}
        axes = {"dx": axes_of("x", self.x.shape)}
        axes |= {gradient_name(n): axes_of(n, p.shape) for n, p in self.layer.params.items()}
        branches = (self.held_value, self.changes) if self.watch.noted else (None, None)
        return [Subject(n, a, self.value, self.analytic[n], *branches, axes[n]) for n, a in arrays.items()]

    def circumstances(self):
        """Return the layer's Circumstances."""
        self.forward()
        return of_layer(self.layer, self.x, self.dy, self.by_image)

    def by_image(self, name):
        """Return what the backward says of each image alone; None for x, and with dropout."""
        keys = [key for key in self.layer.params if gradient_name(key) == name]
        if not keys or self.randomness.generators:
            return None
        parts = []
        for n in range(len(self.x)):
            self.layer.forward(self.x[n : n + 1], self.training)
            self.layer.backward(self.dy[n : n + 1])
            parts.append(np.array(self.layer.grads[keys[0]]))
        return parts


def is_same(first, second):
    """Return whether two gradients, arrays or None, are the same but for rounding."""
    if first is None or second is None or np.shape(first) != np.shape(second):
        return first is second
    return bool(np.allclose(first, second, rtol=1e-6, atol=0, equal_nan=True))


def gradient_name(parameter):
    """Return what a parameter's gradient is called: dw for the kernel, db for the bias."""
    return GRADIENTS.get(parameter, f"d{parameter}")
