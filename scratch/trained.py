"""Networks of the project's own that have been trained, kept from run to run.

Whoever needs a network that reads digits calls `trained`: the first time it trains one, from then on it finds
the weights in the cache folder (see scratch.cache). They are kept under all that they depend on: the
network, the images, the recipe and the code, so that whoever changes a formula gets a network trained by it.
"""

import contextlib
import hashlib
import json
import os
import warnings
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from scratch import architectures, console
from scratch import cache as cache_folder
from scratch.batches import Batches
from scratch.errors import FileFormatError
from scratch.layers.arguments import positive
from scratch.progress import TrainingProgress

LOSS, METRICS = "sparse_categorical_crossentropy", ["accuracy"]
BATCH_SIZE, OPTIMIZER, ENGINE = 128, "adam", "fast"
# A network learns by steps: where there are few images, it needs more passes over them to take as many.
FEW_IMAGES, EPOCHS, EPOCHS_OF_FEW = 10_000, 3, 40
MOST_KEPT = 30  # files; that of `cnn` has 2.7 MB
# What decides on the weights that a training ends with.
CODE = (
    "architectures.py",
    "batches.py",
    "fast",
    "fused.py",
    "initializers.py",
    "layers",
    "losses.py",
    "models.py",
    "network.py",
    "optimizers.py",
    "reference.py",
    "trained.py",
    "windows.py",
)


@dataclass(frozen=True)
class Recipe:
    """How to train: the network's name in scratch.architectures, and all that is chosen beside the images."""

    model: str
    epochs: int
    batch_size: int = BATCH_SIZE
    optimizer: str = OPTIMIZER
    seed: int = 0


def trained(name, data, *, epochs=None, seed=0, limit=None):
    """Return the network of that name, trained on `data`: a compiled Sequential that takes pixels / 255.

    name: in scratch.architectures.ARCHITECTURES. data: a Dataset. epochs: passes over the training images
    (default: 3, or 40 of fewer than 10,000 images). seed: decides on the initial weights and on the order of
    the images. limit: use so many training images at most. Progress is shown on standard error. Raises
    DigitsError for an unknown name, and where the training fails.
    """
    x, y = training_images(data, limit)
    recipe = Recipe(name, default_epochs(len(x)) if epochs is None else epochs, seed=seed)
    place = kept_at(recipe, x, y)
    found = load(recipe, place, len(x))
    if found is not None:
        return found
    passes = f"{recipe.epochs} epoch{'s' * (recipe.epochs != 1)}"
    sentence = f"Training {name} on {data.title} for {passes}; it is kept for the next time."
    console.err.print(sentence, markup=False, soft_wrap=True)
    # a bar where it can be seen, but no line for each of forty epochs in a lesson's output
    model = train(recipe, x, y, [TrainingProgress(name, console=console.err)] * console.err.is_terminal)
    keep(model, place)
    return model


def default_epochs(images):
    """Return how many passes over so many images make a network that reads digits."""
    return EPOCHS if images >= FEW_IMAGES else EPOCHS_OF_FEW


def training_images(data, limit=None):
    """Return the Dataset's training images (N, 28, 28) and labels (N,), uint8; `limit` of them at most.

    Which ones they are does not depend on how many.
    """
    n = len(data.x_train)
    if limit is None or positive(limit, "limit") >= n:
        return data.x_train, data.y_train
    chosen = np.random.default_rng(0).permutation(n)[:limit]
    return data.x_train[chosen], data.y_train[chosen]


def scaled(images):
    """Return uint8 images (N, 28, 28) as the networks take them: float32 (N, 28, 28, 1), 0 paper to 1 ink."""
    return images[..., None].astype(np.float32) / 255


# Training


def untrained(recipe, engine=None):
    """Return the network that a Recipe begins with, compiled for an engine (default: the fast one)."""
    model = architectures.build(recipe.model, rng=np.random.default_rng(recipe.seed))
    model.compile(recipe.optimizer, loss=LOSS, metrics=METRICS, engine=engine or ENGINE)
    return model


def train(recipe, x, y, callbacks=(), engine=None):
    """Return the network of a Recipe, trained on images (N, 28, 28) and labels (N,), uint8; see untrained.

    Ctrl-C is passed on: a network that is half trained is not what was asked for.
    """
    model = untrained(recipe, engine)
    batches = Batches(scaled(x), y, recipe.batch_size, seed=recipe.seed)
    history = model.fit(batches, epochs=recipe.epochs, verbose=0, callbacks=callbacks)
    if history.interrupted:
        raise KeyboardInterrupt
    return model


# Keeping


def kept_at(recipe, x, y):
    """Return the Path of the file that a Recipe's weights are kept in, if they are: its name says all that
    they depend on.
    """
    images = hashlib.sha256()
    for array in (x, y):
        images.update(f"{array.dtype.str}{array.shape}".encode())
        images.update(np.ascontiguousarray(array).data)
    key = asdict(recipe) | {"images": images.hexdigest(), "code": code_version()}
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    return cache_folder.folder() / "trained" / f"{recipe.model}-{digest[:20]}.keras"


@cache
def code_version():
    """Return a text that is another one after any change of the code that a network is trained by."""
    root, digest = Path(__file__).parent, hashlib.sha256()
    for name in CODE:
        place = root / name
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def load(recipe, place, images):
    """Return the network in the file `place`; None where there is none, or none that is whole.

    images: how many it was trained on, which says how many steps its optimizer has taken.
    """
    if not place.is_file():
        return None
    model = untrained(recipe)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of NaN weights, say: nothing that we have kept
            model.load_weights(place)
    except (FileFormatError, UserWarning) as error:
        console.err.print(f"{error}; it is trained anew", markup=False, soft_wrap=True)
        return None
    if model.optimizer.iterations != recipe.epochs * -(-images // recipe.batch_size):
        return None
    with contextlib.suppress(OSError):
        os.utime(place)  # so that what is used is kept
    return model


def keep(model, place):
    """Put a trained network into the file `place`, and let go of the oldest of many."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        model.save(place)
        files = sorted(place.parent.glob("*.keras"), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files[MOST_KEPT:]:
            file.unlink()
    except (FileFormatError, OSError) as error:
        console.err.print(f"The network is not kept for the next time: {error}", markup=False, soft_wrap=True)
