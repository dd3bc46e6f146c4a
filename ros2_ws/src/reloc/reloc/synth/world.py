"""A world: triangles with textures and light, and the free space for cameras."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Float64
from reloc.synth.ray_caster import Ints, RayCaster
from reloc.synth.texture_atlas import SIZE, TextureAtlas


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles. ``world`` has z up; a face's corners run anticlockwise seen from outside."""

    vertices: Float32  # (V, 3) meters
    normals: Float32  # (V, 3) length 1, outward
    uv: Float32  # (V, 2) texture coordinates; the texture repeats with period 1
    triangles: Ints  # (T, 3)
    material: Ints  # (T,)
    patch: Ints  # (T,) number of the smooth surface; an image has an edge where it changes
    thin: NDArray[np.bool_]  # (T,) whether the triangle is part of a thin sheet, which is visible from both sides


@dataclass(frozen=True, eq=False)
class Materials:
    """The materials of surfaces."""

    texture: Ints  # (M,) row of the atlas
    tint: Float32  # (M, 3) factors of the texture's linear color
    glow: Float32  # (M,) own brightness, independent of the lamps; 0: lit by lamps
    gloss: Float32  # (M,) strength of highlights


@dataclass(frozen=True, eq=False)
class Lamps:
    """Small sources of light, for highlights and shadows."""

    place: Float32  # (L, 3) meters
    colour: Float32  # (L, 3) linear power; divided by the squared distance, 1 is white


@dataclass(frozen=True, slots=True)
class Room:
    """A room: a rectangle of the floor, along the axes."""

    x0: float
    y0: float
    x1: float
    y1: float
    height: float
    kind: str = "living"

    @property
    def area(self) -> float:
        """Area in square meters."""
        return (self.x1 - self.x0) * (self.y1 - self.y0)


@dataclass(frozen=True, eq=False)
class Solids:
    """Boxes around the objects in the rooms, turned about z. No camera may be inside."""

    centre: Float64  # (S, 3) meters
    half: Float64  # (S, 3) meters
    yaw: Float64  # (S,) radians

    def distance(self, xyz: Float64) -> Float64:
        """Return the distance (N,) of points (N, 3) to the nearest box; 0 inside one, infinite if there is none."""
        if not len(self.yaw):
            return np.full(len(xyz), np.inf)
        offset = xyz[:, None] - self.centre
        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        local = np.stack(
            [offset[..., 0] * cos + offset[..., 1] * sin, offset[..., 1] * cos - offset[..., 0] * sin, offset[..., 2]],
            axis=-1,
        )
        outside = np.maximum(np.abs(local) - self.half, 0.0)
        return np.asarray(np.linalg.norm(outside, axis=-1).min(axis=1))


@dataclass(frozen=True, eq=False)
class World:
    """Everything that is rendered."""

    mesh: Mesh
    materials: Materials
    textures: TextureAtlas
    light: Float32  # (V, 3) linear light that falls on each vertex
    lamps: Lamps
    rooms: tuple[Room, ...]
    solids: Solids
    exposure: float = 1.0
    seed: tuple[int, ...] = field(default=())

    @cached_property
    def rays(self) -> RayCaster:
        """The ray caster of the mesh."""
        return RayCaster(self.mesh.vertices, self.mesh.triangles)

    @cached_property
    def corners(self) -> Float32:
        """The values (T, 3, 8) at the triangles' corners that are interpolated: uv, light, normal."""
        per_vertex = np.concatenate([self.mesh.uv, self.light, self.mesh.normals], axis=1)
        return np.ascontiguousarray(per_vertex[self.mesh.triangles], np.float32)

    @cached_property
    def texels_per_metre(self) -> Float32:
        """The resolution (T,) of each triangle's texture, texels per meter."""
        xyz, uv = self.mesh.vertices[self.mesh.triangles], self.mesh.uv[self.mesh.triangles]
        area = np.linalg.norm(np.cross(xyz[:, 1] - xyz[:, 0], xyz[:, 2] - xyz[:, 0]), axis=1)
        one, two = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
        covered = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
        return np.asarray(SIZE * np.sqrt(covered / np.maximum(area, 1e-12)), np.float32)
