"""Names as Keras spells them: finding an object by its name, and a layer's name from its class."""

import re


def find(identifier, table, kind):
    """Return what `identifier` stands for: `table[identifier]` for a name, the object itself otherwise.

    table: a dict of names; kind: what is looked for, for the message. Raises ValueError for an unknown name.
    """
    if not isinstance(identifier, str):
        return identifier
    if identifier not in table:
        raise ValueError(
            f"unknown {kind} {identifier!r}: expected one of {', '.join(sorted(table))}, or an object"
        )
    return table[identifier]


def find_instance(identifier, table, kind):
    """Like `find`, and make an object with its defaults where a class is what was found or given."""
    found = find(identifier, table, kind)
    return found() if isinstance(found, type) else found


def snake_case(name):
    """Return what Keras calls a layer of the class `name`: MaxPooling2D -> max_pooling2d, ReLU -> re_lu."""
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
