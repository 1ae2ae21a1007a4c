"""The two cross-entropies: golden numbers, gradients, and labels that are none."""

import numpy as np
import pytest

from scratch import losses
from scratch.errors import DataError, ShapeError
from scratch.losses import CategoricalCrossentropy, SparseCategoricalCrossentropy
from tests.numeric import numeric_gradient

LOGITS = np.array([[8.0, 1, 1], [0, 9, 1], [2, 3, 5]])
PROBABILITIES = np.array([[0.9, 0.05, 0.05], [0.5, 0.89, 0.6], [0.05, 0.01, 0.94]])
LABELS = np.array([0, 1, 2])
EVERY_LOSS = [
    (SparseCategoricalCrossentropy, LABELS),
    (CategoricalCrossentropy, np.eye(3)),
    (lambda **kw: CategoricalCrossentropy(label_smoothing=0.2, **kw), np.eye(3)),
]


def test_golden_numbers_of_logits():
    loss = SparseCategoricalCrossentropy(from_logits=True)
    each = [loss([label], LOGITS[[i]]) for i, label in enumerate(LABELS)]
    np.testing.assert_allclose(each, [0.001822, 0.000459, 0.169846], atol=5e-7)
    assert loss(LABELS, LOGITS) == pytest.approx(0.0573, abs=1e-4)
    assert CategoricalCrossentropy(from_logits=True)(np.eye(3), LOGITS) == pytest.approx(
        loss(LABELS, LOGITS), rel=1e-14
    )


def test_golden_numbers_of_probabilities():
    assert SparseCategoricalCrossentropy()(LABELS, PROBABILITIES) == pytest.approx(0.3239, abs=1e-4)
    assert CategoricalCrossentropy()(np.eye(3), PROBABILITIES) == pytest.approx(0.3239, abs=1e-4)


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize(("make", "y"), EVERY_LOSS)
class TestSampleWeights:
    WEIGHTS = (0.0, 0.5, 3.0)

    def test_they_are_factors_of_the_images_own_losses_and_the_mean_is_over_all_images(
        self, make, y, from_logits
    ):
        loss, z = make(from_logits=from_logits), LOGITS if from_logits else PROBABILITIES
        each = [loss(y[[i]], z[[i]]) for i in range(3)]
        expected = (0.5 * each[1] + 3 * each[2]) / 3
        assert loss(y, z, self.WEIGHTS) == pytest.approx(expected, rel=1e-12)
        assert loss(y, z, np.reshape(self.WEIGHTS, (3, 1))) == pytest.approx(expected, rel=1e-12)
        assert loss(y, z, np.ones(3)) == pytest.approx(loss(y, z), rel=1e-12)

    def test_their_gradient_is_that_of_the_weighted_loss(self, make, y, from_logits):
        loss, z = make(from_logits=from_logits), LOGITS / 5 if from_logits else PROBABILITIES / 2 + 0.2
        value, dz = loss.value_and_grad(y, z, from_logits, np.array(self.WEIGHTS))
        assert value == pytest.approx(loss(y, z, self.WEIGHTS), rel=1e-12)
        numeric = numeric_gradient(lambda: loss(y, z, self.WEIGHTS), z)
        np.testing.assert_allclose(dz, numeric, rtol=1e-7, atol=1e-9)  # see tests.numeric
        assert not dz[0].any()

    def test_predictions_in_float32_have_gradients_in_float32(self, make, y, from_logits):
        z = PROBABILITIES.astype("float32")
        _, dz = make().value_and_grad(y, z, from_logits, np.array(self.WEIGHTS))
        assert dz.dtype == np.float32

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ([1.0, 2.0], r"sample_weight: expected a number for each of 3 images, received shape \(2,\)"),
            ([1.0, np.nan, 1.0], "sample_weight, class_weight: expected finite numbers"),
        ],
    )
    def test_weights_that_do_not_fit(self, weights, message, make, y, from_logits):
        with pytest.raises(ValueError, match=message):
            make(from_logits=from_logits)(y, PROBABILITIES, weights)


def test_logits_far_apart():
    loss, dz = SparseCategoricalCrossentropy().value_and_grad([2], np.array([[1e4, 0, -1e4]]), True)
    assert loss == 20000
    np.testing.assert_array_equal(dz, [[1, 0, -1]])


@pytest.mark.parametrize(("make", "targets"), EVERY_LOSS)
@pytest.mark.parametrize(("from_logits", "values"), [(True, LOGITS), (False, PROBABILITIES)])
def test_gradients(make, targets, from_logits, values):
    loss, values = make(from_logits=from_logits), values.copy()
    _, gradient = loss.value_and_grad(targets, values, from_logits)
    # -log(p) bends sharply near 0: at p = 0.01 a step of 1e-5 would be off by 7e-7, one of 1e-6 is by 7e-9
    expected = numeric_gradient(lambda: loss(targets, values), values, step=1e-6)
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("make", [SparseCategoricalCrossentropy, CategoricalCrossentropy])
def test_probabilities_of_zero_and_one_are_clipped(make):
    p = np.array([[0.0, 1.0]])
    wrong, right = ([0], [1]) if make is SparseCategoricalCrossentropy else (np.eye(2)[[0]], np.eye(2)[[1]])
    # the sparse form clips and then normalizes, the other the other way round, as in Keras: 1e-7 apart
    assert make()(wrong, p) == pytest.approx(-np.log(1e-7), abs=2e-7)
    assert 0 < make()(right, p) < 3e-7
    _, dp = make().value_and_grad(wrong, p, False)
    np.testing.assert_array_equal(dp, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_precision_is_kept(dtype):
    for make, targets in EVERY_LOSS:
        for from_logits in (True, False):
            _, gradient = make().value_and_grad(targets, PROBABILITIES.astype(dtype), from_logits)
            assert gradient.dtype == dtype


class TestLabels:
    def test_a_column_and_whole_floats_are_labels_too(self):
        loss = SparseCategoricalCrossentropy(from_logits=True)
        assert loss(LABELS[:, None], LOGITS) == loss(LABELS.astype(float), LOGITS) == loss(LABELS, LOGITS)

    @pytest.mark.parametrize(
        ("label", "shown"), [(3, "label 3"), (-1, "label -1"), (1.5, "label 1.5"), (np.nan, "label nan")]
    )
    def test_one_that_is_none_is_named_with_its_place(self, label, shown):
        with pytest.raises(ValueError, match=rf"{shown} at index 1 is not one of the 3 classes: .* 0 to 2"):
            SparseCategoricalCrossentropy()([0, label, 1], PROBABILITIES)

    def test_too_few(self):
        with pytest.raises(ShapeError, match=r"one label for each of 3 predictions, received shape \(2,\)"):
            SparseCategoricalCrossentropy()([0, 1], PROBABILITIES)

    def test_integers_where_rows_are_expected(self):
        with pytest.raises(ShapeError, match="for integer labels use sparse_categorical_crossentropy"):
            CategoricalCrossentropy()(LABELS, PROBABILITIES)


def test_names():
    assert type(losses.get("sparse_categorical_crossentropy")) is SparseCategoricalCrossentropy
    assert type(losses.get(CategoricalCrossentropy)) is CategoricalCrossentropy
    with pytest.raises(
        ValueError, match="unknown loss 'mse': expected one of categorical_crossentropy, sparse"
    ):
        losses.get("mse")
    with pytest.raises(ValueError, match="label_smoothing"):
        CategoricalCrossentropy(label_smoothing=2)


def test_gradients_where_rows_are_not_as_many_as_classes():
    """A square batch would hide a sum over the wrong axis."""
    for make, targets in [
        (SparseCategoricalCrossentropy, LABELS[:2]),
        (CategoricalCrossentropy, np.eye(3)[:2]),
    ]:
        loss, p = make(), PROBABILITIES[:2].copy()
        _, gradient = loss.value_and_grad(targets, p, False)
        expected = numeric_gradient(lambda loss=loss, t=targets, p=p: loss(t, p), p, step=1e-6)
        np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-8)  # as in test_gradients


def test_label_smoothing_spreads_its_share_over_all_classes():
    loss = CategoricalCrossentropy(from_logits=True, label_smoothing=0.25)
    # targets 0.75 + 0.25 / 2 and 0.25 / 2; log softmax of (log 3, 0) is log 3/4 and log 1/4
    expected = -(0.875 * np.log(0.75) + 0.125 * np.log(0.25))
    assert loss(np.eye(2)[[0]], np.log([[3.0, 1.0]])) == pytest.approx(expected, rel=1e-14)
    assert CategoricalCrossentropy(label_smoothing=1).label_smoothing == 1


def test_names_are_the_class_s_unless_given():
    assert SparseCategoricalCrossentropy().name == "sparse_categorical_crossentropy"
    assert CategoricalCrossentropy().name == "categorical_crossentropy"
    assert CategoricalCrossentropy(name="mine").name == "mine"


def test_one_hot_rows():
    rows = losses.one_hot(np.array([2, 0]), 3)
    np.testing.assert_array_equal(rows, [[0, 0, 1], [1, 0, 0]])
    assert rows.dtype == np.float32
    for dtype in ("float32", "float64"):
        targets = SparseCategoricalCrossentropy().targets(LABELS, LOGITS.astype(dtype))
        assert targets.dtype == dtype


class TestTargets:
    def test_a_wrong_label_in_a_column_is_named_too(self):
        with pytest.raises(ValueError, match=r"^label 3 at index 1 is not one of the 3 classes"):
            SparseCategoricalCrossentropy()([[0], [3], [1]], PROBABILITIES)

    def test_labels_that_are_no_numbers(self):
        expected = "labels: expected an array of numbers, received dtype <U3"
        with pytest.raises(DataError, match=expected):
            SparseCategoricalCrossentropy()(["one", "two", "six"], PROBABILITIES)
        with pytest.raises(DataError, match="labels: expected an array of numbers, received dtype object"):
            SparseCategoricalCrossentropy()([None, 1, 2], PROBABILITIES)

    @pytest.mark.parametrize("wrong", [-0.5, 1.5, np.nan])
    def test_a_row_that_holds_more_than_shares_is_named(self, wrong):
        targets = np.eye(3)
        targets[1, 2] = wrong
        with pytest.raises(
            ValueError, match=r"^targets at index 1: expected numbers from 0 to 1, received \["
        ):
            CategoricalCrossentropy()(targets, PROBABILITIES)

    def test_rows_of_another_shape(self):
        expected = r"^expected a row of 3 targets for each of 2 predictions, received shape \(2, 4\)"
        with pytest.raises(ShapeError, match=expected):
            CategoricalCrossentropy()(np.ones((2, 4)) / 4, PROBABILITIES[:2])
