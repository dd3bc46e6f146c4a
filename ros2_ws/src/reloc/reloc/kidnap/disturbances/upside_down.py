"""A camera that hangs upside down."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.kidnap.disturbance import Disturbance


class UpsideDown(Disturbance):
    """The camera is upside down from the start, and its mounting's transform is right.

    A network without such training images may fail.
    """

    name = "upside_down"
    about = "The camera is mounted upside down, and the robot knows it"
    recoverable = False
    from_start = True

    @property
    def cam_from_mounted(self) -> Float64:
        """Return half a turn about the optical axis."""
        return np.diag([-1.0, -1.0, 1.0, 1.0])

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Return the image turned by half a turn."""
        return np.ascontiguousarray(image[::-1, ::-1])

    def key(self, seconds: float) -> str | None:
        """Return a constant, because the change is always the same."""
        return "turned"

    def camera(self, camera: Camera) -> Camera:
        """Return the camera with its principal point turned; distortion is assumed symmetric."""
        return Camera(
            camera.width,
            camera.height,
            camera.fx,
            camera.fy,
            camera.width - 1 - camera.cx,
            camera.height - 1 - camera.cy,
            camera.model,
            camera.distortion,
        )


PLUGIN = UpsideDown
