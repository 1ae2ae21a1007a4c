"""`--limit` and `--epochs`: what fit and evaluate are given, made short; in real Keras, too (keras_ref)."""


def shortened(arguments, limit=None, epochs=None):
    """Return the arguments of `fit`, a dict, for at most `epochs` epochs, and at most `limit` images to learn
    from and to validate on.

    Of a generator, so many batches are taken as hold `limit` images.
    """
    arguments = dict(arguments)
    if epochs is not None:
        first = arguments.get("initial_epoch") or 0
        arguments["epochs"] = min(arguments.get("epochs", 1), first + epochs)
    if limit is None:
        return arguments
    held_out = arguments.get("validation_data")
    if isinstance(held_out, tuple | list):
        arguments["validation_data"] = tuple(part[:limit] for part in held_out)
    return limited(arguments, limit, "steps_per_epoch")


def limited(arguments, limit, steps="steps"):
    """Return the arguments of `evaluate`, a dict, for at most `limit` images; steps: what limits batches."""
    arguments = dict(arguments)
    if limit is None:
        return arguments
    x = arguments.get("x")
    if hasattr(x, "shape"):
        for name in ("x", "y", "sample_weight"):
            if arguments.get(name) is not None:
                arguments[name] = arguments[name][:limit]
        size = arguments.get("batch_size") or 32
        batches = -(-min(limit, len(x)) // size)
    else:
        batches = max(1, limit // (getattr(x, "batch_size", None) or 32))
        if hasattr(x, "__len__"):
            batches = min(batches, len(x))
        arguments[steps] = min(arguments.get(steps) or batches, batches)
    if arguments.get(steps):
        arguments[steps] = min(arguments[steps], batches)
    return arguments
