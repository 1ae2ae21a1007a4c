"""TensorFlow and Keras, imported quietly, late, and from this one place."""

import contextlib
import importlib
import os
import sys
import tempfile

from scratch.errors import DigitsError


@contextlib.contextmanager
def quiet_stderr():
    """Keep what C++ code writes to the standard error stream off the terminal; show it if an error is raised.

    TensorFlow logs lines before its own log level (TF_CPP_MIN_LOG_LEVEL) is in force, past Python's
    sys.stderr, so the file descriptor itself is set aside for as long as this lasts.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except Exception:  # not Ctrl-C, which is no fault of what was being said
            aside.seek(0)
            os.write(terminal, aside.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)


def load_keras():
    """Return the module `keras`, running on TensorFlow on the CPU. The first call takes some seconds.

    Raises DigitsError where TensorFlow is not installed, or Keras runs on another backend already.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"
    with quiet_stderr():
        try:
            tensorflow = importlib.import_module("tensorflow")
            keras = importlib.import_module("keras")
        except ImportError as error:
            raise DigitsError(
                f"TensorFlow can't be imported ({error}): install the project with `make .venv`, on a "
                f"platform that TensorFlow has wheels for (see README.md)"
            ) from error
        tensorflow.get_logger().setLevel("ERROR")
        tensorflow.constant(0.0)  # the first operation starts the runtime, which has more to say
    if keras.backend.backend() != "tensorflow":
        raise DigitsError(
            f"Keras runs on {keras.backend.backend()!r}: expected 'tensorflow'; unset KERAS_BACKEND "
            f"and start anew"
        )
    return keras


def load_tensorflow():
    """Return the module `tensorflow`. See load_keras."""
    load_keras()
    return sys.modules["tensorflow"]


def use_plain_kernels():
    """Have TensorFlow compute with its plain kernels, without oneDNN's; to be called before it is imported.

    oneDNN's differ by more than rounding here and there, and its gradient of a convolution whose stride
    exceeds its kernel ends the process. Raises DigitsError where TensorFlow has been imported with oneDNN.
    """
    if "tensorflow" not in sys.modules:
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    if os.environ.get("TF_ENABLE_ONEDNN_OPTS") != "0":
        raise DigitsError(
            "TensorFlow has been imported with oneDNN's kernels, and this comparison needs its plain ones: "
            "set TF_ENABLE_ONEDNN_OPTS=0 in the environment and start anew"
        )
