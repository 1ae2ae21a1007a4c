"""The pictures of a report."""

import numpy as np

from keras_ref.report.words import SIDES

PICTURES = ("curves", "seeds", "per_digit", "confusion", "disagreements", "shared_mistakes")


def draw(report, run, dataset):
    """Return {name: PNG bytes} of the pictures that this report has."""
    from scratch import figures

    title = report["title"] + (f", seed {report['seed']}" if "runs" in report else "")
    images, labels = dataset.x_test, np.asarray(dataset.y_test)
    histories = {name: report[side]["history"] for name, side in SIDES.items()}
    probabilities = {"scratch": run.scratch.probabilities, "Keras": run.keras.probabilities}
    answers = {name: p.argmax(1) for name, p in probabilities.items()}
    differ = answers["scratch"] != answers["Keras"]
    both_wrong = (answers["scratch"] != labels) & (answers["Keras"] != labels)
    pictures = {
        "curves": figures.training_curves(histories, f"{title}: loss and accuracy of every epoch"),
        "per_digit": figures.accuracy_per_digit(labels, answers, f"{title}: test accuracy for each digit"),
        "confusion": figures.confusion_matrices(labels, answers, f"{title}: which digit is taken for which"),
        "disagreements": figures.answers_on_images(
            images, labels, probabilities, differ, f"{title}: test images on which the two disagree",
            nothing="No test image: both predict the same class for all of them.",
        ),
        "shared_mistakes": figures.answers_on_images(
            images, labels, probabilities, both_wrong, f"{title}: test images that both get wrong",
            nothing="No test image: each is read correctly by at least one of the two.",
        ),
    }  # fmt: skip
    if "runs" in report:
        pictures["seeds"] = figures.seeds(
            {name: [one[side]["test_accuracy"] for one in report["runs"]] for name, side in SIDES.items()},
            f"{report['title']}: test accuracy with {len(report['runs'])} seeds",
            report["seeds"],
            {name: report["std"][side]["test_accuracy"] for name, side in SIDES.items()},
        )
    return {name: figures.png(figure) for name, figure in pictures.items()}


def disagreements_sentence(run, labels):
    """Return one sentence on who is right where the two disagree."""
    scratch, keras = run.scratch.probabilities.argmax(1), run.keras.probabilities.argmax(1)
    differ = scratch != keras
    if not differ.any():
        return "The two give the same answer for every test image."
    scratch_right, keras_right = ((differ & (answer == labels)).sum() for answer in (scratch, keras))
    neither = differ.sum() - scratch_right - keras_right
    return (
        f"The two give different answers for {differ.sum():,} of {len(labels):,} test images: "
        f"scratch is right about {scratch_right:,} of them, Keras about {keras_right:,}, neither about "
        f"{neither:,}."
    )
