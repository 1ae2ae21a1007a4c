"""The checks against Keras: layer by layer, and step by step."""

from lessons.museum.outcomes import NotRun, caught_if

CASES = 25  # of each layer and loss; a twentieth of a second each
STEPS = 5
OPTIMIZERS = ("adam", "momentum")


def in_lockstep():
    """Let `cnn` and its twin take steps of each optimizer in float64; caught if anything differs."""
    from keras_ref.compare import scaled
    from keras_ref.lockstep import BATCH_SIZE, TOLERANCE, Settings, compare_steps, twins
    from scratch import datasets
    from scratch.batches import Batches

    dataset = datasets.load()
    images = STEPS * BATCH_SIZE
    x, y = scaled(dataset.x_train[:images]).astype("float64"), dataset.y_train[:images]
    furthest = []
    for optimizer in OPTIMIZERS:
        model, keras_model = twins(Settings(optimizer=optimizer, engine="reference"))
        report = compare_steps(model, keras_model, Batches(x, y, BATCH_SIZE), STEPS, TOLERANCE["float64"])
        if first := report["first_difference"]:
            gap = "not finite" if first["difference"] is None else f"{first['difference']:.1e}"
            return caught_if(True, f"{optimizer}, step {first['step']}: {first['tensor']} differs by {gap}")
        if report["verdict"] != "same":
            raise NotRun(
                f"lock-step with {optimizer} proves nothing: weights moved by {report['weights_moved']}"
            )
        furthest.append(report["max_weight_difference"])
    return caught_if(
        False,
        f"after {STEPS} steps of {' and '.join(OPTIMIZERS)}, weights differ by {max(furthest):.1e} or less",
    )


def parity():
    """Compute random cases of every layer and loss on both sides, in float64; caught if any differs."""
    from keras_ref import parity as cases

    for name in cases.GENERATORS:
        for outcome in cases.check(name, range(CASES), engines=["reference"], dtypes=["float64"]):
            if outcome.fault:
                return caught_if(True, f"{outcome.text}: {outcome.fault}")
    return caught_if(
        False, f"{CASES} random cases of each of {len(cases.GENERATORS)} layers and losses agree"
    )
