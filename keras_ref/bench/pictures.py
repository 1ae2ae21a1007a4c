"""The pictures of a report: how many times better scratch is, and how its time grows."""

from keras_ref.bench.contender import LABELS
from keras_ref.report import write_file

PICTURED = {
    "train_epoch": "Training",
    "predict_10k": "Predicting\n10,000 images",
    "predict_one": "One image",
    "predict_one_by_predict": "One image,\nKeras's predict",
    "start": "Start to\nfirst step",
    "peak_memory": "Peak memory",
}


def write(report, folder):
    """Write the report's pictures into `folder`, a Path; return the list of paths.

    An old picture there that this report does not have is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures, paths = draw(report), []
    for name in ("ratios", "growth"):
        path = folder / f"{name}.png"
        if name in pictures:
            paths.append(write_file(path, pictures[name]))
        else:
            path.unlink(missing_ok=True)
    return paths


def draw(report):
    """Return {name: PNG bytes} of the pictures that the report has: no ratios where nobody was beside us."""
    from scratch import figures

    models = report["models"]
    batches, threads = {}, {}
    for name, part in models.items():
        by_name = part["growth"]["batch_size"]["medians"]
        batches[name] = {LABELS[side]: numbered(by_size) for side, by_size in by_name.items()}
        threads[name] = numbered(part["growth"]["threads"]["medians"])
    growth = figures.speed_growth(
        batches, threads, f"{report['title']}, float32: larger batches, more threads"
    )
    pictures = {"growth": figures.png(growth)}
    if report["ratios"]["train_epoch"]:
        title = f"How many times better scratch is: {report['title']}, batch {report['batch_size']}, float32"
        ratios = {name: ratios_to_draw(part) for name, part in models.items()}
        pictures["ratios"] = figures.png(figures.speed_ratios(ratios, title))
    return pictures


def numbered(figures):
    """Return {"1": figure} with whole numbers as keys."""
    return {int(key): value for key, value in figures.items()}


def ratios_to_draw(part):
    """Return {what, in words: {label: (ratio, lowest, highest)}}, from the other's median, best and worst
    round.
    """
    drawn = {}
    for what, by_name in part["ratios"].items():
        ours, spread = part["medians"][what]["scratch"], part["spread"][what]
        drawn[PICTURED[what]] = {
            LABELS[name]: (ratio, *(end / ours for end in spread[name])) for name, ratio in by_name.items()
        }
    return drawn
