"""The pictures of a report."""

import numpy as np

from keras_ref.report.words import SIDES, plural, several

PICTURES = ("curves", "seeds", "per_digit", "confusion", "disagreements", "shared_mistakes")


def draw(report, run, dataset):
    """Return {name: PNG bytes} of the pictures that this report has."""
    from scratch import figures

    title = report["title"] + (f", seed {report['seed']}" if several(report) else "")
    images, labels = dataset.x_test, np.asarray(dataset.y_test)
    histories = {name: report[side]["history"] for name, side in SIDES.items()}
    probabilities = {"scratch": run.scratch.probabilities, "Keras": run.keras.probabilities}
    answers = {name: p.argmax(1) for name, p in probabilities.items()}
    pictures = {
        "curves": figures.training_curves(histories, f"{title}: loss and accuracy of every epoch"),
        "per_digit": figures.accuracy_per_digit(labels, answers, f"{title}: test accuracy for each digit"),
        "confusion": figures.confusion_matrices(labels, answers, f"{title}: which digit is taken for which"),
        "disagreements": figures.answers_on_images(
            images, labels, probabilities, disagree(answers),
            f"{title}: test images on which the two disagree",
            nothing="No test image: both predict the same class for all of them.",
        ),
        "shared_mistakes": figures.answers_on_images(
            images, labels, probabilities, both_wrong(answers, labels),
            f"{title}: test images that both get wrong",
            nothing="No test image: each is read correctly by at least one of the two.",
        ),
    }  # fmt: skip
    if "runs" in report:
        pictures["seeds"] = figures.seeds(
            {name: [one[side]["test_accuracy"] for one in report["runs"]] for name, side in SIDES.items()},
            f"{report['title']}: test accuracy with {plural(len(report['runs']), 'seed')}",
            report["seeds"],
            {name: report["std"][side]["test_accuracy"] for name, side in SIDES.items()},
        )
    return {name: figures.png(figure) for name, figure in pictures.items()}


def disagree(answers):
    """Return (N,) bools: on which images the two sides' answers differ."""
    return answers["scratch"] != answers["Keras"]


def both_wrong(answers, labels):
    """Return (N,) bools: which images neither side reads correctly."""
    return (answers["scratch"] != labels) & (answers["Keras"] != labels)


def captions(run, labels):
    """Return {name: text} for the pictures that may have no image to show; then the text explains none."""
    answers = {"scratch": run.scratch.probabilities.argmax(1), "Keras": run.keras.probabilities.argmax(1)}
    labels = np.asarray(labels)
    return {
        "disagreements": disagreements_caption(answers, labels),
        "shared_mistakes": shared_mistakes_caption(answers, labels),
    }


def disagreements_caption(answers, labels):
    """Return who is right where the two disagree, and how to read the picture of it."""
    differ = disagree(answers)
    if not differ.any():
        return "The two give the same answer for every test image."
    scratch, keras = ((differ & (answers[name] == labels)).sum() for name in SIDES)
    neither = (differ & both_wrong(answers, labels)).sum()
    return (
        f"The two give different answers for {differ.sum():,} of {plural(len(labels), 'test image')}: "
        f"scratch's is right for {scratch:,}, Keras's for {keras:,}, neither for {neither:,}. Under each "
        "image are the true digit, each side's answer, and the probability that it gives it. The most "
        "confident come first. Low percentages mean that the two were close to giving the same answer."
    )


def shared_mistakes_caption(answers, labels):
    """Return how many images both get wrong, and how to read the picture of them."""
    wrong = both_wrong(answers, labels).sum()
    if wrong == 0:
        return "Each test image is read correctly by at least one of the two."
    return (
        f"Both sides get {wrong:,} of {plural(len(labels), 'test image')} wrong. The most confident mistakes "
        "come first: judge for yourself whether the image or the network is to blame."
    )
