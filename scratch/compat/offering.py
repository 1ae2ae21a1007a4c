"""A class or function of Keras's, called with Keras's arguments; those that are not here raise by name."""

import inspect

import numpy as np

from scratch import console
from scratch.errors import DigitsError

REQUIRED = inspect.Parameter.empty
# Arguments that change how fast or by what means something is computed, never what: they are noted.
WITHOUT_EFFECT = {
    "autocast",
    "jit_compile",
    "max_queue_size",
    "run_eagerly",
    "steps_per_execution",
    "synchronized",
    "use_multiprocessing",
    "workers",
    "zipped",
}
FLOAT32 = (None, "float32", np.float32, np.dtype("float32"))
_noted = set()


class NotHereError(DigitsError):
    """Something of Keras's or TensorFlow's that is not here; the message names it, and says what is."""


class NoMemberError(NotHereError, AttributeError):
    """A NotHereError for an attribute: hasattr says no."""


def note(sentence):
    """Print a sentence to standard error, once."""
    if sentence not in _noted:
        _noted.add(sentence)
        console.err.print(f"note: {sentence}", markup=False, soft_wrap=True)


class Named:
    """A function of Keras's that `compile` and layers know by its name, such as keras.activations.relu.

    function: what it computes when it is called.
    """

    def __init__(self, name, function=None):
        self.__name__ = self.name = name
        self.function = function

    def __call__(self, *arguments, **options):
        """Return what the function computes."""
        if self.function is None:
            raise NotHereError(f"{self.name}: it can be handed on here, as {self.name!r}, but not called")
        return self.function(*arguments, **options)

    def __repr__(self):
        return f"<function {self.name}>"


class Offered:
    """One of Keras's classes or functions: it takes Keras's arguments and hands them to ours.

    name: how it is spelled in Keras; make: what makes ours; parameters: all of Keras's arguments in order
    with their defaults (REQUIRED for none); takes: those that `make` takes (default: those of its
    signature); renamed: older spellings of arguments.
    """

    def __init__(self, name, make, parameters, takes=None, renamed=None):
        self.name, self.make, self.parameters = name, make, parameters
        self.__name__, self.__doc__ = name.rpartition(".")[2], make.__doc__
        self.takes = set(inspect.signature(make).parameters) if takes is None else set(takes)
        self.renamed = renamed or {}

    def __call__(self, *arguments, **options):
        """Return ours, made with Keras's arguments."""
        return self.make(**self.bound(arguments, options))

    def __instancecheck__(self, instance):
        return isinstance(self.make, type) and isinstance(instance, self.make)

    def __mro_entries__(self, bases):
        raise NotHereError(
            f"a class of one's own out of {self.name} is not here: Sequential and Callback are"
        )

    def __repr__(self):
        return f"<class {self.name!r}>"

    def bound(self, arguments, options):
        """Return the arguments for `make`. Raises NotHereError for those that are not here."""
        return bound(self.name, self.parameters, self.takes, arguments, options, self.renamed)


def bound(name, parameters, takes, arguments, options, renamed=None):
    """Return the arguments of a call, a dict of those that are in `takes`; see Offered.

    Raises NotHereError for any other that is not at its default, TypeError where Python would raise it.
    """
    if len(arguments) > len(parameters):
        raise TypeError(f"{name}: expected at most {len(parameters)} arguments, received {len(arguments)}")
    given = dict(zip(parameters, arguments, strict=False))
    for option, value in options.items():
        option = (renamed or {}).get(option, option)
        if option in given:
            raise TypeError(f"{name}: received {option} twice")
        if option not in parameters:
            raise NotHereError(f"{name}: there is no argument {option!r}, only {', '.join(parameters)}")
        given[option] = value
    absent = [p for p, default in parameters.items() if default is REQUIRED and p not in given]
    if absent:
        raise TypeError(f"{name}: expected {' and '.join(absent)}, received none")
    return {
        option: plain(value)
        for option, value in given.items()
        if is_wanted(name, option, value, parameters[option], takes)
    }


def is_wanted(name, option, value, default, takes):
    """Return whether to hand an argument on; raise NotHereError where it cannot be, and is no default."""
    if option in takes:
        return True
    if same(value, default) or is_usual(option, value):
        return False
    if option in WITHOUT_EFFECT:
        note(f"{name}: {option}={value!r} changes nothing here, where all is compiled already.")
        return False
    expected = "no other than it is" if default is REQUIRED else repr(default)
    raise NotHereError(f"{name}: {option}={value!r} is not here: expected {expected}")


def is_usual(option, value):
    """Return whether a value means what is done here anyway."""
    if option == "dtype":
        return any(value is usual or (isinstance(value, str) and value == usual) for usual in FLOAT32)
    return option == "data_format" and value == "channels_last"


def same(a, b):
    """Return whether two values of an argument mean the same; 0 and False do not."""
    if isinstance(a, bool) != isinstance(b, bool) or isinstance(a, np.ndarray):
        return False
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return tuple(a) == tuple(b)
    try:
        return a is b or bool(a == b)
    except (TypeError, ValueError):
        return False


def plain(value):
    """Return a value as our own classes take it: a function that goes by its name as that name."""
    if isinstance(value, Named):
        return value.name
    if isinstance(value, Offered):
        return value()
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
