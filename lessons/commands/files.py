"""What the subcommands about model files share: reading them, and where to write."""

import warnings
from pathlib import Path

from scratch import console, saving
from scratch.architectures import ARCHITECTURES, build
from scratch.errors import DigitsError, FileFormatError
from scratch.saving import building, filling

WEIGHTS_SUFFIX = ".weights.h5"
SUFFIXES = (".keras", ".h5", ".hdf5")


def add_file_argument(parser, name="file", what="a model's file: .keras, .h5 or .weights.h5"):
    """Add the positional argument of a file to read."""
    parser.add_argument(name, metavar=name.upper(), help=what)


def add_model_argument(parser):
    """Add `--model NAME`, which says what network a file of weights alone belongs to."""
    parser.add_argument(
        "--model",
        choices=ARCHITECTURES,
        help="the network of ours that the weights belong to; only for a file that holds weights alone",
    )


def open_model(path, name=None, engine="fast"):
    """Return (SavedModel, Sequential) for the file at `path`; what was left out is said on standard error.

    name: which of our networks the weights are of, for a file of weights alone. Raises DigitsError for
    whatever is no such file, and where a name is missing or has no place.
    """
    saved = saving.read(path)
    if saved.chain is not None:
        if name is not None:
            raise DigitsError(f"{path} says itself what network it holds: leave --model out")
        return saved, saying_notes(lambda: building.build_model(saved, engine=engine))
    if name is None:
        raise DigitsError(f"{path} holds weights alone, without their network: {what_to_pass(saved)}")
    model = build(name)
    saying_notes(lambda: filling.load_into(model, saved))
    model.use_engine(engine)
    return saved, model


def saying_notes(load):
    """Return what `load` returns; its warnings become sentences on standard error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = load()
    for warning in caught:
        console.err.print(f"Note: {warning.message}.", markup=False, soft_wrap=True)
    return result


def what_to_pass(saved):
    """Return the end of a sentence: which of our networks the weights in a file fit."""
    fitting = [name for name in ARCHITECTURES if fits(build(name), saved)]
    if fitting:
        return f"pass --model {' or --model '.join(fitting)}, whose shapes they fit"
    return (
        f"they fit none of ours (--model {', --model '.join(ARCHITECTURES)}), so build theirs in Python with "
        f"scratch.models.Sequential, call its load_weights(), and save it as .keras"
    )


def fits(model, saved):
    """Return whether the weights in a file have the shapes of a model's."""
    try:
        pairs = filling.weights_for(model, saved)
    except FileFormatError:
        return False
    return all(target.shape == array.shape for target, array in pairs.values())


# Files to write


def add_force_argument(parser):
    """Add `--force`, without which no file is replaced."""
    parser.add_argument("--force", action="store_true", help="replace the file if there is one")


def checked_target(path, force):
    """Return the Path of a file to write a model to, before any work is done for it.

    Raises DigitsError for a name that says no format, a folder that is not there, and a file that is there,
    unless `force`.
    """
    path = Path(path)
    if not path.name.lower().endswith(SUFFIXES):
        raise DigitsError(
            f"{path}: expected a name that ends in .keras (Keras 3), .h5 (Keras 2 and 3) or {WEIGHTS_SUFFIX} "
            f"(weights alone)"
        )
    if path.is_dir():
        raise DigitsError(f"{path} is a folder: expected the name of a file to write")
    if not path.parent.is_dir():
        raise DigitsError(f"{path} cannot be written: there is no folder {path.parent}; make it first")
    if path.exists() and not force:
        raise DigitsError(f"{path} exists: choose another name, or give --force to have it replaced")
    return path


def write(model, path):
    """Write a model to `path` in the format of its suffix; whole or not at all."""
    if path.name.lower().endswith(WEIGHTS_SUFFIX):
        model.save_weights(path)
    else:
        model.save(path)
