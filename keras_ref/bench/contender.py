"""One contestant in a run, as the coordinator sees it: a process, a part of the work, its best settings."""

import numpy as np

from keras_ref.bench.processes import Process
from keras_ref.bench.task import STEPS_AN_EPOCH, TEST_IMAGES, TRAIN_IMAGES

LABELS = {
    "scratch": "scratch",
    "reference": "reference",
    "keras": "Keras",
    "torch": "PyTorch",
    "jax": "JAX",
}
PART_OF_REFERENCE = 0.1  # the textbook engine does so much of the work: it is that much slower
TRIAL_STEPS, TRIAL_IMAGES, TRIAL_ROUNDS = 20, 1280, 3
MEMORY_STEPS = 20  # so many training steps take as much memory as hundreds do
HOPELESS = 2  # who takes so many times as long as the fastest in a short trial gets no longer one


class Contender:
    """Measures one contestant, once a call.

    name: what figures are filed under, in LABELS; kind: in CONTESTANTS (default: the name); folder, model,
    threads: see keras_ref.bench.worker.Worker; steps: training steps a figure; images: how many the process
    has to train on.
    """

    def __init__(self, name, folder, model, steps, images, threads=None, kind=None):
        self.name, self.label, self.kind = name, LABELS[name], kind or name
        self.part = PART_OF_REFERENCE if self.kind == "reference" else 1
        self.steps = max(1, round(self.part * steps))
        self.test_images = round(self.part * TEST_IMAGES)
        self.folder, self.model, self.threads = str(folder), model, threads
        self.process = self.start_process(images)
        self.settings, self.chosen, self.failed = [], {}, []

    def start_process(self, images):
        """Return a new process of this contestant."""
        options = {"name": self.kind, "folder": self.folder, "model": self.model, "images": images}
        return Process(self.label, self.threads, **options)

    def close(self):
        """End the process."""
        self.process.close()

    def prepare(self):
        """Compile everything; return {setting: [loss before, loss after one step]} of all that work here."""
        self.settings = self.process.ask("settings")
        losses = {setting: self.process.measure("prepare", setting=setting) for setting in self.settings}
        self.failed = [setting for setting, values in losses.items() if values is None]
        return {setting: values for setting, values in losses.items() if values}

    def choose(self, settings, rounds):
        """Find the fastest setting in trials, of training and of prediction each."""
        self.chosen["train_epoch"] = fastest(
            settings, rounds, self.train, min(TRIAL_STEPS, self.steps), self.steps
        )
        self.chosen["predict_10k"] = fastest(
            settings, rounds, self.predict, min(TRIAL_IMAGES, self.test_images), self.test_images
        )

    def train(self, setting, steps, batch_size=None):
        """Return the milliseconds a training step."""
        more = {"batch_size": batch_size} if batch_size else {}
        return self.process.measure("train", setting=setting, steps=steps, **more)

    def predict(self, setting, images):
        """Return the milliseconds for 10,000 images, measured on so many."""
        return self.process.measure("predict", setting=setting, images=images) * TEST_IMAGES / images

    # What is measured, by the names that a report has

    def train_epoch(self):
        """Return the seconds that an epoch of 60,000 images takes."""
        return self.train(self.chosen["train_epoch"], self.steps) * STEPS_AN_EPOCH / 1000

    def predict_10k(self):
        """Return the milliseconds for 10,000 images."""
        return self.predict(self.chosen["predict_10k"], self.test_images)

    def predict_one(self):
        """Return the microseconds for one image, by a call of the model."""
        return self.process.measure("predict_one")

    def predict_one_by_predict(self):
        """Return the microseconds for one image by Keras's `predict`; nobody else has another way to ask."""
        return self.process.measure("predict_one", how="predict")

    def start(self):
        """Return the seconds from a new process's start to the end of its first training step, and the most
        MB that it takes in training on 60,000 images (None where the platform does not tell).
        """
        with self.start_process(TRAIN_IMAGES) as process:
            seconds = process.ask("first_step") - process.started
            return seconds, process.ask("peak_memory", steps=min(MEMORY_STEPS, self.steps))


def fastest(settings, rounds, measure, little, much):
    """Return the fastest of some settings: by one short trial, then by the median of several long ones.

    measure: a function of a setting and an amount of work, which is `little`, then `much`. The only one of
    its kind has the short trial, too, so that nobody begins cold.
    """
    short = {setting: measure(setting, little) for setting in settings}
    left = [setting for setting in settings if short[setting] <= HOPELESS * min(short.values())]
    if len(left) == 1:
        return left[0]
    figures = {setting: [] for setting in left}
    for _ in range(min(rounds, TRIAL_ROUNDS)):
        for setting in left:
            figures[setting].append(measure(setting, much))
    return min(left, key=lambda setting: np.median(figures[setting]))
