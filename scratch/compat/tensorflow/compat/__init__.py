"""tensorflow.compat."""

__all__ = []
