"""Checking the gradients of a whole model's loss."""

from functools import partial

import numpy as np

from scratch.gradcheck.branches import Watch, watched
from scratch.gradcheck.circumstances import axes_of
from scratch.gradcheck.diagnosis import Circumstances
from scratch.gradcheck.operations import IN_FLOAT32, report_on
from scratch.gradcheck.still import Randomness, in_float64
from scratch.gradcheck.subjects import Settings, Subject
from scratch.network import computing


def check_model(model, x, y, training=False, seed=0, **settings):
    """Check all gradients of a model's loss on a batch, those of its parameters and of its input.

    model: a compiled Sequential, checked as it stands (in float64, with its engine), and left so.
    x: (N, *input_shape), y: labels. training: whether layers such as Dropout act, their masks held.
    settings: see Settings. Returns a Report about dx and the gradients, by their parameters' names.
    Raises what model.fit raises for data that do not fit.
    """
    notes = [IN_FLOAT32.format("the model is")] if model.dtype.itemsize < 8 else []
    x, y = model.checked(x, y)
    with computing, in_float64(model.layers):
        function = ModelFunction(model, np.array(x, np.float64), y, training)
        circumstances = Circumstances(
            factors=((len(x), "the batch size"),), averaged=True, by_image=function.by_image
        )
        notes += frozen(model)
        report = report_on(function.subjects(), Settings(seed=seed, **settings), circumstances, notes)
        function.randomness.restore(function.states[0])
    report.notes += culprit(model, report)
    return report


class ModelFunction:
    """A model's loss on a batch, as a function of its input and of its parameters.

    What one stage's parameters change is computed from that stage on; what comes before it stays.
    """

    def __init__(self, model, x, y, training):
        self.model, self.x, self.y, self.training = model, x, y, training
        self.stages = model.stages
        self.randomness = Randomness(model.layers)
        before = self.randomness.states()
        model.forward_and_backward(x, y, training)
        self.analytic = {name: np.array(g) for name, g in model.named_grads().items()}
        self.randomness.restore(before)
        self.inputs, self.states = self.record(self.stages)
        self.analytic["dx"] = self.input_gradient()
        self.watch = Watch()
        with watched(model.layers, self.watch):
            self.randomness.restore(before)
            self.layer_inputs, self.layer_states = self.record(model.layers)

    def record(self, stages):
        """Return what goes into each of the stages (or layers), and the generators' states before it."""
        x, inputs, states = self.x, [], []
        for stage in stages:
            inputs.append(x)
            states.append(self.randomness.states())
            last = stage is stages[-1]
            x = stage.forward_to_logits(x, self.training) if last else stage.forward(x, self.training)
        return inputs, states

    def loss(self, stages, inputs, states, first):
        """Return the loss, computed from stage number `first` on."""
        self.randomness.restore(states[first])
        x = inputs[first]
        for stage in stages[first:-1]:
            x = stage.forward(x, self.training)
        z = stages[-1].forward_to_logits(x, self.training)
        loss, _ = self.model.loss.value_and_grad(self.y, z, self.model.uses_logits)
        return loss + self.model.penalty

    def value(self, stage):
        """Return the loss as the model's engine computes it, from a stage on."""
        return self.loss(self.stages, self.inputs, self.states, stage)

    def watched_loss(self, layer, look):
        """Return look(f) for the loss f from a layer on, computed layer by layer under watch."""
        with watched(self.model.layers[layer:], self.watch):
            return look(lambda: self.loss(self.model.layers, self.layer_inputs, self.layer_states, layer))

    def input_gradient(self):
        """Return dx, which training never asks for, by going back through all the stages."""
        self.randomness.restore(self.states[0])
        z = self.model.forward_to_logits(self.x, self.training)
        _, dz = self.model.loss.value_and_grad(self.y, z, self.model.uses_logits)
        *body, last = self.stages
        dz = last.backward_from_logits(dz)
        for stage in reversed(body):
            dz = stage.backward(dz)
        return np.array(dz)

    def subjects(self):
        """Return what is to be examined: the input, and what is learned from the first layer to the last."""
        found = [self.subject("dx", self.x, 0, 0)]
        for number, layer in enumerate(self.model.layers):
            if not layer.trainable:
                continue
            stage = next((i for i, s in enumerate(self.stages) if s.params is layer.params), 0)
            for key, p in layer.params.items():
                found.append(self.subject(f"{layer.name}/{key}", p, stage, number))
        return found

    def subject(self, name, array, stage, layer):
        """Return the Subject of an array that goes into a stage, and into a layer, by their numbers."""
        kind, held, changes = "x" if name == "dx" else name.rpartition("/")[2], None, None
        later = {one.name for one in self.model.layers[layer:]}
        if any(place in later for place, _ in self.watch.noted):
            held = partial(self.watched_loss, layer, self.watch.held)
            changes = partial(self.watched_loss, layer, self.watch.compared)
        axes = axes_of(kind, array.shape)
        return Subject(name, array, partial(self.value, stage), self.analytic.get(name), held, changes, axes)

    def by_image(self, name):
        """Return what the backward says of each image's share of the loss, for a parameter."""
        if name == "dx" or self.randomness.generators:
            return None
        parts = []
        for n in range(len(self.x)):
            self.model.forward_and_backward(self.x[n : n + 1], self.y[n : n + 1], self.training)
            parts.append(np.array(self.model.named_grads()[name]) / len(self.x))
        return parts


def frozen(model):
    """Return a note, in a list, on the layers whose parameters training leaves alone, if there are any."""
    names = [repr(layer.name) for layer in model.layers if layer.params and not layer.trainable]
    if not names:
        return []
    return [f"frozen (trainable=False), so that there is no gradient to check: {', '.join(names)}"]


def culprit(model, report):
    """Return a note, in a list, on which layers' backward to look at first, where a gradient is wrong."""
    names = [layer.name for layer in model.layers]
    wrong = {f.name.partition("/")[0] for f in report.findings.values() if f.verdict == "wrong"} - {"dx"}
    right = [
        f.name.partition("/")[0] for f in report.findings.values() if f.verdict == "right" and f.name != "dx"
    ]
    last = max((names.index(name) for name in wrong), default=None)
    if last is None:
        return []
    behind = min((names.index(name) for name in right if names.index(name) > last), default=len(names))
    suspects = ", ".join(repr(name) for name in names[last : behind + 1])
    return [
        f"a gradient goes wrong on its way back from the output, and the last layer with a wrong one is "
        f"{names[last]!r}: look first at the backward of {suspects}, each by itself with check_layer"
    ]
