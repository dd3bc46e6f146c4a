"""Choose a query's intrinsics if its source does not give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reloc.geometry.cameras import Camera

GIVEN = "as given"
SOURCE = "from the source"
MAP = "the map's first camera, scaled to the image"
ASSUMED = "assumed: uncalibrated images, the map's focal length scaled to the larger side, centered"
STATED_BY = (GIVEN, SOURCE)  # somebody said that the image has these intrinsics

_SAME_ASPECT = 0.01  # relative; 1 px of 100


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """Choose a camera for an image of any size, the best known first."""

    map_camera: Camera
    given: Callable[[int, int], Camera] | None = None  # given by the user for an image size (width, height)
    assume: bool = True  # for an unknown size, derive a camera from the map's

    def choose(self, width: int, height: int, from_source: Camera | None) -> tuple[Camera, str]:
        """Return the camera of an image of that size, and its origin (one of this file's constants).

        A camera of the same aspect ratio is scaled. Without ``assume``, one of another aspect ratio is returned
        unchanged: the localizer then answers Lost(CAMERA_MISMATCH).
        """
        if self.given is not None:
            given = self.given(width, height)
            return _fit(given, width, height) or given, GIVEN
        if from_source is not None:
            return _fit(from_source, width, height) or from_source, SOURCE
        fitting = _fit(self.map_camera, width, height)
        if fitting is not None:
            return fitting, MAP
        return (assumed(self.map_camera, width, height), ASSUMED) if self.assume else (self.map_camera, MAP)


def assumed(camera: Camera, width: int, height: int) -> Camera:
    """Return a pinhole camera with ``camera``'s field of view along the larger side and a centered principal point."""
    focal = max(camera.fx, camera.fy) * max(width, height) / max(camera.width, camera.height)
    return Camera(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)


def _fit(camera: Camera, width: int, height: int) -> Camera | None:
    """Return ``camera`` scaled to that size; None if the aspect ratio differs."""
    if (camera.width, camera.height) == (width, height):
        return camera
    if abs(width * camera.height / (height * camera.width) - 1.0) > _SAME_ASPECT:
        return None
    return camera.scaled(width, height)
