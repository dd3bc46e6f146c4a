"""A calibrated camera, and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.geometry.cameras import Camera


@dataclass(frozen=True, slots=True)
class CalibratedCamera:
    """Intrinsics with their figures."""

    camera: Camera
    sigma_fx: float  # pixels, one standard deviation; NaN if unknown
    sigma_cx: float
    error_px: float  # rms of the board's corners, or mean of the reconstruction's points
    images: int  # that were used
    covered: float  # share of an 8 x 8 grid over the image in which something was seen; NaN if unknown
    notes: tuple[str, ...] = ()
