"""Make pairs of views of synthetic worlds. Depth gives exact matches."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

import cv2
import numpy as np

from reloc.datatypes import Float32, Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.training.points import kept
from reloc.training.points.config import PointsTaskConfig
from reloc.training.points.places import places
from reloc.training.points.teacher import Taught, Teacher
from reloc.training.points.view import TaughtPair, TaughtView
from reloc.training.rooms.rooms import Rooms, RoomViews

OCCLUDED = 0.03  # a point counts as hidden if the other view's depth differs by more than this share
_OPEN = 160  # worlds kept in memory, 8 MB each with the defaults


class TaughtWorlds:
    """Rendered worlds by split and number, with the teacher's answers. The teacher sees each view once."""

    def __init__(self, rooms: Rooms[PointsTaskConfig], teacher: Teacher, workspace: Path) -> None:
        self.rooms, self._teacher, self._workspace = rooms, teacher, workspace
        self._asking = threading.Lock()
        self._open: OrderedDict[tuple[int, int], tuple[RoomViews, UInt8, list[Taught]]] = OrderedDict()

    def world(self, split: int, number: int) -> tuple[RoomViews, UInt8, list[Taught]]:
        """Return the views of a world, as gray images (N, side, side), and the teacher's answer for each.

        Raises:
            PairError, CrowdedWorldError, DependencyError: see :meth:`Rooms.room`.
        """
        with self._asking:
            if (split, number) in self._open:
                self._open.move_to_end((split, number))
                return self._open[split, number]
            room = self.rooms.room(split, number)
            place = self._workspace / f"{('learned', 'held_out')[split]}-{number:06d}.npz"
            found = kept.load(place)
            if found is None:
                gray = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in room.images]).astype(np.uint8)
                found = gray, self._teacher.teach(gray)
                kept.save(place, *found)
            self._open[split, number] = room, *found
            if len(self._open) > _OPEN:
                self._open.popitem(last=False)
            return self._open[split, number]

    def pair(self, split: int, number: int, count: int, random: np.random.Generator) -> TaughtPair:
        """Return two views of a world with up to ``count`` matches."""
        room, gray, taught = self.world(split, number)
        (i,), (j,) = room.pairs.draw(random, 1)
        camera = self.rooms.config.camera
        both = seen_by_both(room, camera, i, j, places(gray[i], count, random))
        return TaughtPair(_view(gray[i], taught[i]), _view(gray[j], taught[j]), both[:count])


def seen_by_both(room: RoomViews, camera: Camera, first: int, second: int, uv: Float32) -> Float32:
    """Return (M, 4), u and v in both views, of those pixels (N, 2) of the first view that the second view also
    shows.
    """
    if not len(uv):
        return np.zeros((0, 4), np.float32)
    z = _depth_at(room.depth[first], uv)
    rays = np.column_stack([camera.normalize(uv.astype(np.float64)), np.ones(len(uv))])
    second_from_first = np.linalg.solve(room.world_from_cam[second], room.world_from_cam[first])
    there: Float64 = (rays * z[:, None]) @ second_from_first[:3, :3].T + second_from_first[:3, 3]
    ahead = (z > 0) & (there[:, 2] > 0.05)
    there = there[ahead]
    seen = camera.project(there)
    inside = (seen >= 0).all(axis=1) & (seen[:, 0] <= camera.width - 1) & (seen[:, 1] <= camera.height - 1)
    seen, depth = seen[inside], there[inside, 2]
    same = np.abs(_depth_at(room.depth[second], seen.astype(np.float32)) / depth - 1) < OCCLUDED
    return np.column_stack([uv[ahead][inside][same], seen[same]]).astype(np.float32)


def _depth_at(depth: Float32, uv: Float32) -> Float64:
    """Return the depth at the nearest pixel. Interpolation would invent depths at edges."""
    u, v = np.rint(uv).astype(np.int64).T
    return np.asarray(depth[v, u], np.float64)


def _view(gray: UInt8, taught: Taught) -> TaughtView:
    weight = 0.2 + taught.reliability.astype(np.float32)
    return TaughtView(gray, taught.descriptors, weight)
