"""As one wrote in 2018: spellings of Keras 2, most of which Keras 3 dropped."""

import keras
import numpy as np
from keras import backend as K
from keras.callbacks import ModelCheckpoint
from keras.datasets import mnist
from keras.layers.advanced_activations import LeakyReLU
from keras.layers.convolutional import Conv2D, MaxPooling2D
from keras.layers.core import Activation, Dense, Dropout, Flatten
from keras.layers.normalization import BatchNormalization
from keras.models import Sequential
from keras.optimizers import SGD
from keras.utils import np_utils

np.random.seed(123)
rows = cols = 28
(x_train, y_train), (x_test, y_test) = mnist.load_data()
if K.image_data_format() == "channels_first":
    x_train, x_test = x_train.reshape(-1, 1, rows, cols), x_test.reshape(-1, 1, rows, cols)
    shape = (1, rows, cols)
else:
    x_train, x_test = x_train.reshape(-1, rows, cols, 1), x_test.reshape(-1, rows, cols, 1)
    shape = (rows, cols, 1)
x_train = x_train.astype(K.floatx()) / 255
x_test = x_test.astype(K.floatx()) / 255
y_train, y_test = np_utils.to_categorical(y_train, 10), np_utils.to_categorical(y_test, 10)

model = Sequential()
model.add(Conv2D(16, (3, 3), padding="same", input_shape=shape))
model.add(LeakyReLU(alpha=0.1))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(BatchNormalization())
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(64))
model.add(Activation("relu"))
model.add(Dense(10, activation="softmax"))
sgd = SGD(lr=0.05, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss=keras.losses.categorical_crossentropy, optimizer=sgd, metrics=["accuracy"])
history = model.fit(
    x_train,
    y_train,
    batch_size=128,
    nb_epoch=4,
    verbose=2,
    validation_data=(x_test, y_test),
    callbacks=[ModelCheckpoint("/tmp/unused.h5", monitor="val_acc", save_best_only=True)][:0],
)
print("acc:", history.history["acc"][-1], "val_acc:", history.history["val_acc"][-1])
classes = model.predict_classes(x_test, verbose=0)
print("Test accuracy:", np.mean(classes == np.argmax(y_test, axis=1)))
