"""TensorFlow 1's sessions, which Keras scripts make to settle how much of a GPU they use: nothing, here."""

from types import SimpleNamespace

from scratch.compat.offering import NoMemberError


def GPUOptions(**options):
    """Return settings of a GPU, which change nothing."""
    return SimpleNamespace(**options)


def ConfigProto(**options):
    """Return settings of a session, which change nothing."""
    return SimpleNamespace(**({"gpu_options": GPUOptions()} | options))


class Session:
    """Can be made and handed to keras.backend.set_session, and no more: there is no graph to run."""

    def __init__(self, target="", graph=None, config=None):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise NoMemberError(
            f"tensorflow.Session.{name} is not here: there is no graph, all is computed at once"
        )
