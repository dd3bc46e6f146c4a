"""Ask NVIDIA's driver itself for a GPU, which needs no package."""

from __future__ import annotations

import ctypes


def gpu_name(index: int = 0) -> str:
    """Return the GPU's name; empty if there is no driver or no GPU."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        name, device = ctypes.create_string_buffer(256), ctypes.c_int()
        failed = (
            driver.cuInit(0)
            or driver.cuDeviceGet(ctypes.byref(device), index)
            or driver.cuDeviceGetName(name, len(name), device)
        )
        return "" if failed else name.value.decode(errors="replace")
    except (OSError, AttributeError):
        return ""
