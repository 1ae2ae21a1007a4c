"""A report's numbers in words: rows of a table, and sentences that say what the numbers mean."""

import shlex

from rich.table import Table
from rich.text import Text

# Two right trainings in float32 end this close together; further apart, the report says that they differ.
# In a small test set a percentage is less than an image or two, so that so many images are always allowed.
MOST_POINTS_APART, MOST_IMAGES_APART = 0.4, 2
MOST_PERCENT_DIFFERENT, MOST_IMAGES_DIFFERENT = 1, 3
# In a test set smaller than this, one image moves the accuracy by more than a twentieth of a point.
FEW_TEST_IMAGES = 2000
# Here the allowed images are percents, and the verdict says how little it is worth.
TOO_FEW_TEST_IMAGES = 100
SIDES = {"scratch": "scratch", "Keras": "keras"}  # as printed, and as named in the report
RULE = (
    f"Here two trainings count as the same when their accuracies are at most {MOST_POINTS_APART} points or "
    f"{MOST_IMAGES_APART} test images apart, whichever is more, and their answers differ for at most "
    f"{MOST_PERCENT_DIFFERENT}% of the test images or {MOST_IMAGES_DIFFERENT} of them, whichever is more."
)
DIVIDES_BY_ROOT = {"adam": "Adam", "rmsprop": "RMSprop"}


def plural(count, noun):
    """Return "1 step" or "1,290 steps"."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def several(report):
    """Tell whether there are several runs: the only one of `--seeds 1` has no spread to speak of."""
    return len(report.get("runs", [])) > 1


def measured(report, side, key, scale=1, decimals=4, unit=""):
    """Return a side's number as text, with several seeds as mean ± standard deviation."""
    if not several(report):
        return f"{scale * report[side][key]:.{decimals}f}{unit}"
    mean, deviation = (scale * report[part][side][key] for part in ("mean", "std"))
    return f"{mean:.{decimals}f} ± {deviation:.{decimals}f}{unit}"


def table_rows(report):
    """Return the rows of the table of results: a label, scratch's value, Keras's value."""
    quick = min(report[side]["epoch_seconds"] for side in SIDES.values()) < 10
    rows = {
        "Test accuracy": ("test_accuracy", 100, 2, "%"),
        "Test loss": ("test_loss", 1, 4, ""),
        "Seconds an epoch (median)": ("epoch_seconds", 1, 2 if quick else 1, " s"),
    }
    table = [
        (label, *(measured(report, side, *form) for side in SIDES.values())) for label, form in rows.items()
    ]
    return [*table, ("Parameters", f"{report['parameters']:,}", f"{report['parameters']:,}")]


def is_same(one, images):
    """Tell whether a run's two sides, tested on so many images, are as close as two right trainings are."""
    # Whole images, because Keras's accuracy is a float32: not exactly the fraction that it stands for.
    apart = round(images * abs(one["scratch"]["test_accuracy"] - one["keras"]["test_accuracy"]))
    different = round(images * (1 - one["agreement"]))
    return apart <= max(MOST_IMAGES_APART, images * MOST_POINTS_APART / 100) and different <= max(
        MOST_IMAGES_DIFFERENT, images * MOST_PERCENT_DIFFERENT / 100
    )


def all_same(report):
    """Tell whether the two sides came out the same with every seed."""
    return all(is_same(one, report["test_images"]) for one in report.get("runs", [report]))


def headline(report):
    """Return the report's result in one line."""
    if all_same(report):
        return f"{report['title']}: one network written twice, one result"
    return f"{report['title']}: one network written twice, two results"


def verdict(report):
    """Return a paragraph in plain words: did the two come out the same?"""
    runs = report.get("runs", [report])
    same = sum(is_same(one, report["test_images"]) for one in runs)
    sentences = [
        "Yes, the network from scratch and its twin in Keras came out the same."
        if same == len(runs)
        else "No, the network from scratch and its twin in Keras did not come out the same.",
        results_sentence(report),
        RULE,
    ]
    if len(runs) > 1:
        sentences.append(f"That holds for {'each' if same == len(runs) else same} of the {len(runs)} seeds.")
    if report["test_images"] < FEW_TEST_IMAGES:
        sentences.append(f"A single test image counts for {100 / report['test_images']:.2f} points.")
    if report["test_images"] < TOO_FEW_TEST_IMAGES:
        sentences.append("So few test images prove little either way.")
    return " ".join(sentences)


def results_sentence(report):
    """Return both accuracies, how far apart they are, and how often the answers agree."""
    numbers = report.get("mean", report)
    scratch, keras = (100 * numbers[side]["test_accuracy"] for side in SIDES.values())
    start = f"On average over {len(report['runs'])} seeds, scratch" if several(report) else "Scratch"
    images = f"of the {plural(report['test_images'], 'test image')}"
    return (
        f"{start} reads {scratch:.2f}% {images} correctly and Keras {keras:.2f}%, "
        f"{abs(scratch - keras):.2f} percentage points apart, and the two give the same answer, right or "
        f"wrong, for {numbers['agreement']:.2%} of the images."
    )


def agreement_sentence(report):
    """Return on how many of the test images both predict the same class."""
    images = f"of the {plural(report['test_images'], 'test image')}"
    if not several(report):
        return f"Both predict the same class for {report['agreement']:.2%} {images}."
    mean, deviation = (100 * report[part]["agreement"] for part in ("mean", "std"))
    return f"Both predict the same class for {mean:.2f} ± {deviation:.2f}% {images}."


def drift_sentence(report):
    """Return the largest difference of two weights, and why float32 makes it what it is."""
    largest = max(one["max_weight_difference"] for one in report.get("runs", [report]))
    root = DIVIDES_BY_ROOT.get(report["optimizer"].lower())
    steps = training_steps(report)
    divides = f", {'each ' * (steps > 1)}dividing by {root}'s sqrt(v)," if root else ""
    seeds = " over all seeds" if several(report) else ""
    doubt = "" if all_same(report) else ", but answers that differ as much as here may have another cause"
    return (
        f"The largest difference between two weights is {largest:#.2g}{seeds}: two correct programs add the "
        f"same numbers in different orders, float32 rounds each sum by up to 6e-8 of its size, and "
        f"{plural(steps, 'step')}{divides} let{'s' * (steps == 1)} such differences grow, as training "
        f"does{doubt}."
    )


def training_steps(report):
    """Return how many steps of the optimizer one training took."""
    return report["epochs"] * -(-report["train_images"] // report["batch_size"])


def seeds_text(report):
    """Return "0", or with several seeds "0, 1, 2"."""
    return ", ".join(map(str, report.get("seeds", [report["seed"]])))


def repeat_command(report):
    """Return the command that makes this report again, as a shell reads it."""
    words = ["digits", "compare", "--model", report["model"], "--epochs", report["epochs"]]
    words += ["--batch-size", report["batch_size"], "--optimizer", report["optimizer"]]
    words += ["--seeds", len(report["seeds"])] if "runs" in report else ["--seed", report["seed"]]
    if report.get("engine", "fast") != "fast":
        words += ["--engine", report["engine"]]
    if report.get("limit"):
        words += ["--limit", report["limit"]]
    if report["data"] != "mnist":
        words += ["--data", "digits" if report["data"] == "digits" else report["source"]]
    return shlex.join(map(str, words))


def print_table(report, console):
    """Print the results to a rich Console: a table, how far the two agree, how far their weights differ."""
    epochs, seeds = plural(report["epochs"], "epoch"), "seeds" if several(report) else "seed"
    title = f"{report['title']}: model {report['model']}, {epochs}, {seeds} {seeds_text(report)}"
    table = Table(title=Text(title, style="bold"), title_justify="left", min_width=72)
    table.add_column("")
    table.add_column("scratch", justify="right")
    table.add_column("Keras", justify="right")
    for row in table_rows(report):
        table.add_row(*row)
    console.print(table)
    console.print(Text(agreement_sentence(report)))
    console.print(Text(drift_sentence(report)))
