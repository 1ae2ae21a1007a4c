"""How fast the networks from scratch are beside Keras and others on this machine.

Each contestant has a process of its own, so that nobody's threads stand in another's way, and all of them
take turns: a machine's own speed drifts by half within minutes, so that only figures of one run compare.

    task.py         what all contestants are given: the same images, the same initial weights
    contestant.py   what each of them can be asked to do; in_scratch.py, in_keras.py, ... say how
    worker.py       a contestant's process: does what it is asked to, and measures it
    processes.py    the other end: starts such a process, asks it, ends it
    contender.py    one contestant in a run, as the coordinator sees it: which of its settings is fastest
    coordinator.py  who has his turn when; refuses to time who computes something else
    growth.py       how time grows with the size of a batch and with threads
    work.py         the arithmetic that a training step needs, to be held against this machine's peak
    report.py       medians, spreads and ratios; pictures.py and words.py show them
    ladder.py       one convolution five times (scratch/ladder.py), measured in the same manner
"""
