"""The JSON in Keras's files: parsed within limits, and its ways of writing objects made one.

Nothing here makes anything: what a config names is looked up in tables of our own (layer_table, training).
"""

import json

from scratch.errors import FileFormatError
from scratch.saving import limits

SEQUENCES = {"__tuple__", "ListWrapper", "TensorShape"}  # how some versions write a list
ARRAYS = {"__numpy__", "__ndarray__", "__tensor__"}
LONGEST_LINE = 300  # of what an exception says, in which a value may be shown
MODULES = ("keras", "tensorflow", "tf_keras", "tensorflow_core", "builtins")


def parse(text, what):
    """Return a JSON text as dicts, lists, numbers and strings; `what` it is, for messages.

    Raises FileFormatError where it is no JSON, too long or nested too deeply.
    """
    if len(text) > limits.TEXT_BYTES:
        raise FileFormatError(
            f"holds {what} of {len(text):,} characters: expected at most {limits.TEXT_BYTES:,}"
        )
    try:
        value = json.loads(text)
    except RecursionError:
        raise FileFormatError(f"holds {what} that is nested too deeply") from None
    except ValueError as error:
        raise FileFormatError(f"holds {what} that is no JSON ({error})") from None
    check_depth(value, what)
    return plain(value)


def check_depth(value, what):
    """Raise FileFormatError where lists and dicts are nested too deeply to be walked through."""
    level = [value]
    for _ in range(limits.JSON_DEPTH):
        level = [item for v in level if isinstance(v, dict | list) for item in members(v)]
        if not level:
            return
    raise FileFormatError(f"holds {what} that is nested more than {limits.JSON_DEPTH} deep")


def members(value):
    """Return what a dict or a list holds."""
    return value.values() if isinstance(value, dict) else value


def plain(value):
    """Return a value with lists for what stands for lists."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("class_name")
    if isinstance(kind, str) and kind in SEQUENCES and isinstance(value.get("items"), list):
        return [plain(item) for item in value["items"]]
    if isinstance(kind, str) and kind in ARRAYS and isinstance(value.get("config"), dict):
        return plain(value["config"].get("value"))
    return {name: plain(item) for name, item in value.items()}


def as_object(value, what):
    """Return (class name, config) of a Keras object in any of its spellings: a name alone, or a dict.

    Raises FileFormatError, saying `what` it is, for a Lambda, an object of its author's own, or none at all.
    """
    if isinstance(value, str):
        return own_name(value), {}
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
        raise FileFormatError(f"{what}: expected the name of a class and its config, found {shown(value)}")
    name, config = value["class_name"], value.get("config")
    if name == "function" and isinstance(config, str):
        name, config = config, {}
    if name in ("Lambda", "__lambda__"):
        raise FileFormatError(
            f"{what} is a Lambda, Python code kept in the file: it is never run; put layers that do the same "
            f"in its place and save the model again"
        )
    check_author(value, name, what)
    return own_name(name), config if isinstance(config, dict) else {}


def own_name(name):
    """Return a class's name without what Keras 2.11 to 2.14 put before those of its own optimizers."""
    return name.removeprefix("Custom>")


def check_author(value, name, what):
    """Raise FileFormatError for an object of a class that is not Keras's own, though it may be called so."""
    module, registered = value.get("module"), value.get("registered_name")
    foreign = isinstance(module, str) and module.partition(".")[0] not in MODULES
    custom = isinstance(registered, str) and ">" in registered
    if foreign or custom:
        place = registered if custom else f"{module}.{name}"
        raise FileFormatError(
            f"{what} is of a class of its author's own, {shown(place)}: only Keras's own are read, and "
            f"nothing that a file names is imported"
        )


def shown(value, length=80):
    """Return a value as a message shows it, cut short."""
    text = repr(value)
    return text if len(text) <= length else f"{text[:length]}..."


def printable(text):
    """Return a name out of a file with underscores for what would steer a terminal, or cannot be encoded."""
    return "".join(character if character.isprintable() else "_" for character in text)


def expect_dict(value, what):
    """Return `value`. Raises FileFormatError unless it is a dict."""
    if not isinstance(value, dict):
        raise FileFormatError(f"{what}: expected a dict, found {shown(value)}")
    return value


def expect_list(value, what):
    """Return `value`. Raises FileFormatError unless it is a list."""
    if not isinstance(value, list):
        raise FileFormatError(f"{what}: expected a list, found {shown(value)}")
    return value


def expect_text(value, what):
    """Return `value`. Raises FileFormatError unless it is a text."""
    if not isinstance(value, str):
        raise FileFormatError(f"{what}: expected a text, found {shown(value)}")
    return value


def first_line(error):
    """Return the first line of what an exception says, cut short."""
    line = (str(error) or type(error).__name__).splitlines()[0]
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}..."
