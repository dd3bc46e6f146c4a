"""A camera that sends one image again and again: noise alone tells two images of one place apart."""

from __future__ import annotations

from reloc.trust.agreement import Sighting

MOVED = 1e-3  # metres, or radians: more than odometry flickers between two looks of a robot that stands
ADDED_UP = 2e-2  # the same since the first of several looks: what flickers may add up

WHY = "Odometry moved, but the pose is the same to the last bit: the camera repeats an image"


class RepeatedLooks:
    """Compares each look with the one before, and with the first of those whose pose is the same to the last bit."""

    def __init__(self) -> None:
        self._before: Sighting | None = None  # accepted or not
        self._first: Sighting | None = None

    def is_repeated(self, look: Sighting) -> bool:
        """Take a look in; return whether it is of the image before although odometry moved in between."""
        before, self._before = self._before, look
        if before is None or self._first is None or not _is_same(before, look):
            self._first = look
            return False
        return _moved(before, look) > MOVED or _moved(self._first, look) > ADDED_UP

    def forget(self) -> None:
        """Begin anew: what odometry said before has nothing to do with what it says now."""
        self._before = self._first = None


def _is_same(before: Sighting, look: Sighting) -> bool:
    return look.stamp_ns != before.stamp_ns and bool((look.world_from_cam == before.world_from_cam).all())


def _moved(before: Sighting, look: Sighting) -> float:
    if look.odom_from_cam is None or before.odom_from_cam is None:
        return 0.0
    return float(abs(look.odom_from_cam - before.odom_from_cam).max())
