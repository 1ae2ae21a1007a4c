"""A museum of bugs: mistakes that real networks from scratch have had, each planted here as a small patch.

    from lessons.museum import find, planted

    with planted(find(1)):                      # in here, `scratch` has the bug
        from scratch.layers import MaxPooling2D
        ...

`bugs.toml` is the collection: what the bug is, where it was seen, why it hid, and the patch. `planting` puts
one into the code, for a while; `checks` are the ways of finding it out that people have; `exhibition` lets
every check have a go at every bug (`digits bugs`).
"""

from lessons.museum.planting import Bug, Edit, collection, find, planted

__all__ = ["Bug", "Edit", "collection", "find", "planted"]
