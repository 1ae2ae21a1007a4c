"""No network: how fast this machine multiplies two matrices, as a yardstick for all others."""

import time

import numpy as np

from keras_ref.bench.contestant import Contestant

SIZE, CALLS = 1024, 10


class Library(Contestant):
    """NumPy's float32 matrix product, which its BLAS computes on all cores."""

    def __init__(self, task, name):
        super().__init__(task, name)
        rng = np.random.default_rng(0)
        self.a, self.b = (rng.random((SIZE, SIZE), dtype=np.float32) for _ in range(2))
        self.product = np.empty_like(self.a)

    def gflops(self):
        """Return the best of some products of two 1024x1024 matrices, in 10**9 operations a second."""
        best = min(self.seconds() for _ in range(CALLS))
        return 2 * SIZE**3 / best / 1e9

    def seconds(self):
        """Return how long one product took."""
        started = time.perf_counter()
        np.matmul(self.a, self.b, out=self.product)
        return time.perf_counter() - started
