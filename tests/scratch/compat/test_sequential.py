"""What a script may do with a Sequential, beyond what scratch.models has."""

import numpy as np
import pytest

from scratch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from scratch.compat import offering
from scratch.compat.keras import callbacks
from scratch.compat.keras.models import clone_model, load_model, model_from_json
from scratch.compat.keras.utils import PyDataset
from scratch.compat.results import Results, prepared
from scratch.compat.sequential import Sequential
from scratch.compat.settings import settings
from scratch.compat.shortening import shortened
from scratch.errors import DataError, ShapeError
from scratch.layers import Dense, Dropout, Flatten, Input, Softmax


@pytest.fixture
def data(rng):
    x = rng.random((40, 6)).astype("float32")
    return x, np.arange(40) % 3


def model(*metrics):
    made = Sequential([Input((6,)), Dense(8, activation="relu"), Dense(3, activation="softmax")])
    made.compile("sgd", "sparse_categorical_crossentropy", metrics=list(metrics), **{})
    made.use_engine("reference")
    made.optimizer.fast_update = None
    return made


class TestResults:
    def test_older_names(self, data):
        history = model("accuracy").fit(*data, verbose=0, validation_split=0.25)
        assert history.history["acc"] == history.history["accuracy"]
        assert history.history.get("val_acc") == history.history["val_accuracy"]
        assert "acc" in history.history
        assert "f1" not in history.history
        assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]

    def test_logs_and_what_a_callback_adds_to_them(self, data):
        class Adds(Callback):
            def on_epoch_end(self, epoch, logs):
                logs["twice"] = 2 * logs.get("acc")

        history = model("accuracy").fit(*data, verbose=0, callbacks=[Adds()])
        assert history.history["twice"] == [2 * history.history["accuracy"][0]]

    def test_a_monitor(self):
        assert prepared(EarlyStopping("val_acc"), ["accuracy"]).monitor == "val_accuracy"
        assert prepared(EarlyStopping("val_acc"), ["acc"]).monitor == "val_acc"
        assert Results(learning_rate=1)["lr"] == 1


class TestTraining:
    def test_evaluate_returns_a_number_or_a_list_or_a_dict(self, data, capsys):
        assert isinstance(model().evaluate(*data), float)
        assert "evaluate - " in capsys.readouterr().out
        assert len(model("acc").evaluate(*data, verbose=0)) == 2
        assert set(model("acc").evaluate(*data, verbose=0, return_dict=True)) == {"loss", "acc"}
        assert capsys.readouterr().out == ""

    def test_batches_in_any_form(self, data):
        x, y = data

        class Halves(PyDataset):
            ended = 0

            def __len__(self):
                return 2

            def __getitem__(self, i):
                return x[i * 20 : i * 20 + 20], y[i * 20 : i * 20 + 20]

            def on_epoch_end(self):
                self.ended += 1

        def endless():
            while True:
                yield x[:10], y[:10]

        halves, trained = Halves(), model("accuracy")
        assert trained.fit(halves, epochs=2, verbose=0, validation_data=halves).params["steps"] == 2
        assert halves.ended >= 2
        trained.fit_generator(endless(), 3, 1, verbose=0)
        assert trained.optimizer.iterations == 2 * 2 + 3
        assert trained.predict(endless(), steps=2).shape == (20, 3)
        assert trained.evaluate(halves, verbose=0) == pytest.approx(trained.evaluate(x, y, verbose=0))
        with pytest.raises(DataError, match="steps_per_epoch"):
            trained.fit(endless(), verbose=0)
        with pytest.raises(DataError, match="ended after 1 of the 3 batches"):
            trained.fit(iter([(x, y)]), steps_per_epoch=3, verbose=0)

    def test_weights_of_classes_and_samples_mean_the_same(self, data):
        x, y = data
        weights = np.where(y == 1, 3.0, 1.0)
        by_class, by_sample = model(), model()
        by_sample.set_weights(by_class.get_weights())
        by_class.fit(x, y, shuffle=False, verbose=0, class_weight={1: 3.0})
        by_sample.fit(x, y, shuffle=False, verbose=0, sample_weight=weights)
        for a, b in zip(by_class.get_weights(), by_sample.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        with pytest.raises(ShapeError, match="sample_weight: expected a number for each of 40"):
            by_class.fit(x, y, sample_weight=[1.0], verbose=0)

    def test_validation_frequency(self, data):
        history = model().fit(*data, epochs=4, verbose=0, validation_data=data, validation_freq=2)
        assert [len(history.history[name]) for name in ("loss", "val_loss")] == [4, 2]

    def test_on_one_batch(self, data):
        x, y = data
        trained = model("accuracy")
        first = trained.train_on_batch(x, y)
        assert len(first) == 2
        before = trained.test_on_batch(x[:7], y[:7])
        assert trained.train_on_batch(x[:7], y[:7]) == pytest.approx(before)  # of this batch alone
        assert set(trained.test_on_batch(x, y, return_dict=True)) == {"loss", "accuracy"}
        assert trained.predict_on_batch(x).shape == (40, 3)
        assert trained.predict_classes(x).shape == (40,)

    def test_a_model_in_a_model_shares_its_weights(self, data):
        x, y = data
        inner = Sequential([Dense(3, input_shape=(6,))])
        outer = Sequential([inner, Softmax()])
        np.testing.assert_allclose(outer(x).numpy().sum(axis=1), 1, rtol=1e-6)
        outer.compile("sgd", "sparse_categorical_crossentropy")
        before = inner.get_weights()[0]
        outer.fit(x, y, verbose=0)
        assert (inner.get_weights()[0] != before).any()
        assert outer.count_params() == inner.count_params() == 21

    def test_frozen_layers_stay(self, data):
        frozen, free = Dense(4, input_shape=(6,), trainable=False), Dense(3)
        trained = Sequential([frozen, Dropout(0.1), free])
        trained.compile("sgd", "sparse_categorical_crossentropy")
        before = [layer.get_weights()[0] for layer in (frozen, free)]
        trained.fit(*data, verbose=0)
        assert (frozen.get_weights()[0] == before[0]).all()
        assert (free.get_weights()[0] != before[1]).any()

    def test_shortened(self, monkeypatch, data):
        monkeypatch.setattr(settings, "limit", 10)
        monkeypatch.setattr(settings, "epochs", 1)
        history = model().fit(*data, batch_size=5, epochs=9, verbose=0)
        assert history.params == {"verbose": 0, "epochs": 1, "steps": 2}
        assert shortened({"x": iter([]), "epochs": 3}, 64)["steps_per_epoch"] == 2


class TestFiles:
    def test_descriptions(self, data):
        described = model_from_json(model().to_json())
        assert [layer.name for layer in described.layers] == ["dense", "dense_1"]
        assert clone_model(described).count_params() == described.count_params()

    def test_a_model_in_a_model_is_laid_open(self, tmp_path, data):
        inner = Sequential([Input((6,)), Flatten(), Dense(3)])
        outer = Sequential([inner, Dense(3), Softmax()])
        outer.save(tmp_path / "m.keras")
        again = load_model(tmp_path / "m.keras")
        assert isinstance(again, Sequential)
        np.testing.assert_allclose(again.predict(data[0]), outer.predict(data[0]), rtol=1e-6)

    def test_summary(self, capsys):
        lines = []
        model().summary(line_length=60, print_fn=lines.append)
        assert any("Total params: 83" in line for line in lines)
        assert max(map(len, lines)) <= 60

    def test_weights_under_keras_2_names(self, tmp_path, data):
        saved, other = model(), model()
        saved.save_weights(tmp_path / "w.h5")
        assert [path.name for path in tmp_path.iterdir()] == ["w.h5"]
        other.load_weights(tmp_path / "w.h5")
        np.testing.assert_array_equal(other.predict(data[0]), saved.predict(data[0]))

    @pytest.mark.parametrize(
        ("name", "options", "file"),
        [
            ("deep/model.h5", {}, "deep/model.h5"),
            ("deep/folder", {}, "deep/folder.keras"),
            ("old", {"save_format": "h5"}, "old.h5"),
        ],
    )
    def test_where_a_model_is_saved(self, name, options, file, tmp_path, data, capsys):
        offering._noted.clear()
        saved = model()
        saved.save(tmp_path / name, **options)
        assert (tmp_path / file).is_file()
        assert ("saved as" in capsys.readouterr().err) == (name != file)
        np.testing.assert_array_equal(load_model(tmp_path / name).predict(data[0]), saved.predict(data[0]))

    def test_a_checkpoint_of_weights_under_a_keras_2_name(self, tmp_path, data):
        path = tmp_path / "w-{epoch}.hdf5"
        model().fit(*data, verbose=0, callbacks=[callbacks.ModelCheckpoint(path, save_weights_only=True)])
        model().load_weights(tmp_path / "w-1.hdf5")
        with pytest.raises(ValueError, match=r"expected a filepath that ends in \.weights\.h5"):
            callbacks.ModelCheckpoint("cp.ckpt", save_weights_only=True)

    def test_a_checkpoint_with_an_older_name_in_its_name(self):
        checkpoint = prepared(ModelCheckpoint("w-{epoch:02d}-{val_acc:.2f}.hdf5", "val_acc"), ["accuracy"])
        assert checkpoint.filepath == "w-{epoch:02d}-{val_accuracy:.2f}.hdf5"
        assert checkpoint.monitor == "val_accuracy"
