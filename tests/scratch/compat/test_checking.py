"""What a script uses that is not here is found before it runs, with its line; what it never uses is not."""

import ast

import pytest

from scratch.compat import checking, importing


def found(source):
    return [(finding.line, finding.sentence) for finding in checking.check(ast.parse(source))]


@pytest.mark.usefixtures("apart")
class TestFindings:
    @pytest.mark.parametrize(
        ("source", "line", "what"),
        [
            ("import keras\nx = 1\nkeras.layers.LSTM(3)", 3, "keras.layers.LSTM is not here"),
            (
                "from keras.layers import LSTM, Dense\nLSTM(3)",
                2,
                "keras.layers.LSTM is not here: in keras.layers",
            ),
            (
                "from keras.layers import *\nfrom keras import Model\nModel()",
                3,
                "keras.Model is not here: Sequ",
            ),
            ("import tensorflow as tf\nL = tf.keras.layers\nL.GRU(1)", 3, "keras.layers.GRU is not here"),
            (
                "import tensorflow as tf\nwith tf.GradientTape() as t: pass",
                2,
                "tensorflow.GradientTape is not here",
            ),
            ("from keras.utils import plot_model\nplot_model(1)", 2, "keras.utils.plot_model is not here"),
            (
                "import keras\nm = keras.Sequential()\nm.fit(bogus=1)",
                3,
                "model.fit: there is no argument 'bogus'",
            ),
            ("import keras\nm = keras.Sequential()\nm.export('x')", 3, "Sequential.export is not here"),
            ("import keras\nkeras.layers.Dense(3, bogus=2)", 2, "Dense: there is no argument 'bogus'"),
            ("import keras\nclass M(keras.Model): pass", 2, "keras.Model is not here"),
            ("import keras\ndef f():\n    keras.layers.LSTM(3)\nf()", 3, "keras.layers.LSTM is not here"),
            (
                "from keras.applications.vgg16 import VGG16\nVGG16()",
                2,
                "keras.applications.vgg16.VGG16 is not",
            ),
            (
                "import tensorflow.keras as K\nK.constraints.max_norm(2)",
                2,
                "keras.constraints is not here: there are the modules",
            ),
        ],
    )
    def test_with_its_line(self, source, line, what):
        ((at, sentence),) = found(source)
        assert at == line
        assert what in sentence

    @pytest.mark.parametrize(
        "source",
        [
            "from keras.layers import LSTM, Embedding\nfrom keras.utils import plot_model",
            "import keras\ndef never_called():\n    keras.layers.LSTM(3)",
            "import keras\ntry:\n    keras.layers.LSTM(3)\nexcept Exception:\n    pass",
            "import keras\nfor keras in []:\n    keras.layers.LSTM",
            "def f(keras):\n    keras.layers.LSTM\nimport keras\nf(1)",
            "import keras\nm = keras.Sequential()\nm = open\nm.anything",
            "import keras\nm = keras.Sequential()\nm.fit(nb_epoch=2)\nm.fit_generator(1)",
            "import keras\nm = keras.Sequential()\nm.stop_training = True",
            "import tensorflow as tf\ntf.keras.layers.Dense(1, activation=tf.nn.relu)",
            "import numpy as np\nnp.keras.layers.LSTM",
        ],
    )
    def test_none(self, source):
        assert found(source) == []


@pytest.mark.parametrize(
    ("source", "keras_1"),
    [
        ("Convolution2D(32, 3, 3, border_mode='same')", True),
        ("model.fit(x, y, nb_epoch=3)", True),
        ("Conv2D(32, 3, 3, padding='same')", False),
        ("nb_epoch = 3", False),
    ],
)
def test_what_is_written_for_keras_1(source, keras_1):
    assert checking.is_keras_1(ast.parse(source)) == keras_1


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("tensorflow.keras.layers", "keras.layers"),
        ("tensorflow.python.keras.layers.core", "keras.layers"),
        ("keras.layers.convolutional", "keras.layers"),
        ("keras.src.layers.core.dense", "keras.layers"),
        ("keras.utils.np_utils", "keras.utils"),
        ("keras.src.legacy.preprocessing.image", "keras.preprocessing.image"),
        ("keras.optimizers.schedules", "keras.optimizers.schedules"),
        ("keras.optimizers.legacy", "keras.optimizers"),
        ("tf_keras.datasets.mnist", "keras.datasets.mnist"),
        ("tensorflow.compat.v2.keras.models", "keras.models"),
        ("keras.applications", "keras.applications"),
    ],
)
def test_where_a_module_is(name, where):
    assert importing.canonical(name) == where


@pytest.mark.usefixtures("apart")
def test_an_unknown_name_is_no_attribute():
    keras = importing.load("keras")
    assert not hasattr(keras.layers, "NoSuchLayer")
    assert isinstance(keras.layers.LSTM, importing.Missing)
    assert keras.layers is importing.load("keras.layers")
