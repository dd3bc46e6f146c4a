"""A driver that repeats its last image with new stamps."""

from __future__ import annotations

from reloc.kidnap.disturbance import DRIVES, Disturbance
from reloc.kidnap.scenery import Frames


class FrozenCamera(Disturbance):
    """The camera shows the robot's place before the kidnap. Only odometry shows the motion."""

    name = "frozen_camera"
    about = "The camera repeats its last image from before the kidnap with new stamps"
    recoverable = False
    carried = (DRIVES,)  # if odometry stood still, the images would be right for a standing robot

    def frames(self, before: Frames, after: Frames) -> Frames:
        """Return the last image before the kidnap."""
        return (before[-1],) * len(after)


PLUGIN = FrozenCamera
