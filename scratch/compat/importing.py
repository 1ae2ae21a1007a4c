"""`import keras` and `import tensorflow` in one process: found here, under any of the paths they have had."""

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from scratch.compat.names import KERAS
from scratch.compat.offering import NotHereError

PACKAGES = ("keras", "tensorflow")
MODULES = {
    "keras": {
        "activations",
        "backend",
        "callbacks",
        "config",
        "datasets",
        "datasets.fashion_mnist",
        "datasets.mnist",
        "initializers",
        "layers",
        "losses",
        "metrics",
        "models",
        "optimizers",
        "optimizers.schedules",
        "preprocessing",
        "preprocessing.image",
        "regularizers",
        "utils",
    },
    "tensorflow": {"compat", "compat.v1", "config", "data", "distribute", "math", "nn", "random", "test"},
}
# Where Keras's modules also are, or once were; the longest that fits counts.
ALIASES = {
    "tensorflow.keras": "keras",
    "tensorflow.python.keras": "keras",
    "tensorflow.compat.v1.keras": "keras",
    "tensorflow.compat.v2": "tensorflow",
    "tf_keras": "keras",
    "keras.api": "keras",
    "keras.src": "keras",
    "keras._tf_keras.keras": "keras",
    "keras.legacy": "keras",
    "keras.backend.tensorflow_backend": "keras.backend",
    "keras.optimizers.legacy": "keras.optimizers",
    "keras.utils.np_utils": "keras.utils",
    "keras.utils.generic_utils": "keras.utils",
    "keras.utils.vis_utils": "keras.utils",
    "keras.utils.data_utils": "keras.utils",
    "keras.engine.sequential": "keras.models",
    "keras.engine": "keras.models",
    "keras.saving": "keras.models",
    "keras.losses.losses": "keras.losses",
}
# Modules that are split up in some versions: keras.layers.core.dense has what keras.layers has.
SPLIT = ("activations", "callbacks", "initializers", "layers", "losses", "metrics", "models", "optimizers")
SPLIT += ("regularizers", "preprocessing.image", "backend", "utils")


def canonical(name):
    """Return where a module is that a script imports as `name`: keras.layers.core -> keras.layers."""
    name = unaliased(name)
    package, _, rest = name.partition(".")
    if package == "keras" and rest not in MODULES["keras"]:
        for part in SPLIT:
            if rest.startswith(f"{part}."):
                return f"keras.{part}"
    return name


def unaliased(name):
    """Return a name under today's name of its module: tensorflow.keras.layers -> keras.layers."""
    before = None
    while name != before:
        before = name
        for alias in sorted(ALIASES, key=len, reverse=True):
            if name == alias or name.startswith(f"{alias}."):
                name = ALIASES[alias] + name[len(alias) :]
                break
    return name


def is_here(name):
    """Return whether a module, by its canonical name, is here."""
    package, _, rest = name.partition(".")
    return package in PACKAGES and (not rest or rest in MODULES[package])


class Missing:
    """Something of Keras's that is not here; importing it is no error, since many scripts never use it.

    name: how it is spelled in Keras.
    """

    def __init__(self, name):
        self.missing_name = name

    def error(self):
        """Return a NotHereError that names it."""
        return NotHereError(f"{self.missing_name} is not here{what_is(self.missing_name)}")

    def __call__(self, *arguments, **options):
        """Raise NotHereError."""
        raise self.error()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise self.error()

    def __mro_entries__(self, bases):
        raise self.error()


def what_is(name):
    """Return the end of a sentence: what is here in the module of something that is not."""
    module = name.rpartition(".")[0]
    special = {
        "keras.Model": "Sequential is, a stack of layers",
        "keras.models.Model": "Sequential is, a stack of layers",
        "keras.utils.plot_model": "model.summary() is",
    }
    if name in special:
        return f": {special[name]}"
    while module and not is_here(module):
        module = module.rpartition(".")[0]
    if module == "keras":
        return f": there are the modules {', '.join(sorted(MODULES['keras']))}"
    offered = offered_names(module) if module else []
    return f": in {module} there are {', '.join(offered)}" if offered else ""


def offered_names(module):
    """Return the names of the classes and functions that a module offers, sorted."""
    return sorted(source_of(module).__all__)


def source_of(name):
    """Return our module that offers what Keras's or TensorFlow's of that canonical name has."""
    package, _, rest = name.partition(".")
    return importlib.import_module(f"scratch.compat.{package}.{rest}".rstrip("."))


class OfferedModule(ModuleType):
    """A module under the name that a script imports; whatever is not here is a Missing in it."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        inner = f"{self.__name__}.{name}"
        where = unaliased(inner)
        if is_here(where) or where in (canonical(self.__name__), "keras"):
            return load(inner)
        place = canonical(self.__name__)
        if name in KERAS.get(place.removeprefix("keras."), {name}):
            return Missing(f"{place}.{name}")
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


class Finder(MetaPathFinder, Loader):
    """Finds keras and tensorflow, and all that is in them, before anybody else does."""

    def find_spec(self, name, path=None, target=None):
        """Return a spec for every module of Keras's and TensorFlow's; None for others."""
        if name.partition(".")[0] not in (*PACKAGES, "tf_keras"):
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        """Return the module, empty."""
        return OfferedModule(spec.name)

    def exec_module(self, module):
        """Fill the module with what is here."""
        where = canonical(module.__name__)
        if not is_here(where):
            return
        package, _, rest = where.partition(".")
        source = source_of(where)
        offered = {name: getattr(source, name) for name in source.__all__}
        module.__dict__.update(offered, __doc__=source.__doc__)
        if hasattr(source, "__version__"):
            module.__version__ = source.__version__
        inner = {name for name in MODULES[package] if name.startswith(f"{rest}." if rest else "")}
        inner = {name.removeprefix(f"{rest}." if rest else "").partition(".")[0] for name in inner}
        module.__all__ = sorted({*offered, *inner})


def load(name):
    """Return a module of Keras's or TensorFlow's as a script finds it under that name."""
    if name not in sys.modules:
        finder = Finder()
        spec = finder.find_spec(name)
        sys.modules[name] = module = finder.create_module(spec)
        module.__spec__, module.__path__, module.__package__ = spec, [], name
        finder.exec_module(module)
    return sys.modules[name]


def install():
    """Have this process find keras and tensorflow here. Raises NotHereError where they have been imported."""
    if any(isinstance(finder, Finder) for finder in sys.meta_path):
        return
    there = [name for name in PACKAGES if name in sys.modules]
    if there:
        raise NotHereError(
            f"{' and '.join(there)} has been imported already: expected a process of its own for a script"
        )
    sys.meta_path.insert(0, Finder())
