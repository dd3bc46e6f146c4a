"""Check whether TensorRT can run here: its packages, the driver, a GPU."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Any

from reloc.backends.hardware.nvidia import gpu_name
from reloc.backends.tensorrt.messages import DRIVER_FIX
from reloc.errors import BackendError, BackendUnavailableError

_OLDEST = 10  # first major version whose networks can be strongly typed throughout
TENSORRT_FIX = (
    "On a desktop: pip install tensorrt-cu13 (tensorrt-cu12 for drivers before r580). On a Jetson use "
    "JetPack's: sudo apt install python3-libnvinfer, and a virtual environment made with "
    "--system-site-packages"
)
CUDA_FIX = "pip install cuda-python, of TensorRT's CUDA version: 'cuda-python==13.*' or '==12.*'"


@dataclass(frozen=True, slots=True)
class Presence:
    """The result of the check."""

    usable: bool
    detail: str
    fix: str = ""
    device: str = ""


def examine(index: int = 0) -> Presence:
    """Check everything, the cheapest first. Never raises."""
    try:
        return _examine(index)
    except Exception as error:  # a broken installation may raise anything, and the other backends still work
        return Presence(False, f"{type(error).__name__}: {error}", "Reinstall TensorRT and cuda-python")


def require() -> None:
    """Check that TensorRT can be imported and CUDA works.

    Raises:
        BackendUnavailableError: it cannot.
    """
    presence = examine()
    if not presence.usable:
        raise BackendUnavailableError(f"TensorRT cannot run here: {presence.detail}", presence.fix)


def _examine(index: int) -> Presence:
    if not _installed("tensorrt"):
        return _lacks("the package tensorrt", TENSORRT_FIX)
    if not _installed("cuda.bindings"):
        return _lacks("the package cuda-python", CUDA_FIX)
    try:
        cuda = importlib.import_module("reloc.backends.tensorrt.cuda")
    except ImportError as error:
        return Presence(False, f"cuda-python cannot be imported: {error}", CUDA_FIX)
    try:
        device = cuda.Device.use(index)
    except BackendError as error:
        return Presence(False, error.problem, error.fix)
    try:
        tensorrt = importlib.import_module("tensorrt")
    except ImportError as error:
        return Presence(False, f"tensorrt cannot be imported: {error}", TENSORRT_FIX)
    return of_version(tensorrt, device.name, device.compute_capability)


def of_version(tensorrt: Any, device: str, capability: str) -> Presence:
    """Check whether the imported TensorRT is a supported version."""
    version = str(getattr(tensorrt, "__version__", ""))
    major = version.split(".")[0]
    if not major.isdigit() or not hasattr(tensorrt, "Builder"):
        return Presence(False, "the package tensorrt is installed, but empty", TENSORRT_FIX)
    if int(major) < _OLDEST:
        return Presence(False, f"TensorRT {version} is too old: {_OLDEST} is required", TENSORRT_FIX)
    return Presence(True, f"TensorRT {version}, compute capability {capability}", device=device)


def _lacks(package: str, fix: str) -> Presence:
    """Report the missing GPU: without one, nothing has to be installed."""
    if gpu_name():
        return Presence(False, f"{package} is not installed", fix)
    return Presence(
        False, f"there is no NVIDIA GPU with a driver, and {package} is not installed", f"{DRIVER_FIX}. Then: {fix}"
    )


def _installed(module: str) -> bool:
    """Return whether there is such a module, without importing it (except its package)."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
