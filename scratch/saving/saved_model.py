"""What a file of Keras's holds, read and put in order, before a model is made of it."""

import re
from dataclasses import dataclass
from pathlib import Path

from scratch.errors import FileFormatError
from scratch.saving import configs, kinds, sandbox, weights
from scratch.saving.archive import CONFIG, METADATA
from scratch.saving.chain import Chain, read_chain
from scratch.saving.wire import Contents

VERSION = re.compile(r"[0-9A-Za-z.+\-]{1,30}")


@dataclass(frozen=True)
class SavedModel:
    """A file of Keras's, read: see `read`.

    path: a Path. format: ".keras", ".h5" (legacy) or ".weights.h5" by what it is, whatever its name.
    keras_version: of the Keras that wrote it, a text, or None where the file does not say. chain: the model's
    layers in order (see scratch.saving.chain), or None for weights alone. training: how it was compiled, a
    dict as the file has it, or None. contents: all texts and arrays.
    """

    path: Path
    format: str
    keras_version: str | None
    chain: Chain | None
    training: dict | None
    contents: Contents

    @property
    def dialect(self):
        """What kind of file it is, in words: "whole model, legacy HDF5, Keras 2.3.1"."""
        layout = {".keras": "Keras 3 archive", ".h5": "legacy HDF5", ".weights.h5": "Keras 3 HDF5"}
        what = "whole model" if self.chain else "weights alone"
        version = f"Keras {self.keras_version}" if self.keras_version else "version not noted"
        return f"{what}, {layout[self.format]}, {version}"

    def stored_weights(self):
        """Return the weights of each layer that has some, a list of weights.Stored.

        Raises FileFormatError, naming the file, where they are not as the file says.
        """
        with named(self.path):
            return stored_weights(self)


def stored_weights(saved):
    """Return a SavedModel's weights, see its method; an error does not name the file."""
    if saved.chain:
        arrays = weights.weights_of_model(saved.contents, saved.chain.layers)
        pairs = zip(saved.chain.layers, arrays, strict=True)
        return [weights.Stored(layer.name, a, weights.names_of(layer)) for layer, a in pairs if a]
    if weights.layout(saved.contents) == weights.LEGACY:
        return weights.legacy_layers(saved.contents)
    return list(weights.current_layers(saved.contents).values())


def read(path, start=sandbox.start_process):
    """Return the SavedModel in a file: what it holds, checked, but no model yet.

    It is read by a process of its own, within limits of time and memory (see scratch.saving.sandbox; start:
    what starts it). Raises FileFormatError, naming the file, for whatever is no file of Keras's, is damaged,
    or is refused.
    """
    path = Path(path)
    with kinds.open_file(path) as file, named(path):
        contents = sandbox.read(file, start)
        return describe(path, contents)


class named:
    """Puts a file's name at the beginning of the FileFormatErrors that are raised in a `with` block."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, FileFormatError):
            raise FileFormatError(f"{self.path} {error}") from None


def describe(path, contents):
    """Return the SavedModel that a file's Contents are."""
    if CONFIG in contents.texts:
        return describe_archive(path, contents)
    root = contents.attributes.get("", {})
    training = parsed(root, "training_config", "its training_config")
    version = version_in(contents)
    if "model_config" in root:
        model = configs.expect_dict(parsed(root, "model_config", "its model_config"), "its model_config")
        return SavedModel(path, ".h5", version, read_chain(model), training, contents)
    if weights.layout(contents) == weights.LEGACY:
        return SavedModel(path, ".h5", version, None, training, contents)
    return SavedModel(path, ".weights.h5", version, None, None, contents)


def describe_archive(path, contents):
    """Return the SavedModel of a `.keras` file."""
    model = configs.parse(contents.texts[CONFIG], f"a {CONFIG}")
    model = configs.expect_dict(model, f"its {CONFIG}")
    metadata = parsed(contents.texts, METADATA, f"a {METADATA}") or {}
    version = checked_version(metadata.get("keras_version"))
    training = model.get("compile_config")
    training = training if isinstance(training, dict) else None
    return SavedModel(path, ".keras", version, read_chain(model), training, contents)


def parsed(texts, name, what):
    """Return the dict in a JSON text among others; None where there is none."""
    text = texts.get(name)
    if not isinstance(text, str):
        return None
    value = configs.parse(text, what)
    return value if isinstance(value, dict) else None


def version_in(contents):
    """Return the Keras version that an HDF5 file notes, or None."""
    noted = (attributes.get("keras_version") for attributes in contents.attributes.values())
    return next((version for version in map(checked_version, noted) if version), None)


def checked_version(version):
    """Return a version as it may be shown; None for what is none."""
    return version if isinstance(version, str) and VERSION.fullmatch(version) else None
