"""keras.regularizers: ours."""

from scratch import regularizers as ours
from scratch.compat.offering import Offered

L1 = l1 = Offered("keras.regularizers.L1", ours.L1, {"l1": 0.01}, renamed={"l": "l1"})
L2 = l2 = Offered("keras.regularizers.L2", ours.L2, {"l2": 0.01}, renamed={"l": "l2"})
L1L2 = Offered("keras.regularizers.L1L2", ours.L1L2, {"l1": 0.0, "l2": 0.0})
l1_l2 = L1L2
get = ours.get


__all__ = ["L1", "L1L2", "L2", "get", "l1", "l1_l2", "l2"]
