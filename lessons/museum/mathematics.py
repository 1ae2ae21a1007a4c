"""The checks of gradients that need nobody else: central differences, and the adjoint test."""

from lessons.museum.outcomes import NotRun


def gradients():
    """To come."""
    raise NotRun("not there yet")


def adjoint():
    """To come."""
    raise NotRun("not there yet")
