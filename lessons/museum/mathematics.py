"""The checks of gradients that need nobody else: central differences, and the adjoint test."""

from lessons.museum.outcomes import caught_if

# Each thing that layers can do, on images that are not square, with strides that leave a remainder and
# windows that overlap: what examples in books don't have, and bugs hide behind.
LAYERS = (
    ("Conv2D(2, 3)", (6, 5, 2)),
    ("Conv2D(2, (2, 3), padding='same')", (4, 5, 2)),
    ("Conv2D(2, 3, strides=2)", (8, 5, 1)),
    ("Conv2D(2, 3, strides=2, padding='same')", (6, 5, 1)),
    ("Conv2D(2, 2, dilation_rate=2)", (5, 4, 2)),
    ("Conv2D(2, 2, groups=2)", (4, 3, 2)),
    ("MaxPooling2D()", (6, 4, 2)),
    ("MaxPooling2D(3, strides=1)", (5, 6, 1)),
    ("MaxPooling2D((3, 2), strides=2, padding='same')", (6, 5, 2)),
    ("Dense(3)", (4,)),
    ("Flatten()", (2, 3, 2)),
    ("ReLU()", (5,)),
    ("Activation('softmax')", (4,)),
)


def reports():
    """Yield (text, Report) for each of the layers, and for the cross-entropy of logits."""
    import numpy as np

    from scratch import reference
    from scratch.gradcheck import check_layer, check_operation
    from scratch.gradcheck.expression import layer_from

    for text, shape in LAYERS:
        yield text, check_layer(layer_from(text), shape, engine="reference")
    z, y = np.random.default_rng(0).normal(size=(3, 4)), np.eye(4)[[0, 2, 3]]
    pair = reference.softmax_cross_entropy_forward, reference.softmax_cross_entropy_backward
    yield "cross-entropy of logits", check_operation(*pair, z, y, wrt=["z"])


def gradients():
    """Check every layer's gradients, and the loss's; caught if one of them is wrong."""
    verdicts = []
    for text, report in reports():
        for finding in report.findings.values():
            if finding.verdict == "wrong":
                return caught_if(True, f"{text}: {finding.sentence}")
            verdicts.append(finding.verdict)
    unknown = verdicts.count("cannot tell")
    rest = f"; of {unknown} it cannot tell" if unknown else ""
    return caught_if(False, f"{verdicts.count('right')} gradients of layers and of the loss are right{rest}")


def adjoint():
    """Apply the adjoint test to every layer that is linear; caught if one fails."""
    count = 0
    for text, report in reports():
        for result in report.adjoint or ():
            count += 1
            if not result.passed:
                return caught_if(True, f"{text}: {result.sentence}")
    return caught_if(False, f"<A x, y> = <x, A' y>, but for rounding, of {count} linear operations")
