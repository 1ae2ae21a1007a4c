"""Optimizers: Keras's golden rows, and what all of them share."""

import numpy as np
import pytest

from scratch import optimizers, schedules
from scratch.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop

FIVE = (0.1, -0.2, 0.3, -0.4, 0.5)
# From Keras on float64 variables that start at 1. Some of its constants pass through float32 (0.9 becomes
# 0.89999998), which moves the rows by up to 2e-8.
GOLDEN = [
    (lambda: SGD(0.1), FIVE, [0.99, 1.01, 0.98, 1.02, 0.97]),
    (lambda: SGD(0.1, momentum=0.9), FIVE, [0.99, 1.001, 0.9809, 1.00281, 0.972529]),
    (
        lambda: SGD(0.1, momentum=0.9, nesterov=True),
        FIVE,
        [0.981, 1.0109, 0.96281, 1.022529, 0.9452761],
    ),
    (
        lambda: Adam(1e-3),
        FIVE,
        [0.9990000382, 0.9993661342, 0.9990228983, 0.9992554359, 0.9990326089],
    ),
    (lambda: Adam(1e-3), (1e-7,) * 3, [0.9999693468, 0.9999265503, 0.9998746472]),
    (
        lambda: AdamW(),
        FIVE,
        [0.9989960382, 0.9993581382, 0.9990109048, 0.9992394464, 0.9990126225],
    ),
    (
        lambda: Adagrad(0.1),
        FIVE,
        [0.969848879, 1.0214886403, 0.9602514087, 1.0234969548, 0.9614795915],
    ),
    (
        lambda: Adadelta(1.0),
        FIVE,
        [0.9985859278, 1.0003836679, 0.9982194136, 1.0007439865, 0.9978628255],
    ),
]


def path(optimizer, gradients, start=1.0):
    """Return where a float64 parameter that starts at 1 is after each gradient."""
    x, places = np.array([start]), []
    for g in gradients:
        optimizer.apply([np.array([g])], [x])
        places.append(x[0])
    return places


@pytest.mark.parametrize(("make", "gradients", "expected"), GOLDEN)
def test_golden_rows(make, gradients, expected):
    np.testing.assert_allclose(path(make(), gradients), expected, rtol=0, atol=1e-7)


def test_rmsprop_by_hand():
    # v = 0.1 * 0.1**2, x = 1 - 0.001 * 0.1 / sqrt(v + 1e-7)
    assert path(RMSprop(), [0.1]) == pytest.approx([1 - 1e-4 / np.sqrt(1e-3 + 1e-7)], rel=1e-15)


@pytest.mark.parametrize(
    "make",
    [
        SGD,
        lambda: SGD(momentum=0.5),
        RMSprop,
        lambda: RMSprop(centered=True, momentum=0.5),
        Adam,
        AdamW,
        Adagrad,
        Adadelta,
    ],
)
def test_each_parameter_has_its_own_state(make):
    together, alone, other = np.ones(3), np.ones(3), np.ones((2, 2))
    first, second = make(), make()
    for g in FIVE:
        first.apply([np.full(3, g), np.full((2, 2), 7.0)], [together, other])
        second.apply([np.full(3, g)], [alone])
    np.testing.assert_array_equal(together, alone)
    assert first.iterations == second.iterations == len(FIVE)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "make", [lambda: SGD(momentum=0.9), RMSprop, lambda: Adam(amsgrad=True), AdamW, Adagrad, Adadelta]
)
def test_precision_is_kept_and_gradients_are_left_alone(make, dtype):
    optimizer, x, g = make(), np.ones(4, dtype), np.full(4, 0.25, dtype)
    optimizer.apply([g], [x])
    assert {x.dtype, *(slot.dtype for slot in optimizer.slots[0].values())} == {np.dtype(dtype)}
    np.testing.assert_array_equal(g, 0.25)


class TestClipping:
    def test_by_value(self):
        assert path(SGD(1.0, clipvalue=0.5), [2.0, -0.25]) == [0.5, 0.75]

    def test_by_each_norm_and_by_the_norm_of_all(self):
        grads = [np.array([3.0, 4.0]), np.array([12.0])]  # lengths 5 and 12, together 13
        for option, expected in [
            ("clipnorm", ([-0.6, -0.8], [-1])),
            ("global_clipnorm", ([-3 / 13, -4 / 13], [-12 / 13])),
        ]:
            params = [np.zeros(2), np.zeros(1)]
            SGD(1.0, **{option: 1.0}).apply(grads, params)
            for x, want in zip(params, expected, strict=True):
                np.testing.assert_allclose(x, want, rtol=1e-15)

    def test_short_gradients_and_zeros_stay(self):
        assert path(SGD(1.0, clipnorm=5.0), [2.0, 0.0]) == [-1.0, -1.0]

    def test_only_one_of_them(self):
        with pytest.raises(ValueError, match="at most one of clipnorm, clipvalue"):
            SGD(clipnorm=1.0, clipvalue=1.0)


def test_weight_decay_comes_before_the_step():
    assert path(SGD(0.5, weight_decay=0.1), [1.0]) == [1.0 * (1 - 0.05) - 0.5]


def test_the_learning_rate_may_change():
    optimizer, x = SGD(1.0), np.zeros(1)
    optimizer.apply([np.ones(1)], [x])
    optimizer.learning_rate = 0.5
    optimizer.apply([np.ones(1)], [x])
    assert x[0] == -1.5


class TestSchedules:
    SCHEDULE = schedules.PiecewiseConstantDecay([0, 1], [1.0, 0.5, 0.25])

    def test_each_step_has_its_learning_rate(self):
        optimizer = SGD(self.SCHEDULE)
        assert optimizer.learning_rate == 1.0
        assert path(optimizer, [1.0] * 4) == [0.0, -0.5, -0.75, -1.0]
        assert optimizer.learning_rate == 0.25

    def test_weight_decay_goes_with_it(self):
        # x - x * decay * rate, and then - rate * g
        assert path(SGD(self.SCHEDULE, weight_decay=0.5), [0.0] * 2) == [0.5, 0.375]

    def test_no_number_can_be_set_but_another_schedule(self):
        optimizer = SGD(self.SCHEDULE)
        with pytest.raises(TypeError, match="this optimizer was given a schedule"):
            optimizer.learning_rate = 0.5
        optimizer.learning_rate = schedules.ExponentialDecay(8.0, 1, 0.5)
        assert optimizer.learning_rate == 8.0

    def test_a_function_is_called_before_each_step(self):
        rates = iter([1.0, 0.5])
        optimizer = SGD(lambda: next(rates))
        assert path(optimizer, [1.0, 1.0]) == [0.0, -0.5]
        optimizer.learning_rate = 0.25
        assert optimizer.learning_rate == 0.25

    def test_a_float64_keeps_float32_as_it_is(self):
        class Own(schedules.LearningRateSchedule):
            def __call__(self, step):
                return np.float64(0.1)

        for rate in (np.float64(0.1), Own()):
            assert type(SGD(rate).learning_rate) is float


def test_wrong_calls():
    wrong = (
        lambda: SGD(0),
        lambda: Adam(-1e-3),
        lambda: RMSprop(float("nan")),
        lambda: SGD("0.1"),
        lambda: SGD(schedules.CosineDecay),
    )
    for make in wrong:
        with pytest.raises(ValueError, match="learning_rate: expected a positive number or a schedule"):
            make()
    with pytest.raises(ValueError, match="learning_rate: expected a number of at least 0, received -1"):
        SGD().learning_rate = -1
    with pytest.raises(
        ValueError, match=r"^weight_decay: expected a number, received None; that would be Adam$"
    ):
        AdamW(weight_decay=None)
    with pytest.raises(ValueError, match="initial_accumulator_value: expected a number of at least 0"):
        Adagrad(initial_accumulator_value=-0.1)
    with pytest.raises(ValueError, match="momentum: expected a number from 0 to 1"):
        SGD(momentum=1.5)
    with pytest.raises(TypeError, match="use_ema"):
        Adam(use_ema=True)
    optimizer = SGD()
    optimizer.apply([np.ones(1)], [np.ones(1)])
    with pytest.raises(ValueError, match="each model needs its own optimizer"):
        optimizer.apply([np.ones(1)] * 2, [np.ones(1)] * 2)


def test_names():
    assert type(optimizers.get("adam")) is Adam
    assert type(optimizers.get(RMSprop)) is RMSprop
    with pytest.raises(
        ValueError, match="unknown optimizer 'adamm': expected one of adadelta, adagrad, adam, "
    ):
        optimizers.get("adamm")


def test_defaults_are_those_of_keras():
    sgd, rmsprop, adam = SGD(), RMSprop(), Adam()
    adamw, adagrad, adadelta = AdamW(), Adagrad(), Adadelta()
    assert (sgd.learning_rate, sgd.momentum, sgd.nesterov) == (0.01, 0.0, False)
    assert (rmsprop.learning_rate, rmsprop.rho, rmsprop.momentum) == (0.001, 0.9, 0.0)
    assert (rmsprop.epsilon, rmsprop.centered) == (1e-7, False)
    assert (adam.learning_rate, adam.beta_1, adam.beta_2) == (0.001, 0.9, 0.999)
    assert (adam.epsilon, adam.amsgrad) == (1e-7, False)
    assert (adamw.learning_rate, adamw.beta_1, adamw.beta_2) == (0.001, 0.9, 0.999)
    assert (adamw.epsilon, adamw.amsgrad, adamw.weight_decay) == (1e-7, False, 0.004)
    assert (adagrad.learning_rate, adagrad.initial_accumulator_value) == (0.001, 0.1)
    assert (adadelta.learning_rate, adadelta.rho) == (0.001, 0.95)
    assert adagrad.epsilon == adadelta.epsilon == 1e-7
    adamw.weight_decay = None  # the only one that has some
    for optimizer in (sgd, rmsprop, adam, adamw, adagrad, adadelta):
        assert optimizer.name == type(optimizer).__name__
        assert optimizer.weight_decay is optimizer.clipvalue is optimizer.clipnorm is None
        assert optimizer.global_clipnorm is None
    assert Adam(name="mine").name == "mine"
    assert SGD(momentum=1).momentum == 1


def test_only_the_state_that_a_formula_needs_is_kept():
    assert SGD().slot_names == ()
    assert SGD(momentum=0.5).slot_names == ("momentum",)
    assert RMSprop().slot_names == ("velocity",)
    assert RMSprop(momentum=0.5, centered=True).slot_names == ("velocity", "momentum", "average_gradient")
    assert Adam().slot_names == ("momentum", "velocity")
    assert Adam(amsgrad=True).slot_names == ("momentum", "velocity", "velocity_hat")


@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_rmsprop_step_by_step(momentum, centered):
    rho, lr, epsilon = 0.75, 0.125, 0.25
    x, v, mean, gathered, expected = 1.0, 0.0, 0.0, 0.0, []
    for g in FIVE:
        v = rho * v + (1 - rho) * g * g
        mean = rho * mean + (1 - rho) * g
        step = lr * g / np.sqrt(v - mean * mean * centered + epsilon)
        gathered = momentum * gathered + step
        x -= gathered
        expected.append(x)
    optimizer = RMSprop(lr, rho, momentum, epsilon, centered)
    np.testing.assert_allclose(path(optimizer, FIVE), expected, rtol=1e-14)
    if centered:  # squared in the formula, which would hide its sign
        np.testing.assert_allclose(optimizer.slots[0]["average_gradient"], [mean], rtol=1e-14)


def test_amsgrad_keeps_the_largest_mean_square():
    lr, beta_1, beta_2, epsilon = 0.125, 0.5, 0.25, 0.25
    gradients = (*reversed(FIVE), 0.01)  # the mean of the squares falls
    x, m, v, largest, expected = 1.0, 0.0, 0.0, 0.0, []
    for t, g in enumerate(gradients, start=1):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        largest = max(largest, v)
        alpha = lr * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        x -= alpha * m / (np.sqrt(largest) + epsilon)
        expected.append(x)
    assert largest > v
    optimizer = Adam(lr, beta_1, beta_2, epsilon, amsgrad=True)
    np.testing.assert_allclose(path(optimizer, gradients), expected, rtol=1e-14)


@pytest.mark.parametrize("make", [lambda: SGD(0.1, momentum=0.5), RMSprop, Adam])
def test_two_parameters_of_one_shape_have_a_state_each(make):
    first, second, alone = np.ones(3), np.ones(3), np.ones(3)
    both, one = make(), make()
    for g in FIVE:
        both.apply([np.full(3, g), np.full(3, 7.0)], [first, second])
        one.apply([np.full(3, g)], [alone])
    np.testing.assert_array_equal(first, alone)


def test_every_optimizer_takes_the_options_that_all_share():
    for make in (SGD, RMSprop, Adam, AdamW, Adagrad, Adadelta):
        assert make(clipvalue=0.5).clipvalue == 0.5
        assert make(weight_decay=0.25).weight_decay == 0.25


def test_adamw_hands_its_arguments_to_adam():
    optimizer = AdamW(0.5, 0.25, 0.75, 0.875, 0.125, True)
    assert (optimizer.learning_rate, optimizer.weight_decay) == (0.5, 0.25)
    assert (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (0.75, 0.875, 0.125)
    assert optimizer.amsgrad
    assert optimizer.slot_names == Adam(amsgrad=True).slot_names


def test_a_large_epsilon_counts():
    # x = 1 - lr * g / sqrt(a + epsilon) with a = 0.25 + g**2
    assert path(Adagrad(0.5, 0.25, epsilon=0.5), [0.5]) == pytest.approx([0.75], rel=1e-15)
    # a = 0.5 * g**2, d = -g * sqrt(epsilon) / sqrt(a + epsilon)
    assert path(Adadelta(1.0, 0.5, epsilon=0.5), [1.0]) == pytest.approx([1 - np.sqrt(0.5)], rel=1e-15)


def test_clipping_works_on_both_sides_and_leaves_short_gradients():
    assert path(SGD(1.0, clipvalue=0.5), [-2.0, 2.0]) == [1.5, 1.0]
    assert path(SGD(1.0, global_clipnorm=5.0), [2.0, 0.0]) == [-1.0, -1.0]


def test_the_error_for_several_ways_of_clipping_is_a_sentence():
    expected = "^expected at most one of clipnorm, clipvalue and global_clipnorm, received several$"
    with pytest.raises(ValueError, match=expected):
        SGD(clipnorm=1.0, global_clipnorm=1.0)


class TestAStepOfAllParameters:
    def test_a_compiled_step_is_given_all_lists_at_once(self):
        params, grads, given = [np.ones(2), np.ones(3)], [np.zeros(2), np.zeros(3)], []
        optimizer = SGD(momentum=0.5)
        optimizer.fast_update = lambda *lists: given.append(lists)
        optimizer.apply(grads, params)
        [(same_params, same_grads, states)] = given
        assert same_params is params
        assert same_grads is grads
        assert states is optimizer.slots
        assert optimizer.iterations == 1

    def test_memory_that_is_no_single_stretch_is_left_to_the_textbook(self):
        optimizer, x = SGD(0.5), np.asfortranarray(np.ones((3, 4)))
        optimizer.fast_update = pytest.fail
        optimizer.apply([np.ones((3, 4))], [x])
        np.testing.assert_array_equal(x, np.full((3, 4), 0.5))

    def test_a_function_is_asked_for_the_learning_rate_once_a_step(self):
        asked, x = [], [np.zeros(1), np.zeros(1)]
        optimizer = SGD(lambda: asked.append(1) or 0.5 * len(asked))
        for total in (-0.5, -1.5):
            optimizer.apply([np.ones(1), np.ones(1)], x)
            np.testing.assert_array_equal(x, [[total], [total]])
        assert optimizer.learning_rate == 1.5

    def test_a_step_that_fails_leaves_no_learning_rate_behind(self):
        optimizer = SGD(0.5)
        with pytest.raises(ValueError, match=r"shapes|broadcast"):
            optimizer.apply([np.ones(2)], [np.ones(3)])
        optimizer.learning_rate = 0.25
        assert optimizer.learning_rate == 0.25
        assert optimizer.iterations == 0
