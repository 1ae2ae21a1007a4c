"""Attributes of layers and models that Keras has under the same names, but in another form.

Shapes are without the batch axis here and with it there, and a layer's weights are a dict here and a list
there. The mathematics reads these attributes as they are; in a script's syntax tree `layer.output_shape`
becomes `__view__(layer, "output_shape")`, which gives it what Keras would.
"""

import ast

from scratch.compat.tensors import tensor
from scratch.layers.base import Layer
from scratch.network import Network

NAME = "__view__"


def with_batch_axis(shape):
    """Return a shape as Keras has it; None where it is not known yet."""
    return None if shape is None else (None, *shape)


VIEWS = {
    "input_shape": (Layer | Network, with_batch_axis),
    "output_shape": (Layer | Network, with_batch_axis),
    "weights": (Layer, lambda weights: [tensor(w) for w in weights.values()]),
}


def view(owner, name):
    """Return an attribute of something as Keras has it."""
    value = getattr(owner, name)
    kinds, seen = VIEWS[name]
    return seen(value) if isinstance(owner, kinds) else value


class Rewriting(ast.NodeTransformer):
    """Has each of these attributes read through `view`."""

    def visit_Attribute(self, node):
        """See ast.NodeTransformer."""
        self.generic_visit(node)
        if node.attr not in VIEWS or not isinstance(node.ctx, ast.Load):
            return node
        call = ast.Call(ast.Name(NAME, ast.Load()), [node.value, ast.Constant(node.attr)], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))


def seen_by(tree):
    """Return a script's syntax tree with these attributes read as Keras has them."""
    return Rewriting().visit(tree)
