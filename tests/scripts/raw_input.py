"""Images as they come, uint8 from 0 to 255 and without a channel axis, and labels as integers."""

import keras
from keras import layers

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
print(x_train.dtype, x_train.shape, y_train.dtype)
model = keras.Sequential(
    [
        layers.Input(shape=(28, 28, 1)),
        layers.Rescaling(1.0 / 255),
        layers.Conv2D(16, 3, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=128, epochs=4, validation_data=(x_test, y_test))
model.evaluate(x_test.astype("float64"), y_test.astype("int64"))
print("the first image is a", model.predict(x_test[:1]).argmax())
