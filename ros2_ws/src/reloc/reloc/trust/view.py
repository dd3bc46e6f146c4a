"""Whether the camera's view changed more than odometry says the camera moved.

A robot that is carried while its wheels stand still sees another view from one image to the next. Key points of the
earlier image are followed into the later one by optical flow. Where odometry says that the camera moved little, most
of them must be found again; where it says that the camera stood, they must not have moved. This looks at images alone:
it needs no map, and works where the place is ambiguous.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import radians

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.geometry.transforms import angle, inverse

WIDTH = 160  # pixels of the longer side of a glimpse
_BLANK = 6.0  # gray levels, one standard deviation: a covered lens or a dark room shows less
_POINTS, _ENOUGH = 150, 25  # followed, and needed to tell anything
_WINDOW, _LEVELS = (15, 15), 3  # of the optical flow: it reaches a third of the width
_BACK_PX = 1.0  # a point is found again if following it back ends this near
_FOUND_AGAIN = 0.25  # share of the points: in RedKitchen 0.86 to 1 at 10 Hz, 95 % of unrelated images below 0.09
_NEAR_M, _NEAR_RAD = 0.2, radians(10.0)  # moved farther, the view may change that much
_SAME_M = 0.02  # moved farther, no image is the same to the last bit
_STOOD_M, _STOOD_RAD = 2e-3, radians(0.1)  # more than odometry flickers where the robot stands
_MOVED_PX = 0.02 * WIDTH  # more than optical flow errs
_SHARE_MOVED = 0.8  # of the points found again: people move some of them, a camera that moves moves all


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    glimpse: UInt8  # (h, w), its brightness normalized
    odom_from_cam: Float64  # (4, 4)


def glimpse(image: UInt8) -> UInt8:
    """Return a small gray copy of an image (H, W) or (H, W, 3), for :class:`ViewWatch`."""
    gray = image if image.ndim == 2 else image[..., 1]  # green is near enough
    height, width = gray.shape
    scale = WIDTH / max(height, width, 1)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(np.ascontiguousarray(gray), size, interpolation=cv2.INTER_AREA), np.uint8)


class ViewWatch:
    """Fed with every image in the order of the stamps; compares the newest with the one before that showed anything."""

    def __init__(self) -> None:
        self._before: _View | None = None
        self._newest: _View | None = None

    def take(self, seen: UInt8 | None, odom_from_cam: Float64 | None) -> None:
        """Keep a glimpse and odometry (4, 4) at its stamp; one without both, or that shows nothing, tells nothing."""
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
        """Begin anew: what odometry said before has nothing to do with what it says now."""
        self._before = self._newest = None

    def contradiction(self) -> str:
        """Return why the newest image contradicts odometry; empty if it does not, or nothing can be said."""
        before, newest = self._before, self._newest
        if before is None or newest is None or before.glimpse.shape != newest.glimpse.shape:
            return ""
        motion = inverse(before.odom_from_cam) @ newest.odom_from_cam
        metres, turned = float(np.linalg.norm(motion[:3, 3])), angle(motion[:3, :3])
        if metres > _SAME_M and (before.glimpse == newest.glimpse).all():
            return f"odometry moved by {metres:.2f} m, and the camera sends one image again"
        if metres > _NEAR_M or turned > _NEAR_RAD:
            return ""
        flow = followed(before.glimpse, newest.glimpse)
        if flow is None:
            return ""
        found, moved_px = flow
        if found.mean() < _FOUND_AGAIN:
            return (
                f"the view changed at once ({found.mean():.0%} of it was found again), while odometry says that the "
                f"camera moved {metres:.2f} m and turned {np.rad2deg(turned):.1f} deg"
            )
        stood = metres <= _STOOD_M and turned <= _STOOD_RAD
        if stood and found.mean() >= 0.5 and np.quantile(moved_px[found], 1.0 - _SHARE_MOVED) > _MOVED_PX:
            return (
                f"the view moves by {np.median(moved_px[found]) / WIDTH:.0%} of its width between two images, "
                "while odometry stands still"
            )
        return ""


def followed(before: UInt8, after: UInt8) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Float64] | None:
    """Return which corners of one glimpse are found again in another, and how far each moved in pixels; None if few."""
    corners = cv2.goodFeaturesToTrack(before, _POINTS, 0.01, 4)
    if corners is None or len(corners) < _ENOUGH:
        return None
    # OpenCV writes into the array of the result: each way needs its own.
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
