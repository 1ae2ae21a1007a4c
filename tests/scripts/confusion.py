"""A confusion matrix, drawn with seaborn, and the curves of the training, with pandas."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from keras.callbacks import EarlyStopping
from keras.datasets import mnist
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential
from sklearn.metrics import classification_report, confusion_matrix

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(x_train.shape[0], 28, 28, 1) / 255.0
x_test = x_test.reshape(x_test.shape[0], 28, 28, 1) / 255.0

model = Sequential(
    [
        Conv2D(28, kernel_size=(3, 3), input_shape=(28, 28, 1), activation="relu"),
        MaxPooling2D(pool_size=(2, 2)),
        Flatten(),
        Dense(64, activation="relu"),
        Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=3, validation_split=0.2, callbacks=[EarlyStopping(patience=2)])

pd.DataFrame(history.history).plot(figsize=(8, 5))
plt.grid(True)
plt.xlabel("epoch")
plt.show()

guesses = np.argmax(model.predict(x_test), axis=-1)
print(classification_report(y_test, guesses))
plt.figure(figsize=(8, 6))
sns.heatmap(confusion_matrix(y_test, guesses), annot=True, fmt="d", cmap="Blues")
plt.xlabel("said")
plt.ylabel("is")
plt.show()
print("Test accuracy:", (guesses == y_test).mean())
