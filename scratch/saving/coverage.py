"""What of Keras's files is covered: one table in Markdown, made from the tables that the code itself goes by.

    python -m scratch.saving.coverage

README.md holds what this prints, between BEGIN and END; a test compares the two.
"""

from scratch import losses
from scratch.layers.activations import ACTIVATIONS
from scratch.saving import layer_table, training
from scratch.saving.values import ACTIVATION_LAYERS

BEGIN, END = "<!-- coverage: python -m scratch.saving.coverage -->", "<!-- /coverage -->"

DIALECTS = (
    ("`.keras`, an archive", "Keras 3, and 2.12 to 2.15", "Keras 3"),
    ("`.weights.h5`, weights alone", "Keras 3, and 2.12 to 2.15", "Keras 3"),
    ("`.h5`, whole models", "Keras 1.2 to 3, tf.keras", "Keras 2 and 3"),
    ("`.h5`, weights alone", "Keras 1.2 to 3, tf.keras", "no"),
)
# What is refused, each with a sentence that names it, and why.
REFUSED = (
    ("`Lambda`, classes and functions of one's own", "they are Python code, and code in a file is never run"),
    ("pickles, object arrays in an npz", "reading them runs code"),
    ("models that are no line of layers", "several inputs or outputs, branches, a layer used twice"),
    ("any layer, activation or argument that is not listed", "it would be computed wrongly"),
    ("`channels_first` and `channels_last` in one model", "it cannot be turned as a whole"),
    ("quantized weights", "all computing is in float32 or float64"),
    (
        "HDF5's links out of the file, external storage, virtual datasets, other filters than gzip",
        "Keras writes none, and they read other files or run other code",
    ),
    ("more than the bytes present can hold, or 1 GiB", "a small file could fill the memory"),
)


def table():
    """Return the table, Markdown, without the markers."""
    rows = [(f"File: {what}", f"read: {read}", f"written: {written}") for what, read, written in DIALECTS]
    rows += [
        ("Models: `Sequential`", "layers, and models among them, which are laid open", "read and written"),
        ("Models: `Functional`", "where layers follow one another, models among them", "read"),
        (
            "Models: `channels_first`, Keras 1's `th`",
            "turned, so that they take images as (height, width, channels)",
            "read",
        ),
        ("Layers that only training needs", in_words(layer_table.TRAINING_ONLY), "read, and left out"),
    ]
    everywhere = [
        ("Layers", in_words(layer_table.LAYERS)),
        ("Activations", in_words(["linear", *ACTIVATIONS])),
        ("Layers as activations", in_words(ACTIVATION_LAYERS)),
        ("Optimizers, with their state", in_words(training.OPTIMIZERS)),
        ("Learning rates", f"a number, {in_words(training.SCHEDULES)}"),
        ("Losses", in_words(losses.LOSSES)),
        ("Metrics", in_words(training.METRICS.values())),
    ]
    rows += [(what, names, "read and written") for what, names in everywhere]
    rows += [(f"Refused: {what}", why, "") for what, why in REFUSED]
    lines = ["| What | In files | Which way |", "|---|---|---|", *map(line, rows)]
    return "\n".join(lines)


def line(cells):
    """Return one row of the table."""
    return f"| {' | '.join(cells)} |"


def in_words(names):
    """Return names in the order of the alphabet, each as code."""
    return ", ".join(f"`{name}`" for name in sorted(set(names), key=str.lower))


if __name__ == "__main__":
    print(table())
