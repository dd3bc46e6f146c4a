"""Build meshes from simple shapes. Lengths are in meters; ``at`` (world_from_shape, 4 x 4) places a shape."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reloc.datatypes import Float32, Float64
from reloc.synth.ray_caster import Ints
from reloc.synth.world import Mesh, Solids

CELL = 0.3  # side of the cells at whose corners light is computed, meters
HERE: Float64 = np.eye(4)


@dataclass(frozen=True, slots=True)
class Material:
    """A row of the world's materials, and the scale of its texture on surfaces."""

    index: int
    tile: float = 1.0  # the texture repeats after this length, meters; 0 stretches it over each face


def place(x: float, y: float, z: float = 0.0, yaw: float = 0.0, tilt: float = 0.0) -> Float64:
    """Return the transform that tilts about x, then turns about z, then moves. Angles are in radians."""
    cos, sin, c, s = math.cos(yaw), math.sin(yaw), math.cos(tilt), math.sin(tilt)
    return np.array([[cos, -sin * c, sin * s, x], [sin, cos * c, -cos * s, y], [0, s, c, z], [0, 0, 0, 1.0]])


# (right, up) of a box's faces as seen from outside; their cross product is the normal.
_FACES = np.array(
    [
        [[0, 1, 0], [0, 0, 1]],  # +x
        [[0, -1, 0], [0, 0, 1]],  # -x
        [[-1, 0, 0], [0, 0, 1]],  # +y
        [[1, 0, 0], [0, 0, 1]],  # -y
        [[1, 0, 0], [0, 1, 0]],  # +z
        [[1, 0, 0], [0, -1, 0]],  # -z
    ],
    np.float64,
)
_NORMALS = np.cross(_FACES[:, 0], _FACES[:, 1])
_TWO_TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]])


class MeshBuilder:
    """Collect shapes and join them to one mesh."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random  # shifts textures, so that two boxes of one wood are two boards
        self._parts: list[tuple[Float64, Float64, Float64, NDArray[np.int64], int, NDArray[np.int64], bool]] = []
        self._solids: list[tuple[Float64, Float64, float]] = []
        self._count = 0
        self._patches = 0

    def box(self, size: ArrayLike, centre: ArrayLike, material: Material, at: Float64 = HERE) -> None:
        """Add a box with its faces along the shape's axes; ``size`` and ``centre`` are (3,)."""
        half: Float64 = 0.5 * np.asarray(size, np.float64)
        middle: Float64 = np.asarray(centre, np.float64)
        if half.max() > 0.5:
            for (right, up), normal in zip(_FACES, _NORMALS, strict=True):
                width, height = 2 * np.abs(right) @ half, 2 * np.abs(up) @ half
                corner = middle + (normal - right - up) * half
                self.sheet(corner, right * width, up * height, material, at)
            return
        right, up = _FACES[:, 0] * half, _FACES[:, 1] * half
        base = middle + _NORMALS * half
        corners = np.stack([base - right - up, base + right - up, base + right + up, base - right + up], axis=1)
        lengths = 2.0 * np.stack([np.abs(right).sum(axis=1), np.abs(up).sum(axis=1)], axis=1)
        uv = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float64)[None].repeat(6, axis=0)
        if material.tile > 0.0:
            uv = uv * (lengths / material.tile)[:, None] + self._random.random((6, 1, 2))
        triangles = (_TWO_TRIANGLES[None] + 4 * np.arange(6)[:, None, None]).reshape(-1, 3)
        self._add(
            corners.reshape(-1, 3),
            _NORMALS.repeat(4, axis=0),
            uv.reshape(-1, 2),
            triangles,
            material,
            np.arange(6).repeat(2),
            at,
        )

    def sheet(
        self,
        corner: ArrayLike,
        right: ArrayLike,
        up: ArrayLike,
        material: Material,
        at: Float64 = HERE,
        *,
        thin: bool = False,
        origin: tuple[float, float] | None = None,
        cell: float = CELL,
    ) -> None:
        """Add a rectangle from its lower left corner, with its sides (3,); the normal is right x up."""
        start, along, rise = (np.asarray(v, np.float64) for v in (corner, right, up))
        width, height = float(np.linalg.norm(along)), float(np.linalg.norm(rise))
        columns, rows = max(1, round(width / cell)), max(1, round(height / cell))
        across: Float64 = np.tile(np.linspace(0, 1, columns + 1), rows + 1)
        upward: Float64 = np.repeat(np.linspace(0, 1, rows + 1), columns + 1)
        normal = np.cross(along, rise)
        normal /= np.linalg.norm(normal)
        if material.tile > 0.0:
            shift = self._random.random(2) if origin is None else np.array([origin[0], -origin[1]]) / material.tile
            uv = np.column_stack([across * width, -upward * height]) / material.tile + shift
        else:
            uv = np.column_stack([across, 1.0 - upward])
        first = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).reshape(-1, 1)
        above = first + columns + 1
        triangles = np.concatenate([np.hstack([first, first + 1, above + 1]), np.hstack([first, above + 1, above])])
        points = start + across[:, None] * along + upward[:, None] * rise
        self._add(
            points,
            np.broadcast_to(normal, points.shape),
            uv,
            triangles,
            material,
            np.zeros(len(triangles), np.int64),
            at,
            thin,
        )

    def lathe(
        self,
        profile: Sequence[tuple[float, float]],
        material: Material,
        at: Float64 = HERE,
        *,
        sides: int = 14,
        smooth: bool = False,
        thin: bool = False,
    ) -> None:
        """Add a body of revolution about z. ``profile`` is (radius, z) from bottom to top along its outside."""
        turn: Float64 = np.linspace(0.0, 2.0 * math.pi, sides + 1)
        circle = np.column_stack([np.cos(turn), np.sin(turn)])
        slopes: Float64 = np.array([_outward(a, b) for a, b in itertools.pairwise(profile)])
        joints: Float64 = np.vstack([slopes[:1], slopes[:-1] + slopes[1:], slopes[-1:]])
        joints = joints / np.maximum(np.linalg.norm(joints, axis=1, keepdims=True), 1e-9)
        along = np.cumsum([0.0, *(math.dist(a, b) for a, b in itertools.pairwise(profile))])
        widest = max(r for r, _ in profile)
        if material.tile > 0.0:
            share = max(1, round(2.0 * math.pi * widest / material.tile))  # whole repeats: no seam
            u, v = turn / (2.0 * math.pi) * share, -along / material.tile
        else:
            u, v = turn / (2.0 * math.pi), 1.0 - along / max(along[-1], 1e-9)
        points, normals, uv, triangles, patches = [], [], [], [], []
        for i, (low, high) in enumerate(itertools.pairwise(profile)):
            n = (joints[i], joints[i + 1]) if smooth else (slopes[i], slopes[i])
            for k, (radius, z) in enumerate((low, high)):
                points.append(np.column_stack([circle * radius, np.full(len(turn), z)]))
                normals.append(np.column_stack([circle * n[k][0], np.full(len(turn), n[k][1])]))
                uv.append(np.column_stack([u, np.full(len(turn), v[i + k])]))
            first = (2 * i * len(turn) + np.arange(sides))[:, None]
            above = first + len(turn)
            if low[0] > 0.0:
                triangles.append(np.hstack([first, first + 1, above + 1]))
                patches.append(np.full(sides, 0 if smooth else i))
            if high[0] > 0.0:
                triangles.append(np.hstack([first, above + 1, above]))
                patches.append(np.full(sides, 0 if smooth else i))
        self._add(
            np.concatenate(points),
            np.concatenate(normals),
            np.concatenate(uv),
            np.concatenate(triangles),
            material,
            np.concatenate(patches),
            at,
            thin,
        )

    def solid(self, size: ArrayLike, centre: ArrayLike, at: Float64 = HERE) -> None:
        """Keep cameras out of a box, which may be turned about z."""
        middle = at[:3, :3] @ np.asarray(centre, np.float64) + at[:3, 3]
        yaw = math.atan2(at[1, 0], at[0, 0])
        self._solids.append((middle, 0.5 * np.asarray(size, np.float64), yaw))

    def _add(
        self,
        points: Float64,
        normals: Float64,
        uv: Float64,
        triangles: NDArray[np.int64],
        material: Material,
        patches: NDArray[np.int64],
        at: Float64,
        thin: bool = False,
    ) -> None:
        rotation = at[:3, :3]
        self._parts.append(
            (
                points @ rotation.T + at[:3, 3],
                normals @ rotation.T,
                uv,
                triangles + self._count,
                material.index,
                patches + self._patches,
                thin,
            )
        )
        self._count += len(points)
        self._patches += int(patches.max()) + 1

    def mesh(self) -> Mesh:
        """Return all shapes so far."""
        points, normals, uv, triangles, materials, patches, thin = zip(*self._parts, strict=True)
        counts = [len(t) for t in triangles]
        return Mesh(
            vertices=_joined(points),
            normals=_joined(normals),
            uv=_joined(uv),
            triangles=_whole(triangles),
            material=np.repeat(np.array(materials, np.int32), counts),
            patch=_whole(patches),
            thin=np.repeat(np.array(thin, np.bool_), counts),
        )

    def solids(self) -> Solids:
        """Return the boxes where no camera may be."""
        if not self._solids:
            return Solids(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
        centre, half, yaw = zip(*self._solids, strict=True)
        return Solids(np.array(centre), np.array(half), np.array(yaw))


def _outward(low: tuple[float, float], high: tuple[float, float]) -> tuple[float, float]:
    """Return the normal (radial, z) of one segment of a profile."""
    length = max(math.dist(low, high), 1e-9)
    return (high[1] - low[1]) / length, -(high[0] - low[0]) / length


def _joined(arrays: Sequence[Float64]) -> Float32:
    return np.ascontiguousarray(np.concatenate(arrays), np.float32)


def _whole(arrays: Sequence[NDArray[np.int64]]) -> Ints:
    return np.ascontiguousarray(np.concatenate(arrays), np.int32)
