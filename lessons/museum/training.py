"""The checks that everybody has: how a network trains."""

import math

from lessons.museum.outcomes import NotRun, caught_if

IMAGES, BATCH_SIZE, TEST_IMAGES = 6000, 32, 2000
# Five seeds of the right code end between 92.0% and 94.2% on MNIST: 92.9% and a standard deviation of 0.8%.
# What is below has lost more than three of them.
LEAST_ACCURACY = {"mnist": 0.90, "digits": 0.90}
# Five seeds of the right code start at 2.291 to 2.310.
START_TOLERANCE = 0.05


def trained_images(dataset):
    """Return x, y to train on: the first 6,000 images, the whole set several times over if it is smaller."""
    import numpy as np

    from keras_ref.compare import scaled

    chosen = np.arange(IMAGES) % len(dataset.x_train)
    return scaled(dataset.x_train[chosen]), dataset.y_train[chosen]


def model_and_data():
    """Return the network `cnn` with its initial weights, and the data set. The textbook computes."""
    import numpy as np

    from scratch import architectures, datasets

    model = architectures.build("cnn", rng=np.random.default_rng(0))
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"], engine="reference")
    return model, datasets.load()


def accuracy():
    """Train `cnn` on 6,000 images, once; caught if it reads 2,000 others worse than the right code does."""
    from keras_ref.compare import scaled
    from scratch.batches import Batches

    model, dataset = model_and_data()
    if dataset.name not in LEAST_ACCURACY:
        raise NotRun(f"it is not known what the right code reaches on {dataset.title}: use MNIST")
    model.fit(Batches(*trained_images(dataset), BATCH_SIZE), verbose=0)
    x, y = scaled(dataset.x_test[:TEST_IMAGES]), dataset.y_test[:TEST_IMAGES]
    _, right = model.evaluate(x, y, batch_size=500, verbose=0)
    least = LEAST_ACCURACY[dataset.name]
    return caught_if(
        not right >= least, f"{right:.1%} of {len(x):,} test images are read; expected {least:.0%} or more"
    )


def loss_at_the_start():
    """Compute the loss of `cnn` before any training; caught if it is not that of guessing."""
    model, dataset = model_and_data()
    x, y = trained_images(dataset)
    loss, _ = model.evaluate(x[:500], y[:500], batch_size=500, verbose=0)
    return caught_if(
        not abs(loss - math.log(10)) <= START_TOLERANCE,
        f"the loss is {loss:.3f}; expected ln 10 = {math.log(10):.3f}, to within {START_TOLERANCE}",
    )
