"""tensorflow.test: there is no GPU."""


def is_gpu_available(*arguments, **options):
    """Return False."""
    return False


def is_built_with_cuda():
    """Return False."""
    return False


def gpu_device_name():
    """Return "", as TensorFlow does without a GPU."""
    return ""


__all__ = ["gpu_device_name", "is_built_with_cuda", "is_gpu_available"]
