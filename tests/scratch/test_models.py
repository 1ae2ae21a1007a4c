"""Sequential: what it computes, how it trains, and what it says to wrong calls."""

import signal
from types import SimpleNamespace

import numpy as np
import pytest

from scratch import architectures, callbacks, rng
from scratch.batches import Batches
from scratch.callbacks import Callback, EpochTimer
from scratch.errors import DataError, DigitsError, ShapeError, TrainingError
from scratch.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D, ReLU, Softmax
from scratch.losses import SparseCategoricalCrossentropy
from scratch.models import Sequential
from scratch.optimizers import SGD, Adam
from tests.cases import EVERY_ENGINE
from tests.numeric import derivative_along, numeric_gradient

LOSS = "sparse_categorical_crossentropy"


def tiny(seed=0, dtype="float64", loss=LOSS, optimizer="sgd", engine="reference"):
    """Return the network "small", shrunken: 8x8 images, 2 filters, 5 hidden units."""
    layers = [
        Input((8, 8, 1)),
        Conv2D(2, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(5, activation="relu"),
        Dense(10, activation="softmax"),
    ]
    model = Sequential(layers, dtype=dtype, rng=np.random.default_rng(seed))
    model.compile(optimizer, loss, metrics=["accuracy"], engine=engine)
    return model


def data(n=20, size=8, seed=1):
    generator = np.random.default_rng(seed)
    return generator.random((n, size, size, 1)), generator.integers(0, 10, n)


class TestGradients:
    @pytest.mark.parametrize("engine", EVERY_ENGINE)
    def test_a_shrunken_network_at_every_index(self, engine):
        model, (x, y) = tiny(engine=engine), data(4)
        _, grads = model.loss_and_grads(x, y)
        assert grads.keys() == model.named_params().keys()
        for name, param in model.named_params().items():
            expected = numeric_gradient(lambda: model.loss_and_grads(x, y)[0], param, step=1e-6)
            # rounding: 1e-16 / 1e-6; between its kinks the network is smooth, and none is within the step
            np.testing.assert_allclose(grads[name], expected, rtol=0, atol=1e-8, err_msg=name)

    @pytest.mark.parametrize("engine", EVERY_ENGINE)
    @pytest.mark.parametrize("name", architectures.ARCHITECTURES)
    def test_the_real_networks_in_20_random_directions(self, name, engine, digits):
        model = architectures.build(name, "float64", np.random.default_rng(0))
        model.compile("sgd", LOSS, engine=engine)
        (x, y), _ = digits
        x, y, generator = x[:2] / 255, y[:2], np.random.default_rng(1)
        params = list(model.named_params().values())
        for p in params[1::2]:  # with biases of 0, the black background lies exactly on the kink of ReLU
            p[...] = generator.uniform(-0.1, 0.1, p.shape)
        _, grads = model.loss_and_grads(x, y)
        for _ in range(20):
            direction = [generator.normal(size=p.shape) for p in params]
            length = np.sqrt(sum((d**2).sum() for d in direction))
            direction = [d / length for d in direction]
            expected = derivative_along(lambda: model.loss_and_grads(x, y)[0], params, direction)
            slope = sum((g * d).sum() for g, d in zip(grads.values(), direction, strict=True))
            # 1e-10 from rounding, as much from curvature; a kink that is crossed would show as 1e-6 or more
            assert slope == pytest.approx(expected, abs=2e-9)

    def test_dropout_in_training_and_a_second_convolution(self):
        layers = [Input((6, 6, 1)), Conv2D(2, 3), Dropout(0.5, seed=1), Conv2D(2, 2), Flatten(), Dense(3)]
        model, x, y = Sequential(layers, dtype="float64", rng=np.random.default_rng(0)), *data(3, 6)
        model.compile("sgd", SparseCategoricalCrossentropy(from_logits=True), engine="reference")

        def loss_with_the_same_mask():
            model.layers[1].rng = np.random.default_rng(1)
            return model.loss_and_grads(x, y % 3, training=True)[0]

        loss_with_the_same_mask()
        grads = {name: g.copy() for name, g in model.named_grads().items()}
        for name, param in model.named_params().items():
            expected = numeric_gradient(loss_with_the_same_mask, param)
            np.testing.assert_allclose(grads[name], expected, rtol=0, atol=1e-8, err_msg=name)

    def test_softmax_in_any_spelling_is_trained_through_its_logits(self):
        x, y = data(5)
        results = []
        for end in (
            [Dense(10, activation="softmax")],
            [Dense(10), Softmax()],
            [Dense(10, activation=Softmax())],
        ):
            model = Sequential(
                [Input((8, 8, 1)), Flatten(), *end], rng=np.random.default_rng(0), dtype="float64"
            )
            model.compile("sgd", LOSS, engine="reference")
            loss, grads = model.loss_and_grads(x, y)
            results.append([loss, *(g.sum() for g in grads.values())])
        model = Sequential(
            [Input((8, 8, 1)), Flatten(), Dense(10)], rng=np.random.default_rng(0), dtype="float64"
        )
        model.compile("sgd", SparseCategoricalCrossentropy(from_logits=True), engine="reference")
        loss, grads = model.loss_and_grads(x, y)
        results.append([loss, *(g.sum() for g in grads.values())])
        for other in results[1:]:
            assert other == results[0]


class TestTraining:
    def test_an_untrained_network_starts_near_ln_10(self, digits):
        (x, y), _ = digits
        for name in architectures.ARCHITECTURES:
            model = architectures.build(name, rng=np.random.default_rng(0))
            model.compile("sgd", LOSS, metrics=["accuracy"], engine="reference")
            loss, accuracy = model.evaluate(x[:500] / 255, y[:500], verbose=0)
            assert loss == pytest.approx(np.log(10), abs=0.15)
            assert accuracy < 0.4

    def test_32_images_are_learned_by_heart(self, digits):
        (x, y), _ = digits
        model = architectures.build("cnn", rng=np.random.default_rng(0))
        model.compile("adam", LOSS, metrics=["accuracy"], engine="reference")
        model.fit(x[:32] / 255, y[:32], batch_size=32, epochs=60, verbose=0)
        loss, accuracy = model.evaluate(x[:32] / 255, y[:32], verbose=0)
        assert accuracy == 1.0
        assert loss < 0.01

    def test_the_same_seed_gives_the_same_bits(self):
        x, y = data(50)
        first, second, third = (tiny(seed, "float32", optimizer="adam") for seed in (3, 3, 4))
        for model in (first, second, third):
            model.fit(x, y, batch_size=8, epochs=3, verbose=0)
        for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        assert not np.array_equal(first.get_weights()[0], third.get_weights()[0])

    def test_the_default_generator_decides_where_none_is_given(self):
        weights = []
        for _ in range(2):
            rng.set_random_seed(11)
            weights.append(Sequential([Input((3,)), Dense(2)]).get_weights()[0])
        np.testing.assert_array_equal(*weights)

    def test_images_go_with_their_labels_in_every_epoch(self):
        batches = Batches(np.arange(10), np.arange(10) * 2, batch_size=4, seed=5)
        seen = []
        for epoch in range(2):
            parts = [batches.batch(epoch, step) for step in range(len(batches))]
            assert [len(x) for x, _ in parts] == [4, 4, 2]
            assert all((y == 2 * x).all() for x, y in parts)
            seen.append(np.concatenate([x for x, _ in parts]))
            assert sorted(seen[-1]) == list(range(10))
        assert not np.array_equal(*seen)  # single images are shuffled, anew in each epoch
        unshuffled = Batches(np.arange(10), np.arange(10), batch_size=4, shuffle=False)
        np.testing.assert_array_equal(unshuffled.batch(1, 2)[0], [8, 9])

    def test_an_epoch_is_its_steps(self):
        """One epoch of `fit` is a step of `train_on_batch` for each batch, in Batches's order."""
        x, y = data(20)
        batches, by_fit, by_hand = Batches(x, y, 8, seed=2), tiny(), tiny()
        history = by_fit.fit(batches, verbose=0)
        losses = [by_hand.train_on_batch(*batches.batch(0, step)) for step in range(3)]
        for a, b in zip(by_fit.get_weights(), by_hand.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        # the last batch has 4 images and counts for half as much
        assert history.history["loss"] == [pytest.approx(np.average(losses, weights=[8, 8, 4]))]


class TestFit:
    def test_history_has_keras_keys_in_keras_order(self):
        x, y = data(20)
        history = tiny().fit(x, y, epochs=3, validation_split=0.25, verbose=0)
        assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
        assert history.epoch == [0, 1, 2]
        assert {type(v) for values in history.history.values() for v in values} == {float}
        assert history.params == {"verbose": 0, "epochs": 3, "steps": 1}

    def test_steps_without_a_batch_size_see_all_the_data(self):
        """As in Keras, whose batches are then as large as that takes."""
        x, y = data(20)
        batches, ended = [], {}

        class Notes(Callback):
            def on_train_batch_end(self, batch, logs=None):
                batches.append(batch)

            def on_train_end(self, logs=None):
                ended.update(logs)

        model = tiny()
        history = model.fit(x, y, steps_per_epoch=3, verbose=0, callbacks=[Notes()])
        assert batches == [0, 1, 2]
        assert ended == {name: values[-1] for name, values in history.history.items()}
        assert model.evaluate(x, y, steps=1, verbose=0) == pytest.approx(model.evaluate(x, y, verbose=0))
        assert not history.interrupted

    def test_validation_split_takes_the_last_rows_before_shuffling(self):
        x, y = data(20)
        model, seen = tiny(), []
        model.evaluate_batches = lambda held_out, told: seen.append((held_out.x, held_out.y)) or {"loss": 0.0}
        model.fit(x, y, validation_split=0.3, verbose=0)
        np.testing.assert_array_equal(seen[0][0], x[14:])
        np.testing.assert_array_equal(seen[0][1], y[14:])

    def test_validation_images_are_not_learned_from(self):
        x, y = data(20)
        with_validation, without = tiny(), tiny()
        with_validation.fit(x[:12], y[:12], epochs=2, validation_data=(x[12:], y[12:]), verbose=0)
        without.fit(x[:12], y[:12], epochs=2, verbose=0)
        for a, b in zip(with_validation.get_weights(), without.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_callbacks_are_told_everything_in_order(self):
        told = []

        class Listener(Callback):
            def __getattribute__(self, name):
                if name.startswith("on_"):
                    return lambda *args: told.append((name, args[0] if args else None))
                return super().__getattribute__(name)

        x, y = data(10)
        tiny().fit(x, y, batch_size=5, validation_data=(x, y), callbacks=[Listener()], verbose=0)
        assert [name for name, _ in told] == [
            "on_train_begin", "on_epoch_begin",
            "on_train_batch_begin", "on_train_batch_end", "on_train_batch_begin", "on_train_batch_end",
            "on_test_begin",
            "on_test_batch_begin", "on_test_batch_end", "on_test_batch_begin", "on_test_batch_end",
            "on_test_end", "on_epoch_end", "on_train_end",
        ]  # fmt: skip

    def test_a_callback_may_stop_it_within_an_epoch(self):
        class Stop(Callback):
            def on_train_batch_end(self, batch, logs=None):
                self.model.stop_training = True

        (x, y), model = data(10), tiny()
        history = model.fit(x, y, batch_size=2, epochs=5, callbacks=[Stop()], verbose=0)
        assert history.epoch == [0]
        assert model.optimizer.iterations == 1

    def test_a_callback_may_stop_it(self):
        class Stop(Callback):
            def on_epoch_end(self, epoch, logs=None):
                self.model.stop_training = logs["loss"] > 0

        x, y = data(10)
        history = tiny().fit(x, y, epochs=5, callbacks=[Stop()], verbose=0)
        assert history.epoch == [0]

    def test_initial_epoch(self):
        x, y = data(10)
        assert tiny().fit(x, y, epochs=5, initial_epoch=3, verbose=0).epoch == [3, 4]

    def test_epoch_timer_counts_training_only(self, monkeypatch):
        clock = SimpleNamespace(now=0.0, perf_counter=lambda: clock.now)
        monkeypatch.setattr(callbacks.records, "time", clock)

        def takes(seconds, function):
            def slow(*arguments):
                clock.now += seconds
                return function(*arguments)

            return slow

        timer, (x, y), model = EpochTimer(), data(10), tiny()
        model.train_step = takes(1.0, model.train_step)
        validation = callbacks.LambdaCallback(on_test_end=takes(100.0, lambda logs: None))
        both = [timer, validation]
        model.fit(x, y, batch_size=4, epochs=2, validation_data=(x, y), callbacks=both, verbose=0)
        assert timer.seconds == [3.0, 3.0]

    def test_ctrl_c_ends_it_cleanly(self, capfd):
        x, y = data(10)

        class Interrupt(Callback):
            def on_train_batch_end(self, batch, logs=None):
                if self.model.optimizer.iterations == 3:
                    signal.raise_signal(signal.SIGINT)

        model = tiny()
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored in a script
        try:
            history = model.fit(x, y, batch_size=5, epochs=9, callbacks=Interrupt())
        finally:
            signal.signal(signal.SIGINT, before)
        assert history.interrupted
        assert history.epoch == [0]
        assert len(history.history["loss"]) == 1
        assert "Interrupted in epoch 2 of 9" in capfd.readouterr().err
        assert np.isfinite(model.predict(x, verbose=0)).all()

    def test_off_a_terminal_there_is_a_line_per_epoch(self, capsys):
        x, y = data(40)
        tiny().fit(x, y, batch_size=4, epochs=2)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 2
        assert lines[1].startswith("Epoch 2/2 - ")
        assert "ms/step - accuracy: 0." in lines[1]
        tiny().fit(x, y, verbose=0)
        assert capsys.readouterr().out == ""

    def test_compiling_anew_forgets_the_optimizers_state(self):
        x, y = data(10)
        model = tiny(optimizer="adam")
        model.fit(x, y, verbose=0)
        model.compile("adam", LOSS, engine="reference")
        assert model.optimizer.iterations == 0


class TestAsking:
    def test_call_predict_and_evaluate_agree(self):
        model, (x, y) = tiny(), data(20)
        y[:9] = model(x)[:9].argmax(axis=1)  # so that accuracy is neither 0 nor 1, nor the same in each batch
        p = model(x)
        assert (p.argmax(axis=1) == y)[:9].all()
        assert not (p.argmax(axis=1) == y).all()
        assert p.shape == (20, 10)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)
        np.testing.assert_allclose(model.predict(x, batch_size=7, verbose=0), p, rtol=1e-13)
        loss, accuracy = model.evaluate(x, y, batch_size=6, verbose=0)
        assert accuracy == (p.argmax(axis=1) == y).mean()
        assert loss == pytest.approx(-np.log(p[np.arange(20), y]).mean(), rel=1e-13)
        assert model.evaluate(x, y, verbose=0, return_dict=True) == {
            "accuracy": accuracy,
            "loss": pytest.approx(loss, rel=1e-13),
        }

    def test_one_hot_labels(self):
        x, y = data(20)
        sparse, categorical = tiny(), tiny(loss="categorical_crossentropy")
        expected = sparse.evaluate(x, y, verbose=0)
        assert categorical.evaluate(x, np.eye(10)[y], verbose=0) == pytest.approx(expected, rel=1e-14)

    def test_the_door_converts(self):
        model = tiny(dtype="float32")
        images = np.random.default_rng(0).integers(0, 256, (3, 8, 8), dtype=np.uint8)
        expected = model(images.astype(np.float32)[..., None])
        assert expected.dtype == np.float32
        for x in (images, images[..., None], images[..., None].astype(float), images.tolist()):
            np.testing.assert_array_equal(model(x), expected)

    def test_names_are_counted_as_in_keras(self):
        layers = [
            Conv2D(2, 3),
            ReLU(),
            Conv2D(2, 3),
            MaxPooling2D(),
            Dense(3, name="scores"),
            Dense(2),
            Dense(2),
        ]
        names = [layer.name for layer in Sequential(layers).layers]
        assert names == ["conv2d", "re_lu", "conv2d_1", "max_pooling2d", "scores", "dense", "dense_1"]

    def test_it_is_built_by_its_first_data(self):
        model = Sequential([Flatten(), Dense(3)])
        assert not model.built
        assert model(np.zeros((2, 4, 4))).shape == (2, 3)
        assert model.named_params()["dense/kernel"].shape == (16, 3)

    def test_a_layer_that_has_learned_keeps_it_in_another_model(self):
        model, (x, _) = tiny(), data(3)
        weights = model.get_weights()
        maps = Sequential([Input((8, 8, 1)), *model.layers[:2]], dtype="float64")(x)
        assert Sequential(model.layers[:1], dtype="float64")(x).shape == (3, 6, 6, 2)
        model.build((8, 8, 1))
        model.build((None, 8, 8, 1))
        for a, b in zip(model.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(maps, model.layers[1].forward(model.layers[0].forward(x)))
        with pytest.raises(
            ShapeError, match=r"has parameters for inputs of shape \(18,\) already; received \(7,\)"
        ):
            Sequential([Input((7,)), model.layers[3]])

    def test_an_activation_object_may_be_given_to_two_layers(self):
        relu = ReLU()
        layers = [Input((4,)), Dense(4, activation=relu), Dense(4, activation=relu), Dense(3)]
        model = Sequential(layers, dtype="float64", rng=np.random.default_rng(0))
        model.compile("sgd", SparseCategoricalCrossentropy(from_logits=True), engine="reference")
        x, y = np.random.default_rng(1).normal(size=(5, 4)), np.array([0, 1, 2, 0, 1])
        _, grads = model.loss_and_grads(x, y)
        for name, param in model.named_params().items():
            expected = numeric_gradient(lambda: model.loss_and_grads(x, y)[0], param, step=1e-6)
            np.testing.assert_allclose(grads[name], expected, rtol=0, atol=1e-8, err_msg=name)

    def test_weights_go_in_and_out(self):
        first, second = tiny(1), tiny(2)
        second.set_weights(first.get_weights())
        for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        first.get_weights()[0][...] = 7  # a copy
        assert (first.get_weights()[0] != 7).all()

    def test_summary(self, capsys):
        model = architectures.build("cnn")
        model.summary()
        text = capsys.readouterr().out
        for expected in ("conv2d_1 (Conv2D)", "(None, 11, 11, 64)", "204,928", "Total params: 225,034"):
            assert expected in text
        assert model.count_params() == 225_034
        assert architectures.build("small").count_params() == 542_230
        Sequential([Flatten(), Dense(3)]).summary()
        assert "unbuilt" in capsys.readouterr().out


class TestWrongCalls:
    @pytest.mark.parametrize(
        ("x", "error", "message"),
        [
            (
                np.zeros((2, 9, 8, 1)),
                ShapeError,
                r"expected shape \(None, 8, 8, 1\), received \(2, 9, 8, 1\)",
            ),
            (np.zeros((2, 8, 8, 3)), ShapeError, r"expected shape \(None, 8, 8, 1\)"),
            (np.zeros((8, 8)), ShapeError, r"expected shape \(None, 8, 8, 1\), received \(8, 8\)"),
            (np.zeros((0, 8, 8, 1)), DataError, "the model's input is empty"),
            (np.array([["a"]]), DataError, "expected an array of numbers, received dtype <U1"),
            (
                np.zeros((1, 8, 8, 1), object),
                DataError,
                "expected an array of numbers, received dtype object",
            ),
            (np.full((2, 8, 8, 1), np.inf), DataError, r"received inf in input 0 at \(0, 0, 0\)"),
        ],
    )
    def test_an_input_that_does_not_fit(self, x, error, message):
        for ask in (tiny(), tiny().predict, lambda x: tiny().fit(x, np.zeros(len(x), int), verbose=0)):
            with pytest.raises(error, match=message):
                ask(x)

    def test_a_nan_is_named_with_its_place(self):
        x, y = data(5)
        x[3, 4, 5] = np.nan
        for ask in (tiny().fit, tiny().evaluate, tiny().train_on_batch, tiny().loss_and_grads):
            with pytest.raises(DataError, match=r"received nan in input 3 at \(4, 5, 0\)"):
                ask(x, y)

    def test_a_label_that_is_none_is_named_with_its_place_in_the_data(self):
        x, y = data(50)
        y[41] = 10
        for ask in (tiny().fit, tiny().evaluate):
            with pytest.raises(ValueError, match="label 10 at index 41 is not one of the 10 classes"):
                ask(x, y)

    def test_images_and_labels_that_differ_in_number(self):
        x, y = data(5)
        with pytest.raises(ShapeError, match="received 5 inputs and 4 labels"):
            tiny().fit(x, y[:4])

    def test_a_loss_that_turns_nan_names_epoch_step_and_place(self):
        x, y = data(20)
        model = tiny(dtype="float32", optimizer=SGD(1e39))  # more than a float32 holds
        message = (
            "epoch 1, step 2: the loss became nan at the parameters 'conv2d/kernel', which the step before"
        )
        with pytest.raises(TrainingError, match=message):
            model.fit(x, y, batch_size=4, epochs=2, verbose=0)

    def test_parameters_that_are_nan_are_named(self):
        model, (x, y) = tiny(), data(4)
        model.named_params()["dense/bias"][2] = np.nan
        with pytest.raises(TrainingError, match="the loss became nan at the parameters 'dense/bias'"):
            model.train_on_batch(x, y)

    def test_values_that_overflow_in_a_layer_name_it(self):
        model, (x, y) = tiny(dtype="float32"), data(4)
        for name in ("conv2d/kernel", "dense/kernel"):
            model.named_params()[name][...] = 1e30
        with pytest.raises(TrainingError, match="at the output of layer 'dense'"):
            model.train_on_batch(x, y)

    def test_a_model_that_is_not_ready(self):
        x, y = data(4)
        with pytest.raises(ValueError, match="the model has no layers"):
            Sequential()(x)
        with pytest.raises(ValueError, match="the model has no loss"):
            Sequential([Input((8, 8, 1)), Flatten(), Dense(10)]).fit(x, y)
        model = Sequential([Input((8, 8, 1)), Conv2D(10, 3)])
        model.compile("sgd", LOSS, engine="reference")
        with pytest.raises(ShapeError, match=r"returns shape \(None, 6, 6, 10\): end it with Flatten"):
            model.fit(x, y)

    def test_layers_that_do_not_belong(self):
        dense = Dense(3)
        for layers, message in [
            ([Dense(3), Input((3,))], "Input: expected as the first"),
            ([dense, dense], "'dense' is in the model already"),
            ([Dense(3, name="a"), Dense(3, name="a")], "received 'a' twice"),
            ([lambda x: x], "expected a layer, received <function"),
        ]:
            with pytest.raises(ValueError, match=message):
                Sequential(layers)
        with pytest.raises(ValueError, match="dtype: expected 'float32' or 'float64', received 'float16'"):
            Sequential(dtype="float16")

    def test_a_stack_that_shrinks_to_nothing_names_the_layer(self):
        with pytest.raises(ShapeError, match=r"layer 'conv2d_1' \(Conv2D\): its 3x3 window .* 2x2 image"):
            Sequential([Input((6, 6, 1)), Conv2D(2, 3), MaxPooling2D(), Conv2D(2, 3)])

    def test_weights_that_do_not_fit(self):
        model = tiny()
        with pytest.raises(ShapeError, match="expected 6 arrays of weights, received 1"):
            model.set_weights([np.zeros(3)])
        wrong = model.get_weights()
        wrong[1] = np.zeros(7)
        with pytest.raises(
            ShapeError, match=r"weights of conv2d/bias: expected shape \(2,\), received \(7,\)"
        ):
            model.set_weights(wrong)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"batch_size": 0}, "batch_size: expected a positive whole number, received 0"),
            ({"batch_size": 2.5}, "batch_size: expected"),
            ({"validation_split": 1.0}, "validation_split: expected"),
            ({"validation_split": 0.99}, "leaves none of 5 images to train on"),
            ({"epochs": 0}, "epochs: expected a positive whole number, received 0"),
        ],
    )
    def test_arguments_of_fit(self, options, message):
        x, y = data(5)
        with pytest.raises(ValueError, match=message):
            tiny().fit(x, y, verbose=0, **options)

    def test_a_loss_that_is_nan_after_the_last_step(self):
        x, y = data(4)
        model = tiny(dtype="float32", optimizer=SGD(1e39))
        model.train_on_batch(x, y)
        with pytest.raises(
            TrainingError, match="evaluating images 0 and on: the loss is nan at the parameters"
        ):
            model.evaluate(x, y, verbose=0)

    def test_a_number_too_large_for_the_dtype(self):
        x, _ = data(2)
        x[1, 2, 3] = 1e300
        with pytest.raises(DataError, match=r"received inf in input 1 at \(2, 3, 0\)"):
            tiny(dtype="float32")(x)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda m, x, y: m.fit(x), "y: expected a label for each input, received None"),
            (lambda m, x, y: m.fit(x, 3), "expected a label for each input, received y=3"),
            (
                lambda m, x, y: m.fit(x, y.astype(str)),
                "labels: expected an array of numbers, received dtype <U",
            ),
            (lambda m, x, y: m.fit(x, y, validation_data=x), "validation_data: expected a pair"),
            (
                lambda m, x, y: m.fit(x, y, validation_split=-0.5),
                "validation_split: expected a fraction of at",
            ),
            (lambda m, x, y: m.fit(x, y, verbose="loud"), "verbose: expected 0, 1, 2 or 'auto', received"),
            (lambda m, x, y: m.compile("sgd", 3), "loss: expected a name"),
            (lambda m, x, y: m.compile(None, LOSS), "optimizer: expected a name"),
            (lambda m, x, y: m.compile("sgd", LOSS, metrics=[3]), "metric: expected a name"),
            (
                lambda m, x, y: SGD("0.1"),
                "learning_rate: expected a positive number or a schedule, received '0.1'",
            ),
            (lambda m, x, y: Sequential(Dense(3)), "layers: expected a list of layers, received one, Dense"),
            (lambda m, x, y: Sequential(dtype="foo"), "dtype: expected"),
            (lambda m, x, y: Sequential(rng=3), "rng: expected a np.random.Generator, received 3"),
            (lambda m, x, y: Sequential([Dense(3)])(3.0), r"expected a batch of inputs, received shape \(\)"),
            (lambda m, x, y: m.build((None, 0, 8, 1)), "shape: expected a positive whole number, received 0"),
            (lambda m, x, y: Dense(3).backward(x), "layer 'dense': expected a forward before its backward"),
            (lambda m, x, y: Dense(3, kernel_initializer=None), "initializer: expected a name"),
            (lambda m, x, y: Softmax(axis=1), "Softmax: expected axis=-1"),
        ],
    )
    def test_a_wrong_call_is_one_sentence(self, call, message):
        with pytest.raises(ValueError, match=message) as caught:
            call(tiny(), *data(4))
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("metric", "labels"),
        [("categorical_accuracy", np.arange(4)), ("sparse_categorical_accuracy", np.eye(10)[:4])],
    )
    def test_a_metric_that_does_not_fit_the_labels(self, metric, labels):
        model = tiny(loss=LOSS if labels.ndim == 1 else "categorical_crossentropy")
        model.compile("sgd", model.loss, metrics=[metric], engine="reference")
        with pytest.raises(ShapeError, match=f"{metric}: expected"):
            model.evaluate(data(4)[0], labels, verbose=0)

    @pytest.mark.parametrize("value", [np.nan, -0.5, 1.5])
    def test_targets_that_are_no_shares(self, value):
        targets = np.eye(10)[:4]
        targets[2, 5] = value
        with pytest.raises(ValueError, match="targets at index 2: expected numbers from 0 to 1"):
            tiny(loss="categorical_crossentropy").evaluate(data(4)[0], targets, verbose=0)

    def test_unknown_names(self):
        for arguments, message in [
            (("adamm", LOSS), "unknown optimizer 'adamm'"),
            (("adam", "mse"), "unknown loss 'mse'"),
            (("adam", LOSS, ["f1"]), "unknown metric 'f1'"),
        ]:
            with pytest.raises(ValueError, match=message):
                tiny().compile(*arguments)
        with pytest.raises(DigitsError, match="there is no model 'vgg': expected one of cnn, small"):
            architectures.build("vgg")

    def test_softmax_and_from_logits_at_once_is_worth_a_warning(self):
        with pytest.warns(UserWarning, match="ends in a softmax, and its loss was told from_logits=True"):
            tiny(loss=SparseCategoricalCrossentropy(from_logits=True))

    def test_one_optimizer_for_two_models(self):
        optimizer, (x, y) = Adam(), data(5)
        tiny(optimizer=optimizer).fit(x, y, verbose=0)
        other = Sequential([Input((8, 8, 1)), Flatten(), Dense(10)])
        other.compile(optimizer, LOSS, engine="reference")
        with pytest.raises(ValueError, match="each model needs its own optimizer"):
            other.fit(x, y, verbose=0)
