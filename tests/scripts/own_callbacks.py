"""Callbacks: the script's own, EarlyStopping, checkpoints under names with results in them, a schedule."""

import glob
import os
import tempfile

import tensorflow as tf
from tensorflow.keras.callbacks import Callback, EarlyStopping, LearningRateScheduler, ModelCheckpoint
from tensorflow.keras.layers import Dense, Flatten, Input
from tensorflow.keras.models import Sequential

(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0
FOLDER = tempfile.mkdtemp()


class StopWhenGood(Callback):
    """Ends the training once it is good enough, and counts the batches."""

    def __init__(self, enough):
        super().__init__()
        self.enough, self.batches = enough, 0

    def on_train_begin(self, logs=None):
        print("to train for", self.params["epochs"], "epochs of", self.params["steps"], "steps")

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        assert {"loss", "accuracy"} <= set(logs)

    def on_epoch_end(self, epoch, logs={}):  # noqa: B006
        if logs.get("val_accuracy") > self.enough:
            print(f"\nval_accuracy {logs['val_accuracy']:.4f} is enough after epoch {epoch + 1}")
            self.model.stop_training = True


def slower(epoch, rate):
    return rate if epoch < 4 else rate * 0.9


model = Sequential(
    [Input(shape=(28, 28)), Flatten(), Dense(128, activation="relu"), Dense(10, activation="softmax")]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
stopper = StopWhenGood(0.98)
history = model.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=12,
    validation_split=0.1,
    verbose=2,
    callbacks=[
        EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True, verbose=1),
        ModelCheckpoint(os.path.join(FOLDER, "w.{epoch:02d}-{val_loss:.2f}.keras"), save_best_only=True),
        LearningRateScheduler(slower),
        stopper,
    ],
)
print("keys:", list(history.history))
print("batches:", stopper.batches, "checkpoints:", len(glob.glob(os.path.join(FOLDER, "w.*.keras"))))
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"Test accuracy: {accuracy:.4f}")
