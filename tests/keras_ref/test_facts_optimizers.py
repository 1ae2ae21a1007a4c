"""What "the same as Keras" means, a named test for each fact: optimizers, and constants that Keras rounds.

See test_facts.py. That 20 steps of whole networks stay together with every optimizer is in test_twin.py.
"""

import numpy as np
import pytest

from scratch import layers, optimizers, regularizers
from tests.scratch.test_optimizers import FIVE, GOLDEN, path

pytestmark = pytest.mark.keras


def exact(value):
    """Return a hyperparameter as float32 has it."""
    return float(np.float32(value))


def path_in_keras(keras, optimizer, gradients):
    """Return where a float64 variable that starts at 1 is after each gradient."""
    import tensorflow as tf

    variable, places = keras.Variable(np.array([1.0]), dtype="float64"), []
    for g in gradients:
        optimizer.apply([tf.constant([g], tf.float64)], [variable])
        places.append(float(variable.numpy()[0]))
    return places


class TestOptimizers:
    @pytest.mark.parametrize(
        ("row", "kind", "options"),
        [
            (0, "SGD", {"learning_rate": 0.1}),
            (1, "SGD", {"learning_rate": 0.1, "momentum": 0.9}),
            (2, "SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
            (3, "Adam", {"learning_rate": 1e-3}),
            (4, "Adam", {"learning_rate": 1e-3}),
        ],
        ids=["sgd", "momentum", "nesterov", "adam", "adam_with_its_epsilon_hat"],
    )
    def test_the_golden_rows_are_keras_own(self, row, kind, options, keras):
        """test_optimizers.py holds our optimizers against the same rows."""
        _, gradients, expected = GOLDEN[row]
        places = path_in_keras(keras, getattr(keras.optimizers, kind)(**options), gradients)
        # the rows of SGD are exact, Keras's constants those of float32: 1e-9; of Adam's ten digits are given
        np.testing.assert_allclose(places, expected, rtol=0, atol=1e-9)

    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("SGD", {"learning_rate": exact(0.1), "momentum": exact(0.9)}),
            ("SGD", {"learning_rate": exact(0.1), "momentum": exact(0.9), "nesterov": True}),
            ("RMSprop", {"learning_rate": exact(1e-3), "rho": exact(0.9)}),
            ("Adam", {"learning_rate": exact(1e-3), "beta_1": exact(0.9), "beta_2": exact(0.999)}),
        ],
    )
    def test_with_hyperparameters_exact_in_float32_the_textbook_is_keras_to_1e_15(
        self, kind, options, keras, rng
    ):
        gradients = rng.normal(size=100)
        places = path(getattr(optimizers, kind)(**options), gradients)
        expected = path_in_keras(keras, getattr(keras.optimizers, kind)(**options), gradients)
        # a hundred steps, each rounding values of about 1 a few times
        np.testing.assert_allclose(places, expected, rtol=0, atol=1e-14)

    def test_constants_pass_through_float32(self, keras):
        assert float(keras.ops.cast(0.9, "float64")) == 0.8999999761581421 == exact(0.9)

    @pytest.mark.parametrize(
        ("kind", "given", "as_computed"),
        [
            ("SGD", {"learning_rate": 0.1}, {"learning_rate": exact(0.1)}),
            (
                "SGD",
                {"learning_rate": 0.125, "momentum": 0.9},
                {"learning_rate": 0.125, "momentum": exact(0.9)},
            ),
            ("RMSprop", {"learning_rate": 2.0**-10, "rho": 0.9, "epsilon": 1e-7}, None),
        ],
        ids=["the learning rate does", "momentum does", "rho and epsilon do not"],
    )
    def test_which_constants_pass_through_float32(self, kind, given, as_computed, keras, rng):
        gradients = rng.normal(size=100) * 1e-4  # of RMSprop's sqrt(v), 1e-7 is then a part that shows
        theirs = path_in_keras(keras, getattr(keras.optimizers, kind)(**given), gradients)
        textbook = path(getattr(optimizers, kind)(**(as_computed or given)), gradients)
        # a hundred steps, each rounding values of about 1 a few times
        np.testing.assert_allclose(theirs, textbook, rtol=0, atol=1e-14)
        rounded = {name: exact(value) for name, value in given.items()}
        other = path(getattr(optimizers, kind)(**(given if as_computed else rounded)), gradients)
        assert np.abs(np.subtract(theirs, other)).max() > 1e-13

    def test_of_adam_the_powers_of_beta_pass_through_float32_and_1_minus_beta_and_epsilon_do_not(
        self, keras, rng
    ):
        gradients, lr = rng.normal(size=100) * 1e-7, 2.0**-10  # of epsilon's size, so that it shows
        theirs = path_in_keras(keras, keras.optimizers.Adam(lr), gradients)

        def apart(of_powers, of_means, of_epsilon):
            """Return how far Adam is from Keras's, with float32's constants in some of the places."""
            beta_1, beta_2 = of_powers(0.9), of_powers(0.999)
            m, v, x, places = 0.0, 0.0, 1.0, []
            for t, g in enumerate(gradients, start=1):
                m += (g - m) * (1 - of_means(0.9))
                v += (g * g - v) * (1 - of_means(0.999))
                rate = lr * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
                x -= rate * m / (np.sqrt(v) + of_epsilon(1e-7))
                places.append(x)
            return np.abs(np.subtract(places, theirs)).max()

        # float32's 0.9 to the power of t is itself computed in float64: 1e-14 in 100 steps
        assert apart(exact, float, float) < 1e-14
        assert apart(float, float, float) > 1e-12
        assert apart(exact, exact, float) > 1e-12
        assert apart(exact, float, exact) > 1e-12

    def test_so_the_textbook_with_0_9_is_not_keras_in_float64(self, keras, rng):
        gradients = rng.normal(size=100)
        apart = np.subtract(
            path(optimizers.Adam(1e-3), gradients),
            path_in_keras(keras, keras.optimizers.Adam(1e-3), gradients),
        )
        assert 1e-10 < np.abs(apart).max() < 1e-6

    def test_rescaling_and_leaky_relu_and_l2_round_theirs_too_but_not_1_over_256(self, keras):
        """And ours do not."""
        x = np.array([[-1.0]])
        for make, value in [
            (lambda c: layers.Rescaling(c).forward(x), 1 / 255),
            (lambda c: layers.LeakyReLU(c).forward(x), 0.3),
            (lambda c: -regularizers.L2(c)(x), 0.01),
        ]:
            assert float(np.ravel(make(value))[0]) == -value
        for make, rough, fine in [
            (lambda c: keras.layers.Rescaling(c, dtype="float64")(x), 1 / 255, 1 / 256),
            (lambda c: keras.layers.LeakyReLU(c, dtype="float64")(x), 0.3, 0.25),
            (lambda c: -keras.regularizers.L2(c)(keras.ops.convert_to_tensor(x)), 0.01, 0.25),
        ]:
            assert float(np.asarray(make(rough)).ravel()[0]) == -exact(rough) != -rough
            assert float(np.asarray(make(fine)).ravel()[0]) == -fine

    def test_adam_divides_by_the_root_plus_epsilon_hat_not_as_in_algorithm_1(self, keras):
        """With gradients of epsilon's size, the two differ by half of a step and more."""
        gradients, learning_rate = (1e-7,) * 3, exact(1e-3)
        theirs = path_in_keras(keras, keras.optimizers.Adam(learning_rate), gradients)
        m = v = 0.0
        x, algorithm_1 = 1.0, []
        for t, g in enumerate(gradients, start=1):
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            x -= learning_rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
            algorithm_1.append(x)
        ours = path(optimizers.Adam(learning_rate), gradients)
        # Keras's betas are float32's: 2e-8 of a step
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-8)
        assert abs(algorithm_1[0] - theirs[0]) > 4e-4

    def test_sgd_adds_its_velocity_and_nesterov_looks_ahead(self, keras):
        """v = mu * v - lr * g; x += v, or x += mu * v - lr * g."""
        lr, mu = 0.125, 0.5  # exact in float32
        for nesterov in (False, True):
            v, x, expected = 0.0, 1.0, []
            for g in FIVE:
                v = mu * v - lr * g
                x += mu * v - lr * g if nesterov else v
                expected.append(x)
            arguments = {"learning_rate": lr, "momentum": mu, "nesterov": nesterov}
            theirs = path_in_keras(keras, keras.optimizers.SGD(**arguments), FIVE)
            np.testing.assert_allclose(theirs, expected, rtol=1e-15)
            np.testing.assert_allclose(path(optimizers.SGD(**arguments), FIVE), expected, rtol=1e-15)

    def test_rmsprop_has_its_epsilon_inside_the_root(self, keras):
        rho, epsilon, lr = 0.875, 2.0**-10, 2.0**-5
        v, x, expected = 0.0, 1.0, []
        for g in FIVE:
            v = rho * v + (1 - rho) * g**2
            x -= lr * g / np.sqrt(v + epsilon)
            expected.append(x)
        arguments = {"learning_rate": lr, "rho": rho, "epsilon": epsilon}
        theirs = path_in_keras(keras, keras.optimizers.RMSprop(**arguments), FIVE)
        np.testing.assert_allclose(theirs, expected, rtol=1e-14)
        np.testing.assert_allclose(path(optimizers.RMSprop(**arguments), FIVE), expected, rtol=1e-14)

    def test_the_defaults_of_rmsprop_are_a_rho_of_0_9_and_an_epsilon_of_1e_7(self, keras):
        for optimizer in (optimizers.RMSprop(), keras.optimizers.RMSprop()):
            assert (optimizer.rho, optimizer.epsilon) == (0.9, 1e-7)
