"""keras.preprocessing: images alone."""

__all__ = []
