"""A driver that sends the last image for ever, with new stamps."""

from __future__ import annotations

from reloc.kidnap.disturbance import DRIVES, Disturbance
from reloc.kidnap.scenery import Frames


class FrozenCamera(Disturbance):
    """What it shows is where the robot was before. Only odometry tells that time goes on."""

    name = "frozen_camera"
    about = "The camera sends its last image from before the kidnap again and again, with new stamps"
    recoverable = False
    carried = (DRIVES,)  # were it to stand, a robot that stands would see, and be told, the very same

    def frames(self, before: Frames, after: Frames) -> Frames:
        """The last one from before."""
        return (before[-1],) * len(after)


PLUGIN = FrozenCamera
