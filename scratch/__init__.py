"""A convolutional network for handwritten digits, from scratch in NumPy."""
