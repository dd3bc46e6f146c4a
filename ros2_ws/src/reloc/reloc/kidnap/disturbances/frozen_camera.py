"""A driver that repeats its last image with new stamps."""

from __future__ import annotations

from reloc.kidnap.disturbance import DRIVES, Disturbance
from reloc.kidnap.scenery import Frames


class FrozenCamera(Disturbance):
    """The camera shows the robot's place before the kidnap. Only odometry shows that time passes."""

    name = "frozen_camera"
    about = "The camera repeats its last image from before the kidnap with new stamps"
    recoverable = False
    carried = (DRIVES,)  # if it stood still, a standing robot would see exactly the same

    def frames(self, before: Frames, after: Frames) -> Frames:
        """Return the last image from before."""
        return (before[-1],) * len(after)


PLUGIN = FrozenCamera
