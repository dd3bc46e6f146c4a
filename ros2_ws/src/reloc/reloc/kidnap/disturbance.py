"""What else goes wrong when the robot is kidnapped.

One file a disturbance in ``kidnap/disturbances/``, a class that says ``PLUGIN = ...``. It is made anew for each
kidnap, from the scenery and a generator that belongs to this kidnap, and changes what it is about: nothing else.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from reloc import plugins
from reloc.datatypes import Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.kidnap.scenery import Frames, Place, Scenery

PACKAGE = "reloc.kidnap.disturbances"
# What odometry says while the robot is carried: that it stands, that it drives, that it begins anew.
CARRIED = STANDS, DRIVES, ANEW = ("stands", "drives", "starts anew")
Odometry = list[Float64 | None]


class Disturbance:
    """Disturbs nothing. Others override what they change."""

    name: ClassVar[str] = "none"
    about: ClassVar[str] = "Carried elsewhere, nothing else"
    recoverable: ClassVar[bool] = True  # the robot has to find itself; else it only must not be wrong
    in_map: ClassVar[bool] = True  # False: it sees another place, and every answer is wrong
    from_start: ClassVar[bool] = False  # it is so before the kidnap, too
    carried: ClassVar[tuple[str, ...]] = CARRIED  # what odometry may say of the kidnap

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        self.scenery, self.random = scenery, random

    @classmethod
    def is_possible(cls, scenery: Scenery) -> bool:
        """Whether the scenery has what it needs."""
        return True

    @property
    def cam_from_mounted(self) -> Float64:
        """(4, 4): how the camera is turned in its mount. The robot knows it: truth and odometry are of this camera."""
        return np.eye(4)

    def target(self, here: Float64) -> Place:
        """Where the robot is carried from ``here`` (4, 4)."""
        return self.scenery.far_from(here, self.random)

    def frames(self, before: Frames, after: Frames) -> Frames:
        """What the camera sees after the kidnap, as many frames as ``after``."""
        return after

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """The image (H, W, 3) so many seconds after the disturbance began. Not to be changed in place."""
        return image

    def key(self, seconds: float) -> str | None:
        """Two images of one frame with the same key are the same; None: no two are."""
        return ""

    def camera(self, camera: Camera) -> Camera:
        """The intrinsics that the robot believes in."""
        return camera

    def odometry(self, odom_from_cam: Odometry, kidnap: int, hz: float) -> Odometry:
        """What odometry says at each look, from the first on; the kidnap is before look ``kidnap``."""
        return odom_from_cam


def disturbance_names() -> tuple[str, ...]:
    """All there are; "none" first."""
    return tuple(sorted(plugins.names(PACKAGE), key=lambda name: (name != "none", name)))


def open_disturbances(names: tuple[str, ...], scenery: Scenery) -> tuple[type[Disturbance], ...]:
    """Those of ``names`` (all, if none are named) that the scenery has what they need for.

    Raises:
        PluginError: there is none of that name.
    """
    found: list[type[Disturbance]] = []
    for name in names or disturbance_names():
        plugin: Any = plugins.load(PACKAGE, name)
        if plugin.is_possible(scenery):
            found.append(plugin)
    return tuple(found)
