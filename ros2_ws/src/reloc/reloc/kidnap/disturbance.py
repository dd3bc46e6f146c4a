"""The interface of disturbances, which change images or odometry during a kidnap.

There is one file per disturbance in ``kidnap/disturbances/``: a class with ``PLUGIN = ...``. Each kidnap creates its
disturbance from the scenery and the kidnap's random generator.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from reloc import plugins
from reloc.datatypes import Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.kidnap.scenery import Frames, Place, Scenery

PACKAGE = "reloc.kidnap.disturbances"
# Odometry during the kidnap: it stands still, it drives on, or it restarts.
CARRIED = STANDS, DRIVES, ANEW = ("stands", "drives", "starts anew")
Odometry = list[Float64 | None]


class Disturbance:
    """Change nothing. Subclasses override what they change."""

    name: ClassVar[str] = "none"
    about: ClassVar[str] = "The robot is carried elsewhere, without any other disturbance"
    recoverable: ClassVar[bool] = True  # True: recovery is required; False: the robot must only avoid false accepts
    in_map: ClassVar[bool] = True  # False: the camera shows another place, so every answer is wrong
    from_start: ClassVar[bool] = False  # whether the disturbance is already active before the kidnap
    carried: ClassVar[tuple[str, ...]] = CARRIED  # possible odometry during the kidnap

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        self.scenery, self.random = scenery, random

    @classmethod
    def is_possible(cls, scenery: Scenery) -> bool:
        """Return whether the scenery supports this disturbance."""
        return True

    @property
    def cam_from_mounted(self) -> Float64:
        """Return the camera's rotation in its mount, (4, 4).

        The robot knows it. Truth and odometry are of this camera.
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
        """Return a key: two images of one frame with the same key are equal. None says that no two images are equal."""
        return ""

    def camera(self, camera: Camera) -> Camera:
        """Return the intrinsics that the robot uses."""
        return camera

    def odometry(self, odom_from_cam: Odometry, kidnap: int, hz: float) -> Odometry:
        """Return odometry at each look of the test. The kidnap happens before look number ``kidnap``."""
        return odom_from_cam


def disturbance_names() -> tuple[str, ...]:
    """Return all disturbances; "none" first."""
    return tuple(sorted(plugins.names(PACKAGE), key=lambda name: (name != "none", name)))


def open_disturbances(names: tuple[str, ...], scenery: Scenery) -> tuple[type[Disturbance], ...]:
    """Return the disturbances of ``names`` (without names, all) that the scenery supports.

    Raises:
        PluginError: a name is unknown.
    """
    found: list[type[Disturbance]] = []
    for name in names or disturbance_names():
        plugin: Any = plugins.load(PACKAGE, name)
        if plugin.is_possible(scenery):
            found.append(plugin)
    return tuple(found)
