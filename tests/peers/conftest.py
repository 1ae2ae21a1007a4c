"""What Keras's own tests need to know of pytest."""


def pytest_configure(config):
    """Make known a marker that Keras's own tests have: importing them would fail otherwise."""
    config.addinivalue_line("markers", "requires_trainable_backend: a test of Keras's own that trains")
