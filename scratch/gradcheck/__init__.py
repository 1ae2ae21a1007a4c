"""Gradient checking that explains: is a backward right, is it wrong and how, or can the check not tell?

    check(f, x, gradient)                      a function of one array, and its gradient
    check_operation(forward, backward, x, w)   a pair of functions, as in scratch.reference
    check_layer(Conv2D(4, 3), (8, 8, 3))       a layer
    check_model(model, x, y)                   a model's loss

Each returns a Report: `report.verdict` is "right", "wrong" or "cannot tell", `print(report)` says it in
sentences, `report["dw"]` is the Finding about one tensor.

How it works: `differences` moves an entry by a range of steps; `curve` fits the error of such differences
and picks the step; `kinks` and `branches` see where there is no derivative; `lines` judges an entry and
`examine` a tensor (a Subject, see `subjects`); `findings` holds the results and `words` says them;
`diagnosis`, with `circumstances` and `mistakes`, names the likely mistake; `adjoint` tests what is linear
without any differences; `operations`, `layer` and `model` are the four functions above, for which `still`
holds layers still; `expression` reads a layer from text.
"""

from scratch.gradcheck.differences import STEPS
from scratch.gradcheck.findings import CANNOT_TELL, RIGHT, WRONG, Finding, Report
from scratch.gradcheck.layer import check_layer
from scratch.gradcheck.model import check_model
from scratch.gradcheck.operations import check, check_operation
from scratch.gradcheck.subjects import Settings

__all__ = [
    "CANNOT_TELL",
    "RIGHT",
    "STEPS",
    "WRONG",
    "Finding",
    "Report",
    "Settings",
    "check",
    "check_layer",
    "check_model",
    "check_operation",
]
