"""A camera that hangs upside down."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.kidnap.disturbance import Disturbance


class UpsideDown(Disturbance):
    """From the start, and the mounting's transform says so. A network that never saw it may be lost."""

    name = "upside_down"
    about = "The camera is mounted upside down, and the robot knows it"
    recoverable = False
    from_start = True

    @property
    def cam_from_mounted(self) -> Float64:
        """Half a turn about the axis."""
        return np.diag([-1.0, -1.0, 1.0, 1.0])

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Turned by half a turn."""
        return np.ascontiguousarray(image[::-1, ::-1])

    def key(self, seconds: float) -> str | None:
        """Always the same."""
        return "turned"

    def camera(self, camera: Camera) -> Camera:
        """The principal point turns with the image; distortion is taken to be even."""
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
