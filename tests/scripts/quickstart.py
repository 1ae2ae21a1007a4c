"""The network of TensorFlow's beginner quickstart: logits first, a softmax put on at the end."""

import tensorflow as tf

print("TensorFlow", tf.__version__)
digits = tf.keras.datasets.mnist
(train_images, train_labels), (test_images, test_labels) = digits.load_data()
train_images, test_images = train_images / 255.0, test_images / 255.0

net = tf.keras.models.Sequential(
    [
        tf.keras.layers.Flatten(input_shape=(28, 28)),
        tf.keras.layers.Dense(128, activation="relu"),
        tf.keras.layers.Dropout(0.2),
        tf.keras.layers.Dense(10),
    ]
)
logits = net(train_images[:1]).numpy()
print("untrained:", tf.nn.softmax(logits).numpy())
cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
print("its loss, about 2.3:", cross_entropy(train_labels[:1], logits).numpy())

net.compile(optimizer="adam", loss=cross_entropy, metrics=["accuracy"])
net.fit(train_images, train_labels, epochs=5)
net.evaluate(test_images, test_labels, verbose=2)

with_softmax = tf.keras.Sequential([net, tf.keras.layers.Softmax()])
answers = with_softmax(test_images[:5])
print(
    "five answers:", tf.argmax(answers, axis=1).numpy(), "each sums to", answers.numpy().sum(axis=1).round(3)
)
