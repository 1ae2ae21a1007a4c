"""The same network in PyTorch, eager, as its users write it."""

import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from keras_ref.bench.contestant import Contestant

EPSILON = 1e-7  # Keras's
LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def network(weights, size=28):
    """Return the network that these weights are of, from Keras's order and layouts.

    weights: kernels and biases in turns; a convolution, (KH, KW, C, F), is followed by ReLU and 2x2 pooling,
    a dense layer, (D, F), by ReLU unless it is the last. size: the images' height and width.
    """
    layers, flat = [], False
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        if kernel.ndim == 4:
            layer = nn.Conv2d(*kernel.shape[2:], kernel.shape[:2])
            kernel = kernel.transpose(3, 2, 0, 1)
            size = (size - kernel.shape[2] + 1) // 2
            layers += [layer, nn.ReLU(), nn.MaxPool2d(2)]
        else:
            layer = nn.Linear(*kernel.shape)
            if not flat:  # Keras flattens (H, W, C), PyTorch (C, H, W): the rows change places
                layers.append(nn.Flatten())
                kernel = kernel.reshape(size, size, -1, kernel.shape[1]).transpose(2, 0, 1, 3)
                kernel, flat = kernel.reshape(-1, kernel.shape[3]), True
            kernel = kernel.T
            layers += [layer, nn.ReLU()]
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernel)))
            layer.bias.copy_(torch.from_numpy(bias))
    return nn.Sequential(*layers[:-1])


class Library(Contestant):
    """PyTorch with images in either layout: which one is faster depends on the network and the machine."""

    settings = tuple(LAYOUTS)

    def __init__(self, task, name):
        super().__init__(task, name)
        if task.threads:
            torch.set_num_threads(task.threads)
        self.generator = torch.Generator().manual_seed(0)
        self.models, self.optimizers = {}, {}

    def model(self, setting):
        """Return the network in this layout, with weights of its own; its optimizer beside it."""
        if setting not in self.models:
            model = network(self.task.weights).to(memory_format=LAYOUTS[setting])
            self.models[setting] = model
            self.optimizers[setting] = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
        return self.models[setting]

    def optimizer(self, setting):
        """Return the network's optimizer, for the steps that come next.

        PyTorch adds epsilon to sqrt(v / (1 - beta_2**t)), Keras to sqrt(v): so for the same step t, PyTorch's
        epsilon has to be so much larger.
        """
        (group,) = self.optimizers[setting].param_groups
        state = self.optimizers[setting].state.get(group["params"][0])
        step = 1 + (int(state["step"]) if state else 0)
        group["eps"] = EPSILON / (1 - group["betas"][1] ** step) ** 0.5
        return self.optimizers[setting]

    @staticmethod
    def images(setting, x):
        """Return NumPy images (N, H, W, 1) as a tensor (N, 1, H, W) in the setting's layout."""
        return torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(memory_format=LAYOUTS[setting])

    def train(self, setting, x, y, batch_size, steps):
        """See Contestant."""
        model, x, y = self.model(setting), self.images(setting, x), torch.from_numpy(y)
        optimizer = self.optimizer(setting)
        total, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        started = time.perf_counter()
        order = torch.randperm(len(x), generator=self.generator)
        for indices in order.split(batch_size)[:steps]:
            labels = y[indices]
            optimizer.zero_grad()
            logits = model(x[indices])
            loss = functional.cross_entropy(logits, labels)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(labels)
            right += (logits.argmax(1) == labels).sum()
        total.item(), right.item()
        return time.perf_counter() - started

    def predict(self, setting, x, batch_size):
        """See Contestant."""
        model = self.model(setting)
        with torch.inference_mode():
            batches = self.images(setting, x).split(batch_size)
            return torch.cat([model(batch).softmax(1) for batch in batches]).numpy()

    def one_image(self, how):
        """See Contestant."""
        setting = self.settings[0]
        model, x = self.model(setting), self.images(setting, self.task.x_test[:1])

        def ask():
            with torch.inference_mode():
                return model(x).softmax(1)

        return ask
