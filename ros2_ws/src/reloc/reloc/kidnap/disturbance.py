"""The interface of disturbances: what else goes wrong during a kidnap.

There is one file per disturbance in ``kidnap/disturbances/``, a class with ``PLUGIN = ...``. It is created for each
kidnap from the scenery and this kidnap's random generator, and changes only what it is about.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from reloc import plugins
from reloc.datatypes import Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.kidnap.scenery import Frames, Place, Scenery

PACKAGE = "reloc.kidnap.disturbances"
# Odometry during the kidnap: the robot stands, it drives, or odometry starts again.
CARRIED = STANDS, DRIVES, ANEW = ("stands", "drives", "starts anew")
Odometry = list[Float64 | None]


class Disturbance:
    """Change nothing. Subclasses override what they change."""

    name: ClassVar[str] = "none"
    about: ClassVar[str] = "Carried elsewhere, nothing else"
    recoverable: ClassVar[bool] = True  # the robot must recover; otherwise it only must not be wrong
    in_map: ClassVar[bool] = True  # False: it sees another place, and every answer is wrong
    from_start: ClassVar[bool] = False  # also true before the kidnap
    carried: ClassVar[tuple[str, ...]] = CARRIED  # possible odometry during the kidnap

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        self.scenery, self.random = scenery, random

    @classmethod
    def is_possible(cls, scenery: Scenery) -> bool:
        """Return whether the scenery has what it needs."""
        return True

    @property
    def cam_from_mounted(self) -> Float64:
        """Return (4, 4) how the camera is turned in its mount. The robot knows it; truth and odometry are of this
        camera.
        """
        return np.eye(4)

    def target(self, here: Float64) -> Place:
        """Return where the robot is carried from ``here`` (4, 4)."""
        return self.scenery.far_from(here, self.random)

    def frames(self, before: Frames, after: Frames) -> Frames:
        """Return what the camera sees after the kidnap, as many frames as ``after``."""
        return after

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Return the image (H, W, 3) at this many seconds after the disturbance began. Do not change it in place."""
        return image

    def key(self, seconds: float) -> str | None:
        """Return a key: two images of one frame with the same key are equal; None: no two are."""
        return ""

    def camera(self, camera: Camera) -> Camera:
        """Return the intrinsics that the robot uses."""
        return camera

    def odometry(self, odom_from_cam: Odometry, kidnap: int, hz: float) -> Odometry:
        """Return odometry at each look, from the first on; the kidnap is before look ``kidnap``."""
        return odom_from_cam


def disturbance_names() -> tuple[str, ...]:
    """Return all disturbances; "none" first."""
    return tuple(sorted(plugins.names(PACKAGE), key=lambda name: (name != "none", name)))


def open_disturbances(names: tuple[str, ...], scenery: Scenery) -> tuple[type[Disturbance], ...]:
    """Return those of ``names`` (all, if none are named) that the scenery supports.

    Raises:
        PluginError: there is none of that name.
    """
    found: list[type[Disturbance]] = []
    for name in names or disturbance_names():
        plugin: Any = plugins.load(PACKAGE, name)
        if plugin.is_possible(scenery):
            found.append(plugin)
    return tuple(found)
