"""`--limit` and `--epochs`: what `fit` is given, made short; in real Keras, too (keras_ref.scripts)."""


def shortened(arguments, limit=None, epochs=None):
    """Return the arguments of `fit`, a dict, for at most `limit` training images and `epochs` epochs.

    Of a generator, so many batches are taken as hold `limit` images.
    """
    arguments = dict(arguments)
    if epochs is not None:
        first = arguments.get("initial_epoch") or 0
        arguments["epochs"] = min(arguments.get("epochs", 1), first + epochs)
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
        arguments["steps_per_epoch"] = min(arguments.get("steps_per_epoch") or batches, batches)
    if arguments.get("steps_per_epoch"):
        arguments["steps_per_epoch"] = min(arguments["steps_per_epoch"], batches)
    return arguments
