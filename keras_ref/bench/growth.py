"""How the time of a training step grows with the size of a batch, and how it shrinks with more threads."""

from contextlib import ExitStack

from keras_ref.bench.contender import Contender

BATCH_SIZES = (1, 8, 32, 128, 512, 1024)
IMAGES = 8192  # a figure is measured on so many images at most: eight steps of the largest batch
ROUNDS = 3
COMPARED = ("scratch", "keras")


def growth_with_batch(contenders, rounds, turns):
    """Return {contestant: {batch size: [milliseconds a step, ...]}} of scratch and Keras, who take turns.

    contenders: Contenders who have chosen their settings; turns: iterates over a list, showing how far it is.
    """
    figures = {c.name: {size: [] for size in BATCH_SIZES} for c in contenders if c.name in COMPARED}
    compared = [c for c in contenders if c.name in figures]
    for size in BATCH_SIZES:
        for contender in compared:  # a size that is new may have to be compiled for
            contender.train(contender.chosen["train_epoch"], 1, size)
    todo = [(size, c) for _ in range(min(rounds, ROUNDS)) for size in BATCH_SIZES for c in compared]
    for size, contender in turns(todo):
        steps = max(1, min(contender.steps, int(contender.part * IMAGES) // size))
        figures[contender.name][size].append(contender.train(contender.chosen["train_epoch"], steps, size))
    return figures


def growth_with_threads(most, rounds, turns, **arguments):
    """Return {threads: [seconds an epoch, ...]} of scratch, each number of threads in a process of its own.

    most: the largest number of threads; rounds, turns: see growth_with_batch; arguments: those of Contender.
    """
    figures = {threads: [] for threads in thread_counts(most)}
    with ExitStack() as ending:
        contenders = {}
        for threads in figures:
            contenders[threads] = contender = Contender("scratch", threads=threads, **arguments)
            ending.callback(contender.close)
            contender.choose(list(contender.prepare()), rounds)
        for threads in turns([threads for _ in range(rounds) for threads in figures]):
            figures[threads].append(contenders[threads].train_epoch())
    return figures


def thread_counts(most):
    """Return 1, 2, 4, ... and `most` itself, a list."""
    powers = [2**n for n in range(most.bit_length())]
    return sorted({*powers, most})
