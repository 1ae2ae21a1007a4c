"""The errors that a user is meant to read.

Each message is one clear sentence: what was wrong, where, what was expected, what to do. The `digits` command
prints them without a traceback; in a script they are ordinary exceptions, and ValueErrors, as Keras's own
are.
"""


class DigitsError(ValueError):
    """Something that the person at the keyboard can put right; the base of the errors below."""


class DataError(DigitsError):
    """A data set is missing, damaged, or not in the expected format."""


class ShapeError(DigitsError):
    """An array, or a layer's input, does not have the shape that was expected."""


class TrainingError(DigitsError):
    """Training cannot go on: the loss is no longer a finite number."""


class FileFormatError(DigitsError):
    """A model's file is missing, damaged, of another format, refused, or cannot be written."""
