"""Which intrinsics a query gets, where its source does not say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reloc.geometry.cameras import Camera

GIVEN = "as given"
SOURCE = "from the source"
MAP = "the map's first camera, scaled to the image"
ASSUMED = "assumed: uncalibrated images, the map's focal length scaled to the larger side, centred"

_SAME_ASPECT = 0.01  # relative; 1 px of 100


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """Decides on a camera for an image of any size, best knowledge first."""

    map_camera: Camera
    given: Callable[[int, int], Camera] | None = None  # what the user says of an image (width, height), above all else
    assume: bool = True  # for a size that nothing fits, make one up from the map's camera

    def choose(self, width: int, height: int, from_source: Camera | None) -> tuple[Camera, str]:
        """The camera of an image of that size, and where it comes from (one of this file's constants).

        A camera of the same aspect ratio is scaled. Without ``assume``, one that does not fit is
        returned as it is: the localizer then answers Lost(CAMERA_MISMATCH).
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
    """A pinhole camera with ``camera``'s field of view along the larger side and its principal point in the middle."""
    focal = max(camera.fx, camera.fy) * max(width, height) / max(camera.width, camera.height)
    return Camera(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)


def _fit(camera: Camera, width: int, height: int) -> Camera | None:
    """``camera`` scaled to that size; None where the aspect ratio is another."""
    if (camera.width, camera.height) == (width, height):
        return camera
    if abs(width * camera.height / (height * camera.width) - 1.0) > _SAME_ASPECT:
        return None
    return camera.scaled(width, height)
