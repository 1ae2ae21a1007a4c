"""The page: one HTML file with everything in it, to be read in a browser and sent to another."""

import base64
from html import escape
from importlib import resources
from string import Template

from keras_ref.report.words import (
    agreement_sentence,
    all_same,
    drift_sentence,
    headline,
    plural,
    repeat_command,
    seeds_text,
    several,
    table_rows,
    verdict,
)

SPREAD = (
    "Compare it with how far apart the seeds are. On the right, the mean of each side with its standard "
    "deviation."
)


def html_page(report, pictures, captions):
    """Return the whole page as text, its pictures inside it; `captions`: those that depend on the answers."""
    texts = {
        "title": report["title"],
        "headline": headline(report),
        "verdict": verdict(report),
        "agreement": agreement_sentence(report),
        "drift": drift_sentence(report).replace("e-", "e\u2011"),  # a hyphen that does not break
        "disagreements": captions["disagreements"],
        "shared_mistakes": captions["shared_mistakes"],
        "command": repeat_command(report),
        "outcome": "same" if all_same(report) else "different",
        "of_seed": f" The pictures are of seed {report['seed']}, the first." if several(report) else "",
        "not_mnist": "These digits are not MNIST: there are fewer of them, drawn on only 8 × 8 pixels."
        if report["data"] == "digits"
        else "",
        "train_images": plural(report["train_images"], "training image"),
        "validation_images": plural(report["validation_images"], "validation image"),
        "test_images": plural(report["test_images"], "test image"),
        "epochs": plural(report["epochs"], "epoch"),
        "batch_size": report["batch_size"],
    }
    markup = {
        "results": html_rows(table_rows(report)),
        "experiment": html_rows(experiment_rows(report)),
        "environment": html_rows(report["environment"].items()),
        "seeds_section": seeds_section(report, pictures),
        **{f"{name}_png": data_uri(content) for name, content in pictures.items()},
    }
    template = Template(resources.files("keras_ref.report").joinpath("page.html").read_text("utf-8"))
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
    return [
        ("Data", report["title"]),
        ("Read from", report["source"]),
        ("Images", f"{report['train_images']:,} for training, {report['validation_images']:,} held out for "
                   f"validation, {report['test_images']:,} for the test"),
        ("Network", f"{report['model']}, {plural(report['parameters'], 'parameter')}"),
        ("Engine", f"{report.get('engine', 'fast')}, on the side of scratch"),
        ("Optimizer", report["optimizer"]),
        ("Training", f"{plural(report['epochs'], 'epoch')} in batches of {report['batch_size']}"),
        ("Seeds" if several(report) else "Seed", seeds_text(report)),
    ]  # fmt: skip


def seeds_section(report, pictures):
    """Return the page's part about the seeds as HTML, or nothing where the report has no list of runs."""
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
    spread = SPREAD if several(report) else "With more seeds, you would see here how far apart they are."
    return f"""<h2>Seed by seed</h2>
<table class="runs">
<thead><tr><th scope="col">Seed</th><th scope="col">scratch</th><th scope="col">Keras</th>
<th scope="col">Same answer</th><th scope="col">Weights differ by up to</th></tr></thead>
<tbody>
{html_rows(rows)}
</tbody>
</table>
<figure>
<div class="picture" tabindex="0">
<img src="{data_uri(pictures["seeds"])}" alt="For each seed, the test accuracy of scratch and of Keras">
</div>
<figcaption>One column a seed: the seed draws the initial weights and the order of the images. The line
between two marks is how far apart scratch and Keras end. {spread}</figcaption>
</figure>"""
