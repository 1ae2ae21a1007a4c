"""`digits predict`: read the digits in photos and drawings."""

import json
from pathlib import Path

from rich.table import Table

from lessons.commands.arguments import add_data_argument, add_json_argument, add_out_argument, made
from scratch import console
from scratch.architectures import ARCHITECTURES
from scratch.errors import DigitsError

DEFAULT_MODEL = "cnn"


def configure(parser):
    """Declare the arguments."""
    parser.add_argument(
        "images", nargs="+", metavar="IMAGE", help="a photo or a drawing: PNG, JPEG, WebP, BMP, GIF or TIFF"
    )
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="MODEL",
        help=f"a Keras file (.keras, .h5), or one of our own networks, {' or '.join(ARCHITECTURES)}, trained "
        f"the first time (default: {DEFAULT_MODEL})",
    )
    parser.add_argument("--stages", action="store_true", help="draw every stage from the photo to 28x28, too")
    parser.add_argument(
        "--single",
        action="store_true",
        help="take all ink of a picture for one digit (always done in pictures of at most 64 pixels)",
    )
    add_data_argument(parser)
    add_out_argument(parser, "out/predict")
    add_json_argument(parser)
    parser.epilog = "Exit status: 0 all were read, 1 at least one was not, 2 a wrong call."


def run(args):
    """Read each picture; print and draw the answers. A picture that can't be read doesn't stop others."""
    from scratch.handwriting import find_digits, read_photo

    pages, errors = {}, {}
    for path in args.images:  # before the network, which may have to be trained
        try:
            pages[path] = find_digits(read_photo(path), single=True if args.single else None)
        except DigitsError as error:
            errors[path] = str(error)
    results = read_all(pages, args, errors) if pages else []
    results += [{"image": path, "error": message} for path, message in errors.items()]
    if args.json:
        print(json.dumps({"model": args.model, "images": results}, indent=2))
    for message in errors.values():
        console.err.print(f"digits predict: {message}", style="bold red", markup=False, soft_wrap=True)
    return 1 if errors else 0


def read_all(pages, args, errors):
    """Return a dict for --json of each page in `pages`, {path: Page}; what can't be read goes to `errors`."""
    from scratch.handwriting import read_page

    folder, model, results = made(args.out), network(args.model, args.data), []
    for number, (path, page) in enumerate(pages.items(), 1):
        try:
            reading = read_page(page, model)
        except DigitsError as error:
            errors[path] = str(error)
            continue
        name = Path(path).stem if len(pages) == 1 else f"{number}_{Path(path).stem}"
        pictures = draw(reading, path, folder / name, args.stages)
        results.append({"image": path} | reading.as_dict() | {"pictures": [str(each) for each in pictures]})
        if not args.json:
            show(reading, path, pictures)
    return results


def network(name, data):
    """Return the network to read with: from a file, or one of ours, trained if it has not been before.

    Ours learn from `data` (--data) and from digits drawn by code, in styles that MNIST lacks.
    """
    if name not in ARCHITECTURES:
        from scratch.models import load_model

        if data is not None:
            raise DigitsError("--data is for our own networks: a file brings what it has learned")
        if not Path(name).exists():
            expected = f"one of {', '.join(ARCHITECTURES)}, or a Keras file"
            raise DigitsError(f"--model: there is no network and no file {name!r}; expected {expected}")
        return load_model(name, compile=False)
    from scratch import datasets
    from scratch.handwriting.drawing import with_other_styles
    from scratch.trained import trained

    return trained(name, with_other_styles(datasets.load(data)))


def draw(reading, path, stem, stages):
    """Write the picture of the answers and, if asked for, of the stages; return their Paths."""
    from scratch import figures

    name = Path(path).name
    drawn = {"answers": figures.answers_on_photo(reading, f"{name}: {'  '.join(reading.rows)}")}
    if stages:
        drawn["stages"] = figures.handwriting_stages(reading, f"{name}: from the photo to 28 x 28")
    paths = []
    for kind, figure in drawn.items():
        paths.append(stem.with_name(f"{stem.name}_{kind}.png"))
        paths[-1].write_bytes(figures.png(figure))
    return paths


def show(reading, path, pictures):
    """Print the answers, row by row, and a table of them."""
    console.say(f"{path}:")
    for row in reading.rows:
        console.say(f"  {' '.join(row)}")
    table = Table()
    for heading in ("Row", "Place", "Digit", "Probability", "Second choice"):
        table.add_column(heading, justify="right")
    for answer in reading.answers:
        second = f"{answer.second} ({answer.second_probability:.1%})"
        cells = (str(answer.row + 1), str(answer.place + 1), str(answer.digit), f"{answer.probability:.1%}")
        table.add_row(*cells, second)
    console.out.print(table)
    if reading.set_aside:
        reasons = [reason for _, reason in reading.set_aside]
        counted = [f"{reasons.count(reason)} {reason}" for reason in sorted(set(reasons))]
        console.say(f"Seen, but not read: {', '.join(counted)}.")
    console.say(f"Pictures: {', '.join(map(str, pictures))}")
