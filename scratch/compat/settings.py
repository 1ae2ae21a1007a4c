"""What `digits run` was told, for the one script that runs in this process."""

from dataclasses import dataclass, field


@dataclass
class Settings:
    """limit, epochs: a number or None; data: a path or None; keras_1: whether the script is in Keras 1's
    words; results: what fit and evaluate came to.
    """

    limit: int | None = None
    epochs: int | None = None
    data: str | None = None
    keras_1: bool = False
    results: list = field(default_factory=list)


settings = Settings()
