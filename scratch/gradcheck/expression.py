"""A layer written down as text, "Conv2D(4, 3, padding='same')": read without running it.

Nothing but a call of a layer's name with literal arguments is understood, so no text can do any harm.
"""

import ast
import inspect
import math

from scratch import layers
from scratch.errors import DigitsError
from scratch.layers.base import Layer

LAYERS = {
    name: kind
    for name in layers.__all__
    if isinstance(kind := getattr(layers, name), type) and issubclass(kind, Layer) and kind is not Layer
}
EXAMPLE = "Conv2D(4, 3, padding='same')"
OF_IMAGES = (
    layers.Flatten,
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.ZeroPadding2D,
)
LONGEST = 500  # characters
MOST_NUMBERS = 10**6


def layer_from(text):
    """Return the layer that `text` describes. Raises DigitsError for anything else."""
    text = text.strip()
    call = parsed(text)
    name = call.func.id
    if name not in LAYERS:
        raise DigitsError(f"there is no layer {name!r}: expected one of {', '.join(LAYERS)}")
    arguments = [literal(node, name, text) for node in call.args]
    options = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise DigitsError(f"{name}: expected arguments such as in {EXAMPLE}, received **")
        options[keyword.arg] = literal(keyword.value, name, text)
    taken = signature(LAYERS[name])
    try:
        taken.bind(*arguments, **options)
    except TypeError as error:
        raise DigitsError(f"{name}: {error}; its arguments are {taken}") from None
    try:
        return LAYERS[name](*arguments, **options)
    except (ValueError, TypeError) as error:
        raise DigitsError(str(error) if str(error).startswith(name) else f"{name}: {error}") from None


def signature(layer):
    """Return the Signature of a layer's class; `**options`, if it takes any, are what every Layer takes."""
    parameters = inspect.signature(layer).parameters
    own = [each for each in parameters.values() if each.kind is not each.VAR_KEYWORD]
    if len(own) < len(parameters):
        common = inspect.signature(Layer).parameters
        own += [common[key].replace(kind=common[key].KEYWORD_ONLY) for key in common if key not in parameters]
    return inspect.Signature(own)


def parsed(text):
    """Return the call of a name that `text` is, an ast.Call. Raises DigitsError for anything else."""
    wrong = f"expected a layer such as {EXAMPLE}, received {text[:60]!r}; layers: {', '.join(LAYERS)}"
    if len(text) > LONGEST:
        raise DigitsError(f"{wrong}: no more than {LONGEST} characters")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DigitsError(wrong) from None
    if isinstance(tree, ast.Name):
        raise DigitsError(f"{wrong}: write it with its arguments, {tree.id}(...)")
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise DigitsError(wrong)
    return tree


def literal(node, name, text):
    """Return the value of an argument: a number, a text, True, False, None, or a tuple of these."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise DigitsError(
            f"{name}: expected numbers, texts and tuples as arguments, received "
            f"{ast.get_source_segment(text, node)[:60]!r}"
        ) from None


def default_shape(layer):
    """Return a small input shape, without the batch axis, that suits a layer.

    Images are neither square nor a multiple of the usual strides, so that rows and columns can't be mixed up
    unseen, and a few pixels may be left over.
    """
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if size:
        dilation = getattr(layer, "dilation_rate", (1, 1))
        reach = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
        return max(7, reach[0] + 3), max(6, reach[1] + 2), 2 * getattr(layer, "groups", 1)
    return (4, 3, 2) if isinstance(layer, OF_IMAGES) else (5,)


def check_size(layer, images, shape):
    """Raise DigitsError where a layer on so many inputs of `shape` is too large for a gradient check."""
    size, outputs = getattr(layer, "kernel_size", None), getattr(layer, "filters", getattr(layer, "units", 1))
    parameters = math.prod(size or ()) * shape[-1] * outputs
    positions = math.prod(shape[:-1]) * images
    if max(parameters, positions * shape[-1], positions * outputs) > MOST_NUMBERS:
        raise DigitsError(
            f"{type(layer).__name__} on {images} inputs of shape {shape} is too large to check: expected no "
            f"more than {MOST_NUMBERS:,} parameters, inputs or outputs; a smaller one has the same formulas"
        )
