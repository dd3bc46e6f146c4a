"""Calibrate a camera by structure from motion: focal length and one coefficient of distortion, without a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reloc.maps.lens.calibrated import CalibratedCamera
from reloc.maps.progress import Progress, silent
from reloc.maps.sfm.config import SfmConfig
from reloc.maps.sfm.solving import solve_poses
from reloc.maps.source import SourceFrame


def calibrate_by_sfm(
    frames: Sequence[SourceFrame], config: SfmConfig, *, in_order: bool, progress: Progress = silent
) -> CalibratedCamera:
    """Return the camera that took ``frames``; its principal point is the image's center.

    Args:
        config: of structure from motion; scale and axes are not used.
        in_order: whether neighbors show the same place, as in a video.

    Raises:
        SfmError: too few images could be joined.
        CameraError: what was found is not a lens.
        DependencyError: pycolmap is not installed.
    """
    unknown = [replace(frame, camera=None) for frame in frames]
    solved = solve_poses(unknown, config, in_order=in_order, progress=progress)
    camera = solved.piece.cameras[0]
    camera.check_plausible(name="The calibration")
    sigma, nan = solved.piece.focal_sigma, float("nan")
    return CalibratedCamera(camera, sigma, nan, solved.piece.error_px, len(solved.piece.images), nan, solved.notes)
