"""Parity at scale: random configurations of every layer and loss, forward and backward, against Keras.

A case is a function of a name, a seed and a number: so a failing one can be computed again by itself. What
both sides return is compared number by number, relative to the sum of absolute products (see `bounds`).
"""

from keras_ref.parity.check import DTYPES, GENERATORS, TOLERANCE, Outcome, Summary, check, draw_case

__all__ = ["DTYPES", "GENERATORS", "TOLERANCE", "Outcome", "Summary", "check", "draw_case"]
