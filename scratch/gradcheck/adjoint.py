"""The adjoint test: for a linear operation A, <A u, v> = <u, A' v> for all u and v, if A' is its backward.

It needs no step and no derivative, so it is exact but for rounding, and sees a mistake in any entry. Linear
are a convolution and a dense layer without their bias, in x and in w; flatten; a dropout whose mask is held;
a max-pooling and a ReLU whose branches are held. Of what is affine, A u = F(u) - F(0) is taken.

The bound: every product that is summed is rounded no more often than there are numbers n, each time by at
most EPS / 2 of its size, on both sides; so the two differ by at most n * EPS times the sum of the absolute
products. EPS is that of float32 where the gradient is float32.
Source: Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1; Claerbout, "Earth
Soundings Analysis", chapter 5 (the dot-product test).
"""

from dataclasses import dataclass

import numpy as np

from scratch.gradcheck.branches import Watch, watched
from scratch.gradcheck.differences import EPS


@dataclass(frozen=True)
class AdjointResult:
    """The two scalar products for one tensor's gradient, and the sum of the absolute products behind them.

    bound: what rounding explains at most, as a share of that sum.
    """

    name: str
    forward: float
    backward: float
    absolute: float
    bound: float

    @property
    def gap(self):
        """By how much the two differ, as a share of the sum of absolute products."""
        return abs(self.forward - self.backward) / (self.absolute or 1.0)

    @property
    def passed(self):
        """Whether rounding explains the gap."""
        return bool(self.gap <= self.bound)

    @property
    def sentence(self):
        """The result in one sentence."""
        verdict = "rounding explains it" if self.passed else "the backward is not the adjoint of the forward"
        return (
            f"adjoint test of {self.name}: <A u, v> = {self.forward:.8g} and <u, A' v> = {self.backward:.8g} "
            f"differ by {self.gap:.1e} of the sum of absolute products, of which rounding explains up to "
            f"{self.bound:.1e}: {verdict}"
        )

    def as_dict(self):
        """Return it as plain data."""
        return {
            "name": self.name, "forward": self.forward, "backward": self.backward, "gap": self.gap,
            "bound": self.bound, "passed": self.passed,
        }  # fmt: skip


def examine_layer(layer, x, training, restore, rng, names=lambda parameter: parameter):
    """Return the AdjointResults of a layer at x, for x and for each parameter that it is linear in.

    restore: puts the layer's random generators where they were before x went forward. Branches are held as x
    takes them. names: what a parameter's gradient is called.
    """
    watch = Watch()

    def forward():
        restore()
        return layer.forward(x, training)

    with watched([layer], watch):
        y = forward()

    def held():
        with watched([layer], watch):
            return watch.held(forward)

    v = rng.normal(size=y.shape)
    gradients = gradients_at(layer, forward, v, names)
    # what a penalty adds to the gradient does not depend on v, and is not part of A'
    constant = gradients_at(layer, forward, np.zeros_like(v), names) if layer.penalty else {}
    tensors = {"dx": x} | {names(name): p for name, p in layer.params.items()}
    numbers = y.size + sum(tensor.size for tensor in tensors.values())
    results = []
    for name, tensor in tensors.items():
        gradient = gradients[name]
        if gradient is None or gradient.shape != tensor.shape or gradient.dtype.kind not in "fiub":
            continue
        u, of_penalty = rng.normal(size=tensor.shape), constant.get(name, 0.0)
        absolute = sum_of_absolute_products(held, tensors, tensor, u, v)
        absolute += float(np.abs(u * of_penalty).sum())
        image = linear_image(held, tensor, u, rng, numbers * EPS)
        if image is not None:
            with np.errstate(invalid="ignore"):  # of a gradient that is not finite
                sides = float((image * v).sum()), float((u * (gradient - of_penalty)).sum())
            results.append(AdjointResult(name, *sides, absolute, numbers * precision(gradient)))
    return results


def gradients_at(layer, forward, v, names):
    """Return the gradients that the layer's backward makes of v, {name: array or None}."""
    forward()
    dx = layer.backward(v.copy())
    found = {"dx": dx} | {names(name): layer.grads.get(name) for name in layer.params}
    return {name: None if g is None else np.array(g) for name, g in found.items()}


def precision(gradient):
    """Return what a number of the gradient is rounded by: a backward may compute in float32."""
    return max(EPS, float(np.finfo(gradient.dtype).eps)) if gradient.dtype.kind == "f" else EPS


def image_of(held, tensor, value):
    """Return held() with `value` in the place of what `tensor` holds."""
    before = tensor.copy()
    tensor[...] = value
    try:
        return np.array(held())
    finally:
        tensor[...] = before


def linear_image(held, tensor, u, rng, bound):
    """Return A u = F(u) - F(0) for the F that held() computes from the tensor, or None if A is not linear."""
    other = rng.normal(size=tensor.shape)
    zero = image_of(held, tensor, 0.0)
    image, second, both = (image_of(held, tensor, value) - zero for value in (u, other, u + other))
    scale = np.abs(image).max() + np.abs(second).max() + np.abs(zero).max()
    return image if np.abs(both - image - second).max() <= 4 * bound * max(scale, 1.0) else None


def sum_of_absolute_products(held, tensors, tensor, u, v):
    """Return what <A u, v> would be if all products were positive: F of absolute values, times |v|."""
    before = {name: t.copy() for name, t in tensors.items()}
    try:
        for t in tensors.values():
            t[...] = np.abs(t)
        tensor[...] = np.abs(u)
        return float((np.abs(held()) * np.abs(v)).sum())
    finally:
        for name, t in before.items():
            tensors[name][...] = t
