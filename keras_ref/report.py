"""What `digits compare` leaves behind: a table in the terminal, a page to send on, and the numbers as JSON.

All of it is computed from one `report`, a dict of plain numbers and text, and from the first seed's
`run`, with what is too big for JSON. TensorFlow is not needed.
"""

import base64
import json
import os
import shlex
from html import escape
from importlib import resources
from string import Template

import numpy as np
from rich.table import Table
from rich.text import Text

# Two right trainings in float32 end this close together; further apart, the report says that they differ.
MOST_POINTS_APART = 0.4
LEAST_AGREEMENT = 0.99
# In a test set smaller than this, one image moves the accuracy by more than a twentieth of a point.
FEW_TEST_IMAGES = 2000
SIDES = {"scratch": "scratch", "Keras": "keras"}  # as printed, and as named in the report
PICTURES = ("curves", "seeds", "per_digit", "confusion", "disagreements", "shared_mistakes")
DIVIDES_BY_ROOT = {"adam": "Adam", "rmsprop": "RMSprop"}


def write(report, run, dataset, folder):
    """Write report.json, report.html and its pictures into `folder`; return the list of paths written.

    Each file appears whole or not at all. An earlier report's picture that this one does not have is removed.

    Args:
        report: the dict that `digits compare --json` prints.
        run: the first seed's result; `run.scratch` and `run.keras` have `probabilities`, (N, 10) float32.
        dataset: has `name`, `title`, `x_test` (N, 28, 28) uint8 and `y_test` (N,) ints.
        folder: a Path; it is made if need be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=2) + "\n"
    paths = [write_file(folder / "report.json", text.encode())]
    pictures = draw(report, run, dataset)
    for name in PICTURES:
        path = folder / f"{name}.png"
        if name in pictures:
            paths.append(write_file(path, pictures[name]))
        else:
            path.unlink(missing_ok=True)
    page = html_page(report, pictures, disagreement_counts(run, dataset.y_test))
    return [*paths, write_file(folder / "report.html", page.encode("utf-8", "replace"))]


def write_file(path, content):
    """Write the bytes `content` to `path`, which until then keeps what it had; return `path`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


# The pictures


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


def disagreement_counts(run, labels):
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


# The numbers in words


def measured(report, side, key, scale=1, decimals=4, unit=""):
    """Return a side's number as text, with several seeds as mean ± standard deviation."""
    if "runs" not in report:
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


def is_same(one):
    """Tell whether a run's two sides are as close as two right trainings in float32 are."""
    points = 100 * abs(one["scratch"]["test_accuracy"] - one["keras"]["test_accuracy"])
    return round(points, 6) <= MOST_POINTS_APART and one["agreement"] >= LEAST_AGREEMENT


def all_same(report):
    """Tell whether the two sides came out the same with every seed."""
    return all(is_same(one) for one in report.get("runs", [report]))


def headline(report):
    """Return the report's result in one line."""
    if all_same(report):
        return f"{report['title']}: one network written twice, one result"
    return f"{report['title']}: one network written twice, two results"


def verdict(report):
    """Return a paragraph in plain words: did the two come out the same?"""
    runs = report.get("runs", [report])
    same = sum(is_same(one) for one in runs)
    sentences = [
        "Yes, the network from scratch and its twin in Keras came out the same."
        if same == len(runs)
        else "No, the network from scratch and its twin in Keras did not come out the same.",
        results_sentence(report),
        f"Here two trainings count as the same when they end at most {MOST_POINTS_APART} points apart and "
        f"give the same answer for at least {LEAST_AGREEMENT:.0%} of the images.",
    ]
    if len(runs) > 1:
        sentences.append(f"That holds for {'each' if same == len(runs) else same} of the {len(runs)} seeds.")
    if report["test_images"] < FEW_TEST_IMAGES:
        sentences.append(f"A single test image counts for {100 / report['test_images']:.2f} points.")
    return " ".join(sentences)


def results_sentence(report):
    """Return both accuracies, how far apart they are, and how often the answers agree."""
    numbers = report.get("mean", report)
    scratch, keras = (100 * numbers[side]["test_accuracy"] for side in SIDES.values())
    start = f"On average over {len(report['runs'])} seeds, scratch" if "runs" in report else "Scratch"
    return (
        f"{start} reads {scratch:.2f}% of the {report['test_images']:,} test images correctly and Keras "
        f"{keras:.2f}%, {abs(scratch - keras):.2f} percentage points apart, and the two give the same "
        f"answer, right or wrong, for {numbers['agreement']:.2%} of the images."
    )


def agreement_sentence(report):
    """Return on how many of the test images both predict the same class."""
    images = f"of the {report['test_images']:,} test images"
    if "runs" not in report:
        return f"Both predict the same class for {report['agreement']:.2%} {images}."
    mean, deviation = (100 * report[part]["agreement"] for part in ("mean", "std"))
    return f"Both predict the same class for {mean:.2f} ± {deviation:.2f}% {images}."


def drift_sentence(report):
    """Return the largest difference of two weights, and why float32 makes it what it is."""
    largest = max(one["max_weight_difference"] for one in report.get("runs", [report]))
    root = DIVIDES_BY_ROOT.get(report["optimizer"].lower())
    training = "training, which is chaotic, "
    amplifier = f"{root}'s division by sqrt(v) and {training}amplify" if root else f"{training}amplifies"
    seeds = " over all seeds" if "runs" in report else ""
    doubt = "" if all_same(report) else ", but answers that differ as much as here may have another cause"
    return (
        f"The largest difference between two weights is {largest:#.2g}{seeds}: two correct implementations "
        "add the same numbers in a different order, each float32 rounding differs by about 6e-8, and "
        f"{amplifier} these differences (in float64 the gap stays near 1e-15){doubt}."
    )


def epochs_text(report):
    """Return "1 epoch" or "3 epochs"."""
    return f"{report['epochs']} epoch{'s' * (report['epochs'] != 1)}"


def seeds_text(report):
    """Return "0", or with several seeds "0, 1, 2"."""
    return ", ".join(map(str, report.get("seeds", [report["seed"]])))


def repeat_command(report):
    """Return the command that makes this report again, as a shell reads it."""
    words = ["digits", "compare", "--model", report["model"], "--epochs", report["epochs"]]
    words += ["--batch-size", report["batch_size"], "--optimizer", report["optimizer"]]
    words += ["--seeds", len(report["seeds"])] if "runs" in report else ["--seed", report["seed"]]
    if report.get("limit"):
        words += ["--limit", report["limit"]]
    if report["data"] != "mnist":
        words += ["--data", "digits" if report["data"] == "digits" else report["source"]]
    return shlex.join(map(str, words))


def print_table(report, console):
    """Print the results to a rich Console: a table, how far the two agree, how far their weights differ."""
    seeds = "seeds" if "runs" in report else "seed"
    title = f"{report['title']}: model {report['model']}, {epochs_text(report)}, {seeds} {seeds_text(report)}"
    table = Table(title=Text(title, style="bold"), title_justify="left", min_width=72)
    table.add_column("")
    table.add_column("scratch", justify="right")
    table.add_column("Keras", justify="right")
    for row in table_rows(report):
        table.add_row(*row)
    console.print(table)
    console.print(Text(agreement_sentence(report)))
    console.print(Text(drift_sentence(report)))


# The page


def html_page(report, pictures, disagreements):
    """Return the whole page as text, its pictures inside it; `disagreements` is one sentence."""
    texts = {
        "title": report["title"],
        "headline": headline(report),
        "verdict": verdict(report),
        "agreement": agreement_sentence(report),
        "drift": drift_sentence(report).replace("e-", "e\u2011"),  # a hyphen that does not break
        "disagreements": disagreements,
        "command": repeat_command(report),
        "outcome": "same" if all_same(report) else "different",
        "of_seed": f" The pictures are of seed {report['seed']}, the first." if "runs" in report else "",
        "not_mnist": "These digits are not MNIST: there are fewer of them, drawn on only 8 × 8 pixels."
        if report["data"] == "digits"
        else "",
        "train_images": f"{report['train_images']:,}",
        "validation_images": f"{report['validation_images']:,}",
        "test_images": f"{report['test_images']:,}",
        "epochs": epochs_text(report),
        "batch_size": report["batch_size"],
    }
    markup = {
        "results": html_rows(table_rows(report)),
        "experiment": html_rows(experiment_rows(report)),
        "environment": html_rows(report["environment"].items()),
        "seeds_section": seeds_section(report, pictures),
        **{f"{name}_png": data_uri(content) for name, content in pictures.items()},
    }
    template = Template(resources.files("keras_ref").joinpath("report.html").read_text("utf-8"))
    return template.substitute({name: escape(str(text)) for name, text in texts.items()} | markup)


def data_uri(content):
    """Return the bytes of a PNG file as an address that holds the picture itself."""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def html_rows(rows):
    """Return table rows as HTML, each row's first text as its heading and every text escaped."""
    return "\n".join(
        "<tr>"
        + f'<th scope="row">{escape(str(first))}</th>'
        + "".join(f"<td>{escape(str(text))}</td>" for text in rest)
        + "</tr>"
        for first, *rest in rows
    )


def experiment_rows(report):
    """Return what was trained on what, as rows of a name and a value."""
    several = "runs" in report
    return [
        ("Data", report["title"]),
        ("Read from", report["source"]),
        ("Images", f"{report['train_images']:,} for training, {report['validation_images']:,} held out for "
                   f"validation, {report['test_images']:,} for the test"),
        ("Network", f"{report['model']}, {report['parameters']:,} parameters"),
        ("Optimizer", report["optimizer"]),
        ("Training", f"{epochs_text(report)} in batches of {report['batch_size']}"),
        ("Seeds" if several else "Seed", seeds_text(report)),
    ]  # fmt: skip


def seeds_section(report, pictures):
    """Return the page's part about the several seeds as HTML, or nothing where there is one seed."""
    if "runs" not in report:
        return ""
    rows = [
        (
            one["seed"],
            f"{one['scratch']['test_accuracy']:.2%}",
            f"{one['keras']['test_accuracy']:.2%}",
            f"{one['agreement']:.2%}",
            f"{one['max_weight_difference']:#.2g}",
        )
        for one in report["runs"]
    ]
    return f"""<h2>Seed by seed</h2>
<table class="runs">
<thead><tr><th scope="col">Seed</th><th scope="col">scratch</th><th scope="col">Keras</th>
<th scope="col">Same answer</th><th scope="col">Weights differ by up to</th></tr></thead>
<tbody>
{html_rows(rows)}
</tbody>
</table>
<figure>
<img src="{data_uri(pictures["seeds"])}" alt="For each seed, the test accuracy of scratch and of Keras">
<figcaption>One column a seed: the seed draws the initial weights and the order of the images. The line
between two marks is how far apart scratch and Keras end; compare it with how far apart the seeds are. On the
right, the mean of each side with its standard deviation.</figcaption>
</figure>"""
