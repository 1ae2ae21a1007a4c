"""ImageDataGenerator: every epoch sees the digits turned, shifted and scaled a little differently."""

from tensorflow.keras.callbacks import ReduceLROnPlateau
from tensorflow.keras.datasets import mnist
from tensorflow.keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.utils import to_categorical

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = x_train[..., None] / 255.0, x_test[..., None] / 255.0
y_train, y_test = to_categorical(y_train, num_classes=10), to_categorical(y_test, num_classes=10)

model = Sequential()
model.add(Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)))
model.add(MaxPooling2D((2, 2)))
model.add(Conv2D(64, (3, 3), activation="relu"))
model.add(MaxPooling2D((2, 2)))
model.add(Flatten())
model.add(Dense(128, activation="relu"))
model.add(Dropout(0.5))
model.add(Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])

changes = ImageDataGenerator(
    rotation_range=10, zoom_range=0.1, width_shift_range=0.1, height_shift_range=0.1, shear_range=5
)
changes.fit(x_train)
flow = changes.flow(x_train, y_train, batch_size=64)
images, labels = next(flow)
print("a batch:", images.shape, labels.shape)
model.fit(
    flow,
    epochs=3,
    validation_data=(x_test, y_test),
    callbacks=[ReduceLROnPlateau(monitor="val_accuracy", patience=1, factor=0.5, min_lr=1e-5, verbose=1)],
)
print("Test accuracy:", model.evaluate(x_test, y_test, verbose=0)[1])
