"""Detect a camera that repeats one image. Two real images of one place differ by their noise."""

from __future__ import annotations

from reloc.trust.agreement import Sighting

MOVED = 1e-3  # motion between two looks in meters or radians, above odometry's noise of a standing robot
ADDED_UP = 2e-2  # motion since the first of several equal looks, above the accumulated noise

WHY = "Odometry moved, but the pose is the same to the last bit: the camera repeats an image"


class RepeatedLooks:
    """Compare each look with the look before it, and with the first look that has exactly the same pose."""

    def __init__(self) -> None:
        self._before: Sighting | None = None  # the last look, accepted or not
        self._first: Sighting | None = None

    def is_repeated(self, look: Sighting) -> bool:
        """Add a look. Return whether its image repeats the one before, although odometry moved in between."""
        before, self._before = self._before, look
        if before is None or self._first is None or not _is_same(before, look):
            self._first = look
            return False
        return _moved(before, look) > MOVED or _moved(self._first, look) > ADDED_UP

    def forget(self) -> None:
        """Start again, because earlier odometry cannot be compared with the present one."""
        self._before = self._first = None


def _is_same(before: Sighting, look: Sighting) -> bool:
    return look.stamp_ns != before.stamp_ns and bool((look.world_from_cam == before.world_from_cam).all())


def _moved(before: Sighting, look: Sighting) -> float:
    if look.odom_from_cam is None or before.odom_from_cam is None:
        return 0.0
    return float(abs(look.odom_from_cam - before.odom_from_cam).max())
