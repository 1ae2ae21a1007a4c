"""The lessons, and the `digits` command that everything is started from."""
