"""Images for a pose regressor to learn from: the references, and views from round about them, in any number.

A view is put together from up to three references, each warped (:mod:`novel_views`). What none of them shows is filled
with something else: were it black, its outline would tell how far the view is from a reference. For the same
reason some of every image is covered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import make, rotation_angles_between, so3_exp
from reloc.training.novel_views import DEPTH_CELL, ReferenceView, warp
from reloc.training.photometric import vary
from reloc.training.view_spread import Spread

AS_TAKEN = 0.15  # share of images at the very pose of a reference
SOURCES = 3  # references in a view
NEAREST = 8  # references that it may come from
LEAST_KNOWN = 0.55  # share of a view that references must show
COVERED = 0.4  # share of images something stands in front of
_M, _RAD = 0.5, np.deg2rad(20.0)  # as different as each other


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """An image and where it would have been taken."""

    image: UInt8  # (H, W, 3)
    world_from_cam: Float64  # (4, 4)


class NearbyViews:
    """Draws samples around references, all as one camera sees them."""

    def __init__(self, views: Sequence[ReferenceView], camera: Camera, spread: Spread) -> None:
        self._views, self._camera, self._spread = views, camera, spread
        self._poses = np.stack([view.world_from_cam for view in views])

    def draw(self, random: np.random.Generator) -> Sample:
        """One sample; it and nothing else depends on ``random``."""
        index = int(random.integers(len(self._views)))
        if random.random() < AS_TAKEN:
            image, pose = self._views[index].image.copy(), self._poses[index]
        else:
            image, pose = self._new(index, random)
        if random.random() < COVERED:
            self._cover(image, random)
        return Sample(vary(image, random), pose)

    def _new(self, index: int, random: np.random.Generator) -> tuple[UInt8, Float64]:
        share = float(random.uniform(0.1, 1.0))
        for _ in range(4):
            moved, turned = self._spread.draw(random, share)
            pose = make(so3_exp(turned) @ self._poses[index, :3, :3], self._poses[index, :3, 3] + moved)
            image, known = self._compose(pose, random)
            if known.mean() >= LEAST_KNOWN * 255:
                break
            share *= 0.6
        else:
            return self._views[index].image.copy(), self._poses[index]
        unknown = known == 0
        if unknown.any():
            image[unknown] = self._something(random)[unknown]
        return image, pose

    def _compose(self, pose: Float64, random: np.random.Generator) -> tuple[UInt8, UInt8]:
        """The view from ``pose`` out of references near it, and where one of them shows it."""
        chosen = np.sort(random.choice(NEAREST, SOURCES, replace=False))
        near = self._nearest(pose)
        image, known = warp(self._views[near[min(chosen[0], len(near) - 1)]], self._camera, pose)
        for place in chosen[1:]:
            if place >= len(near) or known.mean() > 0.98 * 255:
                break
            more, mask = warp(self._views[near[place]], self._camera, pose)
            fresh = (known == 0) & (mask > 0)
            image[fresh] = more[fresh]
            known[fresh] = 255
        return image, known

    def _nearest(self, pose: Float64) -> NDArray[np.int64]:
        metres = np.linalg.norm(self._poses[:, :3, 3] - pose[:3, 3], axis=1)
        return np.argsort(metres / _M + rotation_angles_between(self._poses, pose) / _RAD)[:NEAREST]

    def _something(self, random: np.random.Generator) -> UInt8:
        """(H, W, 3) of anything: another place, upside down or mirrored; or one colour, or blots."""
        kind, height, width = random.random(), self._camera.height, self._camera.width
        if kind < 0.6:
            other = self._views[int(random.integers(len(self._views)))].image
            return np.asarray(cv2.flip(other, int(random.integers(-1, 2))), dtype=np.uint8)
        if kind < 0.8:
            return np.broadcast_to(random.integers(0, 256, 3, dtype=np.uint8), (height, width, 3))
        coarse = random.integers(0, 256, (*random.integers(2, 12, 2), 3), dtype=np.uint8)
        return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)

    def _cover(self, image: UInt8, random: np.random.Generator) -> None:
        """Put something in front of the camera: one to three rectangles of it."""
        height, width = image.shape[:2]
        content = self._something(random)
        for _ in range(int(random.integers(1, 4))):
            h, w = (random.uniform(0.08, 0.4, 2) * (height, width)).astype(int)
            y, x = int(random.integers(0, height - h)), int(random.integers(0, width - w))
            image[y : y + h, x : x + w] = content[y : y + h, x : x + w]


def shrunk(views: Sequence[ReferenceView], side: int) -> list[ReferenceView]:
    """The views in ``side`` x ``side`` pixels."""
    size = (side, side)
    grid = (-(-side // DEPTH_CELL), -(-side // DEPTH_CELL))
    resize: Callable[..., NDArray[np.generic]] = cv2.resize
    return [
        ReferenceView(
            np.asarray(resize(v.image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8),
            np.asarray(resize(v.depth, grid, interpolation=cv2.INTER_AREA), dtype=np.float32),
            v.world_from_cam,
        )
        for v in views
    ]
