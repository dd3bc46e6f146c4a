"""reloc: where is this robot, and how sure are we, from camera images.

    from reloc import Localized, Relocalizer

    answer = Relocalizer.open("house.map").localize("photo.jpg")

The core library. It knows nothing of ROS; ``reloc_node`` wraps it in nodes. What is named in ``__all__`` is the public
interface; it is imported when it is first used, so that ``import reloc`` takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reloc.opencv_limit import limit_opencv
from reloc.version import VERSION

if TYPE_CHECKING:
    from reloc.datatypes import Localized as Localized
    from reloc.datatypes import Lost as Lost
    from reloc.datatypes import LostReason as LostReason
    from reloc.errors import RelocError as RelocError
    from reloc.geometry.cameras import Camera as Camera
    from reloc.geometry.cameras import DistortionModel as DistortionModel
    from reloc.look import Look as Look
    from reloc.maps.reference_map import ReferenceMap as Map
    from reloc.relocalizer import Relocalizer as Relocalizer
    from reloc.trust.gate_config import GateConfig as GateConfig
    from reloc.trust.verdict import State as State
    from reloc.trust.verification import VerificationConfig as VerificationConfig

__version__ = VERSION
limit_opencv()

_PUBLIC = {
    "Camera": ("reloc.geometry.cameras", "Camera"),
    "DistortionModel": ("reloc.geometry.cameras", "DistortionModel"),
    "GateConfig": ("reloc.trust.gate_config", "GateConfig"),
    "Localized": ("reloc.datatypes", "Localized"),
    "Look": ("reloc.look", "Look"),
    "Lost": ("reloc.datatypes", "Lost"),
    "LostReason": ("reloc.datatypes", "LostReason"),
    "Map": ("reloc.maps.reference_map", "ReferenceMap"),
    "RelocError": ("reloc.errors", "RelocError"),
    "Relocalizer": ("reloc.relocalizer", "Relocalizer"),
    "State": ("reloc.trust.verdict", "State"),
    "VerificationConfig": ("reloc.trust.verification", "VerificationConfig"),
}

__all__ = [
    "Camera",
    "DistortionModel",
    "GateConfig",
    "Localized",
    "Look",
    "Lost",
    "LostReason",
    "Map",
    "RelocError",
    "Relocalizer",
    "State",
    "VerificationConfig",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'reloc' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
