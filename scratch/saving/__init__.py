"""Keras's files, read and written without Keras.

    load_model(path)            a Sequential, compiled as the file says, from any of the formats below
    load_weights(model, path)   the weights of a file, whole model or not, into a model that exists
    save_model(model, path)     .keras, or the legacy .h5 by its suffix; whole or not at all
    save_weights(model, path)   .weights.h5
    convert(source, target)     one format into another: a file that Keras 3 refuses into one that it takes
    read(path)                  a SavedModel: what the file holds, checked, before a model is made of it

Read are `.keras` and `.weights.h5` (Keras 3, and 2.12 on) and the legacy `.h5`, whole models and weights
alone (Keras 1.2 to 3, tf.keras); Sequential models, and functional ones whose layers follow one another.

A file is untrusted input. A process of its own reads it, within limits of time and memory (sandbox, child);
what comes back are texts and arrays (wire). Names in a config are looked up in our tables (layer_table,
values, training) and nowhere else. Whatever the file, the caller gets a model or a FileFormatError.

From a file to a model: kinds (is it one of Keras's at all?), sandbox, saved_model, chain (the layers in
order), weights (which array is whose), building, filling. The way back: writing, atomic.
"""


def read(path):
    """Return the SavedModel in a file: `dialect`, `keras_version`, `chain.layers`, `training`,
    `stored_weights()`.

    No model is made, so that also a file of layers that are not here can be looked into. Raises
    FileFormatError, naming the file, for whatever is no file of Keras's, is damaged, or is refused.
    """
    from scratch.saving import saved_model

    return saved_model.read(path)


def load_model(path, compile=True, engine="fast"):
    """Return the Sequential in a file, with its weights, and its optimizer in the state that it was in.

    compile: whether to compile it as the file says, if it does. engine: see Sequential.compile. It computes
    in float32, or in float64 where the file says so. What only training would notice and is not here is left
    out with a warning; NaN weights are loaded with one. Raises FileFormatError, naming the file, for whatever
    is no model of Keras's, is damaged, is refused, or has layers that are not here.
    """
    from scratch.saving import building

    return building.build_model(read(path), compile, engine)


def load_weights(model, path):
    """Copy the weights in a file, of a whole model or alone, into a model that is built.

    Layers are matched as Keras does: by class and order, or in the legacy format by order alone. If the model
    is compiled and the file holds the state of such an optimizer, that is restored, too. Raises
    FileFormatError, naming the layer and both shapes, where they do not fit; the model is then as it was.
    """
    from scratch.nested import laid_open
    from scratch.saving import filling

    filling.load_into(laid_open(model), read(path))


def save_model(model, path, overwrite=True):
    """Write a model that is built to `path`, as Keras 3's .keras or as a legacy .h5, by the suffix.

    Compiled models go with their optimizer's state, so that training goes on where it was, here or in Keras.
    overwrite: whether a file that is there may be replaced. Raises FileFormatError where it cannot be
    written, or Keras has no such layer; whatever was there is then as it was.
    """
    from scratch.nested import laid_open
    from scratch.saving import writing

    writing.save_model(laid_open(model), path, overwrite)


def save_weights(model, path, overwrite=True):
    """Write a model's weights, and its optimizer's state, to `path`, which ends in .weights.h5; see
    save_model.
    """
    from scratch.nested import laid_open
    from scratch.saving import writing

    writing.save_weights(laid_open(model), path, overwrite)


def convert(source, target, overwrite=True):
    """Write the model in the file `source` anew to `target`, in the format of its suffix; return the model.

    See load_model and save_model.
    """
    model = load_model(source)
    save_model(model, target, overwrite)
    return model
