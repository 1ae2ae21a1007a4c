"""Networks that are trained once and found from then on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scratch import architectures, datasets, trained
from scratch.errors import DigitsError
from scratch.layers import Conv2D, Dense, Flatten, Input
from scratch.models import Sequential

pytestmark = pytest.mark.slow  # together they take more than a few seconds


def tiny(dtype="float32", rng=None):
    return Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")], "tiny", dtype, rng)


def other(dtype="float32", rng=None):
    layers = [Input((28, 28, 1)), Conv2D(1, 3), Flatten(), Dense(10, activation="softmax")]
    return Sequential(layers, "other", dtype, rng)


@pytest.fixture
def data(digits, tmp_path, monkeypatch):
    """Some digits; and a cache folder, empty, two small networks, and the engine that needs no compiling."""
    monkeypatch.setenv("DIGITS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(trained, "ENGINE", "reference")
    monkeypatch.setattr(architectures, "ARCHITECTURES", {"tiny": tiny, "other": other})
    (x, y), test = digits
    return datasets.Dataset("digits", "the digits", "a test", x[:60], y[:60], test[0][:20], test[1][:20])


@pytest.fixture
def trainings(monkeypatch):
    """The Recipes that were trained, a list that grows."""
    recipes, train = [], trained.train

    def watched(recipe, *arguments):
        recipes.append(recipe)
        return train(recipe, *arguments)

    monkeypatch.setattr(trained, "train", watched)
    return recipes


def kept():
    return sorted((trained.cache_folder.folder() / "trained").iterdir())


def assert_same(model, other):
    for mine, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    for mine, theirs in zip(model.optimizer.slots, other.optimizer.slots, strict=True):
        for name in mine:
            np.testing.assert_array_equal(mine[name], theirs[name])
    assert model.optimizer.iterations == other.optimizer.iterations


def test_it_is_trained_once(data, trainings):
    first = trained.trained("tiny", data, epochs=2)
    assert_same(first, trained.trained("tiny", data, epochs=2))
    assert [recipe.epochs for recipe in trainings] == [2]
    # all sixty in one step: what training makes of them, it predicts
    assert first.evaluate(trained.scaled(data.x_train), data.y_train, verbose=0)[0] < 2.3


def test_what_it_depends_on(data, trainings, monkeypatch):
    def ask(data=data, **options):
        trained.trained("tiny", data, **{"epochs": 1} | options)
        return len(trainings)

    assert ask() == 1
    assert ask(epochs=2) == 2
    assert ask(seed=1) == 3
    assert ask(limit=50) == 4
    assert ask(limit=60) == 4  # that is all of them
    changed = data.x_train.copy()
    changed[0, 14, 14] ^= 1
    assert ask(replace(data, x_train=changed)) == 5
    assert ask(replace(data, y_train=data.y_train[::-1])) == 6
    monkeypatch.setattr(trained, "code_version", lambda: "another")
    assert ask() == 7
    assert len(kept()) == 7


def cut(file):
    file.write_bytes(file.read_bytes()[:1000])


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x40
    file.write_bytes(content)


def spoil(file):
    model = trained.untrained(trained.Recipe("tiny", 1))
    model.load_weights(file)
    model.layers[1].params["kernel"][0] = np.nan
    model.save(file)


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        flip,
        spoil,
        lambda file: file.write_bytes(b""),
        lambda file: trained.untrained(trained.Recipe("tiny", 1)).save(file),  # not trained
        lambda file: trained.untrained(trained.Recipe("other", 1)).save(file),
    ],
)
def test_a_damaged_file_is_trained_anew(damage, data, trainings):
    first = trained.trained("tiny", data, epochs=1)
    (file,) = kept()
    damage(file)
    assert_same(first, trained.trained("tiny", data, epochs=1))
    assert len(trainings) == 2
    assert_same(first, trained.trained("tiny", data, epochs=1))
    assert len(trainings) == 2
    assert kept() == [file]


def test_a_cache_that_cannot_be_written_is_no_obstacle(data, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("DIGITS_CACHE", str(tmp_path / "file"))
    assert trained.trained("tiny", data, epochs=1).optimizer.iterations == 1
    assert "not kept for the next time" in capsys.readouterr().err


def test_an_interrupted_training_is_not_kept(data, monkeypatch):
    def interrupted(self, *arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("scratch.models.Sequential.train_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained.trained("tiny", data, epochs=1)
    assert not (trained.cache_folder.folder() / "trained").exists()


def test_the_oldest_files_go(data, monkeypatch):
    monkeypatch.setattr(trained, "MOST_KEPT", 2)
    for seed in range(4):
        trained.trained("tiny", data, epochs=1, seed=seed)
    assert len(kept()) == 2


def test_an_unknown_network(data):
    with pytest.raises(DigitsError, match="there is no model 'big'"):
        trained.trained("big", data)


def test_passes_go_by_the_number_of_images():
    assert trained.default_epochs(1438) == 40
    assert trained.default_epochs(60000) == 3


def test_all_code_that_it_names_exists():
    root = Path(trained.__file__).parent
    assert all((root / name).exists() for name in trained.CODE)
