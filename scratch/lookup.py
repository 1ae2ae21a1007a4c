"""Names as Keras spells them: finding an object by its name, and a layer's name from its class."""

import re


def find(identifier, table, kind):
    """Return what the name stands for in `table`, a dict; classes also go by their own names, such as "Adam".

    kind: what is looked for, for the message. Raises ValueError for an unknown name.
    """
    by_class = {value.__name__: value for value in table.values() if isinstance(value, type)}
    if identifier not in table | by_class:
        names = ", ".join(sorted(table))
        raise ValueError(f"unknown {kind} {identifier!r}: expected one of {names}, or an object")
    return (table | by_class)[identifier]


def find_instance(identifier, table, kind, base):
    """Return the object that a name, a class or an object stands for, made with its defaults if need be.

    base: the class that it must be of. Raises ValueError for an unknown name, and for anything else.
    """
    found = find(identifier, table, kind) if isinstance(identifier, str) else identifier
    found = found() if isinstance(found, type) else found
    if not isinstance(found, base):
        names = ", ".join(sorted(table))
        raise ValueError(
            f"{kind}: expected a name ({names}) or an object of that kind, received {identifier!r}"
        )
    return found


def snake_case(name):
    """Return what Keras calls a layer of the class `name`: MaxPooling2D -> max_pooling2d, ReLU -> re_lu."""
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
