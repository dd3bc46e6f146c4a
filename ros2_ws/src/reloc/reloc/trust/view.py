"""Detect that the camera's view changed more than odometry's motion explains.

The view changes at once if a robot is carried while its wheels stand still. Optical flow follows key points of the
earlier image into the later one. If odometry moved little, most of them must be found again. If odometry stood still,
they must not have moved. This needs only images, no map, so it also works at ambiguous places.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import radians

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.geometry.transforms import angle, inverse

WIDTH = 160  # longer side of a glimpse, pixels
_BLANK = 6.0  # smallest standard deviation of a usable glimpse, gray levels; a covered lens or a dark room has less
_POINTS, _ENOUGH = 150, 25  # points that are followed, at most, and points needed for a decision
_WINDOW, _LEVELS = (15, 15), 3  # window and levels of the optical flow, which reaches a third of the width
_BACK_PX = 1.0  # a point is found again if following it back ends this near
_FOUND_AGAIN = 0.25  # required share of points; in RedKitchen 0.86 to 1 at 10 Hz, below 0.09 for unrelated images
_NEAR_M, _NEAR_RAD = 0.2, radians(10.0)  # after a larger motion, the view may change completely
_SAME_M = 0.02  # after a larger motion, two images are never equal
_STOOD_M, _STOOD_RAD = 2e-3, radians(0.1)  # odometry stood still below this motion, which is above its noise
_MOVED_PX = 0.02 * WIDTH  # a point moved if it moved more than this, which is above the flow's error
_SHARE_MOVED = 0.8  # the camera moved if this share of the found points moved; people move fewer points


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    glimpse: UInt8  # (h, w) with normalized brightness
    odom_from_cam: Float64  # (4, 4)


def glimpse(image: UInt8) -> UInt8:
    """Return a small gray copy of an image (H, W) or (H, W, 3), for :class:`ViewWatch`."""
    gray = image if image.ndim == 2 else image[..., 1]  # the green channel approximates gray
    height, width = gray.shape
    scale = WIDTH / max(height, width, 1)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(np.ascontiguousarray(gray), size, interpolation=cv2.INTER_AREA), np.uint8)


class ViewWatch:
    """Compare the newest image with the last usable one before it. Images come in the order of their stamps."""

    def __init__(self) -> None:
        self._before: _View | None = None
        self._newest: _View | None = None

    def take(self, seen: UInt8 | None, odom_from_cam: Float64 | None) -> None:
        """Add a glimpse and odometry (4, 4) at its stamp. A glimpse without odometry, or a blank one, is not usable."""
        if self._newest is not None:
            self._before = self._newest
        self._newest = None
        if seen is None or odom_from_cam is None:
            return
        spread = float(seen.std())
        if spread >= _BLANK:
            normal = (seen - float(seen.mean())) * (40.0 / spread) + 128.0
            self._newest = _View(np.clip(normal, 0, 255).astype(np.uint8), odom_from_cam)

    def forget(self) -> None:
        """Start again, because earlier odometry cannot be compared with the present one."""
        self._before = self._newest = None

    def contradiction(self) -> str:
        """Return why the newest image contradicts odometry; empty if it does not, or if this is unknown."""
        before, newest = self._before, self._newest
        if before is None or newest is None or before.glimpse.shape != newest.glimpse.shape:
            return ""
        motion = inverse(before.odom_from_cam) @ newest.odom_from_cam
        metres, turned = float(np.linalg.norm(motion[:3, 3])), angle(motion[:3, :3])
        if metres > _SAME_M and (before.glimpse == newest.glimpse).all():
            return f"odometry moved by {metres:.2f} m, but the camera repeats an image"
        if metres > _NEAR_M or turned > _NEAR_RAD:
            return ""
        flow = followed(before.glimpse, newest.glimpse)
        if flow is None:
            return ""
        found, moved_px = flow
        if found.mean() < _FOUND_AGAIN:
            return (
                f"the view changed at once ({found.mean():.0%} of it was found again), although by odometry the camera "
                f"moved only {metres:.2f} m and turned {np.rad2deg(turned):.1f} deg"
            )
        stood = metres <= _STOOD_M and turned <= _STOOD_RAD
        if stood and found.mean() >= 0.5 and np.quantile(moved_px[found], 1.0 - _SHARE_MOVED) > _MOVED_PX:
            return (
                f"the view moved by {np.median(moved_px[found]) / WIDTH:.0%} of its width between two images, "
                "but odometry stands still"
            )
        return ""


def followed(before: UInt8, after: UInt8) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Float64] | None:
    """Return which corners of one glimpse are found again in another, and how far each moved in pixels; None if few."""
    corners = cv2.goodFeaturesToTrack(before, _POINTS, 0.01, 4)
    if corners is None or len(corners) < _ENOUGH:
        return None
    # OpenCV writes into the array of the result, so each direction needs its own array.
    there, ok_there, _ = cv2.calcOpticalFlowPyrLK(
        before, after, corners, np.zeros_like(corners), winSize=_WINDOW, maxLevel=_LEVELS
    )
    back, ok_back, _ = cv2.calcOpticalFlowPyrLK(
        after, before, there, np.zeros_like(corners), winSize=_WINDOW, maxLevel=_LEVELS
    )
    off = np.linalg.norm((back - corners).reshape(-1, 2), axis=1)
    found = (ok_there.ravel() == 1) & (ok_back.ravel() == 1) & (off <= _BACK_PX)
    moved = np.linalg.norm((there - corners).reshape(-1, 2), axis=1).astype(np.float64)
    return found, moved
