"""keras.datasets.fashion_mnist: from Keras's own cache, if it is there."""

import os
from pathlib import Path

from scratch import datasets
from scratch.errors import DataError


def load_data():
    """Return ((x_train, y_train), (x_test, y_test)). Raises DataError where the files are not."""
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    folder = home / "datasets" / "fashion-mnist"
    if not folder.is_dir():
        raise DataError(
            f"fashion_mnist: expected its four files in {folder}, where Keras keeps them; download them from "
            f"github.com/zalandoresearch/fashion-mnist, or let the script load mnist"
        )
    data = datasets.load(folder)
    return (data.x_train, data.y_train), (data.x_test, data.y_test)


__all__ = [
    "load_data",
]
