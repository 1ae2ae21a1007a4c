"""Keras's names for what is here, so that a Keras script runs on our engine: `digits run script.py`.

None of the mathematics lives here, and nothing outside imports it: who reads how the network works never
comes by.

    keras/, tensorflow/   the modules that a script imports under these names, as far as they are here
    offering              a class or function of Keras's with all its arguments: those not here raise
    importing             makes `import keras` and `import tensorflow` find these modules, in one process
    sequential            Sequential with everything that a script may do with it
    results, tensors      History and logs under older names, too; arrays with a .numpy()
    checking              reads a script before it runs: what is not here is said before training begins
    views                 attributes that Keras has in another form, such as a shape with its batch axis
    running               runs a script; what goes wrong is told by the script's own line
    settings, shortening  what `digits run` was told: --limit, --epochs, --data
    plots                 a matplotlib backend for where there is no display
    coverage              the table of what is here, for README.md
"""
