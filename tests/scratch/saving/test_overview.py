"""What a file holds, told without a model."""

import io
import re

import h5py
import numpy as np
import pytest

from scratch import saving
from scratch.errors import FileFormatError
from scratch.saving.overview import overview, statistics
from tests.scratch.saving import dialects

pytestmark = pytest.mark.slow  # together they take more than a few seconds


@pytest.mark.parametrize("name", sorted(dialects.DIALECTS))
def test_every_dialect(name, dialect):
    saved = saving.read(dialect(name))
    found = overview(saved)
    assert found.dialect == saved.dialect
    assert sum(layer.parameters for layer in found.layers) > 0
    arrays = [array for layer in found.layers for array in layer.weights.values()]
    assert len(arrays) == sum(len(stored.arrays) for stored in saved.stored_weights())
    known = saved.chain is not None
    assert all((layer.output_shape is not None) == known for layer in found.layers)
    for layer in found.layers if known else []:
        assert ("kernel" in layer.weights) == (layer.class_name in ("Conv2D", "Dense"))


def test_an_optimizer_that_is_not_here_is_told_as_the_file_has_it(written):
    config = {"class_name": "Lion", "config": {"name": "lion", "learning_rate": 0.25}}
    training = {"loss": dialects.LOSS, "metrics": None, "optimizer_config": config}
    content = dialects.legacy(dialects.sequential("tf.keras"), training=training)
    found = overview(saving.read(written(content)))
    assert found.optimizer == {"name": "Lion", "learning_rate": 0.25, "steps": None}


def test_weights_that_are_missing_are_told_with_the_files_name(written):
    data = io.BytesIO(dialects.content("keras-2-weights"))
    with h5py.File(data, "r+") as file:
        del file["dense/dense/kernel:0"]
    path = written(data.getvalue())
    with pytest.raises(FileFormatError, match=f"^{re.escape(str(path))} is damaged"):
        overview(saving.read(path))


def test_statistics():
    numbers = statistics(np.array([[1, np.nan], [3, -np.inf]], "f4"))
    assert numbers == {"shape": [2, 2], "min": 1, "mean": 2, "max": 3, "std": 1, "not_finite": 2}
    assert statistics(np.empty((0, 3)))["mean"] is None
