"""A connected part of a reconstruction."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.datatypes import Float64
from reloc.geometry.cameras import Camera


@dataclass(frozen=True, slots=True, eq=False)
class SfmPiece:
    """Images with poses in one frame of arbitrary scale and axes."""

    images: tuple[int, ...]  # (N,) their numbers among the images that were given, rising
    world_from_cam: Float64  # (N, 4, 4)
    cameras: tuple[Camera, ...]  # (N,) as found, or as given
    points: Float64  # (P, 3)
    median_depth: float  # of the points in the images that see them
    focal_sigma: float  # pixels; NaN if the camera was given, or its uncertainty could not be computed
    error_px: float  # mean reprojection error
