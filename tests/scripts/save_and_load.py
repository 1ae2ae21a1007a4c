"""What is saved comes back: the whole model, the weights alone, and the description alone."""

import os
import tempfile

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.models import load_model, model_from_json

keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train, x_test = x_train.reshape(60000, 784) / 255, x_test.reshape(10000, 784) / 255


def build():
    model = keras.Sequential(
        [
            layers.Input((784,)),
            layers.Dense(128, activation="relu", kernel_regularizer=keras.regularizers.l2(1e-5)),
            layers.Dropout(0.1),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


model = build()
model.fit(x_train, y_train, 128, 4, verbose=2)
before = model.predict(x_test, verbose=0)

folder = tempfile.mkdtemp()
for name in ("whole.h5", "whole.keras"):
    path = os.path.join(folder, name)
    model.save(path)
    again = load_model(path)
    print(name, np.abs(again.predict(x_test, verbose=0) - before).max() < 1e-5)

model.save_weights(os.path.join(folder, "only.weights.h5"))
other = build()
other.load_weights(os.path.join(folder, "only.weights.h5"))
print("weights", np.abs(other.predict(x_test, verbose=0) - before).max() < 1e-5)

described = model_from_json(model.to_json())
described.set_weights(model.get_weights())
print("description", np.abs(described.predict(x_test, verbose=0) - before).max() < 1e-5)

again.fit(x_train, y_train, batch_size=128, epochs=1, verbose=2)
print("Test accuracy:", again.evaluate(x_test, y_test, verbose=0)[1])
