"""No shape is given anywhere: the first batch decides it."""

import numpy as np
from tensorflow import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train.reshape((-1, 28, 28, 1)).astype(np.float32) / 255
x_test = x_test.reshape((-1, 28, 28, 1)).astype(np.float32) / 255

model = keras.models.Sequential(name="undecided")
model.add(keras.layers.Conv2D(16, 3, padding="same"))
model.add(keras.layers.BatchNormalization())
model.add(keras.layers.Activation("relu"))
model.add(keras.layers.MaxPool2D())
model.add(keras.layers.Conv2D(32, 3, activation=keras.activations.relu, kernel_initializer="he_normal"))
model.add(keras.layers.MaxPool2D())
model.add(keras.layers.Flatten())
model.add(keras.layers.Dense(10))
model.add(keras.layers.Softmax())
print("built before fit:", model.built)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=2e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")],
)
history = model.fit(x_train, y_train, batch_size=128, epochs=4, validation_data=(x_test, y_test))
print("built after it:", model.built)
model.summary(line_length=80)
print({name: round(values[-1], 3) for name, values in history.history.items()})
results = model.evaluate(x_test, y_test, return_dict=True, verbose=0)
print("Test accuracy:", results["acc"])
