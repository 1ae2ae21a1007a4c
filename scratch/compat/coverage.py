"""The table of what is here of Keras's names: `python -m scratch.compat.coverage` prints it."""

from scratch.compat.importing import ALIASES, MODULES, source_of
from scratch.compat.offering import WITHOUT_EFFECT, Offered
from scratch.compat.results import SYNONYMS
from scratch.compat.signatures import BACKGROUND, COMPILE, MEMBERS, OLDER, SUMMARY


def table():
    """Return the table as Markdown: a row a module."""
    lines = ["| Module | What is here | Arguments that raise unless left alone |", "|---|---|---|"]
    for package, modules in sorted(MODULES.items()):
        for module in ["", *sorted(modules)]:
            name = f"{package}.{module}".rstrip(".")
            offered = {key: getattr(source_of(name), key) for key in source_of(name).__all__}
            if offered:
                lines.append(f"| `{name}` | {listed(offered)} | {listed(refused(offered))} |")
    lines.append(f"| a `Sequential` | {listed(MEMBERS)} | {listed(refused_by_sequential())} |")
    lines += ["", f"Older paths that lead here: {listed(sorted(ALIASES))}; and what stands below a module,"]
    lines += ["such as `keras.layers.core`. Older names: " + older_names() + "."]
    return "\n".join(lines)


def listed(names):
    """Return names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names) or "-"


def refused(offered):
    """Return the arguments of classes that raise unless they are at their defaults."""
    found = set()
    for thing in offered.values():
        if isinstance(thing, Offered):
            found |= set(thing.parameters) - thing.takes - WITHOUT_EFFECT - {"dtype"}
        found |= getattr(thing, "not_here", set())
    return sorted(found - {"input_dim", "batch_input_shape", "batch_shape"})


def refused_by_sequential():
    """Return the arguments of a Sequential's methods that raise unless they are at their defaults."""
    taken = {"optimizer", "loss", "metrics", "line_length", "print_fn"}
    return sorted(set(COMPILE | SUMMARY) - taken - WITHOUT_EFFECT - set(BACKGROUND))


def older_names():
    """Return Keras 2's spellings that are understood."""
    spelled = {"lr": "learning_rate", "alpha": "negative_slope"} | OLDER | SYNONYMS
    return ", ".join(f"`{old}` for `{new}`" for old, new in sorted(spelled.items()) if old != "accuracy")


if __name__ == "__main__":
    print(table())
