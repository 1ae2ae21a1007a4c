"""tensorflow.config: there is a CPU, and nothing to configure."""

from types import SimpleNamespace


def list_physical_devices(device_type=None):
    """Return what there is: no GPU."""
    cpu = SimpleNamespace(name="/physical_device:CPU:0", device_type="CPU")
    return [cpu] if device_type in (None, "CPU") else []


list_logical_devices = list_physical_devices


def set_visible_devices(devices, device_type=None):
    """Do nothing: all is computed on the CPU."""


def run_functions_eagerly(run_eagerly):
    """Do nothing: all is computed at once."""


def set_memory_growth(device, enable):
    """Do nothing: there is no GPU."""


threading = SimpleNamespace(
    set_inter_op_parallelism_threads=lambda num_threads: None,
    set_intra_op_parallelism_threads=lambda num_threads: None,
)
experimental = SimpleNamespace(
    list_physical_devices=list_physical_devices,
    list_logical_devices=list_logical_devices,
    set_memory_growth=set_memory_growth,
    get_memory_growth=lambda device: False,
    enable_op_determinism=lambda: None,  # the same seed always gives the same bits here
)

__all__ = [
    "experimental",
    "list_logical_devices",
    "list_physical_devices",
    "run_functions_eagerly",
    "set_visible_devices",
    "threading",
]
