"""tensorflow.distribute: strategies, which here all come to one process on the CPU."""

from contextlib import contextmanager

from scratch.compat.offering import note


class MirroredStrategy:
    """Does in its scope what is done anyway."""

    num_replicas_in_sync = 1

    def __init__(self, devices=None, cross_device_ops=None):
        note("tf.distribute: all is computed in one process on the CPU here.")

    @contextmanager
    def scope(self):
        """Change nothing."""
        yield self


__all__ = ["MirroredStrategy"]
