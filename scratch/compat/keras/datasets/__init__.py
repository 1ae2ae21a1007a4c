"""keras.datasets: mnist and fashion_mnist."""

__all__ = []
