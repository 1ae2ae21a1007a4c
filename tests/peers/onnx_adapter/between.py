"""What stands between two operators of ours in a model, and only moves numbers about."""

import numpy as np
import onnx


def constant(call):
    """Return the attribute's value."""
    return [onnx.numpy_helper.to_array(call.get("value"))]


def transpose(call):
    """Return the input with its axes in another order."""
    return [call.input(0).transpose(call.get("perm"))]


def axes_of(call):
    """Return the axes that Squeeze and Unsqueeze are to take away or add: an attribute once, an input now."""
    return tuple(call.get("axes") or call.input(1))


def squeeze(call):
    """Return the input without some axes of length 1."""
    return [call.input(0).squeeze(axes_of(call))]


def unsqueeze(call):
    """Return the input with some more axes of length 1."""
    return [np.expand_dims(call.input(0), axes_of(call))]
